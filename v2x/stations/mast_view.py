"""Who is in the view of sensors at masts: range and angle, and what stands in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from v2x.field.model import Building
from v2x.geo import Plane, turn_deg
from v2x.links.base import Scene, Stations
from v2x.links.sidelink.blockage import LOS, Blockage
from v2x.scenario.model_perception import FieldOfView
from v2x.stations.bodies import HEIGHT_M, bodies_of
from v2x.stations.kinematics import extrapolate
from v2x.traffic.base import Snapshot

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Rows = NDArray[np.intp]

#: Height of the point that must be free for a road user to be seen: the middle of its body. Those of the bodies that
#: stand in the way of nobody (`v2x.scenario.bodies`) are taken to be 1.7 m high. Assumed.
_AIM_M = np.where(HEIGHT_M > 0.0, HEIGHT_M, 1.7) / 2
#: Road users are looked for so far beyond the view: nobody gets farther in a step, metres.
_STEP_REACH_M = 50.0
#: Length of the probes that tell the plane's metres from true ones.
_PROBE_M = 100.0


@dataclass(frozen=True)
class Masts:
    """Where sensors stand: station key, position on the plane, height above the road; one row each."""

    key: NDArray[np.uint64]
    x_m: F64
    y_m: F64
    height_m: F64

    def __len__(self) -> int:
        return len(self.key)


@dataclass(frozen=True)
class InView:
    """Who is in view in some pictures, one row a road user and picture.

    Attributes
    ----------
    picture, row
        Number of the picture, and the road user's row in the snapshot.
    east_m, north_m
        True metres from the foot of the mast, at the time of the picture.
    range_m
        Their length.
    speed_mps, heading_deg
        Motion at that time; the heading is true.
    """

    picture: Rows
    row: Rows
    east_m: F64
    north_m: F64
    range_m: F64
    speed_mps: F64
    heading_deg: F64

    def take(self, rows: Rows) -> InView:
        """Some rows, in the given order."""
        return InView(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


class MastView:
    """The views of all masts.

    A road user is in view where its centre is, and where the straight ray from the top of the mast to the middle of its
    body is free: buildings are prisms, other road users are boxes (`v2x.links.sidelink.blockage`). A mast of 6 m looks
    over a car that is 12 m away at a walker 3 m behind it, but not over a bus. Occlusion is that of the snapshot.

    Parameters
    ----------
    view
        Range and angle.
    masts
        Where they are.
    plane
        The run's.
    buildings
        Of the field.
    """

    def __init__(self, view: FieldOfView, masts: Masts, plane: Plane, buildings: Sequence[Building]) -> None:
        self._view, self._masts = view, masts
        self._blockage = Blockage(buildings)
        self._convergence_deg = plane.middle_convergence_deg
        self._to_true = np.array([_to_true(plane, x, y) for x, y in zip(masts.x_m, masts.y_m, strict=True)])

    def look(self, snapshot: Snapshot, mast: Rows, t_ns: I64) -> InView:
        """Who is in view of ``mast`` (k,) at ``t_ns`` (k,), at most a step off the snapshot; sorted by picture."""
        view, masts = self._view, self._masts
        east = snapshot.x_m - masts.x_m[mast][:, np.newaxis]
        north = snapshot.y_m - masts.y_m[mast][:, np.newaxis]
        picture, row = np.nonzero(east * east + north * north < (view.far_m + _STEP_REACH_M) ** 2)
        way = (
            self._to_true[mast[picture]] @ np.stack([east[picture, row], north[picture, row]], axis=1)[:, :, np.newaxis]
        )
        motion = extrapolate(snapshot, row, t_ns[picture])
        east_m, north_m = way[:, 0, 0] + motion.east_m, way[:, 1, 0] + motion.north_m
        range_m = np.hypot(east_m, north_m)
        seen = (view.near_m <= range_m) & (range_m <= view.far_m)
        if view.opening_deg < 360.0:
            off_deg = turn_deg(view.bearing_deg, np.degrees(np.arctan2(east_m, north_m)))
            seen &= np.abs(off_deg) <= view.opening_deg / 2
        found = InView(picture, row, east_m, north_m, range_m, motion.speed_mps, motion.heading_deg)
        found = found.take(np.flatnonzero(seen))
        return found.take(np.flatnonzero(self._clear(snapshot, mast[found.picture], found.row)))

    def _clear(self, snapshot: Snapshot, mast: Rows, row: Rows) -> NDArray[np.bool_]:
        """Whether the ray from each mast to each road user is free, (n,)."""
        masts = self._masts
        tops = Stations(masts.key, masts.x_m, masts.y_m, masts.height_m)
        users = Stations(snapshot.key, snapshot.x_m, snapshot.y_m, _AIM_M[snapshot.type])
        bodies = bodies_of(snapshot, self._convergence_deg)
        scene = Scene(snapshot.t_ns, snapshot.t_ns, Stations.merge([tops, users]), bodies)
        sight = self._blockage(scene, mast.astype(np.int32), (len(masts) + row).astype(np.int32))
        clear: NDArray[np.bool_] = sight.state == LOS
        return clear


def _to_true(plane: Plane, x_m: float, y_m: float) -> F64:
    """Matrix from the plane's metres around a point to true metres east and north."""
    lon, lat = plane.to_lonlat([x_m, x_m + _PROBE_M, x_m], [y_m, y_m, y_m + _PROBE_M])
    east, north = Plane.tangent(lon[0], lat[0]).to_xy(lon[1:], lat[1:])
    return np.array([east, north]) / _PROBE_M
