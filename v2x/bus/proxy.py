"""The impairment proxy: one loop that takes in, decides, holds and sends on."""

from __future__ import annotations

import errno
import select
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from v2x.bus.impairment import Impairment
from v2x.bus.release import Flow, Order, ReleaseQueue
from v2x.bus.statistics import Statistics
from v2x.bus.wire import Arrived, Wire
from v2x.clock import NS_PER_S
from v2x.links.base import Cause
from v2x.rng import key_of

#: Datagrams taken in before what is due gets its turn: a flood may not hold it up for longer (some 0.2 ms).
_AT_A_TIME = 16
#: Longest sleep, so that a request to stop is soon noticed.
_NAP_NS = NS_PER_S // 10


@dataclass(frozen=True)
class ProxySettings:
    """How the proxy treats what it gets.

    Attributes
    ----------
    order
        See `ReleaseQueue`.
    by_source
        Whether each sender is a flow of its own; else all are one.
    queue
        Most datagrams that may wait.
    max_bytes
        Longest datagram, all parts together.
    max_flows
        Most senders that are kept apart.
    spin_ns
        The last time before something is due is not slept but waited out: the system wakes a sleeper too late.
    """

    order: Order = "fifo"
    by_source: bool = True
    queue: int = 10_000
    max_bytes: int = 8192
    max_flows: int = 1024
    spin_ns: int = 300_000


class Proxy:
    """Puts a link model on live traffic.

    Parameters
    ----------
    wire
        In and out; it stays the caller's to close.
    impairment
        The link, as each flow meets it.
    settings
        Order, bounds, waiting.
    """

    def __init__(self, wire: Wire, impairment: Impairment, settings: ProxySettings) -> None:
        self._wire, self._impairment, self._settings = wire, impairment, settings
        self._queue = ReleaseQueue(settings.order, settings.queue)
        self._flows: dict[str, Flow] = {}
        self._counts = Statistics()
        self._duration_ns = 0

    def run(self, stopped: Callable[[], bool], duration_ns: int | None = None) -> None:
        """Work until told to stop or for so long; what still waits then is not sent."""
        began_ns = time.monotonic_ns()
        more = False
        while not stopped():
            self._send_due()
            self._duration_ns = time.monotonic_ns() - began_ns
            if duration_ns is not None and self._duration_ns >= duration_ns:
                return
            if not more:
                select.select([self._wire], [], [], self._sleep_s())
            arrived = self._wire.receive(_AT_A_TIME)
            more = len(arrived) == _AT_A_TIME
            for datagram in arrived:
                self._take_in(datagram)

    def statistics(self) -> dict[str, Any]:
        """What became of everything, ready for JSON; see `Statistics`."""
        return self._counts.as_json(
            waiting=len(self._queue),
            flows=len(self._flows),
            overflowed=self._wire.overflowed,
            duration_ns=self._duration_ns,
        )

    def _sleep_s(self) -> float:
        """Time until shortly before the next datagram is due; 0 when that is now."""
        due_ns = self._queue.next_ns
        if due_ns is None:
            return _NAP_NS / NS_PER_S
        left_ns = due_ns - time.monotonic_ns() - self._settings.spin_ns
        return min(max(left_ns, 0), _NAP_NS) / NS_PER_S

    def _take_in(self, datagram: Arrived) -> None:
        counts = self._counts
        counts.received += 1
        flow = self._flow(datagram)
        if flow is None:
            counts.too_many_flows += 1
            return
        number = flow.received
        flow.received += 1  # whatever becomes of it: no drop of ours may shift the luck of those behind
        if sum(map(len, datagram.parts)) > self._settings.max_bytes:
            counts.oversize += 1
            return
        # The wall clock behind the kernel's stamps may be slewed: time in a flow must not begin below zero.
        fate = flow.path.fate(number, max(datagram.t_ns - flow.began_ns, 0))
        if fate.cause is not Cause.DELIVERED:
            counts.lost[fate.cause.name.lower()] += 1
        elif not self._queue.admit(flow, flow.began_ns + fate.arrival_ns, datagram.parts):
            counts.queue_full += 1

    def _flow(self, datagram: Arrived) -> Flow | None:
        name = datagram.source if self._settings.by_source else ""
        flow = self._flows.get(name)
        if flow is None and len(self._flows) < self._settings.max_flows:
            flow = self._flows[name] = Flow(self._impairment(key_of(name)), datagram.t_ns)
        return flow

    def _send_due(self) -> None:
        counts = self._counts
        while (held := self._queue.pop_due(time.monotonic_ns())) is not None:
            try:
                self._wire.send(held.parts)
            except OSError as error:
                counts.send_errors[errno.errorcode.get(error.errno or 0, "unknown")] += 1
                continue
            counts.forwarded += 1
            counts.lateness.add(time.monotonic_ns() - held.due_ns)
