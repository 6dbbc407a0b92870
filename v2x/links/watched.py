"""Which receptions are drawn one by one and recorded, among the millions that are only counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from v2x.jit import compiled

U64 = NDArray[np.uint64]

#: Bits of `Watched`: who speaks with the first is watched wherever it is heard, as everybody listens with it; who
#: listens with the second is watched whoever speaks. The others belong to circles.
EVERYWHERE, EVERYBODY = np.uint64(1), np.uint64(2)
_CIRCLES = 62


def circle(number: int) -> np.uint64:
    """Bit of a circle of stations that are watched among themselves; beyond the 62nd circles share bits."""
    return np.uint64(4 << number % _CIRCLES)


@dataclass(frozen=True)
class Watched:
    """Which receptions are drawn: those whose sender speaks with a bit with which their receiver listens.

    Attributes
    ----------
    sender
        Station keys, ascending, of those who speak with more than the bit `EVERYBODY`.
    speaks
        Their bits.
    listens
        Bits of each row of the `Stations`.
    """

    sender: U64
    speaks: U64
    listens: U64

    @classmethod
    def of(cls, sender: U64, receiver: NDArray[np.bool_]) -> Watched:
        """All of some senders (station keys, ascending), and all at some receivers (rows)."""
        everywhere = np.full(len(sender), EVERYWHERE | EVERYBODY)
        return cls(sender, everywhere, np.where(receiver, EVERYWHERE | EVERYBODY, EVERYWHERE))

    def also_from(self, sender: U64) -> Watched:
        """Watched besides: all of these senders, in any order."""
        if not len(sender):
            return self
        keys = np.union1d(self.sender, sender)
        return Watched(
            keys, np.where(np.isin(keys, sender), EVERYWHERE, np.uint64(0)) | self.spoken(keys), self.listens
        )

    def spoken(self, sender: U64) -> U64:
        """Bits that the senders of frames speak with."""
        return _spoken(sender, self.sender, self.speaks)


@compiled
def _spoken(sender: U64, known: U64, speaks: U64) -> U64:
    """`Watched.spoken`."""
    bits = np.full(len(sender), EVERYBODY)
    place = np.searchsorted(known, sender)
    for i in range(len(sender)):
        if place[i] < len(known) and known[place[i]] == sender[i]:
            bits[i] = speaks[place[i]]
    return bits
