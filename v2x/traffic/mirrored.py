"""Traffic into which somebody else's vehicles are mirrored: they stand and go where told, lanes or no lanes.

A vehicle is placed as `v2x.traffic.steered.Steered` places it and then given a body; from its first pose on it is where
its poses say, and the others see it there. Snapshots have it exactly as told, and nothing of what the traffic needs to
make others see it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from v2x.errors import TrafficError
from v2x.traffic.base import Traffic


@dataclass(frozen=True)
class Posed:
    """Where one vehicle is at the end of a step.

    Attributes
    ----------
    vehicle
        Id of the road user.
    x_m, y_m
        Centre of its rectangle on the run's plane.
    heading_rad
        Direction of its length, from the plane's east, counter-clockwise.
    speed_mps, accel_mps2
        Along its heading, not negative the former.
    """

    vehicle: str
    x_m: float
    y_m: float
    heading_rad: float
    speed_mps: float
    accel_mps2: float


@runtime_checkable
class Mirrored(Protocol):
    """Traffic that can mirror vehicles, besides what `v2x.traffic.base.Traffic` offers."""

    def embody(self, vehicle: str, length_m: float, width_m: float) -> None:
        """Have a vehicle that was placed mirrored from now on, with a body of that size; its front stays where it is.

        Between the placing and the first step. Until its first pose it is where it was placed.

        Raises
        ------
        TrafficError
            If there is no such vehicle.
        """

    def mirror(self, poses: Sequence[Posed]) -> None:
        """Where mirrored vehicles are at the end of the next step. One without a new pose stays at its last."""


def mirrored(traffic: Traffic) -> Mirrored:
    """The same traffic, if vehicles can be mirrored into it.

    Raises
    ------
    TrafficError
        If not.
    """
    source: Any = traffic
    if not isinstance(source, Mirrored):
        raise TrafficError("vehicles cannot be mirrored into this traffic, use 'sumo'", path="traffic.kind")
    return source
