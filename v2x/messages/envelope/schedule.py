"""When a station sends its full certificate instead of the digest."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_MS
from v2x.rng import Stream

I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]


class CertificateSchedule:
    """The first message of a station, and then the first one in each interval; each message type on its own.

    Intervals begin at a phase of the station's own, or all stations would send their certificates at once. What is
    decided does not depend on how messages are put into batches.

    Parameters
    ----------
    interval_ms
        Length of an interval.
    seed
        Seed of the run.
    """

    def __init__(self, interval_ms: float, seed: int) -> None:
        self._interval_ns = max(1, round(interval_ms * NS_PER_MS))
        self._phase = Stream(seed, "security.certificate")
        #: Type -> keys of the stations heard, ascending, and the interval of their newest message.
        self._newest: dict[str, tuple[U64, I64]] = {}

    def attach(self, kind: str, key: U64, t_ns: I64) -> NDArray[np.bool_]:
        """Whether each message carries the certificate.

        Parameters
        ----------
        kind
            Message type of all.
        key
            Stations, (n,).
        t_ns
            Times of sending, (n,), of one station in ascending order over all calls.
        """
        phase_ns = (self._phase.uniform(key) * self._interval_ns).astype(np.int64)
        order = np.argsort(key, kind="stable")
        station, interval = key[order], ((t_ns + phase_ns) // self._interval_ns)[order]
        first = np.concatenate([[True], station[1:] != station[:-1]])[: len(key)]
        before = np.concatenate([[-1], interval[:-1]])[: len(key)]
        before[first] = self._last(kind, station[first])
        attach = np.empty(len(key), bool)
        attach[order] = interval != before
        last = np.concatenate([first[1:], [True]])[: len(key)]
        self._remember(kind, station[last], interval[last])
        return attach

    def _last(self, kind: str, station: U64) -> I64:
        """Interval of each station's newest message, -1 if there was none."""
        if kind not in self._newest:
            return np.full(len(station), -1, np.int64)
        known, interval = self._newest[kind]
        place = np.minimum(np.searchsorted(known, station), len(known) - 1)
        return np.where(known[place] == station, interval[place], -1)

    def _remember(self, kind: str, station: U64, interval: I64) -> None:
        known, old = self._newest.get(kind, (np.zeros(0, np.uint64), np.zeros(0, np.int64)))
        if np.array_equal(known, station):
            self._newest[kind] = station, interval
            return
        # of equal stations np.unique names the first: the new ones stand before the old ones
        stations, where = np.unique(np.concatenate([station, known]), return_index=True)
        if len(stations):
            self._newest[kind] = stations, np.concatenate([interval, old])[where]
