"""From a scenario's ``platoon`` to the engine of its strings."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from v2x.control.gains import gains_of, with_fallback
from v2x.control.laws import law
from v2x.control.laws.base import Gains
from v2x.control.plant import filled
from v2x.control.platoon_string import PlatoonString, Vehicles
from v2x.control.radar import build_radar
from v2x.scenario.model_platoon import CONTROL_STEP_NS, Member, Platoon


def members_of(config: Platoon) -> list[Member]:
    """What each vehicle of a platoon is, from the leader on, with nothing left open but the gaps."""
    own = [*config.members, *(Member() for _ in range(config.followers + 1 - len(config.members)))]
    inherited = {name: getattr(config, name) for name in Member.model_fields if name not in ("time_gap_s", "spacing_m")}
    return [
        each.model_copy(update={name: value for name, value in inherited.items() if getattr(each, name) is None})
        for each in own
    ]


def build_string(config: Platoon, keys: NDArray[np.uint64], speed_mps: float, seed: int) -> PlatoonString:
    """The strings of a scenario.

    Parameters
    ----------
    config
        The platoon.
    keys
        Keys of the vehicles for their radars' draws, (platoon, vehicle).
    speed_mps
        Speed of all at the start.
    seed
        Seed of the run.
    """
    members = members_of(config)
    figures = ("engine_lag_s", "dead_time_s", "max_accel_mps2", "max_brake_mps2")
    return PlatoonString(
        filled((keys.shape[0], keys.shape[1]), speed_mps),
        Vehicles(*(np.array([getattr(member, name) for member in members], float) for name in figures)),
        _gains(config, members),
        np.array([str(member.controller) for member in members]),
        build_radar(config.radar, keys, seed, CONTROL_STEP_NS),
        config.fallback,
        config.feed_forward,
    )


def _gains(config: Platoon, members: list[Member]) -> dict[str, Gains]:
    """Gains of all laws in use, (1, vehicle): those of a vehicle's own law, and of those that it falls back to."""
    shape = 1, len(members)
    laws = [str(member.controller) for member in members]
    table = {name: gains_of(name, shape) for name in sorted({"acc", "degraded", *laws})}
    for place, (name, member) in enumerate(zip(laws, members, strict=True)):
        given = {gain: getattr(config, gain) for gain in law(name).defaults} if name == config.controller else {}
        given |= {gain: value for gain in ("time_gap_s", "spacing_m") if (value := getattr(member, gain)) is not None}
        own = gains_of(name, (1, 1), **{gain: value for gain, value in given.items() if value is not None})
        for used, gains in with_fallback(name, own, config.fallback).items():
            for gain, value in gains.items():
                table[used][gain][0, place] = value[0, 0]
    return table
