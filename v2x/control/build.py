"""From a scenario's ``platoon`` to the engine of its strings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from v2x.control.gains import gains_of, with_fallback
from v2x.control.laws import law
from v2x.control.laws.base import Gains
from v2x.control.platoon_string import PlatoonString, Vehicles
from v2x.control.radar import build_radar
from v2x.errors import InputError
from v2x.registry import did_you_mean
from v2x.scenario.model_platoon import CONTROL_STEP_NS, Member, Platoon

F64 = NDArray[np.float64]

#: What a vehicle does not take over from its platoon.
_ITS_OWN = ("time_gap_s", "spacing_m", "route")


def members_of(config: Platoon) -> list[Member]:
    """What each vehicle of a platoon is, from the leader on, with nothing left open but the gaps and its way."""
    own = [*config.members, *(Member() for _ in range(config.followers + 1 - len(config.members)))]
    return [settled(config, each) for each in own]


def settled(config: Platoon, own: Member) -> Member:
    """The same vehicle with the platoon's values where it has none of its own."""
    inherited = {name: getattr(config, name) for name in Member.model_fields if name not in _ITS_OWN}
    return own.model_copy(update={name: value for name, value in inherited.items() if getattr(own, name) is None})


def build_string(
    config: Platoon, vehicles: Sequence[Member], keys: NDArray[np.uint64], speed_mps: F64, seed: int
) -> PlatoonString:
    """The vehicles of a scenario in a row: (1, n). Whom each follows, and who leads, is for the caller to say.

    Parameters
    ----------
    config
        The platoon.
    vehicles
        What each is, settled, (n,).
    keys
        Their keys for the draws of their radars, (n,).
    speed_mps
        Their speeds at the start, (n,).
    seed
        Seed of the run.
    """
    figures = ("engine_lag_s", "dead_time_s", "max_accel_mps2", "max_brake_mps2")
    return PlatoonString(
        speed_mps[None],
        Vehicles(*(np.array([getattr(each, name) for each in vehicles], float) for name in figures)),
        _gains(config, vehicles),
        np.array([str(each.controller) for each in vehicles]),
        build_radar(config.radar, keys[None], seed, CONTROL_STEP_NS),
        config.fallback,
        config.feed_forward,
    )


def law_faults(config: Platoon) -> list[InputError]:
    """Gains by name that the platoon's law does not have."""
    name, known = config.controller, list(law(config.controller).defaults)
    return [
        InputError(f"law '{name}' has no such gain, {did_you_mean(gain, known)}", path=f"platoon.gains.{gain}")
        for gain in config.gains
        if gain not in known
    ]


def _given(config: Platoon) -> dict[str, float | None]:
    """Gains of the platoon's law that the scenario has, None where it leaves one to the law."""
    return {gain: getattr(config, gain, None) for gain in law(config.controller).defaults} | config.gains


def _gains(config: Platoon, vehicles: Sequence[Member]) -> dict[str, Gains]:
    """Gains of all laws in use, (1, n): those of a vehicle's own law, and of those that it falls back to."""
    shape = 1, len(vehicles)
    laws = [str(each.controller) for each in vehicles]
    table = {name: gains_of(name, shape) for name in sorted({"acc", "degraded", *laws})}
    for row, (name, each) in enumerate(zip(laws, vehicles, strict=True)):
        given = _given(config) if name == config.controller else {}
        given |= {gain: value for gain in ("time_gap_s", "spacing_m") if (value := getattr(each, gain)) is not None}
        own = gains_of(name, (1, 1), **{gain: value for gain, value in given.items() if value is not None})
        for used, gains in with_fallback(name, own, config.fallback).items():
            for gain, value in gains.items():
                table[used][gain][0, row] = value[0, 0]
    return table
