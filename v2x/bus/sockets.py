"""The sockets of the service: take in what is well-formed and not too much, send what is due, count all else.

They never wait for a peer. One that floods is cut at its own rate, one that does not read loses its own messages, one
that vanishes is forgotten; the run and the others do not notice.
"""

from __future__ import annotations

import heapq
import json
import time
from collections import deque
from dataclasses import asdict
from typing import Any

import zmq

from v2x.bus.address import Address
from v2x.bus.counts import Incoming, Outgoing, Punctuality
from v2x.bus.curve import ZapHandler, secure
from v2x.bus.endpoints import bound, drain, listening
from v2x.bus.exchange import (
    AT_ONCE,
    Aired,
    Answer,
    Counted,
    Datagram,
    End,
    Gone,
    Inbound,
    Outbound,
    Ready,
    Request,
    Route,
    Status,
    Text,
    Told,
    Zero,
)
from v2x.bus.limits import RateLimits
from v2x.bus.line import Line
from v2x.bus.pacing import Timetable
from v2x.bus.settings import Addresses, Bounds, Keys
from v2x.bus.udp_wire import UdpWire
from v2x.clock import NS_PER_MS, NS_PER_S

#: Messages taken from one socket before the others, and what is due, get their turn.
_AT_A_TIME = 64
#: Senders whose rate is remembered.
_MOST_SENDERS = 1024
#: Messages that may wait for the run, and how many of them go to it at a time.
_MOST_WAITING, _MOST_HANDED = 20_000, 1000
#: Sent so much before its instant rather than wait once more: ZeroMQ waits whole milliseconds.
_EARLY_NS = NS_PER_MS // 2
_TICK_NS = NS_PER_S
#: The run reads our first and our last word within this time, or is not there.
_PATIENCE_S = 5.0
#: One for all: making one takes longer than what it does.
_JSON = json.JSONEncoder(ensure_ascii=False)


class Sockets:
    """All sockets of the service.

    Parameters
    ----------
    addresses
        Where.
    bounds
        For each peer.
    keys
        None: without CURVE.
    table
        When what leaves.
    run
        The line to the run.
    context
        To make the sockets in.

    Raises
    ------
    RunError
        An address is taken or not this machine's.
    """

    def __init__(
        self,
        addresses: Addresses,
        bounds: Bounds,
        keys: Keys | None,
        table: Timetable,
        run: Line,
        context: zmq.Context[zmq.Socket[bytes]],
    ) -> None:
        self._bounds, self._table, self._run, self._context = bounds, table, run, context
        self._status: dict[str, Any] = {}
        self._waiting = deque[Inbound]()
        self._zap = ZapHandler(self._context, keys.peers) if keys is not None else None
        self._pub = self._bind(zmq.XPUB, addresses.publish, keys)
        self._routers = {
            "intake": self._bind(zmq.ROUTER, addresses.intake, keys),
            "grant": self._bind(zmq.ROUTER, addresses.grant, keys),
        }
        # without a target the sending end is not used
        self._udp = UdpWire(addresses.udp, addresses.udp_out or addresses.udp, bounds.max_bytes)
        intake, grant = (bound(router) for router in self._routers.values())
        listens = Addresses(bound(self._pub), intake, grant, self._udp.listens, addresses.udp_out)
        run.send(Ready(listens), _PATIENCE_S)
        sources = (*self._routers, "udp")
        self._limits = {name: RateLimits(bounds.rate_hz, bounds.burst, _MOST_SENDERS) for name in sources}
        self._incoming = {name: Incoming() for name in self._limits}
        self._outgoing, self._spat, self._frames = Outgoing(), Punctuality(), Punctuality()
        self._held: list[tuple[int, int, Outbound]] = []
        self._taken = self._seq = 0
        self._end: End | None = None
        self._next_tick_ns = 0

    def serve(self, orphaned: int) -> None:
        """Work until the run says that it has ended, or until the file descriptor ``orphaned`` is readable."""
        poller = zmq.Poller()
        for source in (self._pub, *self._routers.values(), self._udp.fileno(), orphaned):
            poller.register(source, zmq.POLLIN)
        if self._zap:
            poller.register(self._zap.socket, zmq.POLLIN)
        while not (self._send_due() and self._end):
            poller.register(self._run.socket, zmq.POLLIN | (zmq.POLLOUT if self._waiting else 0))
            ready = dict(poller.poll(self._sleep_ms()))
            if orphaned in ready:
                return
            self._take_in(ready)
            self._hand_over()
        self._publish_status()
        self._hand_over(_PATIENCE_S)
        self._run.send(Counted(self._counts(), final=True), _PATIENCE_S)
        self._udp.close()

    def _counts(self) -> dict[str, Any]:
        return {
            "in": {name: asdict(counts) for name, counts in self._incoming.items()}
            | {"udp_receive_buffer_overflow": self._udp.overflowed},
            "out": asdict(self._outgoing),
            "keys_refused": self._zap.refused if self._zap else 0,
            "spat": self._spat.as_json(),
            "all_frames": self._frames.as_json(),
        }

    def _take_in(self, ready: dict[Any, int]) -> None:
        for word in self._run.receive():
            self._heed(word)
        if self._zap and self._zap.socket in ready:
            self._zap.answer()
        if self._pub in ready and drain(self._pub, _AT_A_TIME):
            self._publish_status()
        for name, router in self._routers.items():
            if router in ready:
                for parts in drain(router, _AT_A_TIME):
                    self._take_request(name, parts)
        if self._udp.fileno() in ready:
            for datagram in self._udp.receive(_AT_A_TIME):
                self._take_text(datagram.source, datagram.parts[0])
        if time.monotonic_ns() >= self._next_tick_ns:
            self._next_tick_ns = time.monotonic_ns() + _TICK_NS
            self._publish_status()
            self._run.send(Counted(self._counts()))

    def _sleep_ms(self) -> int:
        due_ns = self._table.due_ns(self._held[0][0]) if self._held else None
        next_ns = self._next_tick_ns if due_ns is None else min(due_ns, self._next_tick_ns)
        return max(next_ns - time.monotonic_ns(), 0) // NS_PER_MS

    # ------------------------------------------------------------------ the run

    def _heed(self, told: Told) -> None:
        match told:
            case list():
                for item in told:
                    self._taken += 1
                    # what is not held keeps the order in which the run gave it: that does not depend on when we look
                    at_ns = AT_ONCE if self._table.due_ns(item.at_ns) == 0 else item.at_ns
                    heapq.heappush(self._held, (at_ns, self._taken, item))
            case Zero():
                self._table.zero_ns = told.wall_ns
            case Status():
                first, self._status = not self._status, told.header
                if first:  # somebody may have subscribed before there was any
                    self._publish_status()
            case End():
                self._end = told

    def _hand_over(self, timeout_s: float = 0.0) -> None:
        """Pass on what came in, as far as there is room, or soon will be."""
        while self._waiting:
            some = [self._waiting[k] for k in range(min(len(self._waiting), _MOST_HANDED))]
            if not self._run.send(some, timeout_s):
                break
            for _ in some:
                self._waiting.popleft()

    def _kept(self, item: Inbound) -> bool:
        """Keep an item for the run if there is room."""
        if len(self._waiting) >= _MOST_WAITING:
            return False
        self._waiting.append(item)
        return True

    # ------------------------------------------------------------------ in

    def _take_request(self, name: str, parts: list[bytes]) -> None:
        counts, now_ns = self._incoming[name], time.monotonic_ns()
        counts.received += 1
        identity, *rest = parts
        delimiter = (b"",) if rest[:1] == [b""] and len(rest) > 1 else ()
        route, body = Route(name, identity, delimiter), rest[len(delimiter) :]
        if not self._limits[name].admit(identity, now_ns):
            counts.too_often += 1
        elif sum(map(len, parts)) > self._bounds.max_bytes:
            counts.oversize += 1
            self._refuse(route, f"longer than {self._bounds.max_bytes} bytes")
        elif (header := _object(body)) is None:
            counts.malformed += 1
            self._refuse(route, "expected a JSON object and at most one part behind it")
        elif self._kept(Request(route, header, body[1] if len(body) > 1 else b"", now_ns)):
            counts.taken += 1
        else:
            counts.queue_full += 1
            self._refuse(route, "too much to do")

    def _take_text(self, source: str, data: bytes) -> None:
        counts = self._incoming["udp"]
        counts.received += 1
        if not self._limits["udp"].admit(source, time.monotonic_ns()):
            counts.too_often += 1
        elif len(data) > self._bounds.max_bytes:
            counts.oversize += 1
        elif self._kept(Text(data)):
            counts.taken += 1
        else:
            counts.queue_full += 1

    # ------------------------------------------------------------------ out

    def _send_due(self) -> bool:
        """Send what is due; whether nothing is held any more."""
        if self._end is not None and self._end.hurry:
            self._break_off()
        while self._held:
            at_ns, _, item = self._held[0]
            due_ns = self._table.due_ns(at_ns)
            if due_ns is None or due_ns > time.monotonic_ns() + _EARLY_NS:
                return False
            heapq.heappop(self._held)
            if isinstance(item, Aired):
                self._publish(item, due_ns)
            elif isinstance(item, Answer):
                self._answer(item)
            else:
                self._send_datagram(item)
        return True

    def _break_off(self) -> None:
        """Answer who waits, forget the rest."""
        for _, _, item in sorted(self._held):
            if isinstance(item, Answer):
                self._answer(item)
            else:
                self._outgoing.unsent += 1
        self._held.clear()

    def _publish(self, frame: Aired, due_ns: int) -> None:
        self._seq += 1
        topic = f"{frame.channel}/{frame.type}/{frame.station}".encode()
        header = _text({**frame.header, "seq": self._seq})
        self._pub.send_multipart([topic, header, frame.data], zmq.NOBLOCK)
        self._outgoing.published += 1
        if due_ns:
            lateness_ns = time.monotonic_ns() - due_ns
            self._frames.add(lateness_ns)
            if frame.type == "SPAT":
                self._spat.add(lateness_ns)

    def _publish_status(self) -> None:
        if not self._status:
            return
        header = _text({**self._status, "seq": self._seq})
        self._pub.send_multipart([b"status", header, b""], zmq.NOBLOCK)

    def _answer(self, answer: Answer) -> None:
        header = {**answer.header, "seq": self._seq} if answer.numbered else answer.header
        payload = [] if answer.payload is None else [answer.payload]
        route = answer.route
        try:
            router = self._routers[route.socket]
            router.send_multipart([route.identity, *route.delimiter, _text(header), *payload], zmq.NOBLOCK)
            self._outgoing.answers += 1
        except zmq.Again:
            self._outgoing.peer_full += 1
        except zmq.ZMQError:  # EHOSTUNREACH
            self._outgoing.peer_gone += 1
            self._kept(Gone(route))

    def _send_datagram(self, datagram: Datagram) -> None:
        try:
            self._udp.send([datagram.data])
            self._outgoing.datagrams += 1
        except OSError:
            self._outgoing.datagram_errors += 1

    def _refuse(self, route: Route, reason: str) -> None:
        self._answer(Answer(AT_ONCE, route, {"error": reason}))

    # ------------------------------------------------------------------ sockets

    def _bind(self, kind: int, address: Address, keys: Keys | None) -> zmq.Socket[bytes]:
        socket = self._context.socket(kind)
        if keys is not None:
            secure(socket, keys.server)
        return listening(socket, address)


def _text(header: dict[str, Any]) -> bytes:
    return _JSON.encode(header).encode()


def _object(body: list[bytes]) -> dict[str, Any] | None:
    """The JSON object that the first of one or two parts is, else None."""
    if not 1 <= len(body) <= 2:
        return None
    try:
        value = json.loads(body[0])
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
