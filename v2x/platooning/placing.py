"""Where the platoons of a scenario begin."""

from __future__ import annotations

import numpy as np

from v2x.control.build import members_of
from v2x.control.laws import law
from v2x.control.laws.base import Heard, Situation
from v2x.control.leader import initial_speed_mps
from v2x.control.platoon_string import PlatoonString
from v2x.scenario.model_platoon import Platoon
from v2x.traffic.steered import Convoy, Road

#: Distance from the tail of a platoon to the next one's leader at the start, seconds (assumed).
APART_S = 3.0


def convoys_of(
    config: Platoon, names: tuple[tuple[str, ...], ...], string: PlatoonString
) -> tuple[list[Convoy], Road, float]:
    """The platoons as they begin: with the gaps that their laws ask for at the leader's speed.

    Returns
    -------
    tuple
        Convoys, their road, and how far one is behind the other, metres.
    """
    speed_mps = initial_speed_mps(config.leader)
    members = members_of(config)
    kinds = tuple(str(member.kind) for member in members)
    gaps_m = tuple(
        _gap_m(str(member.controller), place, speed_mps, string) for place, member in enumerate(members) if place
    )
    convoys = [Convoy(row, kinds, gaps_m, speed_mps) for row in names]
    return convoys, Road(config.route, config.lane, config.start_at_m), APART_S * speed_mps


def _gap_m(name: str, place: int, speed_mps: float, string: PlatoonString) -> float:
    """Gap that a law asks for when all drive at one speed."""
    speed, still = np.full((1, 1), speed_mps), np.zeros((1, 1))
    heard = Heard(speed, still, still, still, still)
    now = Situation(1.0, "desired", speed, still, still, still, still, still, heard, heard, still, still)
    gains = {gain: values[:1, place : place + 1] for gain, values in string.gains[name].items()}
    return float(law(name).wanted_gap_m(now, gains)[0, 0])
