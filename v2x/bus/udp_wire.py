"""UDP: datagrams in on one socket, out on another.

On Linux the kernel stamps each datagram when it arrives (SO_TIMESTAMPNS, socket(7)) and tells how many it had to drop
(SO_RXQ_OVFL). The stamp keeps the proxy's own waking up out of the delay that it gives, and lets it be measured.
"""

from __future__ import annotations

import socket
import struct
import sys
import time
from collections.abc import Sequence

from v2x.bus.address import Address
from v2x.bus.wire import Arrived
from v2x.clock import NS_PER_S
from v2x.errors import RunError

# asm-generic/socket.h; Python has no names for them before 3.14. On a 64-bit system the stamp is two 64-bit integers.
_SO_TIMESTAMPNS, _SO_RXQ_OVFL = 35, 40
_STAMP, _COUNT = struct.Struct("@ll"), struct.Struct("@I")
_ANCILLARY_BYTES = socket.CMSG_SPACE(_STAMP.size) + socket.CMSG_SPACE(_COUNT.size)

#: Room asked for in the system's receive buffer; it may grant less (net.core.rmem_max).
_BUFFER_BYTES = 1 << 20
#: A stamp older than that, or from the future, is that of a wall clock that was set meanwhile.
_OLDEST_NS = NS_PER_S


class UdpWire:
    """A socket that listens, and one that sends.

    Parameters
    ----------
    source
        Where to listen.
    target
        Where to send.
    max_bytes
        A longer datagram is handed over as its first ``max_bytes + 1`` bytes, by which it can be told.

    Raises
    ------
    RunError
        The address is taken or not this machine's.
    """

    def __init__(self, source: Address, target: Address, max_bytes: int) -> None:
        self._read_bytes = max_bytes + 1
        self._target = (target.host, target.port)
        self._overflowed = 0
        self._in = socket.socket(_family(source), socket.SOCK_DGRAM)
        self._out = socket.socket(_family(target), socket.SOCK_DGRAM)
        for end in (self._in, self._out):
            end.setblocking(False)
        self._in.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        if sys.platform == "linux":
            self._in.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
            self._in.setsockopt(socket.SOL_SOCKET, _SO_RXQ_OVFL, 1)
        try:
            self._in.bind((source.host, source.port))
        except OSError as error:
            self.close()
            raise RunError(f"cannot listen on {source}: {error.strerror}") from error
        host, port = self._in.getsockname()[:2]
        self.listens = Address("udp", host, port)

    @property
    def overflowed(self) -> int:
        """Datagrams that the kernel dropped, as of the last one that was read."""
        return self._overflowed

    def fileno(self) -> int:
        """The listening socket."""
        return self._in.fileno()

    def receive(self, most: int) -> list[Arrived]:
        """What has arrived."""
        arrived: list[Arrived] = []
        while len(arrived) < most:
            try:
                data, ancillary, _, sender = self._in.recvmsg(self._read_bytes, _ANCILLARY_BYTES)
            except BlockingIOError:
                break
            arrived.append(Arrived(f"{sender[0]}:{sender[1]}", (data,), self._arrival_ns(ancillary)))
        return arrived

    def send(self, parts: Sequence[bytes]) -> None:
        """Send on to the target."""
        self._out.sendto(parts[0], self._target)

    def close(self) -> None:
        """Let go of both sockets."""
        self._in.close()
        self._out.close()

    def _arrival_ns(self, ancillary: list[tuple[int, int, bytes]]) -> int:
        """Monotonic time of arrival: now, less the age by the kernel's stamp."""
        age_ns = 0
        for _, kind, data in ancillary:
            if kind == _SO_TIMESTAMPNS:
                seconds, nanoseconds = _STAMP.unpack(data)
                age_ns = time.time_ns() - (seconds * NS_PER_S + nanoseconds)
            elif kind == _SO_RXQ_OVFL:
                (self._overflowed,) = _COUNT.unpack(data)
        return time.monotonic_ns() - (age_ns if 0 <= age_ns <= _OLDEST_NS else 0)


def _family(address: Address) -> socket.AddressFamily:
    return socket.AF_INET6 if address.is_ipv6 else socket.AF_INET
