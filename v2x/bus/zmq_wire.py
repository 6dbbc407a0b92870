"""ZeroMQ: a subscription to somebody's PUB, and a PUB of our own."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import zmq

from v2x.bus.address import Address
from v2x.bus.curve import ZapHandler, secure
from v2x.bus.endpoints import bound, listening
from v2x.bus.wire import Arrived

#: A single part above that makes libzmq drop the connection, so that no peer can fill the memory.
_MAX_PART_BYTES = 1 << 20
#: What was sent may still leave within this time at the end.
_LINGER_MS = 200


@dataclass(frozen=True)
class Curve:
    """Keys of an encrypted wire.

    Attributes
    ----------
    own
        Public and secret key of this end.
    publisher
        Public key of the publisher that is heard; None if that one speaks in the clear.
    subscribers
        Public keys of who may subscribe; None publishes in the clear.
    """

    own: tuple[bytes, bytes]
    publisher: bytes | None
    subscribers: frozenset[bytes] | None


class ZmqWire:
    """SUB that connects to a publisher, and PUB that others connect to. Messages keep their parts.

    ZeroMQ itself drops for a subscriber that does not keep up, silently and only for that one (zmq_socket(3)): neither
    the publisher's drops towards us nor ours towards others can be counted here.

    Parameters
    ----------
    source
        The publisher.
    target
        Where to publish.
    curve
        None: all in the clear.

    Raises
    ------
    RunError
        The address is taken or not this machine's.
    """

    def __init__(self, source: Address, target: Address, curve: Curve | None = None) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._zap: ZapHandler | None = None
        self._in, self._out = self._context.socket(zmq.SUB), self._context.socket(zmq.PUB)
        try:
            if curve is not None:
                self._encrypt(curve)
            listening(self._out, target)
            self._in.setsockopt(zmq.MAXMSGSIZE, _MAX_PART_BYTES)
            self._in.setsockopt(zmq.IPV6, int(source.is_ipv6))
            self._in.setsockopt(zmq.SUBSCRIBE, b"")
            self._in.connect(str(source))
        except BaseException:
            self.close()
            raise
        self.publishes = bound(self._out)

    @property
    def overflowed(self) -> int:
        """Always 0: ZeroMQ does not tell."""
        return 0

    def fileno(self) -> int:
        """ZeroMQ's own signal: readable after something has changed, which `receive` then has to read to its end."""
        return int(self._in.getsockopt(zmq.FD))

    def receive(self, most: int) -> list[Arrived]:
        """What has arrived; its time is when it is read, since ZeroMQ keeps no other."""
        while self._zap is not None and self._zap.socket.poll(0):  # who wants to subscribe can wait for our next round
            self._zap.answer()
        arrived: list[Arrived] = []
        while len(arrived) < most:
            try:
                parts = self._in.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                break
            arrived.append(Arrived(_station(parts[0]), parts, time.monotonic_ns()))
        return arrived

    def send(self, parts: Sequence[bytes]) -> None:
        """Publish."""
        try:
            self._out.send_multipart(parts, zmq.NOBLOCK)
        except zmq.ZMQError as error:
            raise OSError(error.errno, error.strerror) from error

    def close(self) -> None:
        """Let go of the sockets."""
        self._context.destroy(_LINGER_MS)

    def _encrypt(self, curve: Curve) -> None:
        if curve.subscribers is not None:
            self._zap = ZapHandler(self._context, curve.subscribers)
            secure(self._out, curve.own)
        if curve.publisher is not None:
            self._in.setsockopt(zmq.CURVE_SERVERKEY, curve.publisher)
            self._in.setsockopt(zmq.CURVE_PUBLICKEY, curve.own[0])
            self._in.setsockopt(zmq.CURVE_SECRETKEY, curve.own[1])


def _station(topic: bytes) -> str:
    """Last part of a topic ``channel/type/station``; the whole topic if it has no such parts."""
    return topic.rpartition(b"/")[2].decode("utf-8", "backslashreplace")
