"""ZeroMQ sockets that strangers connect to."""

from __future__ import annotations

import zmq

from v2x.bus.address import Address
from v2x.errors import RunError

#: A single part above that makes libzmq hang up on the peer, so that none can fill the memory.
_MAX_PART_BYTES = 1 << 16
#: Parts of a message that are kept; the protocol has four at most.
_MOST_PARTS = 6
#: Messages that wait for a peer that does not read; then it loses what follows.
_MOST_UNREAD = 5000
#: Silent connections are probed so often, and given up after so many probes without an answer, or after so long without
#: an acknowledgement. Probes are TCP's: with heartbeats of its own libzmq 4.3.5 aborts the process when a peer hangs up
#: while its messages fill our queue (zeromq/libzmq issue 4364; out_event asserts that there was no I/O error).
_PROBE_S, _PROBES, _DEAD_MS = 5, 3, 60_000


def listening(socket: zmq.Socket[bytes], address: Address) -> zmq.Socket[bytes]:
    """A socket, bounded in all directions and bound; `RunError` if it cannot be."""
    socket.setsockopt(zmq.SNDHWM, _MOST_UNREAD)
    socket.setsockopt(zmq.MAXMSGSIZE, _MAX_PART_BYTES)
    socket.setsockopt(zmq.TCP_KEEPALIVE, 1)
    socket.setsockopt(zmq.TCP_KEEPALIVE_IDLE, _PROBE_S)
    socket.setsockopt(zmq.TCP_KEEPALIVE_INTVL, _PROBE_S)
    socket.setsockopt(zmq.TCP_KEEPALIVE_CNT, _PROBES)
    socket.setsockopt(zmq.TCP_MAXRT, _DEAD_MS)
    socket.setsockopt(zmq.IPV6, int(address.is_ipv6))
    if socket.type == zmq.ROUTER:
        socket.setsockopt(zmq.ROUTER_MANDATORY, 1)  # tell who is not there, instead of dropping silently
        socket.setsockopt(zmq.ROUTER_HANDOVER, 1)  # a peer that comes back under its own name is that peer
    if socket.type == zmq.XPUB:
        socket.setsockopt(zmq.XPUB_VERBOSE, 1)
    try:
        socket.bind(str(address))
    except zmq.ZMQError as error:
        raise RunError(f"cannot listen on {address}: {error.strerror}") from error
    return socket


def bound(socket: zmq.Socket[bytes]) -> Address:
    """Where a socket listens; the port may have been the system's choice."""
    host, _, port = socket.getsockopt_string(zmq.LAST_ENDPOINT).removeprefix("tcp://").rpartition(":")
    return Address("tcp", host.strip("[]"), int(port))


def drain(socket: zmq.Socket[bytes], most: int) -> list[list[bytes]]:
    """Messages that have arrived, at most so many; of one with too many parts the first few."""
    messages: list[list[bytes]] = []
    while len(messages) < most:
        try:
            parts = [socket.recv(zmq.NOBLOCK)]
        except zmq.Again:
            break
        while socket.getsockopt(zmq.RCVMORE):
            part = socket.recv(zmq.NOBLOCK)
            if len(parts) < _MOST_PARTS:
                parts.append(part)
        messages.append(parts)
    return messages
