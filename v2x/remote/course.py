"""A course: the line that a vehicle is to follow, as stations along it.

The given polyline is resampled to nodes 1 m apart. Between nodes positions lie on the chord (an arc of radius R bulges
1/(8 R) metres beyond it: 2 mm at 60 m) and headings change linearly. A node's heading is the mean of its two chords':
lines across the course at its nodes part one segment from the next, so a projection neither jumps nor sticks at a bend.
Curvature is the change of heading over a window, for which reason polylines with few points have none of the spikes of
their corners; see `Course`.
"""

from __future__ import annotations

from math import cos, floor, sin
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from v2x.errors import InputError
from v2x.jit import compiled

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

#: Distance of nodes, metres, as nearly as a whole number of segments allows.
STEP_M = 1.0


class Projection(NamedTuple):
    """Where points are on a course, (n,) each.

    Attributes
    ----------
    station_m
        Way along the course; on a ring it goes on counting from lap to lap, beyond the ends of an open one as well.
    offset_m
        Distance from the course, positive to its left.
    segment
        Number of the segment, from which to look next time.
    """

    station_m: F64
    offset_m: F64
    segment: I64


@compiled
def _beyond(x_m: float, y_m: float, node: int, x: F64, y: F64, heading: F64) -> float:
    """How far a point is beyond the line across the course at a node."""
    away_m: float = (x_m - x[node]) * cos(heading[node]) + (y_m - y[node]) * sin(heading[node])
    return away_m


@compiled
def _project(
    x_m: F64, y_m: F64, last: I64, x: F64, y: F64, heading: F64, step: float, closed: bool,
    station: F64, offset: F64, segment: I64,
) -> None:  # fmt: skip
    n = len(x) - 1
    for k in range(x_m.size):
        px, py, i = x_m.flat[k], y_m.flat[k], int(last.flat[k])
        for _ in range(n):
            if (i >= n - 1 and not closed) or not _beyond(px, py, (i % n) + 1, x, y, heading) > 0.0:
                break
            i += 1
        for _ in range(n):
            if (i <= 0 and not closed) or not _beyond(px, py, i % n, x, y, heading) < 0.0:
                break
            i -= 1
        j = i % n
        since, until = _beyond(px, py, j, x, y, heading), -_beyond(px, py, j + 1, x, y, heading)
        share = since / (since + until) if since + until > 0.0 else 0.5  # the latter past the centre of a bend
        turned = heading[j] + min(max(share, 0.0), 1.0) * (heading[j + 1] - heading[j])
        dx = px - x[j] - share * (x[j + 1] - x[j])
        dy = py - y[j] - share * (y[j + 1] - y[j])
        station.flat[k] = (i + share) * step
        offset.flat[k] = cos(turned) * dy - sin(turned) * dx
        segment.flat[k] = i


@compiled
def _linear(column: F64, station: F64, step: float, closed: bool, beyond: bool, lap_gain: float) -> F64:
    """A column of the nodes between them; past the ends of an open course as at the end, or ``beyond`` it linearly."""
    n = len(column) - 1
    out = np.empty_like(station)
    for k in range(station.size):
        q = float(station.flat[k]) / step
        lap = floor(q / n) if closed else 0
        q -= lap * n
        i = min(max(int(q), 0), n - 1)
        share = q - i
        if not beyond:
            share = min(max(share, 0.0), 1.0)
        out.flat[k] = column[i] + share * (column[i + 1] - column[i]) + lap * lap_gain
    return out


@compiled
def _segment(station: F64, step: float, n: int, closed: bool) -> I64:
    out = np.empty(station.shape, np.int64)
    for k in range(station.size):
        i = floor(station.flat[k] / step)
        out.flat[k] = i if closed else min(max(i, 0), n - 1)
    return out


class Course:
    """A course by stations. Stations, positions and what is given back are arrays of one shape, (n,).

    Parameters
    ----------
    points_m
        The polyline, (k, 2), metres. Points that repeat the one before are left out.
    closed
        A ring: the last point leads to the first, stations wrap, headings go on turning from lap to lap.
    limit_mps
        Speed limit, one or one for each point, from it on.
    window_m
        Curvature is the change of heading from this far behind to this far ahead, so the step of curvature where an arc
        begins is met as a ramp of at most ``window_m`` + 1 m to either side. Near the ends of an open course the window
        ends there.

    Attributes
    ----------
    length_m
        Of the polyline.
    closed
        Whether it is a ring.
    turn_rad
        How much the heading grows in a lap of a ring, 0 on an open course.

    Raises
    ------
    InputError
        If it has no length, or fewer than three points of a ring, or is not finite.
    """

    def __init__(
        self, points_m: ArrayLike, *, closed: bool = False, limit_mps: ArrayLike = np.inf, window_m: float = 4.0
    ) -> None:
        points = np.asarray(points_m, np.float64)
        if points.ndim != 2 or points.shape[1] != 2 or not np.isfinite(points).all():
            raise InputError(f"a course is finite points (k, 2), not an array {points.shape}")
        limits = np.broadcast_to(np.asarray(limit_mps, np.float64), len(points))
        if closed:
            points, limits = np.vstack([points, points[:1]]), np.append(limits, limits[:1])
        moves = np.append(True, np.hypot(*np.diff(points, axis=0).T) > 0.0)
        points, limits = points[moves], limits[moves]
        if len(points) < (4 if closed else 2):
            raise InputError("a course needs two different points, a ring three")
        way = np.append(0.0, np.cumsum(np.hypot(*np.diff(points, axis=0).T)))
        self.length_m, self.closed = float(way[-1]), closed
        self._count = n = max(round(self.length_m / STEP_M), 3 if closed else 1)
        self._step_m = self.length_m / n
        nodes = np.linspace(0.0, self.length_m, n + 1)
        self._x, self._y = (np.interp(nodes, way, column) for column in points.T)
        self._heading, self.turn_rad = _headings(self._x, self._y, closed)
        self._curvature = self._turning(nodes, window_m)
        self._limit = limits[np.searchsorted(way, nodes[:-1] + self._step_m / 2.0, side="right") - 1]

    def _turning(self, nodes: F64, window_m: float) -> F64:
        """Curvature at the nodes."""
        behind, ahead = nodes - window_m, nodes + window_m
        if not self.closed:
            behind, ahead = np.maximum(behind, 0.0), np.minimum(ahead, self.length_m)
        change: F64 = self.heading_rad(ahead) - self.heading_rad(behind)
        return change / (ahead - behind)

    def project(self, x_m: F64, y_m: F64, segment: I64) -> Projection:
        """Where points are, looked for from a segment on, forwards and then backwards along the course.

        Of use within the radius of the bends: a point beyond the centre of one has no place on the course. So it is not
        the nearest place of all: where a course comes near itself, who follows it stays on the right part.
        """
        out = Projection(np.empty_like(x_m), np.empty_like(x_m), np.empty_like(segment))
        _project(x_m, y_m, segment, self._x, self._y, self._heading, self._step_m, self.closed, *out)
        return out

    def segment_at(self, station_m: F64) -> I64:
        """The segment at a station, to begin to look from."""
        return _segment(station_m, self._step_m, self._count, self.closed)

    def point_m(self, station_m: F64) -> tuple[F64, F64]:
        """Positions; beyond the ends of an open course straight on."""
        step_m, closed = self._step_m, self.closed
        x_m = _linear(self._x, station_m, step_m, closed, True, 0.0)
        return x_m, _linear(self._y, station_m, step_m, closed, True, 0.0)

    def heading_rad(self, station_m: F64) -> F64:
        """Directions from east, counter-clockwise, without jumps: compare with a heading by the remainder of 2 pi."""
        return _linear(self._heading, station_m, self._step_m, self.closed, False, self.turn_rad)

    def curvature_pm(self, station_m: F64) -> F64:
        """Smoothed curvatures, 1/m, positive to the left."""
        return _linear(self._curvature, station_m, self._step_m, self.closed, False, 0.0)

    def limit_mps(self, station_m: F64) -> F64:
        """Speed limits."""
        limits: F64 = self._limit[self.segment_at(station_m) % self._count]
        return limits


def _headings(x: F64, y: F64, closed: bool) -> tuple[F64, float]:
    """Headings at the nodes, and how much they grow in a lap."""
    chords = np.unwrap(np.arctan2(np.diff(y), np.diff(x)))
    inner = (chords[1:] + chords[:-1]) / 2.0
    if not closed:
        return np.concatenate([chords[:1], inner, chords[-1:]]), 0.0
    over = np.unwrap(chords[[-1, 0]])[1]  # the first chord, as the next after the last
    turn_rad = float(over - chords[0])
    first = (chords[-1] - turn_rad + chords[0]) / 2.0
    return np.concatenate([[first], inner, [first + turn_rad]]), turn_rad
