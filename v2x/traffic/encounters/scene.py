"""What a scene is made of: actors with their scripts, and the rule that nobody shall break."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import Protocol

import numpy as np

from v2x.traffic.base import KINDS
from v2x.traffic.encounters.motion import F64, Motion, Motions, Path, Paths, Rectangles, touching
from v2x.traffic.resample import SIZES_M

#: From the middle of a road user of each kind to its front, metres.
HALF_M = {kind: length_m / 2.0 for kind, (length_m, _) in zip(KINDS, SIZES_M, strict=True)}


@dataclass(frozen=True)
class Actor:
    """A road user of a scene.

    Attributes
    ----------
    role
        What it is in the scene, the second half of its name; ``subject`` is the vehicle under test.
    kind
        One of `KINDS`.
    path, motion
        Where it goes, and how if nobody reacts.
    """

    role: str
    kind: str
    path: Path
    motion: Motion

    @property
    def size_m(self) -> tuple[float, float]:
        """Length and width."""
        return SIZES_M[KINDS.index(self.kind)]


@dataclass(frozen=True)
class Track:
    """Where a subject was: times from the scene's begin, way of its centre, speed, each (m,)."""

    t_s: F64
    way_m: F64
    speed_mps: F64


class Rule(Protocol):
    """Something that shall not happen to the subject."""

    def broken_s(self, track: Track) -> float:
        """Time at which it first happens on a track, NaN if it does not."""


@dataclass(frozen=True)
class Scene:
    """One encounter.

    Attributes
    ----------
    variant
        Name of the scene within its application's.
    actors
        The subject, then the others.
    rule
        What shall not happen, None where nothing can.
    cue_s
        When the danger begins to show: a lead brakes, a walker steps off; 0 if it is there from the begin.
    informs
        The alert is for information; braking is no answer, and nothing is to be avoided.
    """

    variant: str
    actors: tuple[Actor, ...]
    rule: Rule | None
    cue_s: float = 0.0
    informs: bool = False

    @property
    def subject(self) -> Actor:
        """The vehicle under test."""
        return self.actors[0]


class Contact:
    """The subject touches one of the others: oriented rectangles.

    Parameters
    ----------
    subject, others
        The actors.
    """

    def __init__(self, subject: Actor, others: Sequence[Actor]) -> None:
        self._path, self._paths = Paths([subject.path]), Paths([other.path for other in others])
        self._motions = Motions([other.motion for other in others])
        self._size_m, self._sizes_m = np.array(subject.size_m), np.array([other.size_m for other in others])
        self._reach_m = (np.hypot(*self._size_m) + np.hypot(*self._sizes_m.T)) / 2.0

    def broken_s(self, track: Track) -> float:
        """Time of the first sample with a contact."""
        x_m, y_m, heading_rad, _ = self._path.at(track.way_m[:, None])
        other_x_m, other_y_m, other_heading_rad, _ = self._paths.at(self._motions.at(track.t_s)[0])
        sample, other = np.nonzero(np.hypot(other_x_m - x_m, other_y_m - y_m) <= self._reach_m)
        pair = sample, other
        length_m, width_m = np.tile(self._size_m, (len(sample), 1)).T
        hits = touching(
            Rectangles(x_m[sample, 0], y_m[sample, 0], heading_rad[sample, 0], length_m, width_m),
            Rectangles(other_x_m[pair], other_y_m[pair], other_heading_rad[pair], *self._sizes_m[other].T),
        )
        return float(track.t_s[sample[np.argmax(hits)]]) if hits.any() else nan


@dataclass(frozen=True)
class Crossing:
    """The subject passes a point between two times, faster than it may.

    Attributes
    ----------
    way_m
        Way of its centre when its front is at the point.
    from_s, until_s
        When passing is against the rule.
    above_mps
        Speed up to which it is not.
    """

    way_m: float
    from_s: float = -np.inf
    until_s: float = np.inf
    above_mps: float = 0.0

    def broken_s(self, track: Track) -> float:
        """Time of passing, interpolated between samples."""
        passing = (track.way_m[:-1] < self.way_m) & (track.way_m[1:] >= self.way_m)
        if not passing.any():
            return nan
        before = int(np.argmax(passing))
        pair = slice(before, before + 2)
        t_s = float(np.interp(self.way_m, track.way_m[pair], track.t_s[pair]))
        speed_mps = float(np.interp(self.way_m, track.way_m[pair], track.speed_mps[pair]))
        return t_s if self.from_s <= t_s < self.until_s and speed_mps > self.above_mps else nan


class Overtaken:
    """Another, coming from behind on a parallel path, draws level with the subject's tail.

    Parameters
    ----------
    subject, other
        The actors; their ways count from the same point.
    """

    def __init__(self, subject: Actor, other: Actor) -> None:
        self._other, self._between_m = Motions([other.motion]), HALF_M[subject.kind] + HALF_M[other.kind]

    def broken_s(self, track: Track) -> float:
        """Time of the first sample at which the other is level."""
        level = self._other.at(track.t_s)[0][:, 0] + self._between_m >= track.way_m
        return float(track.t_s[np.argmax(level)]) if level.any() else nan
