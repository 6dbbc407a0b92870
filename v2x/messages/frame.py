"""Frames: encoded messages on their way, in columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

#: Name, 64-bit key, and position on the plane, metres.
Sender = tuple[str, int, float, float]


@dataclass(frozen=True)
class Outgoing:
    """A message that a station hands to its radio.

    Attributes
    ----------
    t_ns
        When it reaches the radio.
    type
        Message type, e.g. ``SPAT``.
    data
        The bare MessageFrame, UPER.
    """

    t_ns: int
    type: str
    data: bytes


@dataclass(frozen=True)
class Frames:
    """Encoded messages, one row each.

    Attributes
    ----------
    t_ns
        When the radio gets them.
    station, key
        Sender: name and 64-bit key.
    type
        Message type.
    data
        The bare MessageFrame of each.
    x_m, y_m
        Position of the sender on the plane.
    """

    t_ns: I64
    station: NDArray[np.object_]
    key: NDArray[np.uint64]
    type: NDArray[np.object_]
    data: list[bytes]
    x_m: F64
    y_m: F64

    def __len__(self) -> int:
        return len(self.t_ns)

    @cached_property
    def kinds(self) -> tuple[list[str], NDArray[np.intp]]:
        """The message types that occur, ascending, and which of them each frame has, (n,)."""
        names = self.type.tolist()
        kinds = sorted(set(names))
        number = {kind: number for number, kind in enumerate(kinds)}
        return kinds, np.fromiter(map(number.__getitem__, names), np.intp, len(names))

    def cut(self, first: int, last: int) -> Frames:
        """The rows from one number to before another."""
        rows = slice(first, last)
        return Frames(
            *(self.t_ns[rows], self.station[rows], self.key[rows], self.type[rows], self.data[rows]),
            self.x_m[rows],
            self.y_m[rows],
        )

    @classmethod
    def of(cls, messages: Sequence[Outgoing], station: str, key: int, x_m: float, y_m: float) -> Frames:
        """Frames of one station that stands at one place."""
        return cls.by([(message, (station, key, x_m, y_m)) for message in messages])

    @classmethod
    def by(cls, said: Sequence[tuple[Outgoing, Sender]]) -> Frames:
        """Frames of stations that stand, each message with its sender's name, key and position."""
        messages, senders = [message for message, _ in said], [sender for _, sender in said]
        return cls(
            t_ns=np.array([message.t_ns for message in messages], np.int64),
            station=np.array([name for name, *_ in senders], object),
            key=np.array([key for _, key, *_ in senders], np.uint64),
            type=np.array([message.type for message in messages], object),
            data=[message.data for message in messages],
            x_m=np.array([x_m for *_, x_m, _ in senders], float),
            y_m=np.array([y_m for *_, y_m in senders], float),
        )

    @classmethod
    def merge(cls, parts: Sequence[Frames]) -> Frames:
        """All rows of several, ordered by (time, station, type): the order in which they get their numbers."""
        filled = [part for part in parts if len(part)]
        if len(filled) == 1 and np.count_nonzero(filled[0].t_ns[1:] > filled[0].t_ns[:-1]) == len(filled[0]) - 1:
            return filled[0]
        if not filled:
            return cls.by([])
        station = np.concatenate([part.station for part in filled])
        kind = np.concatenate([part.type for part in filled])
        t_ns = np.concatenate([part.t_ns for part in filled])
        data = [datum for part in filled for datum in part.data]
        order = t_ns.argsort(kind="stable")
        ascending = t_ns[order]
        if np.count_nonzero(ascending[1:] == ascending[:-1]):  # rare, and comparing names takes ten times as long
            ranks = sorted(zip(t_ns.tolist(), station.tolist(), kind.tolist(), range(len(t_ns)), strict=True))
            order = np.array([row for *_, row in ranks], np.intp)
        return cls(
            t_ns=t_ns[order],
            station=station[order],
            key=np.concatenate([part.key for part in filled])[order],
            type=kind[order],
            data=[data[i] for i in order.tolist()],
            x_m=np.concatenate([part.x_m for part in filled])[order],
            y_m=np.concatenate([part.y_m for part in filled])[order],
        )

    def take(self, rows: Sequence[int]) -> Frames:
        """Some rows, in the given order."""
        index = np.asarray(rows, np.intp)
        return Frames(
            self.t_ns[index],
            self.station[index],
            self.key[index],
            self.type[index],
            [self.data[i] for i in index],
            self.x_m[index],
            self.y_m[index],
        )
