"""Reception counts by second, message type, distance and cause: what a thousand vehicles leave of two million a second.

A reception that somebody observes is counted as it was. For the others nobody can tell which pair lost which frame, so
their fates are not drawn one by one: their distances are counted in strips of a metre, and once a second each strip's
count is split by the chances at its middle. The counts have the same law as independent draws for each reception; what
they lack is the correlation of bursts between the frames of a pair (``docs/links.md``). A link without such chances
counts by strip itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_S
from v2x.jit import compiled
from v2x.links.base import F64, I64, STRIP_M, Cause, DistanceLaw, Stations
from v2x.links.neighbours import Neighbourhood
from v2x.rng import Stream

Rows = NDArray[np.intp]

#: So many rows are kept before they are counted.
_AT_ONCE = 1 << 16
#: Second since the start of the run, message type.
_Key = tuple[int, str]


@dataclass(frozen=True)
class Count:
    """Receptions of one second and message type, one row a distance bin and cause that occurred.

    Attributes
    ----------
    second
        Start, seconds since the start of the run.
    kind
        Message type.
    distance_m
        Lower edge of the bin.
    cause
        `Cause` codes.
    count
        How many.
    """

    second: int
    kind: str
    distance_m: F64
    cause: NDArray[np.intp]
    count: I64


class ReceptionCounts:
    """Receptions of all stations, counted.

    Parameters
    ----------
    bin_m
        Width of a distance bin, metres; whole strips.
    law
        Chances by distance, for the receptions that nobody observes; None if the link counts them.
    seed
        Seed of the run.
    """

    def __init__(self, bin_m: float, law: DistanceLaw | None, seed: int) -> None:
        self._bin_m, self._law = bin_m, law
        self._draws = Stream(seed, "pc5.counts")
        self._near = Neighbourhood(law.reach_m) if law is not None else None
        self._decided: dict[_Key, I64] = {}  # (causes, bins)
        self._open: dict[_Key, I64] = {}  # (strips,)
        self._added, self._withdrawn = _Heap(self._count), _Heap(self._take_back)

    def add(self, second: int, types: NDArray[np.object_], distance_m: F64, cause: NDArray[np.int8]) -> None:
        """Count receptions of a second whose fate is known, one row each."""
        self._added.put(second, types, distance_m, cause)

    def _count(self, second: int, types: NDArray[np.object_], distance_m: F64, cause: NDArray[np.int8]) -> None:
        bins = (distance_m / self._bin_m).astype(np.int64)
        shape = (len(Cause), int(bins.max(initial=-1)) + 1)
        cell = cause.astype(np.int64) * shape[1] + bins
        for kind in sorted(set(types.tolist())):
            table = np.bincount(cell[types == kind], minlength=shape[0] * shape[1]).reshape(shape)
            self._add(second, kind, table)

    def add_counted(self, second: int, counted: Mapping[str, I64]) -> None:
        """Count receptions of a second that the link has counted: type -> (causes, strips)."""
        for kind, by_strip in counted.items():
            edges = np.arange(0, by_strip.shape[1], round(self._bin_m / STRIP_M))
            self._add(second, kind, np.add.reduceat(by_strip, edges, axis=1))

    def _add(self, second: int, kind: str, table: I64) -> None:
        self._decided[second, kind] = _sum(self._decided.get((second, kind)), table)

    def add_unobserved(self, second: int, sent: Mapping[str, I64], stations: Stations) -> None:
        """Count what stations that nobody observes send to each other in a second.

        Parameters
        ----------
        second
            Since the start of the run.
        sent
            Type -> (n,) how many such frames each station has sent. A pair of stations is looked at once for both
            directions, which takes a sender to be where it hears.
        stations
            Who hears and where, n of them.

        Raises
        ------
        ValueError
            Without a law.
        """
        if self._near is None or self._law is None:
            raise ValueError("receptions over a link without a law by distance must be counted by the link")
        strips = int(self._law.reach_m / STRIP_M) + 1
        pairs = self._near.among(stations)
        for kind, counts in sent.items():
            if (second, kind) not in self._open:
                self._open[second, kind] = np.zeros(strips, np.int64)
            _tally(*pairs, stations.x_m, stations.y_m, counts, self._law.reach_m, self._open[second, kind])

    def withdraw(self, second: int, types: NDArray[np.object_], distance_m: F64) -> None:
        """Take back receptions that `add_unobserved` counts, or will count, in a second: somebody watches them.

        Raises
        ------
        ValueError
            Without a law.
        """
        if self._law is None:
            raise ValueError("receptions over a link without a law by distance are counted once, by the link")
        self._withdrawn.put(second, types, distance_m)

    def _take_back(self, second: int, types: NDArray[np.object_], distance_m: F64) -> None:
        if self._law is None:
            return
        strip, strips = (distance_m / STRIP_M).astype(np.intp), int(self._law.reach_m / STRIP_M) + 1
        for kind in sorted(set(types.tolist())):
            tries = np.bincount(strip[types == kind], minlength=strips)
            self._open[second, kind] = self._open.get((second, kind), 0) - tries

    def drain(self, until_ns: int) -> Iterator[Count]:
        """Take out the counts of all seconds that ended by ``until_ns``, in order of second and type."""
        self._added.clear()
        self._withdrawn.clear()
        for key in sorted(self._decided.keys() | self._open.keys()):
            second, kind = key
            if (second + 1) * NS_PER_S <= until_ns:
                counts = self._decided.pop(key, None)
                if self._law is not None and key in self._open:
                    counts = _sum(counts, self._decide(self._law, key, self._open.pop(key)))
                if counts is not None:
                    cause, distance = np.nonzero(counts)
                    yield Count(second, kind, distance.astype(np.float64) * self._bin_m, cause, counts[cause, distance])

    def _decide(self, law: DistanceLaw, key: _Key, tries: I64) -> I64:
        """Fates of the receptions of one second and type, (causes, bins)."""
        second, kind = key
        strip = np.flatnonzero(tries)
        middle_m = (strip.astype(np.float64) + 0.5) * STRIP_M
        drawn = self._draws.generator(str(second), kind).multinomial(tries[strip], law.shares(middle_m))
        bins = (middle_m / self._bin_m).astype(np.int64)
        counts = np.zeros((int(bins.max(initial=-1)) + 1, len(Cause)), np.int64)
        np.add.at(counts, bins, drawn)
        return counts.T


class _Heap:
    """Rows of a second, worked off together: in a step with many parts most parts have few.

    Parameters
    ----------
    work
        Takes the second and the columns of some rows.
    """

    def __init__(self, work: Callable[..., None]) -> None:
        self._work, self._parts, self._rows = work, list[tuple[Any, ...]](), 0

    def put(self, second: int, *columns: NDArray[Any]) -> None:
        """Some more rows."""
        self._parts.append((second, *columns))
        self._rows += len(columns[0])
        if self._rows > _AT_ONCE:
            self.clear()

    def clear(self) -> None:
        """Work off all rows."""
        parts, self._parts, self._rows = self._parts, [], 0
        for second in sorted({second for second, *_ in parts}):
            columns = zip(*(columns for at, *columns in parts if at == second), strict=True)
            self._work(second, *(np.concatenate(column) for column in columns))


@compiled
def _tally(one: Rows, other: Rows, x_m: F64, y_m: F64, sent: I64, reach_m: float, tries: I64) -> None:
    """Add receptions by strip, where both stations of a pair hear what the other sent."""
    for i in range(len(one)):
        east, north = x_m[one[i]] - x_m[other[i]], y_m[one[i]] - y_m[other[i]]
        distance_m = np.sqrt(east * east + north * north)
        if distance_m <= reach_m:
            tries[int(distance_m / STRIP_M)] += sent[one[i]] + sent[other[i]]


def _sum(one: I64 | None, other: I64) -> I64:
    """Sum of two tables of equal height, the narrower one filled up with zeros."""
    if one is None:
        return other
    total = np.zeros((len(one), max(one.shape[1], other.shape[1])), np.int64)
    total[:, : one.shape[1]] += one
    total[:, : other.shape[1]] += other
    return total
