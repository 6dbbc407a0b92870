"""Vehicles as figures: dimensions, masses, tyres, and how their actuators answer.

Bodies are those of CommonRoad's vehicle models (Althoff and Würsching, CommonRoad: Vehicle Models, 2020, table 6, and
its parameter files, which name the cars and the US DOT as their source); mass is the total one. Tyres are the same on
all: cornering stiffness over friction and load is -p_ky1 / p_dy1 = 21.92 / 1.0489 of table 7.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Body:
    """What a vehicle is.

    Attributes
    ----------
    length_m, width_m
        Outside dimensions.
    front_m, rear_m
        From the centre of gravity to the front and rear axle.
    mass_kg, yaw_inertia_kgm2
        Total mass, and moment of inertia around the vertical axis.
    front_stiffness, rear_stiffness
        Cornering stiffness of an axle's tyres over friction and static load, 1/rad.
    friction
        Between tyre and road.
    """

    length_m: float
    width_m: float
    front_m: float
    rear_m: float
    mass_kg: float
    yaw_inertia_kgm2: float
    front_stiffness: float = 20.898
    rear_stiffness: float = 20.898
    friction: float = 1.0489

    @property
    def wheelbase_m(self) -> float:
        """From axle to axle."""
        return self.front_m + self.rear_m


@dataclass(frozen=True)
class Actuators:
    """How a vehicle answers to commands.

    Attributes
    ----------
    steer_lag_s
        First-order lag of the front wheels; 0.1 to 0.3 s for steering by wire, from memory, not verified.
    steer_rate_radps
        How fast the front wheels turn at most: 0.4 rad/s in CommonRoad's models of all three cars.
    max_steer_rad
        Of the front wheels, to either side. Assumed (CommonRoad has 0.91 to 1.07).
    drive_lag_s, drive_dead_s
        First-order lag and dead time of drive and brake. Assumed; the dead time counts in whole steps.
    max_accel_mps2, max_brake_mps2
        What drive and brake can do, both positive. Assumed.
    """

    steer_lag_s: float = 0.15
    steer_rate_radps: float = 0.4
    max_steer_rad: float = 0.6
    drive_lag_s: float = 0.4
    drive_dead_s: float = 0.15
    max_accel_mps2: float = 2.0
    max_brake_mps2: float = 6.0


#: Name -> vehicle: the Ford Escort, BMW 320i and VW Vanagon of CommonRoad's vehicles 1 to 3.
BODIES: Mapping[str, Body] = {
    "escort": Body(4.298, 1.674, 0.88392, 1.50876, 1225.888, 1538.853),
    "bmw320i": Body(4.508, 1.610, 1.1561957, 1.4227171, 1093.295, 1791.600),
    "vanagon": Body(4.569, 1.844, 1.1507916, 1.3211364, 1478.898, 2473.118),
}
