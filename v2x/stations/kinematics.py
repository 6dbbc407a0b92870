"""Where a vehicle is between two steps: constant acceleration along a constant turn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from v2x.jit import compiled
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
    motion = np.empty((4, len(rows)))
    columns = snapshot.speed_mps, snapshot.accel_mps2, snapshot.heading_deg, snapshot.yaw_rate_dps
    _extrapolate(rows, t_ns, snapshot.t_ns, *columns, motion)
    return Motion(*motion)


@compiled
def _extrapolate(
    rows: NDArray[np.intp],
    t_ns: NDArray[np.int64],
    now_ns: int,
    speed: F64,
    accel: F64,
    heading: F64,
    yaw: F64,
    out: F64,
) -> None:
    for i, row in enumerate(rows):
        dt = (t_ns[i] - now_ns) / 1e9
        moving = min(dt, -speed[row] / accel[row]) if accel[row] < 0.0 else dt
        way = speed[row] * moving + 0.5 * accel[row] * (moving * moving)
        course = np.radians(heading[row] + 0.5 * yaw[row] * dt)
        out[0, i], out[1, i] = way * np.sin(course), way * np.cos(course)
        out[2, i] = max(speed[row] + accel[row] * moving, 0.0)
        turned = (heading[row] + yaw[row] * dt) % 360.0
        out[3, i] = turned if turned < 360.0 else 0.0
