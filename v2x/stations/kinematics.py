"""Where a vehicle is between two steps: constant acceleration along a constant turn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from v2x.geo import wrap_deg
from v2x.traffic.base import Snapshot

F64 = NDArray[np.float64]


@dataclass(frozen=True)
class Motion:
    """True motion of some vehicles at instants of their own: displacement since the snapshot (true east, north)."""

    east_m: F64
    north_m: F64
    speed_mps: F64
    heading_deg: F64


def extrapolate(snapshot: Snapshot, rows: NDArray[np.intp], t_ns: NDArray[np.int64]) -> Motion:
    """Motion of ``rows`` at ``t_ns``, at most a step away from the snapshot.

    A braking vehicle stops and stays; the path is the chord of the turn, which is exact to (yaw dt)^3 / 24.
    """
    dt = (t_ns - snapshot.t_ns) / 1e9
    speed, accel, yaw = snapshot.speed_mps[rows], snapshot.accel_mps2[rows], snapshot.yaw_rate_dps[rows]
    with np.errstate(divide="ignore", invalid="ignore"):
        until_stop = np.where(accel < 0.0, -speed / accel, np.inf)
    moving = np.minimum(dt, until_stop)
    way_m = speed * moving + 0.5 * accel * moving**2
    course = np.radians(snapshot.heading_deg[rows] + 0.5 * yaw * dt)
    return Motion(
        east_m=way_m * np.sin(course),
        north_m=way_m * np.cos(course),
        speed_mps=np.maximum(speed + accel * moving, 0.0),
        heading_deg=wrap_deg(snapshot.heading_deg[rows] + yaw * dt),
    )
