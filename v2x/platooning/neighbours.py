"""What each vehicle makes of the others around it: by the positions they tell, its own, and its radar.

Nobody's lane is told in a message. Whom a radar sees is named by the distance that the positions told give; that others
drive in the own lane is judged by how far aside they are, smoothed. Both go wrong where positions are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from v2x.platooning.hearsay import Hearsay
from v2x.platooning.protocol.states import STRANGER
from v2x.traffic.base import F64

I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]

#: What was told longer ago than this places nobody, s. Assumed.
KNOWN_S = 1.0
#: Whom the radar sees is at most this far from where its message puts it, along and aside, m. Assumed: three to four
#: times what two receivers under open sky are apart in error.
NAME_ALONG_M, NAME_ASIDE_M = 3.0, 2.8
#: Nobody farther away tells where its lane is, m; the estimate is smoothed over this time, s. Assumed.
BESIDE_M, SMOOTH_S = 60.0, 1.0
#: Nor does one that a bend could put farther aside than this, m. Assumed.
STRAIGHT_M = 1.0
#: Width of a lane, m. Assumed for all.
LANE_M = 3.5


@dataclass(frozen=True)
class Around:
    """Pairs (receiver, sender), (n, n); NaN where nothing fresh was heard.

    Attributes
    ----------
    along_m
        How far ahead along the road the sender's front is, now.
    right_m, bend_m
        How far to the right its centre is, and how wrong that may be where the road bends.
    gap_m
        From the receiver's front to the sender's rear.
    speed_mps
        As told.
    braking, warned
        Whether it tells that it brakes hard, or that it is going to.
    """

    along_m: F64
    right_m: F64
    bend_m: F64
    gap_m: F64
    speed_mps: F64
    braking: Bools
    warned: Bools


def around(hearsay: Hearsay, clock_ns: I64, fix: tuple[F64, F64, F64], length_m: F64, hard_mps2: float) -> Around:
    """What was heard of everybody by everybody, carried on to this instant.

    Parameters
    ----------
    hearsay
        With all vehicles in one circle.
    clock_ns
        UTC by everybody's own clock, (n,).
    fix
        Longitude, latitude and heading of each as it senses them, (n,).
    length_m
        Own lengths, (n,).
    hard_mps2
        What hard braking is.
    """
    n = len(clock_ns)
    pairs = hearsay.entries(np.arange(n)[:, None]).T
    age_s = hearsay.age_s(pairs, clock_ns[:, None])
    known = (age_s <= KNOWN_S) & ~np.eye(n, dtype=bool)
    speed, accel, desired = hearsay.motion(pairs)
    centre_m, right_m, bend_m = hearsay.offset_m(pairs, *(column[:, None] for column in fix))
    centre_m = centre_m + speed * np.where(known, age_s, 0.0)
    their_half_m, own_half_m = hearsay.length_m(pairs) / 2.0, length_m[:, None] / 2.0
    nothing = np.where(known, 0.0, np.nan)
    return Around(
        along_m=centre_m + their_half_m - own_half_m + nothing,
        right_m=right_m + nothing,
        bend_m=bend_m,
        gap_m=centre_m - their_half_m - own_half_m + nothing,
        speed_mps=speed + nothing,
        braking=known & (accel <= -hard_mps2),
        warned=known & (desired <= -hard_mps2),
    )


class Names:
    """Whom the radars see: named by the positions that others tell, and for as long as the radar keeps its track.

    Parameters
    ----------
    ahead
        Rows of those who are ahead at the start, each its own where nobody is, (n,).
    """

    def __init__(self, ahead: I64) -> None:
        self._row = np.where(ahead == np.arange(len(ahead)), STRANGER, ahead)
        self._new, self._begun = np.zeros(len(ahead), np.bool_), False

    def track(self, new_target: Bools) -> None:
        """A control step: whose radar has gone over to another target, (n,)."""
        if self._begun:  # whom it sees first is whom it has seen before
            self._new |= new_target
        self._begun = True

    def see(self, seen: Around, radar_m: F64) -> list[int | None]:
        """Row of whom each sees, `STRANGER` where no message fits, None where it sees nobody; (n,).

        ``radar_m``: gaps by radar, NaN for nobody, (n,).
        """
        off_m, every = np.abs(seen.gap_m - radar_m[:, None]), np.arange(len(radar_m))
        fits = (off_m <= NAME_ALONG_M) & (np.abs(seen.right_m) <= NAME_ASIDE_M + seen.bend_m)
        best = np.where(fits, off_m, np.inf).argmin(axis=1)
        found = np.where(fits[every, best], best, STRANGER)
        kept = ~self._new & (self._row != STRANGER) & ~(off_m[every, self._row] > 2.0 * NAME_ALONG_M)
        blind = np.isnan(radar_m)
        self._row = np.where(kept | blind, self._row, found)
        self._new &= blind
        return [None if none else row for row, none in zip(self._row.tolist(), blind.tolist(), strict=True)]


class Lanes:
    """Whether each drives in the lane of those that it is with or wants to be with.

    Attributes
    ----------
    right_m
        How far to the right of it that lane is, smoothed, (n,).
    inside
        Whether it is in it, (n,).
    """

    def __init__(self, vehicles: int, step_s: float) -> None:
        self.right_m: F64 = np.full(vehicles, np.nan)
        self.inside = np.ones(vehicles, np.bool_)
        self._share = min(1.0, step_s / SMOOTH_S)

    def judge(self, row: int, company: list[int], seen: Around) -> None:
        """By those of the company that are near; as before where there are none."""
        near = [
            other
            for other in company
            if abs(seen.along_m[row, other]) <= BESIDE_M and seen.bend_m[row, other] <= STRAIGHT_M
        ]
        if near:
            right_m = float(np.mean(seen.right_m[row, near]))
            before_m = self.right_m[row]
            self.right_m[row] = right_m if np.isnan(before_m) else before_m + self._share * (right_m - before_m)
            self.inside[row] = abs(self.right_m[row]) <= LANE_M / 2.0

    def changed(self, row: int, direction: int, inside: bool | None) -> None:
        """A vehicle has gone a lane to the left (+1) or right (-1), and knows (None: does not) if that is the lane."""
        self.right_m[row] += direction * LANE_M
        if inside is not None:
            self.inside[row] = inside
