"""A closed track in replicas: the string engine of a run, a thousand strings at once, over an abstract link.

Parameters may differ by replica (time gap, delay, frequency, seed), so that a whole grid is one call.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from v2x.clock import NS_PER_S
from v2x.control.gains import gains_of, with_fallback
from v2x.control.laws import law
from v2x.control.laws.base import F64, FeedForward
from v2x.control.leader import Leader
from v2x.control.plant import filled
from v2x.control.platoon_string import Decision, PlatoonString, Vehicles
from v2x.control.radar import NOBODY, Road, build_radar
from v2x.control.steady import steady_gap_m
from v2x.control.study_link import Exchange, StudyLink
from v2x.jit import compiled
from v2x.rng import Stream
from v2x.scenario.model_platoon import CONTROL_STEP_NS, Fallback
from v2x.scenario.model_radar import IdealRadar
from v2x.scenario.model_radar import Radar as RadarConfig


@dataclass(frozen=True)
class Track:
    """Strings on a closed track.

    Attributes
    ----------
    law
        Of all followers.
    speed_mps
        At the start, one or one for each replica.
    replicas, followers
        How many strings, and vehicles behind each leader.
    gains
        Gains that are not the law's defaults: one value each, or an array that broadcasts to (replica, vehicle).
    vehicles, link, radar, fallback, feed_forward
        As their names say.
    seed
        Of all draws.
    numbers
        What the draws of each string are keyed by, (replica,): strings of one number have the same luck. None: each has
        its own.
    step_ns
        Control step.
    """

    law: str
    speed_mps: ArrayLike
    replicas: int = 1
    followers: int = 8
    gains: Mapping[str, ArrayLike] = field(default_factory=dict)
    vehicles: Vehicles = field(default_factory=Vehicles)
    link: StudyLink = field(default_factory=StudyLink)
    radar: RadarConfig = field(default_factory=lambda: IdealRadar(kind="ideal"))
    fallback: Fallback = field(default_factory=lambda: Fallback(enabled=False))
    feed_forward: FeedForward = "desired"
    seed: int = 1
    numbers: NDArray[np.int64] | None = None
    step_ns: int = CONTROL_STEP_NS


class Measure(Protocol):
    """Something that is worked out while a study runs."""

    def see(self, t_ns: int, decision: Decision, gap_m: F64) -> None:
        """One control step: the state at ``t_ns``, what was decided, and the true gaps (inf ahead of leaders)."""
        ...


@compiled
def _road(place: F64, speed: F64, gap: F64, rate: F64) -> None:
    for r in range(gap.shape[0]):
        for i in range(1, gap.shape[1]):
            gap[r, i] = place[r, i - 1] - place[r, i]
            rate[r, i] = speed[r, i - 1] - speed[r, i]


def run(track: Track, leader: Leader, duration_s: float, measures: Iterable[Measure]) -> None:
    """Drive from a steady state: every follower begins at the gap that its law asks for."""
    shape = (track.replicas, track.followers + 1)
    dt_s, measures = track.step_ns / NS_PER_S, tuple(measures)
    speed = filled(shape, np.broadcast_to(np.asarray(track.speed_mps), track.replicas)[:, None])
    own = gains_of(track.law, shape, **track.gains)
    gap, rate = steady_gap_m(track.law, own, speed), np.zeros(shape)
    gap[:, 0] = np.inf
    start = -np.cumsum(np.where(np.isinf(gap), 0.0, gap), axis=1)
    numbers = np.arange(track.replicas) if track.numbers is None else track.numbers
    keys = Stream(track.seed, "study.vehicle").bits(numbers[:, None], np.arange(shape[1]))
    string = PlatoonString(
        speed, track.vehicles, with_fallback(track.law, own, track.fallback), track.law,
        build_radar(track.radar, keys, track.seed, track.step_ns), track.fallback, track.feed_forward, track.step_ns,
    )  # fmt: skip
    exchange = Exchange(track.link, speed, start, track.seed, numbers, dt_s, law(track.law).places)
    target = np.where(np.arange(shape[1]) > 0, np.arange(shape[1]) - 1, NOBODY) + np.zeros(shape, np.int64)
    plant, driven = string.plant, np.zeros(shape)
    for t_ns in range(0, round(duration_s * NS_PER_S), track.step_ns):
        place = start + plant.way_m
        _road(place, plant.speed_mps, gap, rate)
        ahead, first = exchange.step(plant.speed_mps, plant.accel_mps2, plant.commanded_mps2, place)
        driven[:, :1] = leader.command_mps2(t_ns, plant, 1)
        decision = string.step(t_ns, Road(gap, rate, target), ahead, first, driven)
        for measure in measures:
            measure.see(t_ns, decision, gap)
