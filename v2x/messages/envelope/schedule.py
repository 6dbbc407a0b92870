"""When a station sends its full certificate instead of the digest."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_MS
from v2x.jit import compiled
from v2x.rng import Stream

I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]


class _Heard(NamedTuple):
    """What was heard of which station: when its intervals begin, and the interval of its last message.

    ``topic`` names both, in ascending order.
    """

    topic: U64
    phase_ns: I64
    newest: I64


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
        self._heard = _Heard(np.zeros(0, np.uint64), np.zeros(0, np.int64), np.zeros(0, np.int64))

    def attach(self, kind: U64, key: U64, t_ns: I64) -> NDArray[np.bool_]:
        """Whether each message carries the certificate.

        Parameters
        ----------
        kind
            Message types, (n,), each as a key of its own.
        key
            Stations, (n,).
        t_ns
            Times of sending, (n,), of one station in ascending order over all calls.
        """
        attach, topic = np.empty(len(key), np.bool_), key ^ kind
        if not _mark(topic, t_ns, *self._heard, self._interval_ns, attach):
            self._heard = self._with(topic, key)
            _mark(topic, t_ns, *self._heard, self._interval_ns, attach)
        return attach

    def _with(self, topic: U64, key: U64) -> _Heard:
        """What was heard, and these as well."""
        known = self._heard
        new, first = np.unique(topic, return_index=True)
        unknown = ~np.isin(new, known.topic)
        phase_ns = (self._phase.uniform(key[first[unknown]]) * self._interval_ns).astype(np.int64)
        topics = np.concatenate([known.topic, new[unknown]])
        order = np.argsort(topics)
        newest = np.concatenate([known.newest, np.full(len(phase_ns), -1)])
        return _Heard(topics[order], np.concatenate([known.phase_ns, phase_ns])[order], newest[order])


@compiled
def _mark(
    topic: U64, t_ns: I64, known: U64, phase_ns: I64, newest: I64, interval_ns: int, attach: NDArray[np.bool_]
) -> bool:
    """Note each message, and whether it is the first of its interval; False, and nothing, if one is not known."""
    place = np.searchsorted(known, topic)
    for i in range(len(topic)):
        if place[i] == len(known) or known[place[i]] != topic[i]:
            return False
    for i in range(len(topic)):
        interval = (t_ns[i] + phase_ns[place[i]]) // interval_ns
        attach[i] = interval != newest[place[i]]
        newest[place[i]] = interval
    return True
