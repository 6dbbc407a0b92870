"""How frames travel, in columns: a batch of transmissions in, one row per delivery or drop out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import IntEnum
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from v2x.jit import compiled
from v2x.links.watched import Watched

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I8 = NDArray[np.int8]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]
U64 = NDArray[np.uint64]

Direction = Literal["uplink", "downlink"]

#: Width of the strips of distance in which receptions are counted, metres.
STRIP_M = 1.0
#: Longest packet on PC5, bytes: IEEE 1609.3's default for the data of a WAVE short message (WsmMaxLength, from memory),
#: taken for whole packets and for both families. A longer one is refused by the sender's own radio.
MAX_PC5_BYTES = 1400


class Cause(IntEnum):
    """Why a frame did not arrive; `DELIVERED` is written as null in ``rx.parquet``."""

    DELIVERED = 0
    HALF_DUPLEX = 1
    BELOW_SENSITIVITY = 2
    PROPAGATION = 3
    COLLISION = 4
    CONGESTION_CONTROL = 5
    QUEUE = 6
    OVERSIZE = 7
    OUTAGE = 8
    HANDOVER = 9
    EXPIRED = 10
    RANDOM = 11


@dataclass(frozen=True)
class Transmissions:
    """Frames handed to a link, one row each, ascending ``(t_ns, tx_id)``.

    Attributes
    ----------
    tx_id
        Number of the transmission in the run.
    t_ns
        When the frame is handed to the radio.
    sender
        Station key (`v2x.rng.key_of`).
    x_m, y_m
        Position of the sender on the plane.
    air_bytes
        Size on the air.
    type
        Message type.
    """

    tx_id: I64
    t_ns: I64
    sender: U64
    x_m: F64
    y_m: F64
    air_bytes: I64
    type: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.tx_id)

    def take(self, rows: NDArray[np.intp] | slice) -> Transmissions:
        """Some rows, in the given order."""
        return Transmissions(
            self.tx_id[rows],
            self.t_ns[rows],
            self.sender[rows],
            self.x_m[rows],
            self.y_m[rows],
            self.air_bytes[rows],
            self.type[rows],
        )

    def and_then(self, later: Transmissions) -> Transmissions:
        """These rows, then those of others."""
        columns = [column.name for column in fields(self)]
        return Transmissions(*(np.concatenate([getattr(self, name), getattr(later, name)]) for name in columns))


@dataclass(frozen=True)
class Stations:
    """Whoever has a radio, one row each: station key, position on the plane, height of the antenna above the ground."""

    key: U64
    x_m: F64
    y_m: F64
    antenna_m: F64

    def __len__(self) -> int:
        return len(self.key)

    @classmethod
    def merge(cls, parts: Sequence[Stations]) -> Stations:
        """All rows of several, one after the other."""
        names = ("key", "x_m", "y_m", "antenna_m")
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    def take(self, rows: NDArray[np.intp]) -> Stations:
        """Some rows, in the given order."""
        return Stations(self.key[rows], self.x_m[rows], self.y_m[rows], self.antenna_m[rows])


@compiled
def rows_of(keys: U64, known: U64) -> I64:
    """Row of each key among ``known``, which are in any order; -1 where it is not there."""
    rows = np.full(len(keys), -1, np.int64)
    order = np.argsort(known)
    place = np.searchsorted(known[order], keys)
    for i in range(len(keys)):
        if place[i] < len(known) and known[order[place[i]]] == keys[i]:
            rows[i] = order[place[i]]
    return rows


@dataclass(frozen=True)
class Bodies:
    """What can stand in a ray's way: the rectangles of all road users, with or without a radio, one row each.

    Attributes
    ----------
    key
        Station key of the road user.
    x_m, y_m
        Centre of the rectangle on the plane.
    heading_deg
        Along its length, clockwise from the plane's north.
    length_m, width_m, height_m
        Its size.
    """

    key: U64
    x_m: F64
    y_m: F64
    heading_deg: F64
    length_m: F64
    width_m: F64
    height_m: F64

    def __len__(self) -> int:
        return len(self.key)


@dataclass(frozen=True)
class Scene:
    """Where radios and bodies are during one step.

    Attributes
    ----------
    t_ns, until_ns
        The step, [t_ns, until_ns).
    stations, bodies
        At its start.
    """

    t_ns: int
    until_ns: int
    stations: Stations
    bodies: Bodies


@dataclass(frozen=True)
class Receptions:
    """What became of each (transmission, receiver) pair that was tried.

    Attributes
    ----------
    tx_id
        Number of the transmission.
    receiver
        Row in the scene's `Stations`.
    distance_m
        Between sender and receiver.
    t_ns
        Arrival, or the end of the try for a drop.
    cause
        `Cause` code, int8.
    """

    tx_id: I64
    receiver: NDArray[np.intp]
    distance_m: F64
    t_ns: I64
    cause: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.tx_id)


@dataclass(frozen=True)
class Aired:
    """What was decided in one step.

    Attributes
    ----------
    receptions
        Those that are watched.
    counted
        All others: message type -> (number of causes, strips of distance of `STRIP_M`) counts. Empty for a link with
        a law.
    """

    receptions: Receptions
    counted: Mapping[str, I64] = field(default_factory=dict)


def at_once(
    frames: Transmissions,
    tx: NDArray[np.intp],
    receiver: NDArray[np.intp],
    distance_m: F64,
    end_ns: I64,
    cause: NDArray[np.int8],
) -> Aired:
    """Fates that are known when the frames are handed over, but for frames that the sender's own radio refuses.

    ``tx`` and ``receiver`` are the rows of each pair in the frames and in the stations; ``end_ns`` is by frame.
    """
    cause[frames.air_bytes[tx] > MAX_PC5_BYTES] = Cause.OVERSIZE
    return Aired(Receptions(frames.tx_id[tx], receiver, distance_m, end_ns[tx], cause))


@dataclass(frozen=True)
class ChannelState:
    """How stations saw the channel in the last second, one row each.

    Attributes
    ----------
    key
        Station.
    cbr
        Channel busy ratio (TS 36.214 clause 5.1.30).
    cr
        Channel occupancy ratio: the station's own share (clause 5.1.31).
    """

    key: U64
    cbr: F64
    cr: F64


@dataclass(frozen=True)
class DistanceLaw:
    """What becomes of a frame, as far as the distance decides: enough to count receptions that nobody observes.

    Attributes
    ----------
    reach_m
        A pair farther apart is not tried.
    shares
        Distances (k,) -> chance of each `Cause`, (k, number of causes), rows of sum 1.
    """

    reach_m: float
    shares: Callable[[F64], F64]


class BroadcastLink(Protocol):
    """PC5: every station in reach may hear. A sender never receives its own frame.

    Draws are keyed: the fate of a pair does not depend on which others are asked about with it.
    """

    @property
    def lookahead_ns(self) -> int | None:
        """No frame arrives sooner than this after it was handed over, whose fate is decided then; None: it may wait."""

    @property
    def law(self) -> DistanceLaw | None:
        """Chances by distance, with which receptions that nobody watches are counted; None: the link counts them."""

    def broadcast(self, frames: Transmissions, scene: Scene, watched: Watched | None = None) -> Aired:
        """Take over the frames of a step, and say what was decided in it.

        That may be the fate of earlier frames, and that of these may come later: a radio that waits for its reserved
        slot. With a law, all is decided at once and only of what is watched (None: of all).
        """

    def state(self) -> ChannelState | None:
        """The channel in the second that ends now, asked once a second; None if the model has no channel."""

    def statistics(self) -> dict[str, float]:
        """Figures of the whole run for its manifest, empty if none."""


@dataclass(frozen=True)
class Carried:
    """What became of each frame over Uu.

    Attributes
    ----------
    t_ns
        Arrival, or the end of the try.
    cause
        `Cause` code, int8.
    segments_ns
        Part of the way -> time that each frame took for it; only parts that the model tells apart.
    """

    t_ns: I64
    cause: NDArray[np.int8]
    segments_ns: Mapping[str, I64] = field(default_factory=dict)


@dataclass(frozen=True)
class LinkNote:
    """Something that happened to a station's connection, for ``events``.

    Attributes
    ----------
    t_ns
        When.
    station
        Station key.
    kind
        What, e.g. ``uu.handover``.
    fields
        More about it.
    """

    t_ns: int
    station: int
    kind: str
    fields: Mapping[str, Any]


class PointLink(Protocol):
    """Uu: each frame goes between one station and the network, in a direction."""

    def move(self, t_ns: int, mobiles: Stations) -> None:
        """Where the mobile stations are from ``t_ns`` on; called once a step, before `carry`."""

    def carry(self, frames: Transmissions, direction: Direction) -> Carried:
        """Fate of each frame, in its order; ``sender`` and the position are those of the mobile station."""

    def notes(self) -> list[LinkNote]:
        """What happened since the last call, in order of time."""
