"""When a station sends its full certificate instead of the digest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_MS
from v2x.rng import Stream

I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]


@dataclass(frozen=True)
class _Batch:
    """The senders of some messages.

    ``place`` is where each is among the stations heard; row ``again`` is the next of a station after row ``previous``.
    """

    key: U64
    phase_ns: I64
    place: NDArray[np.intp]
    again: NDArray[np.intp]
    previous: NDArray[np.intp]


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
        self._batches: dict[str, _Batch] = {}  # the last of each type: the next is mostly by the same stations

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
        batch = self._batches.get(kind)
        if batch is None or not np.array_equal(batch.key, key):
            batch = self._batches[kind] = self._note(kind, key)
        newest = self._newest[kind][1]
        interval = (t_ns + batch.phase_ns) // self._interval_ns
        before = newest[batch.place]
        before[batch.again] = interval[batch.previous]
        newest[batch.place] = interval  # of equal places the last row stays
        attach: NDArray[np.bool_] = interval != before
        return attach

    def _note(self, kind: str, key: U64) -> _Batch:
        """Make room for the senders of a batch."""
        known, newest = self._newest.get(kind, (np.zeros(0, np.uint64), np.zeros(0, np.int64)))
        stations = np.union1d(known, key)
        intervals = np.full(len(stations), -1, np.int64)
        intervals[np.searchsorted(stations, known)] = newest
        self._newest[kind] = stations, intervals
        order = np.argsort(key, kind="stable")
        again = np.flatnonzero(key[order[1:]] == key[order[:-1]])
        return _Batch(
            key=key.copy(),
            phase_ns=(self._phase.uniform(key) * self._interval_ns).astype(np.int64),
            place=np.searchsorted(stations, key),
            again=order[again + 1],
            previous=order[again],
        )
