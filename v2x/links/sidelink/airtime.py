"""What each station has sent in the last second: the memory behind busy ratios and occupancy ratios."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_MS, NS_PER_S
from v2x.links.base import F64, U64

#: A second is kept in bins of 100 ms, the window of a CBR (TS 36.214 clause 5.1.30), and the bin that is being filled.
_BIN_NS, _BINS = 100 * NS_PER_MS, 10


class Airtime:
    """Sums over the last second, by station and column (what the columns are is the owner's business).

    Stations are rows, in the order last given to `advance`; whoever is missing there is forgotten, whoever is new has
    sent nothing.

    Parameters
    ----------
    columns
        How many.
    """

    def __init__(self, columns: int) -> None:
        self._key: U64 = np.zeros(0, np.uint64)
        #: (stations, columns, bins); the bin of a number is at that number modulo the bins.
        self._bins = np.zeros((0, columns, _BINS + 1))
        self._first: int | None = None
        self._now = 0

    def advance(self, t_ns: int, key: U64) -> None:
        """Go on to a time, not earlier than before, and to the stations that are there."""
        now = t_ns // _BIN_NS
        if self._first is None:
            self._first = self._now = now
        if not np.array_equal(key, self._key):
            kept = np.zeros((len(key), *self._bins.shape[1:]))
            _, here, there = np.intersect1d(key, self._key, assume_unique=True, return_indices=True)
            kept[here] = self._bins[there]
            self._key, self._bins = key.copy(), kept
        for number in range(max(self._now, now - _BINS - 1) + 1, now + 1):
            self._bins[:, :, number % (_BINS + 1)] = 0.0
        self._now = now

    def add(self, row: NDArray[np.intp], column: NDArray[np.intp], amount: F64) -> None:
        """What stations send now."""
        np.add.at(self._bins[:, :, self._now % (_BINS + 1)], (row, column), amount)

    @property
    def per_second(self) -> F64:
        """Rates over the full bins of the last second, (stations, columns); 0 in the first 100 ms of a run.

        The bin being filled does not count, so that the length of the steps does not matter.
        """
        full = min(self._now - (self._first or 0), _BINS)
        if full == 0:
            return np.zeros(self._bins.shape[:2])
        total: F64 = self._bins.sum(axis=2) - self._bins[:, :, self._now % (_BINS + 1)]
        return total * (NS_PER_S / (full * _BIN_NS))

    @property
    def used(self) -> F64:
        """Sums over the last 0.9 to 1 s, the bin being filled included, (stations, columns)."""
        total: F64 = self._bins.sum(axis=2) - self._bins[:, :, (self._now + 1) % (_BINS + 1)]
        return total
