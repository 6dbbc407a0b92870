"""When datagrams leave: a bounded heap of due times, and the order that a flow keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Literal, NamedTuple

from v2x.bus.impairment import Path

Order = Literal["fifo", "free"]


@dataclass
class Flow:
    """What is remembered of one sender.

    Attributes
    ----------
    path
        The link as it meets it.
    began_ns
        Arrival of its first datagram, monotonic clock.
    received
        Datagrams so far; the next one's number.
    latest_due_ns
        Due time of the last one that was admitted, monotonic clock.
    """

    path: Path
    began_ns: int
    received: int = 0
    latest_due_ns: int = 0


class Held(NamedTuple):
    """A datagram that waits; tuples compare by due time, then by admission.

    Attributes
    ----------
    due_ns
        When it is to leave, monotonic clock.
    admission
        Its running number.
    parts
        Its bytes; a ZeroMQ message may have several parts.
    """

    due_ns: int
    admission: int
    parts: Sequence[bytes]


class ReleaseQueue:
    """Datagrams by due time.

    Parameters
    ----------
    order
        ``fifo``: within a flow nothing leaves before what came earlier, as from a 5G bearer for which no out-of-order
        delivery is configured (TS 38.323 clause 5.2.2, from memory). ``free``: each leaves when its own delay is over.
    capacity
        Most datagrams that may wait.
    """

    def __init__(self, order: Order, capacity: int) -> None:
        self._in_order, self._capacity = order == "fifo", capacity
        self._heap: list[Held] = []
        self._admitted = 0

    def __len__(self) -> int:
        return len(self._heap)

    @property
    def next_ns(self) -> int | None:
        """Due time of the first to leave, None if nothing waits."""
        return self._heap[0].due_ns if self._heap else None

    def admit(self, flow: Flow, due_ns: int, parts: Sequence[bytes]) -> bool:
        """Take over a datagram whose own delay is over at ``due_ns``; False, and nothing done, if the queue is full."""
        if len(self._heap) >= self._capacity:
            return False
        if self._in_order:
            due_ns = flow.latest_due_ns = max(due_ns, flow.latest_due_ns)
        heappush(self._heap, Held(due_ns, self._admitted, parts))
        self._admitted += 1
        return True

    def pop_due(self, now_ns: int) -> Held | None:
        """The next to leave, if it is due by now."""
        if self._heap and self._heap[0].due_ns <= now_ns:
            return heappop(self._heap)
        return None
