"""Periodic sending as a pure function of time: no counters to keep, nothing that depends on who came first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_S
from v2x.rng import OnceAStation, Stream

I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]


class Schedule:
    """Instants ``phase + k * period`` per station, each with a phase of its own within the period.

    Parameters
    ----------
    rate_hz
        Instants per second; 0 means never.
    phases
        Where the phases come from; stations that start together must not all speak at once.
    """

    def __init__(self, rate_hz: float, phases: Stream) -> None:
        self._period_ns = round(NS_PER_S / rate_hz) if rate_hz > 0 else 0
        self._phase_ns = OnceAStation(lambda keys: (phases.uniform(keys) * self._period_ns).astype(np.int64))

    def ticks(self, key: int) -> Ticks:
        """The instants of one station."""
        return Ticks(self._period_ns, int(self._phase_ns.of(np.array([key], np.uint64))[0]))

    def due(self, keys: U64, start_ns: int, end_ns: int) -> tuple[NDArray[np.intp], I64, I64]:
        """Instants of each station in [start, end): rows into ``keys``, times in ns, counters k."""
        if self._period_ns == 0 or len(keys) == 0:
            return np.zeros(0, np.intp), np.zeros(0, np.int64), np.zeros(0, np.int64)
        phase = self._phase_ns.of(keys)
        first = -((phase - start_ns) // self._period_ns)  # ceil((start - phase) / period)
        last = -((phase - end_ns) // self._period_ns)
        count = last - first
        rows = np.repeat(np.arange(len(keys)), count)
        within = np.arange(len(rows)) - np.repeat(np.cumsum(count) - count, count)
        k = first[rows] + within
        return rows, phase[rows] + k * self._period_ns, k


@dataclass(frozen=True)
class Ticks:
    """The same for a single station, in plain integers; ``period_ns`` 0 means never."""

    period_ns: int
    phase_ns: int

    def due(self, start_ns: int, end_ns: int) -> Iterator[tuple[int, int]]:
        """Instants in [start, end) and their counters."""
        if self.period_ns:
            first, last = (-((self.phase_ns - edge) // self.period_ns) for edge in (start_ns, end_ns))
            for k in range(first, last):
                yield self.phase_ns + k * self.period_ns, k
