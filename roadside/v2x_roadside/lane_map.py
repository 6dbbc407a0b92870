"""Where road users are on the approach lanes of an intersection."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from v2x.geo import Plane, turn_deg
from v2x.messages.model import Intersection, Lane

F64 = NDArray[np.float64]
Rows = NDArray[np.intp]

#: A road user belongs to a lane up to so far beyond its edge, metres: position errors. Assumed.
_BESIDE_M = 0.5
#: ... and if it points along the lane within so many degrees. Assumed.
_ALONG_DEG = 60.0
#: Two points of a lane may be the same, metres.
_SHORTEST_M = 1e-6


class Placed(NamedTuple):
    """Index of each road user's lane, -1 for none, and its distance from the stop line along it, metres."""

    lane: Rows
    along_m: F64


class LaneMap:
    """Approach lanes in metres from the foot of the unit's mast.

    Parameters
    ----------
    intersection
        Its geometry.
    place
        WGS-84 latitude and longitude of the mast.

    Attributes
    ----------
    lanes
        Approach lanes for vehicles.
    """

    def __init__(self, intersection: Intersection, place: tuple[float, float]) -> None:
        lat, lon = place
        east, north = Plane.tangent(lon, lat).to_xy([intersection.lon_deg], [intersection.lat_deg])
        self.lanes = [lane for lane in intersection.lanes if lane.ingress and lane.kind == "vehicle"]
        self._lines = {lane.id: lane.points_m + np.array([east[0], north[0]]) for lane in self.lanes}
        self._way_m = {number: _way(line) for number, line in self._lines.items()}
        begins, steps, owners, starts = [np.zeros((0, 2))], [np.zeros((0, 2))], [np.zeros(0, np.intp)], [np.zeros(0)]
        for index, lane in enumerate(self.lanes):
            line = self._lines[lane.id]
            begins.append(line[:-1])
            steps.append(np.diff(line, axis=0))
            owners.append(np.full(len(line) - 1, index))
            starts.append(self._way_m[lane.id][:-1])
        self._begin, self._step = np.concatenate(begins), np.concatenate(steps)
        self._owner, self._start_m = np.concatenate(owners), np.concatenate(starts)
        self._length_m = np.maximum(np.hypot(*self._step.T), _SHORTEST_M)
        # lanes begin at the intersection, and those on them drive towards it
        self._course_deg = np.degrees(np.arctan2(-self._step[:, 0], -self._step[:, 1]))
        self._reach_m = np.array([self.lanes[index].width_m for index in self._owner]) / 2 + _BESIDE_M

    def place(self, east_m: F64, north_m: F64, heading_deg: F64) -> Placed:
        """On which lane road users are, (n,)."""
        if not len(self._begin) or not len(east_m):
            return Placed(np.full(len(east_m), -1), np.zeros(len(east_m)))
        way = np.stack([east_m, north_m], axis=1)[:, np.newaxis] - self._begin
        along = np.clip((way * self._step).sum(axis=2) / self._length_m**2, 0.0, 1.0)
        off_m = np.hypot(*np.moveaxis(way - along[:, :, np.newaxis] * self._step, 2, 0))
        wrong_way = np.abs(turn_deg(self._course_deg, heading_deg[:, np.newaxis])) > _ALONG_DEG
        off_m[wrong_way | (off_m > self._reach_m)] = np.inf
        best = off_m.argmin(axis=1)
        user = np.arange(len(east_m))
        lane = np.where(np.isfinite(off_m[user, best]), self._owner[best], -1)
        return Placed(lane, self._start_m[best] + along[user, best] * self._length_m[best])

    def points(self, lane: Lane, along_m: F64) -> F64:
        """(k, 2) points of a lane at distances (k,) from its stop line."""
        line, way_m = self._lines[lane.id], self._way_m[lane.id]
        return np.column_stack([np.interp(along_m, way_m, line[:, 0]), np.interp(along_m, way_m, line[:, 1])])

    def width_m(self, lane: Lane) -> float:
        """Width of all lanes of a lane's approach."""
        return sum(each.width_m for each in self.lanes if each is lane or (each.link and each.link == lane.link))


def _way(line: F64) -> F64:
    """Metres along a line to each of its points."""
    return np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
