"""Tracks of road users: their columns, and how a Kalman filter moves and corrects them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_S
from v2x.geo import wrap_deg
from v2x.stations.sightings import SEEN, Sightings

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Rows = NDArray[np.intp]

#: Spectral density of the acceleration that the constant-velocity model does not know, m^2/s^3: a standard deviation of
#: 1.2 m/s^2 that lasts for a second. Assumed.
_UNSTEADY_M2_PER_S3 = 3.0
#: Weight of a new sighting in kind, size and heading. Assumed.
_FRESH = 0.3
#: Below this speed the heading is what observers say of the body, above it the course, m/s. Assumed.
_ROLLING_MPS = 1.0


@dataclass
class Tracks:
    """Road users as a unit knows them, one row each.

    Attributes
    ----------
    id
        Number in messages, 1 to 65535.
    t_ns
        Instant of the state by the unit's clock, UTC.
    east_m, north_m, east_mps, north_mps
        State, from the foot of the mast.
    place_m2, cross_m2ps, pace_m2ps2
        Covariance of position and velocity per axis, the same for both axes.
    floor_m2
        Variance of the newest sighting: errors of successive sightings are alike, so that many are not much better.
    length_m, width_m, body_east, body_north
        Size, and the way the body points (no unit vector).
    kinds
        (n, 3) evidence for each of `SEEN`; sums to 1.
    number, seen_ns
        What the sensor calls it, and when it last saw it (0: never).
    heard, heard_ns
        The identity in its own messages, and when the last one was.
    sightings
        How many there were.
    standing_ns
        Since when it has been standing, 0 where it moves.
    """

    id: I64
    t_ns: I64
    east_m: F64
    north_m: F64
    east_mps: F64
    north_mps: F64
    place_m2: F64
    cross_m2ps: F64
    pace_m2ps2: F64
    floor_m2: F64
    length_m: F64
    width_m: F64
    body_east: F64
    body_north: F64
    kinds: F64
    number: NDArray[np.uint64]
    seen_ns: I64
    heard: NDArray[np.uint64]
    heard_ns: I64
    sightings: I64
    standing_ns: I64

    def __len__(self) -> int:
        return len(self.id)

    @property
    def speed_mps(self) -> F64:
        """Speed over ground."""
        speed: F64 = np.hypot(self.east_mps, self.north_mps)
        return speed

    @property
    def heading_deg(self) -> F64:
        """Course of what moves, else the way that the body points."""
        rolling = self.speed_mps > _ROLLING_MPS
        east, north = np.where(rolling, [self.east_mps, self.north_mps], [self.body_east, self.body_north])
        return wrap_deg(np.degrees(np.arctan2(east, north)))

    @property
    def kind(self) -> Rows:
        """Most likely index into `SEEN`."""
        likely: Rows = self.kinds.argmax(axis=1)
        return likely

    def take(self, rows: NDArray[Any]) -> Tracks:
        """Some rows, in the given order."""
        return Tracks(**{name: column[rows] for name, column in vars(self).items()})

    @classmethod
    def merge(cls, parts: Sequence[Tracks]) -> Tracks:
        """All rows of several."""
        return cls(**{f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)})

    @classmethod
    def begin(cls, seen: Sightings, ids: I64, now_ns: int) -> Tracks:
        """New tracks at ``now_ns``, seen or heard by nobody yet."""
        east_mps, north_mps, pace_m2ps2 = velocity(seen)
        never, nameless = np.zeros(len(seen), np.int64), np.zeros(len(seen), np.uint64)
        facing = np.radians(seen.heading_deg)
        variance = seen.position_sigma_m**2
        return cls(
            id=ids,
            t_ns=np.full(len(seen), now_ns),
            east_m=seen.east_m.copy(),
            north_m=seen.north_m.copy(),
            east_mps=east_mps,
            north_mps=north_mps,
            place_m2=variance,
            cross_m2ps=np.zeros(len(seen)),
            pace_m2ps2=pace_m2ps2,
            floor_m2=variance.copy(),
            length_m=seen.length_m.copy(),
            width_m=seen.width_m.copy(),
            body_east=np.sin(facing),
            body_north=np.cos(facing),
            kinds=_evidence(seen),
            number=nameless,
            seen_ns=never,
            heard=nameless.copy(),
            heard_ns=never.copy(),
            sightings=never.copy(),
            standing_ns=never.copy(),
        )

    def move(self, now_ns: int) -> None:
        """Predict all to ``now_ns``: straight on at constant speed."""
        dt = (now_ns - self.t_ns) / NS_PER_S
        self.t_ns[:] = now_ns
        self.east_m += self.east_mps * dt
        self.north_m += self.north_mps * dt
        self.place_m2 += dt * (2.0 * self.cross_m2ps + dt * (self.pace_m2ps2 + dt * (_UNSTEADY_M2_PER_S3 / 3.0)))
        self.cross_m2ps += dt * (self.pace_m2ps2 + dt * (_UNSTEADY_M2_PER_S3 / 2.0))
        self.pace_m2ps2 += dt * _UNSTEADY_M2_PER_S3

    def correct(self, rows: Rows, seen: Sightings) -> None:
        """Correct ``rows``, each once, by sightings of the same instant: position and velocity are both measured."""
        a, b, c = self.place_m2[rows], self.cross_m2ps[rows], self.pace_m2ps2[rows]
        east_mps, north_mps, s = velocity(seen)
        r = seen.position_sigma_m**2
        whole = (a + r) * (c + s) - b * b
        k11, k12 = (a * (c + s) - b * b) / whole, b * r / whole
        k21, k22 = b * s / whole, (c * (a + r) - b * b) / whole
        for place, pace, at, going in (
            (self.east_m, self.east_mps, seen.east_m, east_mps),
            (self.north_m, self.north_mps, seen.north_m, north_mps),
        ):
            off_m, off_mps = at - place[rows], going - pace[rows]
            place[rows] += k11 * off_m + k12 * off_mps
            pace[rows] += k21 * off_m + k22 * off_mps
        self.place_m2[rows] = a - k11 * a - k12 * b
        self.cross_m2ps[rows] = b - k11 * b - k12 * c
        self.pace_m2ps2[rows] = c - k21 * b - k22 * c
        facing = np.radians(seen.heading_deg)
        for column, new in (
            (self.kinds, _evidence(seen)),
            (self.length_m, seen.length_m),
            (self.width_m, seen.width_m),
            (self.body_east, np.sin(facing)),
            (self.body_north, np.cos(facing)),
        ):
            column[rows] += _FRESH * (new - column[rows])

    def distance(self, rows: Rows, seen: Sightings) -> F64:
        """Squared Mahalanobis distance, 4 degrees of freedom: sightings (m,) from tracks ``rows``, (m,) or (k, 1)."""
        east_mps, north_mps, s = velocity(seen)
        place = (seen.east_m - self.east_m[rows]) ** 2 + (seen.north_m - self.north_m[rows]) ** 2
        pace = (east_mps - self.east_mps[rows]) ** 2 + (north_mps - self.north_mps[rows]) ** 2
        # the track may be as wrong as its sightings were alike
        sure_m2 = np.maximum(self.place_m2[rows], self.floor_m2[rows])
        return place / (sure_m2 + seen.position_sigma_m**2) + pace / (self.pace_m2ps2[rows] + s)


def velocity(seen: Sightings) -> tuple[F64, F64, F64]:
    """Velocity east and north, and its variance per axis: the larger one of along and across the heading."""
    facing, across = np.radians(seen.heading_deg), np.radians(seen.heading_sigma_deg) * seen.speed_mps
    variance = np.maximum(seen.speed_sigma_mps, across) ** 2
    return seen.speed_mps * np.sin(facing), seen.speed_mps * np.cos(facing), variance


def _evidence(seen: Sightings) -> F64:
    """Probability of each of `SEEN`, (n, 3): what is not stated is spread over the others."""
    rest = (1.0 - seen.kind_confidence) / (len(SEEN) - 1)
    evidence = np.repeat(rest[:, np.newaxis], len(SEEN), axis=1)
    evidence[np.arange(len(seen)), seen.kind] = seen.kind_confidence
    return evidence
