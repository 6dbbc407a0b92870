"""Theory of loops on a straight road: the delay from which on they are unstable, by phase margin."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from v2x.remote.vehicle.body import Body

C128 = NDArray[np.complex128]
F64 = NDArray[np.float64]
#: s -> open loop without delay and steering lag.
Open = Callable[[C128], C128]


def critical_delay_s(loop: Open, steer_lag_s: float) -> float:
    """Phase left at each crossing of gain 1 over its frequency; the smallest."""
    omega: F64 = np.logspace(-2, 2.3, 8_000)
    gain = loop(1j * omega) / (1.0 + 1j * omega * steer_lag_s)
    size, phase = np.abs(gain), np.unwrap(np.angle(gain))
    phase -= 2.0 * np.pi * np.ceil(phase[0] / (2.0 * np.pi))  # two or three integrators: begins within (-2 pi, 0]
    crossings = np.flatnonzero((size[:-1] >= 1.0) & (size[1:] < 1.0))
    return float(np.min((phase[crossings] + np.pi) / omega[crossings]))


def kinematic(speed_mps: float, wheelbase_m: float) -> tuple[Open, Open]:
    """From the wheels' angle to heading and to offset."""
    return lambda s: speed_mps / (wheelbase_m * s), lambda s: speed_mps**2 / (wheelbase_m * s**2)


def dynamic(speed_mps: float, body: Body) -> tuple[Open, Open]:
    """The same for the linear single-track model, solved as a matrix at each frequency."""
    a, b, v = body.front_m, body.rear_m, speed_mps
    weight = body.mass_kg * 9.81 * body.friction / body.wheelbase_m
    cf, cr = body.front_stiffness * weight * b, body.rear_stiffness * weight * a
    m, inertia = body.mass_kg, body.yaw_inertia_kgm2
    slope = np.array(
        [
            [-(cf + cr) / (m * v), -v - (cf * a - cr * b) / (m * v)],
            [-(cf * a - cr * b) / (inertia * v), -(cf * a**2 + cr * b**2) / (inertia * v)],
        ]
    )
    push = np.array([cf / m, cf * a / inertia])

    def rates(s: C128) -> C128:
        return np.linalg.solve(s[:, None, None] * np.eye(2) - slope, push[:, None] + 0.0j)[..., 0]

    def heading(s: C128) -> C128:
        return np.asarray(rates(s)[:, 1] / s)

    def offset(s: C128) -> C128:
        side, yaw = rates(s).T
        return np.asarray((side - b * yaw + v * yaw / s) / s)

    return heading, offset


def pure_pursuit(plant: tuple[Open, Open], wheelbase_m: float, reach_m: float) -> Open:
    heading, offset = plant
    return lambda s: 2.0 * wheelbase_m / reach_m * (heading(s) + offset(s) / reach_m)


def stanley(plant: tuple[Open, Open], wheelbase_m: float, speed_mps: float, gain_ps: float = 1.0) -> Open:
    heading, offset = plant
    return lambda s: heading(s) + gain_ps / speed_mps * (offset(s) + wheelbase_m * heading(s))


def two_point(plant: tuple[Open, Open], near_m: float, far_m: float) -> Open:
    heading, offset = plant
    return lambda s: heading(s) + offset(s) / far_m + (0.25 + 3.0 / 16.0 / s) * (heading(s) + offset(s) / near_m)


def crossover(plant: tuple[Open, Open], wheelbase_m: float, speed_mps: float, omega: float, aim_s: float) -> Open:
    heading, offset = plant
    return lambda s: omega * wheelbase_m / speed_mps * (heading(s) + offset(s) / (aim_s * speed_mps))
