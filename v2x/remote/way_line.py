"""The line of lane centres along a route: lanes, smooth lane changes, and the ways across junctions.

Lanes come as polylines. A lane change blends the two lanes' centres by 10 u^3 - 15 u^4 + 6 u^5, which begins and ends
without a step of curvature. Corners are rounded by a parabola each that touches both sides at the same distance from
the corner, so the heading is continuous: inside junctions, whose few points are samples of a bend, by half of the
shorter side; on streets so far that it departs from the corner by no more than `GIVE_M`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from v2x.errors import InputError
from v2x.field.net import NetLane
from v2x.remote.route_lanes import Leg

F64 = NDArray[np.float64]

#: How long it takes to change by one lane at the speed limit, s: 4.6 s is the mean of Toledo and Zohar (Transportation
#: Research Record 1999, 2007), from memory, not verified.
CHANGE_S = 4.6
#: A lane change begins that far from the beginning of a street, and ends that far from its end, m (assumed: what is
#: still to be done near a stop line is in the way of those who wait there) ...
AFTER_M, BEFORE_M = 30.0, 30.0
#: ... and where that leaves no room it begins sooner and is made in less, but in no less than that for one lane, m
#: (assumed).
LEAST_CHANGE_M = 20.0
#: How far the line may depart from a corner of a street, m (assumed).
GIVE_M = 0.3
#: A point that parts two lanes inside a junction is no corner if it is that near the line past it, m (assumed).
_STRAIGHT_M = 0.05
#: Distance of points on lane changes, and at most on rounded corners, m.
_APART_M = 0.5


@dataclass
class Line:
    """A line that grows point by point; what holds from a point on has a row of its own.

    Attributes
    ----------
    points
        Corners, metres.
    give_m
        How far the rounded line may depart from each.
    along_m, limit_mps, left_m, right_m, lane
        Way along the corners from which on a row holds; speed limit, distance to the borders of the lanes that may be
        driven on, and the lane's id.
    """

    points: list[tuple[float, float]] = field(default_factory=list)
    give_m: list[float] = field(default_factory=list)
    along_m: list[float] = field(default_factory=list)
    limit_mps: list[float] = field(default_factory=list)
    left_m: list[float] = field(default_factory=list)
    right_m: list[float] = field(default_factory=list)
    lane: list[str] = field(default_factory=list)
    length_m: float = 0.0

    def go(self, points: ArrayLike, inner_give_m: float) -> None:
        """Go on along points, the first of which may be where the line is; joints count as inside a junction."""
        rows = [(float(x), float(y)) for x, y in np.asarray(points, np.float64)]
        for number, (x, y) in enumerate(rows):
            step_m = float(np.hypot(x - self.points[-1][0], y - self.points[-1][1])) if self.points else np.inf
            if step_m < _STRAIGHT_M:
                continue
            self.length_m += step_m if self.points else 0.0
            self.points.append((x, y))
            self.give_m.append(inner_give_m if 0 < number < len(rows) - 1 else np.inf)

    def note(self, along_m: float, lane: NetLane, left_m: float, right_m: float) -> None:
        """What holds from there on."""
        self.along_m.append(along_m)
        self.limit_mps.append(lane.speed_mps)
        self.left_m.append(left_m)
        self.right_m.append(right_m)
        self.lane.append(lane.id)


def line_of(legs: Sequence[Leg], start_m: float) -> Line:
    """The line along the legs' lanes.

    Parameters
    ----------
    legs
        In order.
    start_m
        Lanes are not changed before, on the first leg, along its shape.

    Raises
    ------
    InputError
        With `remote.route.N` or, on the first leg, `remote.start_at_m`: there is no room to change lanes.
    """
    line = Line()
    for row, leg in enumerate(legs):
        if len(leg.lanes) == 1:
            half_m = leg.lanes[0].width_m / 2.0
            line.note(line.length_m, leg.lanes[0], half_m, half_m)
            line.go(leg.lanes[0].shape, GIVE_M)
        else:
            _change(line, leg, start_m if row == 0 else 0.0, "remote.start_at_m" if row == 0 else f"remote.route.{row}")
        inside = [leg.lanes[-1].shape[-1:]]
        for lane in leg.across:
            line.note(line.length_m + _length_m(np.vstack(inside)), lane, lane.width_m / 2.0, lane.width_m / 2.0)
            inside.append(lane.shape)
        line.go(_unparted(np.vstack(inside), [len(part) for part in inside]), np.inf)
    return line


def _length_m(points: F64) -> float:
    return float(np.hypot(*np.diff(points, axis=0).T).sum())


def _unparted(points: F64, counts: Sequence[int]) -> F64:
    """Points without those that only part one lane from the next on a straight line."""
    keep = np.ones(len(points), np.bool_)
    for joint in np.cumsum(counts)[1:-1].tolist():
        keep[joint] = False  # where the next lane begins is where this one ended
        before, here, after = points[joint - 2], points[joint - 1], points[joint + 1]
        chord = after - before
        away_m = abs(chord[0] * (here - before)[1] - chord[1] * (here - before)[0]) / np.hypot(*chord)
        keep[joint - 1] = away_m > _STRAIGHT_M
    return points[keep]


def _change(line: Line, leg: Leg, from_m: float, path: str) -> None:
    """A leg on which lanes are changed, all at once."""
    here, there = leg.lanes[0], leg.lanes[-1]
    length_m, count = _length_m(here.shape), len(leg.lanes) - 1
    begin_m, end_m = _span(length_m, from_m, count, here.speed_mps)
    if end_m - begin_m < LEAST_CHANGE_M * count:
        reason = f"{max(end_m - begin_m, 0.0):.0f} m left on the edge to change from lane {here.index} to {there.index}"
        raise InputError(f"{reason}, must be at least {LEAST_CHANGE_M * count:.0f}", path=path)
    dense = np.linspace(begin_m, end_m, max(round((end_m - begin_m) / _APART_M), 1) + 1) / length_m
    share = np.unique(np.concatenate([_shares(here.shape), _shares(there.shape), dense]))
    share = share[np.append(True, np.diff(share) * length_m > _STRAIGHT_M)]
    u = np.clip((share * length_m - begin_m) / (end_m - begin_m), 0.0, 1.0)
    blend = u**3 * (10.0 + u * (6.0 * u - 15.0))
    old, new = _at(here.shape, share), _at(there.shape, share)
    apart_m = np.hypot(*(new - old).T)
    for k in range(len(share)):
        changing = 0.0 < u[k] < 1.0
        lane = leg.lanes[round(float(blend[k]) * count)]
        # who changes may be on the lane that he leaves, on the one that he takes, and on those between
        ahead_m = (1.0 - blend[k]) * apart_m[k] + there.width_m / 2.0 if changing else lane.width_m / 2.0
        behind_m = blend[k] * apart_m[k] + here.width_m / 2.0 if changing else lane.width_m / 2.0
        sides = (ahead_m, behind_m) if there.index > here.index else (behind_m, ahead_m)
        line.note(line.length_m + float(share[k]) * length_m, lane, *map(float, sides))
    line.go(old + blend[:, None] * (new - old), GIVE_M)


def _span(length_m: float, from_m: float, count: int, limit_mps: float) -> tuple[float, float]:
    """From where to where on a leg lanes are changed."""
    need_m, last_m = CHANGE_S * limit_mps * count, length_m - BEFORE_M
    begin_m = max(from_m, min(from_m + AFTER_M, last_m - need_m))
    return begin_m, min(begin_m + need_m, last_m)


def _shares(shape: F64) -> F64:
    """Shares of a polyline's length at its points."""
    along = np.append(0.0, np.cumsum(np.hypot(*np.diff(shape, axis=0).T)))
    shares: F64 = along / along[-1]
    return shares


def _at(shape: F64, share: F64) -> F64:
    """Points at shares of a polyline's length, (k, 2)."""
    return np.stack([np.interp(share, _shares(shape), column) for column in shape.T], axis=1)


def rounded(points: ArrayLike, give_m: ArrayLike) -> tuple[F64, F64]:
    """A polyline with its corners rounded.

    Parameters
    ----------
    points
        (k, 2), none like the one before.
    give_m
        How far the line may depart from each point, (k,).

    Returns
    -------
    points, along_m
        The rounded line, (n, 2), and for each of its points the way along the given one to where it comes from, (n,).
    """
    corners, most = np.asarray(points, np.float64), np.asarray(give_m, np.float64)
    sides = np.diff(corners, axis=0)
    lengths = np.hypot(*sides.T)
    ways = sides / lengths[:, None]
    along = np.append(0.0, np.cumsum(lengths))
    found, origin = [corners[:1]], [along[:1]]
    for k in range(1, len(corners) - 1):
        half = np.hypot(*(ways[k] - ways[k - 1])) / 2.0  # sine of half the turn
        reach = min(lengths[k - 1], lengths[k]) / 2.0
        reach = min(reach, 2.0 * most[k] / half) if half > 0.0 else reach
        u = np.linspace(-1.0, 1.0, 2 * max(int(np.ceil(reach / _APART_M)), 1) + 1)
        back, on = ((1.0 - u) / 2.0) ** 2 * reach, ((1.0 + u) / 2.0) ** 2 * reach
        found.append(corners[k] - back[:, None] * ways[k - 1] + on[:, None] * ways[k])
        origin.append(along[k] + u * reach)
    return np.vstack([*found, corners[-1:]]), np.concatenate([*origin, along[-1:]])
