"""Braking while messages are lost, and the gap that is enough for it.

A leader brakes to standstill. Messages are lost one by one and in bursts, and for some seconds, which begin at another
instant around the braking in every share of the strings, none arrives.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from v2x.control.laws import law
from v2x.control.leader import Braking
from v2x.control.measures import Closest, Reaction
from v2x.control.platoon_string import Vehicles
from v2x.control.study import Track, run
from v2x.control.study_link import StudyLink
from v2x.scenario.model_links import GilbertElliott
from v2x.scenario.model_platoon import Fallback
from v2x.scenario.model_radar import NoisyRadar, Radar

F64 = NDArray[np.float64]

#: When the leader brakes, s: the longest outage that begins before is over for those that hear again.
BRAKE_AT_S = 12.0


@dataclass(frozen=True)
class BrakingStudy:
    """What is tried; the defaults are those of docs/validation/platooning.md.

    Attributes
    ----------
    law
        Of the followers.
    gap_m
        At the start, by the law's spacing or time gap.
    speed_mps, brake_mps2
        Of the leader.
    vehicles, radar, fallback
        As in `Track`.
    onsets_s
        Begin of the outage, from the braking on.
    outage_s
        How long it is.
    strings
        Number of strings for each onset.
    link
        Delay, loss and bursts; its outage is replaced.
    seed
        Of all draws.
    """

    law: str = "path"
    gap_m: float = 5.0
    speed_mps: float = 100.0 / 3.6
    brake_mps2: float = 6.0
    vehicles: Vehicles = field(default_factory=Vehicles)
    radar: Radar = field(default_factory=lambda: NoisyRadar(kind="noisy"))
    fallback: Fallback = field(default_factory=Fallback)
    onsets_s: tuple[float, ...] = tuple(np.linspace(-5.0, 1.0, 13).tolist())
    outage_s: float = 5.0
    strings: int = 20
    link: StudyLink = field(
        default_factory=lambda: StudyLink(
            delay_s=0.05, loss=0.3, bursts=GilbertElliott(mean_good_s=3.0, mean_bad_s=0.3)
        )
    )
    seed: int = 1

    def track(self) -> Track:
        """The strings, `strings` for each onset in turn."""
        begin_s = BRAKE_AT_S + np.repeat(self.onsets_s, self.strings)
        gains = {"spacing_m": self.gap_m}
        if law(self.law).time_gap:
            standing_m = law(self.law).defaults["spacing_m"]
            gains = {"time_gap_s": (self.gap_m - standing_m) / self.speed_mps, "spacing_m": standing_m}
        return Track(
            law=self.law,
            speed_mps=self.speed_mps,
            replicas=len(begin_s),
            gains=gains,
            vehicles=self.vehicles,
            link=replace(self.link, outage_s=(begin_s, begin_s + self.outage_s)),
            radar=self.radar,
            fallback=self.fallback,
            seed=self.seed,
        )

    def run(self) -> BrakingResult:
        """Brake all of them, until they must stand."""
        track = self.track()
        closest = Closest(track.replicas, track.followers + 1)
        reaction = Reaction(track.replicas, track.followers + 1, BRAKE_AT_S)
        until_s = BRAKE_AT_S + self.speed_mps / self.brake_mps2 + 10.0
        run(track, Braking(self.speed_mps, BRAKE_AT_S, self.brake_mps2), until_s, [closest, reaction])
        onset_s = np.repeat(self.onsets_s, self.strings)
        return BrakingResult(onset_s, closest.least_m[:, 1:].min(axis=1), closest.collided, reaction.delay_s)


@dataclass(frozen=True)
class BrakingResult:
    """What came of it, one row for each string.

    Attributes
    ----------
    onset_s
        Begin of its outage, from the braking on.
    least_m
        Smallest gap of any of its vehicles.
    collided
        Whether any ran into the one ahead.
    reaction_s
        How long after the one ahead each follower braked (`v2x.control.measures.Reaction`), (string, follower).
    """

    onset_s: F64
    least_m: F64
    collided: NDArray[np.bool_]
    reaction_s: F64


def minimal_safe_gap_m(study: BrakingStudy, low_m: float = 2.5, high_m: float = 80.0, within_m: float = 0.25) -> float:
    """Smallest gap at which none of the strings has a collision, by bisection; NaN if ``high_m`` is not enough."""
    if replace(study, gap_m=high_m).run().collided.any():
        return float("nan")
    while high_m - low_m > within_m:
        middle = 0.5 * (low_m + high_m)
        safe = not replace(study, gap_m=middle).run().collided.any()
        low_m, high_m = (low_m, middle) if safe else (middle, high_m)
    return high_m
