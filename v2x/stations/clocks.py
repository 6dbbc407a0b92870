"""The clock of a station: off by a constant and drifting. Whole nanoseconds in, whole nanoseconds out."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from v2x.clock import NS_PER_MS
from v2x.draws import for_each
from v2x.jit import compiled
from v2x.rng import Stream, key_of
from v2x.scenario.model import StationClock

I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]
T = TypeVar("T", int, I64)

_PPT_PER_PPM = 1_000_000  # drift is held in parts per 10**12, so that the arithmetic below stays in integers


class StationClocks:
    """Clocks of any number of stations: ``clock = t + offset + drift * t``, in simulated nanoseconds.

    Offset and drift are drawn once a station from N(0, sigma). The integers fit for runs of a day and drifts up to
    100 ppm (8.64e10 us times 1e8 parts per 10**12 is below 2**63).

    Parameters
    ----------
    config
        Standard deviations of offset and drift.
    seed
        Seed of the run.
    """

    def __init__(self, config: StationClock, seed: int) -> None:
        self._offset_ns = config.offset_sigma_ms * NS_PER_MS
        self._drift_ppt = config.drift_sigma_ppm * _PPT_PER_PPM
        self._exact = not (self._offset_ns or self._drift_ppt)
        self._stream = Stream(seed, "clock")
        none = np.zeros(0, np.int64)
        self._kept = none.astype(np.uint64), none, none  # of the stations asked about last
        self._known: dict[str, tuple[int, int]] = {}  # only saves drawing again for stations asked one by one

    def read_ns(self, keys: U64, t_ns: ArrayLike) -> I64:
        """What the stations' clocks show at true times ``t_ns``, (n,) or one for all."""
        t = for_each(t_ns, keys)
        if self._exact:
            return t
        if not _read(keys, t, *self._kept):
            self._kept = keys.copy(), *self._drawn(keys)
            _read(keys, t, *self._kept)
        return t

    def read_one_ns(self, station: str, t_ns: int) -> int:
        """What one station's clock shows at ``t_ns``, by its name."""
        if station not in self._known:
            offset, drift = self._drawn(np.array([key_of(station)], np.uint64))
            self._known[station] = int(offset[0]), int(drift[0])
        offset_ns, drift_ppt = self._known[station]
        return t_ns + offset_ns + _drifted(drift_ppt, t_ns)

    def true_ns(self, keys: U64, clock_ns: ArrayLike) -> I64:
        """When the stations' clocks show ``clock_ns``: inverse of `read_ns` within 1 ns."""
        offset, drift = self._drawn(keys)
        target = np.broadcast_to(np.asarray(clock_ns, np.int64), keys.shape) - offset
        t = target
        for _ in range(4):  # each round shrinks the error by the drift: 1e-4 of a day is gone after four
            t = target - _drifted(drift, t)
        return t

    def _drawn(self, keys: U64) -> tuple[I64, I64]:
        """Offset in nanoseconds and drift in parts per 10**12 of each clock."""
        offset = np.rint(self._offset_ns * self._stream.normal(keys, 0)).astype(np.int64)
        drift = np.rint(self._drift_ppt * self._stream.normal(keys, 1)).astype(np.int64)
        return offset, drift


def _drifted(drift_ppt: T, t_ns: T) -> T:
    """Nanoseconds gained over ``t_ns``; the microsecond it is cut to moves the result by 0.1 ns at 100 ppm."""
    return drift_ppt * (t_ns // 1000) // 1_000_000_000


@compiled
def _read(keys: U64, t_ns: I64, known: U64, offset_ns: I64, drift_ppt: I64) -> bool:
    """Turn times into what clocks show, in their place; False, and nothing, if other stations are known than asked."""
    if len(keys) != len(known):
        return False
    for row in range(len(keys)):
        if keys[row] != known[row]:
            return False
    for row in range(len(keys)):
        t_ns[row] += offset_ns[row] + drift_ppt[row] * (t_ns[row] // 1000) // 1_000_000_000
    return True
