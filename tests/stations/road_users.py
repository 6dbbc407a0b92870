"""Snapshots made by hand, on a plane whose metres are true."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from v2x.geo import Plane
from v2x.rng import key_of
from v2x.traffic.base import KINDS, Snapshot

PLANE = Plane.tangent(117.36, 39.08)
SIZES_M = {"car": (4.5, 1.8), "bus": (12.0, 2.5), "truck": (8.0, 2.5), "ebike": (1.8, 0.7), "bicycle": (1.7, 0.6)}

#: Name, kind, east, north (metres), speed (m/s), heading (degrees).
User = tuple[str, str, float, float, float, float]


def snapshot(users: Sequence[User], t_ns: int = 0) -> Snapshot:
    """A snapshot of the users, sorted by name."""
    users = sorted(users)
    x_m, y_m = (np.array([user[column] for user in users], float) for column in (2, 3))
    lon, lat = PLANE.to_lonlat(x_m, y_m)
    length_m, width_m = np.array([SIZES_M.get(user[1], (0.5, 0.5)) for user in users]).reshape(-1, 2).T
    still = np.zeros(len(users))
    return Snapshot(
        t_ns=t_ns,
        id=np.array([user[0] for user in users], object),
        key=np.array([key_of(user[0]) for user in users], np.uint64),
        type=np.array([KINDS.index(user[1]) for user in users], np.int8),
        x_m=x_m,
        y_m=y_m,
        lon_deg=lon,
        lat_deg=lat,
        heading_deg=np.array([user[5] for user in users], float),
        speed_mps=np.array([user[4] for user in users], float),
        accel_mps2=still,
        yaw_rate_dps=still,
        length_m=length_m,
        width_m=width_m,
        lane=np.array([""] * len(users), object),
    )
