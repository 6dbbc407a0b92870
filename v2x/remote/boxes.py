"""Road users as boxes on the plane: whether two overlap, how far they are apart, when they will touch.

SUMO knows of vehicles along lanes; one that a person steers can stand across them, so collisions and times to collision
are taken from rectangles. All functions take boxes in columns that broadcast: one against many, or row by row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, hypot, inf, sin
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from v2x.jit import compiled, elementwise
from v2x.traffic.base import Snapshot

F64 = NDArray[np.float64]


class Boxes(NamedTuple):
    """Rectangles, (n,) each: centre, direction of the length from the plane's east, counter-clockwise, and size."""

    x_m: F64
    y_m: F64
    heading_rad: F64
    length_m: F64
    width_m: F64

    @classmethod
    def of(cls, snapshot: Snapshot, convergence_deg: float) -> Boxes:
        """All road users of a snapshot; ``convergence_deg`` is true heading less that on the run's plane."""
        heading_rad: F64 = np.radians(90.0 - snapshot.heading_deg + convergence_deg)
        return cls(snapshot.x_m, snapshot.y_m, heading_rad, snapshot.length_m, snapshot.width_m)

    def rows(self, rows: NDArray[np.intp]) -> Boxes:
        """Some of them."""
        return Boxes(*(column[rows] for column in self))


@compiled
def _reach_m(axis: float, heading: float, length: float, width: float) -> float:
    """How far a box extends along an axis from its centre."""
    return 0.5 * (length * abs(cos(heading - axis)) + width * abs(sin(heading - axis)))


@compiled
def _meets_s(
    x: float, y: float, heading: float, length: float, width: float, speed: float,
    x2: float, y2: float, heading2: float, length2: float, width2: float, speed2: float,
) -> float:  # fmt: skip
    """Time until two boxes touch: the last of their four axes along which their shadows meet, if none parts before."""
    dx, dy = x2 - x, y2 - y
    wx, wy = speed2 * cos(heading2) - speed * cos(heading), speed2 * sin(heading2) - speed * sin(heading)
    since, until = 0.0, inf
    for number in range(4):
        axis = (heading if number < 2 else heading2) + (number % 2) * np.pi / 2.0
        apart = dx * cos(axis) + dy * sin(axis)
        rate = wx * cos(axis) + wy * sin(axis)
        reach = _reach_m(axis, heading, length, width) + _reach_m(axis, heading2, length2, width2)
        if abs(rate) < 1e-12:
            if not abs(apart) <= reach:
                return inf
            continue
        first, last = (-apart - reach) / rate, (-apart + reach) / rate
        since, until = max(since, min(first, last)), min(until, max(first, last))
    return since if since <= until else inf


@compiled
def _corners_away_m(
    x: float, y: float, heading: float, length: float, width: float,
    x2: float, y2: float, heading2: float, length2: float, width2: float,
) -> float:  # fmt: skip
    """Least distance of the second box's corners from the first box."""
    least = inf
    for number in range(4):
        along, across = (0.5 - number % 2) * length2, (0.5 - number // 2) * width2
        dx = x2 - x + along * cos(heading2) - across * sin(heading2)
        dy = y2 - y + along * sin(heading2) + across * cos(heading2)
        ahead = abs(dx * cos(heading) + dy * sin(heading)) - 0.5 * length
        aside = abs(dy * cos(heading) - dx * sin(heading)) - 0.5 * width
        least = min(least, hypot(max(ahead, 0.0), max(aside, 0.0)))
    return least


@elementwise
def _ttc(
    x: float, y: float, heading: float, length: float, width: float, speed: float,
    x2: float, y2: float, heading2: float, length2: float, width2: float, speed2: float,
) -> float:  # fmt: skip
    return _meets_s(x, y, heading, length, width, speed, x2, y2, heading2, length2, width2, speed2)


@elementwise
def _distance(
    x: float, y: float, heading: float, length: float, width: float,
    x2: float, y2: float, heading2: float, length2: float, width2: float,
) -> float:  # fmt: skip
    if _meets_s(x, y, heading, length, width, 0.0, x2, y2, heading2, length2, width2, 0.0) == 0.0:
        return 0.0
    return min(
        _corners_away_m(x, y, heading, length, width, x2, y2, heading2, length2, width2),
        _corners_away_m(x2, y2, heading2, length2, width2, x, y, heading, length, width),
    )


def time_to_collision_s(boxes: Boxes, speed_mps: ArrayLike, others: Boxes, others_mps: ArrayLike) -> F64:
    """Time until boxes touch if both keep their speeds and headings; 0 where they do now, inf where they never will.

    Exact for boxes that do not turn: along each of their axes (separating axis theorem) their shadows meet for one span
    of time, and they overlap while all four meet. Speeds are along the headings, backwards if negative.
    """
    found: F64 = _ttc(*boxes, speed_mps, *others, others_mps)
    return found


def distance_m(boxes: Boxes, others: Boxes) -> F64:
    """Least distance between boxes, 0 where they overlap or touch."""
    found: F64 = _distance(*boxes, *others)
    return found


def overlap(boxes: Boxes, others: Boxes) -> NDArray[np.bool_]:
    """Whether boxes have a point in common."""
    together: NDArray[np.bool_] = time_to_collision_s(boxes, 0.0, others, 0.0) == 0.0
    return together


@dataclass(frozen=True)
class Contact:
    """The beginning of a collision: when, whose, and how fast both went, along their headings."""

    t_ns: int
    vehicle: str
    other: str
    speed_mps: float
    other_mps: float


class Contacts:
    """Collisions of some vehicles with all road users, each reported once: until the two have parted again."""

    def __init__(self) -> None:
        self._touching: frozenset[tuple[str, str]] = frozenset()

    def look(
        self, t_ns: int, names: Sequence[str], boxes: Boxes, speed_mps: F64, watched: Sequence[int]
    ) -> list[Contact]:
        """Contacts that are new at an instant.

        Parameters
        ----------
        t_ns
            Simulated time.
        names, boxes, speed_mps
            Everybody, (n,).
        watched
            Rows of the vehicles whose collisions count. Those between two of them are reported once, of the first.
        """
        new, touching = [], set()
        for number, row in enumerate(watched):
            hit = overlap(boxes.rows(np.array([row])), boxes)
            hit[list(watched[: number + 1])] = False
            for other in np.flatnonzero(hit).tolist():
                pair = names[row], names[other]
                touching.add(pair)
                if pair not in self._touching:
                    new.append(Contact(t_ns, *pair, float(speed_mps[row]), float(speed_mps[other])))
        self._touching = frozenset(touching)
        return new
