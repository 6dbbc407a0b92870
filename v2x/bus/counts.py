"""What became of everything that came in and went out; nothing is dropped without being counted here."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from v2x.bus.statistics import Durations
from v2x.clock import NS_PER_MS

#: A frame that leaves later than that after its instant has missed it: the period of SPAT.
DEADLINE_NS = 100 * NS_PER_MS


@dataclass
class Incoming:
    """Messages that reached one socket. Each is counted once beside ``received``.

    Attributes
    ----------
    received
        All.
    oversize, malformed
        Longer than allowed; not of the form of the protocol.
    too_often
        Beyond the sender's rate.
    queue_full
        The run had not yet taken what came before.
    taken
        Handed to the run, which answers or counts it (see `Judged`).
    """

    received: int = 0
    oversize: int = 0
    malformed: int = 0
    too_often: int = 0
    queue_full: int = 0
    taken: int = 0


@dataclass
class Outgoing:
    """What left.

    Attributes
    ----------
    published
        Frames on the PUB socket. What ZeroMQ drops for a subscriber that does not keep up only that one can count, by
        the gaps in ``seq``.
    answers
        Messages to single peers.
    peer_full, peer_gone
        Not sent: the peer does not read, or is not there any more.
    datagrams, datagram_errors
        Over UDP: sent, and refused by the system.
    unsent
        Held for its instant when the run was broken off.
    """

    published: int = 0
    answers: int = 0
    peer_full: int = 0
    peer_gone: int = 0
    datagrams: int = 0
    datagram_errors: int = 0
    unsent: int = 0


@dataclass
class Punctuality:
    """How late frames left that were held for their instant.

    Attributes
    ----------
    frames, missed
        All, and those later than `DEADLINE_NS`.
    lateness
        Of all.
    """

    frames: int = 0
    missed: int = 0
    lateness: Durations = field(default_factory=Durations)

    def add(self, lateness_ns: int) -> None:
        """Count one."""
        self.frames += 1
        self.missed += lateness_ns > DEADLINE_NS
        self.lateness.add(lateness_ns)

    def as_json(self) -> dict[str, Any]:
        """All figures."""
        figures = self.lateness.as_json()
        del figures["counts"]
        return {"frames": self.frames, "missed": self.missed, "lateness_ms": figures}


@dataclass
class Judged:
    """What the run made of what it was handed.

    Attributes
    ----------
    requests, refused
        Requests that were carried out or not; ``refused`` by what was asked. A frame that is no valid message of the
        profile counts as ``bad_frame``, one that came too late for its time as ``late_frame``.
    frames, orders
        Said on the air by guests; handed to roadside units.
    bad_orders
        Datagrams that are no such order.
    guests_gone
        Guests that vanished without leaving.
    peers_dropped
        Names and times of peers that did not grant for too long.
    unserved
        Came when the run had ended already.
    """

    requests: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    frames: int = 0
    orders: int = 0
    bad_orders: int = 0
    guests_gone: int = 0
    peers_dropped: list[dict[str, Any]] = field(default_factory=list)
    unserved: int = 0
