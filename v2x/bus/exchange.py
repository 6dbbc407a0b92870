"""What the thread of the sockets and the thread of the run hand to each other, and the two bounded queues between them.

The sockets' thread knows nothing of the run, the run's thread touches no socket.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from v2x.errors import RunError

#: Earlier than all simulated time.
AT_ONCE = -1
#: Longest wait for the other thread before looking whether it is still there, seconds.
_LOOK_S = 0.5


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


@dataclass
class Inbox:
    """From the sockets to the run: bounded, and what does not fit is not taken."""

    most: int
    _items: deque[Inbound] = field(default_factory=deque)
    _filled: threading.Condition = field(default_factory=threading.Condition)

    def put(self, item: Inbound) -> bool:
        """Whether there was room."""
        with self._filled:
            if len(self._items) >= self.most:
                return False
            self._items.append(item)
            self._filled.notify()
            return True

    def take(self) -> list[Inbound]:
        """All there is, in order."""
        with self._filled:
            items = list(self._items)
            self._items.clear()
            return items

    def wait(self, timeout_s: float) -> None:
        """Return when there is something, or after the time."""
        with self._filled:
            if not self._items:
                self._filled.wait(timeout_s)


class Outbox:
    """From the run to the sockets: bounded, and whoever fills it waits for room.

    Parameters
    ----------
    most
        Items that may wait.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._items: deque[Outbound] = deque()
        self._changed = threading.Condition()
        self._broken: BaseException | None = None

    def put(self, items: Sequence[Outbound]) -> None:
        """Hand over; `RunError` if the other side has died."""
        with self._changed:
            while len(self._items) >= self._most and self._broken is None:
                self._changed.wait(_LOOK_S)
            if self._broken is not None:
                raise RunError(f"the sockets failed: {self._broken!r}") from self._broken
            self._items.extend(items)

    def take(self) -> list[Outbound]:
        """All there is, in order."""
        with self._changed:
            items = list(self._items)
            self._items.clear()
            self._changed.notify()
            return items

    def breaks(self, error: BaseException) -> None:
        """Nobody takes any more."""
        with self._changed:
            self._broken = error
            self._changed.notify()
