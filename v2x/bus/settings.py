"""What the live service is told: where it listens, how far it trusts a peer, how time goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from v2x.bus.address import Address
from v2x.clock import NS_PER_S

#: How datagrams say a frame: the text of the RSU specification 4.1, the WSMP packet as on the air, or the bare frame.
Form = Literal["rsu41", "wsmp", "raw"]


@dataclass(frozen=True)
class Addresses:
    """Where the service listens, and where its datagrams go (None: nowhere)."""

    publish: Address
    intake: Address
    grant: Address
    udp: Address
    udp_out: Address | None = None


@dataclass(frozen=True)
class Bounds:
    """What a single peer may ask of the service.

    Attributes
    ----------
    rate_hz, burst
        Messages a second on average and at once, on each socket.
    max_bytes
        Longest message, all parts together.
    """

    rate_hz: float = 200.0
    burst: int = 400
    max_bytes: int = 8192


@dataclass(frozen=True)
class Keys:
    """CURVE: the server's public and secret key, and the peers' public keys."""

    server: tuple[bytes, bytes]
    peers: frozenset[bytes]


@dataclass(frozen=True)
class Terms:
    """How the run and its peers go along.

    Attributes
    ----------
    speed
        Simulated seconds a second; None: as fast as it goes.
    peers
        Those that must grant time before the run begins; with any, nothing is held for its instant.
    patience_ns
        A peer that owes a grant for longer is dropped.
    zero_wall_ns
        UTC at which simulated time 0 is to be; None: as soon as everybody is there.
    """

    speed: float | None = 1.0
    peers: tuple[str, ...] = ()
    patience_ns: int = 10 * NS_PER_S
    zero_wall_ns: int | None = None
