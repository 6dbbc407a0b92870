"""One picture of the road out of many: sightings of the sensor and messages of the road users themselves, as tracks.

All is brought to the present by the unit's own clock before it is compared. Whoever is known by a number keeps its
track while it stays near it; the rest is assigned so that the sum of squared Mahalanobis distances is least.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from v2x.clock import NS_PER_MS, NS_PER_S
from v2x.stations.sightings import Sightings
from v2x_roadside.tracks import Tracks

I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]
Rows = NDArray[np.intp]

#: Who has perceived something: the unit's sensor, or the road user by its own message.
Observer = Literal["sensor", "self"]

#: Squared distance within which a sighting can belong to a track: chi-square with 4 degrees of freedom, 99.9 %.
GATE = 18.5
#: Added where sighting and track are of different kinds (assumed): likely another road user, but kinds can be wrong.
_OTHER_KIND = 9.0
#: A track without a sighting for so long is dropped; one of fewer than `SURE` sightings sooner. Assumed.
FORGOTTEN_NS, UNSURE_FORGOTTEN_NS = NS_PER_S, 300 * NS_PER_MS
#: Sightings by the sensor until a track is told to others: what is seen once or twice may be nothing. Assumed.
SURE = 3
#: No observer is surer than this, metres and m/s: two that are exact would leave a filter nothing to weigh.
_LEAST = 0.01
#: Numbers of tracks: T/CSAE 53 keeps 0 for the unit itself.
MOST_NUMBERS = 65535


class Fusion:
    """The tracks of one unit.

    Parameters
    ----------
    standing_mps
        Slower than this is standing.

    Attributes
    ----------
    tracks
        All of them, at the time of the last `take` or `move`.
    """

    def __init__(self, standing_mps: float) -> None:
        self._standing_mps = standing_mps
        self._begun = 0
        self.tracks = Tracks.begin(Sightings.none(), np.zeros(0, np.int64), 0)

    def move(self, now_ns: int) -> None:
        """Bring the tracks to ``now_ns`` (UTC by the unit's clock) and drop those that nobody sees any more."""
        tracks = self.tracks
        tracks.move(now_ns)
        patience = np.where(self.sure(), FORGOTTEN_NS, UNSURE_FORGOTTEN_NS)
        kept = now_ns - np.maximum(tracks.seen_ns, tracks.heard_ns) <= patience
        if not kept.all():
            self.tracks = tracks.take(kept)

    def sure(self) -> NDArray[np.bool_]:
        """Which tracks can be told to others, (n,)."""
        return (self.tracks.sightings >= SURE) | (self.tracks.heard_ns > 0)

    def take(self, now_ns: int, seen: Sightings, age_ns: I64, observer: Observer) -> None:
        """Take in sightings.

        Parameters
        ----------
        now_ns
            UTC by the unit's clock, as in the last `move`.
        seen
            Each road user at most once.
        age_ns
            How old each is, (n,).
        observer
            Who has perceived it; all at once are of one.
        """
        if not len(seen):
            return
        seen = _aged(seen, age_ns / NS_PER_S)
        row = np.full(len(seen), -1)
        if observer == "sensor":
            self._recognise(row, seen, self.tracks.number, self.tracks.seen_ns > 0)
            self._assign(row, seen, np.ones(len(self.tracks), np.bool_))
        else:
            both, silent = self.tracks.seen_ns > 0, now_ns - self.tracks.heard_ns > FORGOTTEN_NS
            self._recognise(row, seen, self.tracks.heard, both & ~silent)
            self._assign(row, seen, both & silent)
            self._recognise(row, seen, self.tracks.heard, ~both)
        known = (row >= 0).nonzero()[0]
        if len(known):
            self._correct(row[known], _some(seen, known), now_ns, observer)
        new = (row < 0).nonzero()[0]
        if len(new):
            self._begin(seen.take(new), now_ns, observer)

    def _recognise(self, row: Rows, seen: Sightings, numbers: U64, eligible: NDArray[np.bool_]) -> None:
        """Give sightings without a row the track that has their number, if it is near enough."""
        wanted, known = (row < 0).nonzero()[0], eligible.nonzero()[0]
        if not len(wanted) or not len(known):
            return
        known = known[numbers[known].argsort(kind="stable")]
        known_as, called = numbers[known], seen.number[wanted]
        place = np.minimum(known_as.searchsorted(called), len(known) - 1)
        same = known_as[place] == called
        wanted, tracks = wanted[same], known[place[same]]
        near = self.tracks.distance(tracks, _some(seen, wanted)) <= GATE
        row[wanted[near]] = tracks[near]

    def _assign(self, row: Rows, seen: Sightings, eligible: NDArray[np.bool_]) -> None:
        """Assign sightings without a row to tracks that nobody has taken."""
        eligible[row[row >= 0]] = False
        wanted, free = (row < 0).nonzero()[0], eligible.nonzero()[0]
        if not len(wanted) or not len(free):
            return
        some = _some(seen, wanted)
        cost = self.tracks.distance(free[:, np.newaxis], some)
        cost += _OTHER_KIND * (self.tracks.kind[free][:, np.newaxis] != some.kind)
        chosen, which = linear_sum_assignment(np.minimum(cost, 2.0 * GATE))
        near = cost[chosen, which] <= GATE
        row[wanted[which[near]]] = free[chosen[near]]

    def _correct(self, rows: Rows, seen: Sightings, now_ns: int, observer: Observer) -> None:
        tracks = self.tracks
        tracks.correct(rows, seen)
        variance = seen.position_sigma_m**2
        if observer == "sensor":
            tracks.number[rows], tracks.seen_ns[rows], tracks.floor_m2[rows] = seen.number, now_ns, variance
            tracks.sightings[rows] += 1
        else:
            self._drop_doubles(rows, seen)
            tracks.heard[rows], tracks.heard_ns[rows] = seen.number, now_ns
            unseen = now_ns - tracks.seen_ns[rows] > FORGOTTEN_NS
            tracks.floor_m2[rows[unseen]] = variance[unseen]
        slow = tracks.speed_mps[rows] < self._standing_mps
        since = tracks.standing_ns[rows]
        tracks.standing_ns[rows] = np.where(slow, np.where(since > 0, since, now_ns), 0)

    def _drop_doubles(self, rows: Rows, seen: Sightings) -> None:
        """What the sensor sees has turned out to be somebody who was heard before: the older track goes."""
        tracks = self.tracks
        renamed = rows[tracks.heard[rows] != seen.number]
        if len(renamed):
            double = np.isin(tracks.heard, seen.number) & (tracks.seen_ns == 0)
            double[rows] = False
            tracks.heard_ns[double] = 0
            tracks.sightings[double] = 0

    def _begin(self, seen: Sightings, now_ns: int, observer: Observer) -> None:
        ids = 1 + (self._begun + np.arange(len(seen))) % MOST_NUMBERS
        self._begun += len(seen)
        new = Tracks.begin(seen, ids, now_ns)
        if observer == "sensor":
            new.number, new.seen_ns, new.sightings = seen.number.copy(), new.t_ns.copy(), np.ones(len(new), np.int64)
        else:
            new.heard, new.heard_ns = seen.number.copy(), new.t_ns.copy()
        new.standing_ns = np.where(new.speed_mps < self._standing_mps, now_ns, 0)
        self.tracks = Tracks.merge([self.tracks, new])


def _some(seen: Sightings, rows: Rows) -> Sightings:
    """Ascending rows; mostly they are all."""
    return seen if len(rows) == len(seen) else seen.take(rows)


def _aged(seen: Sightings, age_s: NDArray[np.float64]) -> Sightings:
    """Sightings brought forward to now, straight on; what the speed was wrong by is in the position then."""
    course, way_m = np.radians(seen.heading_deg), seen.speed_mps * age_s
    now = {
        "east_m": seen.east_m + way_m * np.sin(course),
        "north_m": seen.north_m + way_m * np.cos(course),
        "position_sigma_m": np.maximum(np.hypot(seen.position_sigma_m, seen.speed_sigma_mps * age_s), _LEAST),
        "speed_sigma_mps": np.maximum(seen.speed_sigma_mps, _LEAST),
    }
    return Sightings(**vars(seen) | now)
