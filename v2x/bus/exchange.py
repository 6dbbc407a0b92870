"""What the process of the sockets and that of the run tell each other.

The sockets know nothing of the run, the run touches no socket of a peer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from v2x.bus.settings import Addresses

#: Earlier than all simulated time.
AT_ONCE = -1


@dataclass(frozen=True)
class Route:
    """The way back to who asked.

    Attributes
    ----------
    socket
        ``intake`` or ``grant``.
    identity
        Name that ZeroMQ gave the connection, or that the peer gave itself.
    delimiter
        The empty part that a REQ socket puts before what it sends, and expects before the answer.
    """

    socket: str
    identity: bytes
    delimiter: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class Request:
    """What a peer says: a JSON object and perhaps bytes; ``arrived_ns`` is monotonic."""

    route: Route
    header: dict[str, Any]
    payload: bytes
    arrived_ns: int


@dataclass(frozen=True)
class Text:
    """A datagram that came in over UDP."""

    data: bytes


@dataclass(frozen=True)
class Gone:
    """There is nobody at the other end any more."""

    route: Route


Inbound = Request | Text | Gone


@dataclass(frozen=True)
class Aired:
    """A frame to publish.

    Attributes
    ----------
    at_ns
        Simulated time at which it leaves.
    channel, type, station
        Topic.
    header
        Of the message, still without its number.
    data
        The frame.
    """

    at_ns: int
    channel: str
    type: str
    station: str
    header: dict[str, Any]
    data: bytes


@dataclass(frozen=True)
class Answer:
    """A message to one peer, at a simulated time or (`AT_ONCE`) now.

    ``numbered``: tell it how many frames had been published by then.
    """

    at_ns: int
    route: Route
    header: dict[str, Any]
    payload: bytes | None = None
    numbered: bool = False


@dataclass(frozen=True)
class Datagram:
    """What goes out over UDP at a simulated time."""

    at_ns: int
    data: bytes


Outbound = Aired | Answer | Datagram


@dataclass(frozen=True)
class Zero:
    """When simulated time 0 is, monotonic: from now on what is held has its instant."""

    wall_ns: int


@dataclass(frozen=True)
class Status:
    """What is published under the topic ``status``, from now on."""

    header: dict[str, Any]


@dataclass(frozen=True)
class End:
    """There is nothing more to send; in a ``hurry`` what is held is not sent either."""

    hurry: bool


#: What the run tells the sockets.
Told = list[Outbound] | Zero | Status | End


@dataclass(frozen=True)
class Ready:
    """The sockets listen, and where."""

    listens: Addresses


@dataclass(frozen=True)
class Counted:
    """All counts of the sockets so far, ready for JSON; ``final``: their last word."""

    counts: dict[str, Any]
    final: bool = False


@dataclass(frozen=True)
class Failed:
    """The sockets are no more, and why."""

    reason: str


#: What the sockets tell the run.
Reported = list[Inbound] | Ready | Counted | Failed
