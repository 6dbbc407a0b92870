"""Two ends of a live link: what comes in with its time, what goes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Arrived:
    """A datagram or message.

    Attributes
    ----------
    source
        Who sent it: the socket address (UDP), the station in the topic (ZeroMQ).
    parts
        Its bytes; only a ZeroMQ message may have several parts, which stay whole.
    t_ns
        When it arrived, `time.monotonic_ns`.
    """

    source: str
    parts: Sequence[bytes]
    t_ns: int


class Wire(Protocol):
    """A way in and a way out; nothing here ever blocks."""

    @property
    def overflowed(self) -> int:
        """Datagrams that the system has dropped for want of room before they could be read, as far as it tells."""

    def fileno(self) -> int:
        """What `select.select` watches; readable at the latest when, after `receive` came back short, more arrives."""

    def receive(self, most: int) -> list[Arrived]:
        """What has arrived, at most so many; fewer only if there is no more."""

    def send(self, parts: Sequence[bytes]) -> None:
        """Send on.

        Raises
        ------
        OSError
            The system refuses.
        """

    def close(self) -> None:
        """Let go of the sockets."""
