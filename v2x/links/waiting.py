"""Frames that have reached a listener and wait to be picked up: one by one, or many as records."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from v2x.errors import CodecError


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

#: Many of them, (n,) with the fields of `Arrival`.
Arrivals = NDArray[np.void]
_FIELDS = np.dtype(
    [(name, np.int64) for name in ("t_ns", "tx_id")]
    + [(name, object) for name in ("receiver", "link", "type", "data")]
    + [("delay_ns", np.int64), ("distance_m", np.float64)]
)


def as_records(arrivals: Sequence[Arrival]) -> Arrivals:
    """Arrivals that came one by one."""
    return np.array(arrivals, _FIELDS)


def records(n: int, **columns: ArrayLike) -> Arrivals:
    """``n`` arrivals of columns."""
    arrivals = np.empty(n, _FIELDS)
    for name, column in columns.items():
        arrivals[name] = column
    return arrivals


def one_by_one(arrivals: Arrivals) -> list[Arrival]:
    """Each of them."""
    return list(map(Arrival._make, arrivals.tolist()))


class Pile:
    """Arrivals to be taken in order of time, those of one time in the order in which they were put there."""

    def __init__(self) -> None:
        self._sorted, self._taken, self._new = as_records([]), 0, list[Arrivals]()

    def put(self, arrivals: Arrivals) -> None:
        """More of them."""
        self._new.append(arrivals)

    def take(self, until_ns: int) -> Arrivals:
        """Those that have arrived by then."""
        if self._new:
            left = self._sorted[self._taken :]
            every = np.concatenate([left, *self._new]) if len(left) or len(self._new) > 1 else self._new[0]
            t_ns = every["t_ns"]
            if np.count_nonzero(t_ns[1:] < t_ns[:-1]):
                every = every[t_ns.argsort(kind="stable")]
            self._sorted, self._taken, self._new = every, 0, []
        begin, self._taken = self._taken, int(self._sorted["t_ns"].searchsorted(until_ns, "right"))
        return self._sorted[begin : self._taken]
