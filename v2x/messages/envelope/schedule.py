"""When a station sends its full certificate instead of the digest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_MS
from v2x.jit import compiled
from v2x.rng import Stream

I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]


@dataclass(frozen=True)
class _Stations:
    """Stations heard, by key in ascending order: when their intervals begin, and the interval of their last message."""

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
        attach = np.empty(len(key), np.bool_)
        stations = self._heard.setdefault(kind, _Stations.none())
        if not _mark(key, t_ns, stations.key, stations.phase_ns, stations.newest, self._interval_ns, attach):
            stations = self._heard[kind] = self._with(stations, key)
            _mark(key, t_ns, stations.key, stations.phase_ns, stations.newest, self._interval_ns, attach)
        return attach

    def _with(self, known: _Stations, key: U64) -> _Stations:
        """The stations heard, with these among them."""
        keys = np.union1d(known.key, key)
        newest = np.full(len(keys), -1, np.int64)
        newest[np.searchsorted(keys, known.key)] = known.newest
        phase_ns = (self._phase.uniform(keys) * self._interval_ns).astype(np.int64)
        return _Stations(keys, phase_ns, newest)


@compiled
def _mark(
    key: U64, t_ns: I64, known: U64, phase_ns: I64, newest: I64, interval_ns: int, attach: NDArray[np.bool_]
) -> bool:
    """Note each message, and whether it is the first of its interval; False, and nothing, if a station is not known."""
    place = np.searchsorted(known, key)
    for i in range(len(key)):
        if place[i] == len(known) or known[place[i]] != key[i]:
            return False
    for i in range(len(key)):
        interval = (t_ns[i] + phase_ns[place[i]]) // interval_ns
        attach[i] = interval != newest[place[i]]
        newest[place[i]] = interval
    return True
