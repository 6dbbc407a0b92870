"""Frames that have reached a listener and wait to be picked up: one by one, or many in columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from v2x.errors import CodecError

I64 = NDArray[np.int64]
Objects = NDArray[np.object_]
Rows = NDArray[np.intp] | NDArray[np.bool_] | slice


class Arrival(NamedTuple):
    """A frame that has reached a listener; ordered by time, then by number of the transmission, then by receiver."""

    t_ns: int
    tx_id: int
    receiver: str
    link: str
    type: str
    data: bytes
    delay_ns: int
    distance_m: float


#: Told of each frame that a receiver could not read.
Complain = Callable[[Arrival, CodecError], None]


@dataclass(frozen=True)
class Arrivals:
    """Many of them, in columns (n,) named as the fields of `Arrival`."""

    t_ns: I64
    tx_id: I64
    receiver: Objects
    link: Objects
    type: Objects
    data: Objects
    delay_ns: I64
    distance_m: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.t_ns)

    @classmethod
    def of(cls, arrivals: Sequence[Arrival]) -> Arrivals:
        """Those that came one by one."""
        columns = zip(*arrivals, strict=True) if arrivals else [()] * len(_KINDS)
        return cls(*(np.array(column, kind) for column, kind in zip(columns, _KINDS, strict=True)))

    @classmethod
    def joined(cls, parts: Sequence[Arrivals]) -> Arrivals:
        """All of several, one after the other."""
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in Arrival._fields))

    def take(self, rows: Rows) -> Arrivals:
        """Some of them."""
        return Arrivals(
            self.t_ns[rows],
            self.tx_id[rows],
            self.receiver[rows],
            self.link[rows],
            self.type[rows],
            self.data[rows],
            self.delay_ns[rows],
            self.distance_m[rows],
        )

    def one_by_one(self) -> list[Arrival]:
        """Each of them."""
        columns = (getattr(self, name).tolist() for name in Arrival._fields)
        return list(map(Arrival._make, zip(*columns, strict=True)))


_KINDS = (np.int64, np.int64, object, object, object, object, np.int64, np.float64)


_NONE = Arrivals.of([])


class Pile:
    """Arrivals to be taken in order of time, those of one time in the order in which they were put there."""

    def __init__(self) -> None:
        self._parts: list[Arrivals] = []  # each in order of time

    def put(self, arrivals: Arrivals) -> None:
        """More of them."""
        self._parts.append(_ascending(arrivals))

    def take(self, until_ns: int) -> Arrivals:
        """Those that have arrived by then."""
        due, later = list[Arrivals](), list[Arrivals]()
        for part in self._parts:
            count = int(part.t_ns.searchsorted(until_ns, "right"))
            if count:
                due.append(part.take(slice(count)))
            if count < len(part):
                later.append(part.take(slice(count, None)) if count else part)
        self._parts = later
        return due[0] if len(due) == 1 else _ascending(Arrivals.joined(due)) if due else _NONE


def _ascending(arrivals: Arrivals) -> Arrivals:
    """In order of time, those of one time as they stand."""
    t_ns = arrivals.t_ns
    return arrivals.take(t_ns.argsort(kind="stable")) if np.count_nonzero(t_ns[1:] < t_ns[:-1]) else arrivals
