"""Queues of the cells: first in, first out, with Poisson background traffic that competes with our frames.

The work that waits follows Lindley's recursion, W' = max(0, W - gap) + service. The background's arrivals are keyed
draws in blocks of time, so that they are the same whoever asks and whenever; they are walked through only where one of
our frames comes. After a pause the walk starts with an empty queue `_MEMORY_NS` before the frame: two queues with the
same arrivals are equal from the instant at which the fuller one runs empty, which at loads below 1 comes far earlier.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import inf, log

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_MS, NS_PER_S
from v2x.jit import compiled, hashed, unit
from v2x.links.base import F64, I64, U64, Cause
from v2x.rng import Stream

#: Blocks of time in which background arrivals are drawn.
_BLOCK_NS = float(10 * NS_PER_MS)
_MEMORY_NS = float(NS_PER_S)


@dataclass(frozen=True)
class Background:
    """Other people's traffic through a queue: Poisson arrivals of equal jobs (M/D/1).

    Attributes
    ----------
    load
        Share of the server's time that it takes, below 1.
    job_ns
        Time that one job takes.
    """

    load: float
    job_ns: float

    @property
    def gap_ns(self) -> float:
        """Mean time between arrivals."""
        return self.job_ns / self.load if self.load else float("inf")


class Queues:
    """Queues by name, each with a server of its own.

    Parameters
    ----------
    stream
        Source of the background's draws.
    background
        The same law at every queue.
    buffer_ns
        A frame that finds more work than this waiting is dropped (cause `QUEUE`), a job of the background likewise.
    discard_ns
        A frame that would begin its service later than this after its hand-over is discarded (cause `EXPIRED`).
    """

    def __init__(self, stream: Stream, background: Background, buffer_ns: float, discard_ns: float) -> None:
        self._law = background.gap_ns, background.job_ns, float(buffer_ns), float(discard_ns)
        #: Queue -> (time up to which it was walked, work that waited then).
        self._state: dict[int, tuple[float, float]] = {}
        self._lane = cache(lambda key: stream.bits(np.array([key], np.uint64))[0])

    def serve(self, queue: U64, station: U64, t_ns: I64, held_ns: I64, work_ns: F64) -> tuple[I64, NDArray[np.int8]]:
        """Put frames through their queues.

        Parameters
        ----------
        queue
            Key of each frame's queue, (n,).
        station
            Whose it is, (n,): of frames that join at the same instant the oldest goes first, then the lowest key.
        t_ns
            When it joins, (n,); over all calls, a queue's frames come in order of time.
        held_ns
            Age that it has then, (n,).
        work_ns
            Time of the server that it takes, (n,).

        Returns
        -------
        wait_ns
            Until its service begins, (n,); 0 for a frame that is dropped.
        cause
            `Cause` codes, (n,).
        """
        wait_ns, cause = np.zeros(len(queue), np.int64), np.zeros(len(queue), np.int8)
        for rows in _by_queue(queue, station, t_ns, held_ns):
            key = int(queue[rows[0]])
            state = self._state.get(key, _UNKNOWN)
            self._state[key] = _walk(
                *(self._lane(key), *state, rows, t_ns, held_ns, work_ns, *self._law, wait_ns, cause)
            )
        return wait_ns, cause


def _by_queue(queue: U64, station: U64, t_ns: I64, held_ns: I64) -> list[NDArray[np.intp]]:
    """Rows of each queue, in the order in which they join it."""
    if _in_line(queue, t_ns):
        return [np.arange(len(queue))]
    order = np.lexsort((station, -held_ns, t_ns, queue))
    starts = np.flatnonzero(np.diff(queue[order], prepend=queue[order][:1] + np.uint64(1)))
    return np.split(order, starts[1:]) if len(order) else []


@compiled
def _in_line(queue: U64, t_ns: I64) -> bool:
    """Whether all are of one queue, no two at once, in the order of time: the rule where few send."""
    for row in range(1, len(queue)):
        if queue[row] != queue[0] or t_ns[row] <= t_ns[row - 1]:
            return False
    return len(queue) > 0


_QUEUE, _EXPIRED = int(Cause.QUEUE), int(Cause.EXPIRED)
#: State of a queue that nobody has asked about.
_UNKNOWN = (-inf, 0.0)


@compiled
def _walk(
    lane: np.uint64, at_ns: float, waiting_ns: float, rows: NDArray[np.intp], t_ns: I64, held_ns: I64, work_ns: F64,
    gap_ns: float, job_ns: float, buffer_ns: float, discard_ns: float, wait_ns: I64, cause: NDArray[np.int8],
) -> tuple[float, float]:  # fmt: skip
    """Lindley's recursion over frames and background from ``at_ns``, with ``waiting_ns`` of work, to the last frame.

    Fills in waits and causes of these rows, and returns the new state.
    """
    begin_ns = np.floor((t_ns[rows[0]] - _MEMORY_NS) / _BLOCK_NS) * _BLOCK_NS
    if at_ns < begin_ns:
        at_ns, waiting_ns = begin_ns, 0.0
    block = np.floor(at_ns / _BLOCK_NS)
    clock_ns, number, word = block * _BLOCK_NS, 0, hashed(lane, np.uint64(np.int64(block)))
    place = 0
    while True:
        # the next arrival of the background, or the end of the block, whichever is first
        clock_ns -= gap_ns * log(unit(hashed(word, np.uint64(number))))
        number += 1
        end_ns = (block + 1.0) * _BLOCK_NS
        event_ns = min(clock_ns, end_ns)
        while place < len(rows) and t_ns[rows[place]] <= event_ns:
            row = rows[place]
            joins_ns = np.float64(t_ns[row])
            if joins_ns > at_ns:
                waiting_ns = max(0.0, waiting_ns - (joins_ns - at_ns))
                at_ns = joins_ns
            its_ns = at_ns - joins_ns + waiting_ns
            if waiting_ns > buffer_ns:
                cause[row] = _QUEUE
            elif held_ns[row] + its_ns > discard_ns:
                cause[row] = _EXPIRED
            else:
                waiting_ns += work_ns[row]
                wait_ns[row] = np.int64(np.rint(its_ns))
            place += 1
        if place == len(rows):  # before the event: a later frame may still come ahead of it
            return at_ns, waiting_ns
        if clock_ns >= end_ns:
            block += 1.0
            clock_ns, number, word = end_ns, 0, hashed(lane, np.uint64(np.int64(block)))
        elif clock_ns > at_ns:  # earlier ones were counted by the walk before
            waiting_ns = max(0.0, waiting_ns - (clock_ns - at_ns))
            at_ns = clock_ns
            if waiting_ns <= buffer_ns:
                waiting_ns += job_ns
