"""Lanes as strips of road: which ones a vehicle's rectangle reaches into, wherever it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import atan2, cos, hypot, inf, sin
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from v2x.field.model import LaneShape
from v2x.jit import compiled

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

#: Kinds of lane that vehicles use.
_CARRYING = ("vehicle", "bike")
#: Points of a rectangle that are looked at, as shares of its length and width: some half a metre apart on a car.
_ALONG, _ACROSS = (grid.ravel() for grid in np.meshgrid(np.linspace(-0.5, 0.5, 9), np.linspace(-0.5, 0.5, 5)))


class Reach(NamedTuple):
    """How a rectangle reaches into a lane.

    Attributes
    ----------
    lane
        Id of the lane.
    depth_m
        How far beyond the lane's nearer border.
    rear, front
        Between which shares of the lane's length.
    heading_rad
        Direction of the lane there, from the plane's east, counter-clockwise.
    """

    lane: str
    depth_m: float
    rear: float
    front: float
    heading_rad: float


class LaneStrips:
    """Strips of those lanes that carry vehicles.

    Parameters
    ----------
    lanes
        The lanes of a field.
    """

    def __init__(self, lanes: Sequence[LaneShape]) -> None:
        lanes = [lane for lane in lanes if lane.kind in _CARRYING]
        self._lanes = [lane.id for lane in lanes]
        pieces = [np.diff(lane.points_m, axis=0) for lane in lanes]
        lengths = [np.hypot(*piece.T) for piece in pieces]
        counts = [len(piece) for piece in pieces]
        self._lane = np.repeat(np.arange(len(lanes)), counts)
        length_m = np.concatenate(lengths)
        self._pieces = (
            np.concatenate([lane.points_m[:-1] for lane in lanes]),
            np.concatenate(pieces) / length_m[:, None],
            length_m,
            np.repeat([lane.width_m / 2.0 for lane in lanes], counts),
            np.concatenate([np.cumsum(each) - each for each in lengths]),
        )
        self._total_m = [float(each.sum()) for each in lengths]

    def under(self, x_m: float, y_m: float, heading_rad: float, length_m: float, width_m: float) -> Iterator[Reach]:
        """The lanes that a rectangle around a centre reaches into, in the order of the lanes."""
        ahead = np.array([cos(heading_rad), sin(heading_rad)])
        points = np.array([x_m, y_m]) + np.outer(length_m * _ALONG, ahead)
        points += np.outer(width_m * _ACROSS, [-ahead[1], ahead[0]])
        lanes, found = _reached(points, hypot(length_m, width_m) / 2.0, self._lane, *self._pieces)
        for number, (depth_m, rear_m, front_m, course_rad) in zip(lanes.tolist(), found.tolist(), strict=True):
            whole_m = self._total_m[number]
            yield Reach(self._lanes[number], depth_m, rear_m / whole_m, front_m / whole_m, course_rad)


@compiled
def _reached(
    points: F64, radius_m: float, lane: I64, begin: F64, along: F64, length: F64, half: F64, station: F64
) -> tuple[I64, F64]:
    """Lanes that points (k, 2) lie on, all of them so near to their mean, (n,).

    Beside them, (n, 4): how far beyond the border the deepest point is, the first and the last point's way along the
    lane, and the direction of the piece that the deepest is on. ``lane`` to ``station`` are the pieces', lane by lane:
    whose it is, its begin, direction, length, half width, and way along the lane until its begin.
    """
    x_m, y_m = points[:, 0].mean(), points[:, 1].mean()
    lanes, found, n = np.empty(len(lane), np.int64), np.empty((len(lane), 4)), 0
    for piece in range(len(lane)):
        east, north = along[piece]
        away_x, away_y = x_m - begin[piece, 0], y_m - begin[piece, 1]
        nearest = min(max(away_x * east + away_y * north, 0.0), length[piece])
        if hypot(away_x - nearest * east, away_y - nearest * north) >= half[piece] + radius_m:
            continue
        for point in range(len(points)):
            way_x, way_y = points[point, 0] - begin[piece, 0], points[point, 1] - begin[piece, 1]
            way_m = way_x * east + way_y * north
            if not 0.0 <= way_m <= length[piece]:
                continue
            if n == 0 or lanes[n - 1] != lane[piece]:
                lanes[n], found[n] = lane[piece], (-inf, inf, -inf, 0.0)
                n += 1
            each = found[n - 1]
            depth_m = half[piece] - abs(way_y * east - way_x * north)
            if depth_m > each[0]:
                each[0], each[3] = depth_m, atan2(north, east)
            each[1], each[2] = min(each[1], station[piece] + way_m), max(each[2], station[piece] + way_m)
    on = found[:n, 0] > 0.0
    return lanes[:n][on], found[:n][on]
