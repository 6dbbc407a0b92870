"""How frames travel, in columns: a batch of transmissions in, one row per delivery or drop out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]

Direction = Literal["uplink", "downlink"]


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
    """

    tx_id: I64
    t_ns: I64
    sender: U64
    x_m: F64
    y_m: F64
    air_bytes: I64

    def __len__(self) -> int:
        return len(self.tx_id)

    def take(self, rows: NDArray[np.intp]) -> Transmissions:
        """Some rows, in the given order."""
        return Transmissions(
            self.tx_id[rows], self.t_ns[rows], self.sender[rows], self.x_m[rows], self.y_m[rows], self.air_bytes[rows]
        )


@dataclass(frozen=True)
class Receivers:
    """Stations that could hear, one row each: station key and position on the plane."""

    key: U64
    x_m: F64
    y_m: F64

    def __len__(self) -> int:
        return len(self.key)

    def take(self, rows: NDArray[np.intp]) -> Receivers:
        """Some rows, in the given order."""
        return Receivers(self.key[rows], self.x_m[rows], self.y_m[rows])


@dataclass(frozen=True)
class Watched:
    """Which receptions are drawn: those of some transmissions, and those at some receivers.

    Attributes
    ----------
    tx, receiver
        True for each such row of the `Transmissions` and of the `Receivers`.
    """

    tx: NDArray[np.bool_]
    receiver: NDArray[np.bool_]


@dataclass(frozen=True)
class Receptions:
    """What became of each (transmission, receiver) pair that was tried.

    Attributes
    ----------
    tx, receiver
        Row in the `Transmissions` and in the `Receivers`.
    distance_m
        Between sender and receiver.
    t_ns
        Arrival, or the end of the try for a drop.
    cause
        `Cause` code, int8.
    """

    tx: NDArray[np.intp]
    receiver: NDArray[np.intp]
    distance_m: F64
    t_ns: I64
    cause: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.tx)


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
    def law(self) -> DistanceLaw | None:
        """Chances by distance, with which receptions that nobody observes are counted; None: they are drawn as well."""

    def broadcast(self, frames: Transmissions, receivers: Receivers, watched: Watched | None = None) -> Receptions:
        """Fate of each frame at each receiver within reach, ordered by ``(tx, receiver)``; only of what is watched."""


class PointLink(Protocol):
    """Uu: each frame goes between one station and the network, in a direction."""

    def carry(self, frames: Transmissions, direction: Direction) -> tuple[I64, NDArray[np.int8]]:
        """Arrival (or end of the try) and `Cause` of each frame, in its order; ``sender`` is the mobile station."""
