"""Which two stations are near each other: a list of unordered pairs, kept up from one instant to the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.spatial import KDTree

from v2x.jit import compiled
from v2x.links.base import F64, I32, I64, Stations, rows_of

#: Twice the way at which the list is made anew: at 20 m/s that is every 0.75 s.
_MARGIN_M = 30.0


@dataclass(frozen=True)
class Pairs:
    """Unordered pairs of stations, rows ``one < other``, ascending.

    Attributes
    ----------
    one, other
        Row of each station, (p,).
    start
        The pairs of ``one`` = i are those from ``start[i]`` to ``start[i + 1]``, (n + 1,).
    """

    one: I32
    other: I32
    start: I64

    def __len__(self) -> int:
        return len(self.one)


class PairList:
    """Pairs of stations that may be within a reach of each other.

    The search looks farther than the reach by a margin (Verlet's list), so that the list is complete while the stations
    are the same and none has moved more than half the margin.

    Parameters
    ----------
    reach_m
        How far.
    period_m
        Length of a ring road along x; None for the open plane.

    Attributes
    ----------
    pairs
        The list.
    entries
        The same by station: start of each one's neighbours (n + 1,), the neighbours, ascending, and the pairs they
        make with it, (2 p,).
    """

    def __init__(self, reach_m: float, period_m: float | None = None) -> None:
        self._reach_m, self._period_m = reach_m, period_m
        self._anchor = nobody()
        self.pairs = _grouped(np.zeros(0, np.int64), 0)
        self.entries = _entries(self.pairs.start, self.pairs.other)

    def follow(self, stations: Stations) -> I32 | None:
        """Bring ``pairs`` up to date.

        Returns
        -------
        origin
            Place of each pair in the list before, -1 for a new one; None if the list is still the same.
        """
        if self._holds(stations):
            return None
        before, self.pairs = self.pairs, self._search(stations)
        self.entries = _entries(self.pairs.start, self.pairs.other)
        row = rows_of(stations.key, self._anchor.key)
        self._anchor = stations
        return _places(self.pairs.one, self.pairs.other, row, before.start, before.other)

    def apart_m(self, x_m: F64, y_m: F64, from_x_m: F64, from_y_m: F64) -> F64:
        """Distances between points, the short way round a ring."""
        east_m, north_m = x_m - from_x_m, y_m - from_y_m
        if self._period_m is not None:
            east_m -= self._period_m * np.rint(east_m / self._period_m)
        return np.hypot(east_m, north_m)

    def _holds(self, stations: Stations) -> bool:
        then = self._anchor
        if not (np.array_equal(then.key, stations.key) and np.array_equal(then.antenna_m, stations.antenna_m)):
            return False
        moved_m = self.apart_m(stations.x_m, stations.y_m, then.x_m, then.y_m)
        return bool(np.all(moved_m <= _MARGIN_M / 2))

    def _search(self, stations: Stations) -> Pairs:
        n = len(stations)
        place = np.column_stack([stations.x_m, stations.y_m])
        options: dict[str, Any] = {}
        if self._period_m is not None:
            place[:, 0] %= self._period_m
            options["boxsize"] = [self._period_m, 0.0]  # 0: no period
        found = KDTree(place, **options).query_pairs(self._reach_m + _MARGIN_M, output_type="ndarray")
        return _grouped(found[:, 0] * n + found[:, 1], n)


def nobody() -> Stations:
    """No stations."""
    return Stations(np.zeros(0, np.uint64), np.zeros(0), np.zeros(0), np.zeros(0))


def _grouped(code: I64, n: int) -> Pairs:
    """Pairs from the numbers ``one * n + other`` in any order."""
    code = np.sort(code)
    start = np.searchsorted(code, np.arange(n + 1) * n)
    one = np.repeat(np.arange(n), np.diff(start))
    return Pairs(one.astype(np.int32), (code - one * n).astype(np.int32), start)


@compiled
def _entries(start: I64, others: I32) -> tuple[I64, I32, I32]:
    """Neighbours of each station: pairs ascend, so that it gets its lesser ones, in order, before its greater ones."""
    begin = np.zeros(len(start), np.int64)
    for one in range(len(start) - 1):
        begin[one + 1] += start[one + 1] - start[one]
        for pair in range(start[one], start[one + 1]):
            begin[others[pair] + 1] += 1
    begin = np.cumsum(begin)
    free = begin[:-1].copy()
    whom, pair_of = np.empty(begin[-1], np.int32), np.empty(begin[-1], np.int32)
    for one in range(len(start) - 1):
        for pair in range(start[one], start[one + 1]):
            other = others[pair]
            whom[free[one]], whom[free[other]] = other, one
            pair_of[free[one]] = pair_of[free[other]] = pair
            free[one] += 1
            free[other] += 1
    return begin, whom, pair_of


@compiled
def _places(one: I32, other: I32, row: I64, start: I64, listed: I32) -> I32:
    """Where each pair stood in an older list, given the older rows of the stations."""
    place = np.full(len(one), -1, np.int32)
    found = -1
    for pair in range(len(one)):
        first, second = min(row[one[pair]], row[other[pair]]), max(row[one[pair]], row[other[pair]])
        if first < 0:
            continue
        low, end = start[first], start[first + 1]
        if low <= found + 1 < end and listed[found + 1] == second:  # mostly: one after the other in both lists
            low = found + 1
        else:
            low += np.searchsorted(listed[low:end], second)
        if low < end and listed[low] == second:
            place[pair] = found = low
    return place
