"""What members have heard of each other: the newest state that messages told, for every receiver and sender."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_S
from v2x.control.laws.base import Heard
from v2x.geo import apart, wrap_deg
from v2x.jit import compiled
from v2x.platooning.read_once import NEWS, Said

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

#: Before all messages: half of the range, so that an age can be taken.
_NEVER = np.iinfo(np.int64).min // 2
_LAT, _LON, _HEADING, _LENGTH = map(NEWS.index, ("lat_deg", "lon_deg", "heading_deg", "length_m"))
#: Below this turn between two courses, degrees, an arc is as long as its chord.
_STRAIGHT_DEG = 0.01


@compiled
def _tell(told: F64, utc_ns: I64, base: I64, senders: I64, clock_ns: I64, out: F64) -> None:
    """Columns of `v2x.control.laws.base.Heard`, (senders, 5, 1, n); ``told`` begins with what these have in common."""
    for k in range(len(senders)):
        for i in range(len(base)):
            entry = base[i] + senders[k, i]
            for column in range(3):
                out[k, column, 0, i] = told[column, entry]
            out[k, 3, 0, i] = 0.0
            out[k, 4, 0, i] = np.inf if utc_ns[entry] == _NEVER else (clock_ns[i] - utc_ns[entry]) / NS_PER_S


@compiled
def _take(
    receiver: I64,
    identity: NDArray[np.uint64],
    at_ns: I64,
    news: F64,
    known: NDArray[np.uint64],
    known_row: I64,
    circle: I64,
    base: I64,
    utc_ns: I64,
    told: F64,
) -> None:
    place = np.searchsorted(known, identity)
    for i in range(len(receiver)):
        if place[i] == len(known) or known[place[i]] != identity[i]:
            continue
        sender = known_row[place[i]]
        entry = base[receiver[i]] + sender
        if circle[sender] == circle[receiver[i]] and at_ns[i] > utc_ns[entry]:
            utc_ns[entry] = at_ns[i]
            told[:, entry] = news[i]


class Hearsay:
    """Tables of (receiver, sender) within each circle; messages from other circles are none of it.

    Parameters
    ----------
    identity
        Temporary identity of each vehicle, (n,).
    circle
        Number of the circle in which it is heard and hears, (n,), from 0; vehicles of one circle stand together.
    """

    def __init__(self, identity: NDArray[np.uint64], circle: I64) -> None:
        self._row = {number: row for row, number in enumerate(identity.tolist())}
        order = np.argsort(identity)
        self._circle, self._known = circle, (identity[order], order)
        begin = np.searchsorted(circle, np.arange(circle[-1] + 1))
        size = np.bincount(circle)
        #: Where a receiver's entries stand: the sender's row is to be added.
        self._base = (np.cumsum(size**2) - size**2)[circle] + (np.arange(len(circle)) - begin[circle]) * size[circle]
        self._base -= begin[circle]
        entries = int((size**2).sum())
        self._utc_ns, self._told = np.full(entries, _NEVER), np.zeros((len(NEWS), entries))
        self._heard, self._of = np.zeros((0, 5, 1, len(circle))), list[Heard]()

    def entries(self, sender: I64) -> I64:
        """Where the others' news stand, given the row of the other for each vehicle, (n,); both of one circle."""
        entries: I64 = self._base + sender
        return entries

    def row_of(self, identity: int) -> int | None:
        """Row of a vehicle by its temporary identity."""
        return self._row.get(identity)

    def take(self, receivers: I64, said: Said) -> None:
        """Take in messages that have arrived; older news than what is known change nothing.

        Parameters
        ----------
        receivers
            Row of who got each, (messages,).
        said
            What each says.
        """
        _take(receivers, *said, *self._known, self._circle, self._base, self._utc_ns, self._told)

    def of(self, senders: I64, clock_ns: I64) -> list[Heard]:
        """What each vehicle has heard of some others, without distances, each (1, n); good until the next call.

        Parameters
        ----------
        senders
            Rows of the others for each vehicle, (others, n); all of its circle.
        clock_ns
            UTC by the clocks of the vehicles, (n,).
        """
        if len(senders) != len(self._heard):
            self._heard = np.empty((len(senders), 5, 1, len(self._base)))
            self._of = [Heard(*columns) for columns in self._heard]
        _tell(self._told, self._utc_ns, self._base, senders, clock_ns, self._heard)
        return self._of

    def age_s(self, entries: I64, clock_ns: I64) -> F64:
        """Age of what was heard, inf before anything was; shape of ``entries``."""
        utc_ns = self._utc_ns[entries]
        return np.where(utc_ns == _NEVER, np.inf, (clock_ns - utc_ns) / NS_PER_S)

    def motion(self, entries: I64) -> tuple[F64, F64, F64]:
        """Speed, acceleration and desired acceleration as told, each in the shape of ``entries``."""
        speed, accel, desired = self._told[:3, entries]
        return speed, accel, desired

    def offset_m(self, entries: I64, lon_deg: F64, lat_deg: F64, heading_deg: F64) -> tuple[F64, F64, F64]:
        """How far ahead along the road, and how far to the right of it, others' centres were; shape of ``entries``.

        By the vehicles' own positions and courses. The road between the two is taken for an arc that turns by as much
        as their courses differ: its chord makes half of that angle with either course. What the road really does may
        put the other as far aside as the third result says.
        """
        east_m, north_m = apart(lon_deg, lat_deg, self._told[_LON, entries], self._told[_LAT, entries])
        half_deg = (wrap_deg(self._told[_HEADING, entries] - heading_deg + 180.0) - 180.0) / 2.0
        chord = np.radians(heading_deg + half_deg)
        along_m = east_m * np.sin(chord) + north_m * np.cos(chord)
        right_m = east_m * np.cos(chord) - north_m * np.sin(chord)
        half = np.radians(np.where(np.abs(half_deg) < _STRAIGHT_DEG, _STRAIGHT_DEG, half_deg))
        return along_m * half / np.sin(half), right_m, np.abs(along_m * np.sin(half))

    def length_m(self, entries: I64) -> F64:
        """Length of the others as they tell it."""
        length_m: F64 = self._told[_LENGTH, entries]
        return length_m
