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


@dataclass(frozen=True)
class _Stations:
    """Stations heard, by key in ascending order: when their intervals begin, and that of their newest message."""

    key: U64
    phase_ns: I64
    newest: I64

    @classmethod
    def none(cls) -> _Stations:
        return cls(np.zeros(0, np.uint64), np.zeros(0, np.int64), np.zeros(0, np.int64))


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
        self._heard: dict[str, _Stations] = {}  # by type
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
        newest = self._heard[kind].newest
        interval = (t_ns + batch.phase_ns) // self._interval_ns
        before = newest[batch.place]
        before[batch.again] = interval[batch.previous]
        newest[batch.place] = interval  # of equal places the last row stays
        attach: NDArray[np.bool_] = interval != before
        return attach

    def _note(self, kind: str, key: U64) -> _Batch:
        """Make room for the senders of a batch."""
        stations, place = self._stations(kind, key)
        again = previous = np.zeros(0, np.intp)
        if len(key) > 1:
            order = np.argsort(key, kind="stable")
            repeated = np.flatnonzero(key[order[1:]] == key[order[:-1]])
            again, previous = order[repeated + 1], order[repeated]
        return _Batch(key.copy(), stations.phase_ns[place], place, again, previous)

    def _stations(self, kind: str, key: U64) -> tuple[_Stations, NDArray[np.intp]]:
        """The stations heard, with these among them, and the place of each."""
        known = self._heard.setdefault(kind, _Stations.none())
        place = np.searchsorted(known.key, key)
        if (known.key.take(place, mode="clip") == key).all() if len(known.key) else not len(key):
            return known, place
        keys = np.union1d(known.key, key)
        newest = np.full(len(keys), -1, np.int64)
        newest[np.searchsorted(keys, known.key)] = known.newest
        phase_ns = (self._phase.uniform(keys) * self._interval_ns).astype(np.int64)
        self._heard[kind] = _Stations(keys, phase_ns, newest)
        return self._heard[kind], np.searchsorted(keys, key)
