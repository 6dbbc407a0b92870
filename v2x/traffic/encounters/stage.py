"""The stage of one encounter: when, at which site, under which lights, and the draws that vary it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import radians
from typing import TypeVar

import numpy as np

from v2x.field.encounter_ground import DIRECTIONS_DEG, INNER_M, OUTER_M, SITE_APART_M, place_m
from v2x.rng import Stream, key_of
from v2x.scenario.model_encounters import EncounterTraffic
from v2x.traffic.encounters.motion import Motion, Path
from v2x.traffic.encounters.scene import HALF_M, Actor

Choice = TypeVar("Choice")


@dataclass(frozen=True)
class Stage:
    """Where a script is written.

    Attributes
    ----------
    config
        The scenario's ``traffic``.
    draws
        Source of the draws, keyed by the encounter and by what a draw is for.
    encounter
        Number of the encounter in the run.
    """

    config: EncounterTraffic
    draws: Stream
    encounter: int

    @property
    def slot(self) -> int:
        """Which in turn the encounter is at its site."""
        return self.encounter // self.config.sites

    @property
    def site(self) -> int:
        """Where it is."""
        return self.encounter % self.config.sites

    @property
    def middle_s(self) -> float:
        """Half of the encounter's time: about then it comes to a head, and exactly then the lights change."""
        return self.config.spacing_s / 2.0

    @property
    def waiting(self) -> tuple[int, int]:
        """Directions whose light turns green in the middle; that of the others has been green before."""
        return (0, 2) if self.slot % 2 == 0 else (1, 3)

    @property
    def leaving(self) -> tuple[int, int]:
        """The other directions."""
        return (1, 3) if self.slot % 2 == 0 else (0, 2)

    def share(self, what: str) -> float:
        """A uniform draw from (0, 1)."""
        return float(self.draws.uniform(np.uint64(self.encounter), np.uint64(key_of(what)))[0])

    def between(self, what: str, low: float, high: float) -> float:
        """A uniform draw between two values."""
        return low + (high - low) * self.share(what)

    def one_of(self, what: str, options: Sequence[Choice]) -> Choice:
        """One of the options, all equally likely."""
        return options[int(self.share(what) * len(options))]

    def variant(self, hazards: Sequence[str], near: Sequence[str]) -> str:
        """A hazard by the configured share, else a case that comes near."""
        return self.one_of("variant", hazards if self.share("hazard") < self.config.hazard_share else near)

    def speed_mps(self) -> float:
        """Speed of the subject."""
        return self.between("speed", *self.config.speed_mps)

    def lane_m(self) -> tuple[float, float]:
        """From the axis to the middle of the subject's lane, and of the one beside it."""
        return self.one_of("lane", ((INNER_M, OUTER_M), (OUTER_M, INNER_M)))

    def path(self, role: str, direction: int, right_m: float) -> Path:
        """Along a lane, somewhat beside its middle; the way counts from the middle of the site."""
        right_m += self.between(f"{role}.lateral", -self.config.lateral_m, self.config.lateral_m)
        x_m, y_m = place_m(direction, 0.0, right_m)
        return Path(x_m, y_m + self.site * SITE_APART_M, radians(DIRECTIONS_DEG[direction]))

    def walk(self, direction: int, beside_m: float) -> Path:
        """Across the main road; the way counts from its axis."""
        x_m, y_m = place_m(direction, 0.0, 0.0)
        return Path(x_m + beside_m, y_m + self.site * SITE_APART_M, radians(DIRECTIONS_DEG[direction]))

    def subject(self, path: Path, speed_mps: float, *, front_m: float, at_s: float) -> Actor:
        """The vehicle under test at constant speed, with its front at a point at one time."""
        way_m = front_m - HALF_M["car"]
        return Actor("subject", "car", path, Motion.cruise(speed_mps, way_m=way_m, at_s=at_s))
