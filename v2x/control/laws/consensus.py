"""Consensus: agreement on the leader's speed and on places behind the leader and behind the vehicle ahead.

Santini, Salvi, Valente, Pescapè, Segata, Lo Cigno, A consensus-based approach for platooning with intervehicular
communications and its validation in realistic scenarios, IEEE TVT 66(3), 2017, with its gains divided by the vehicle's
mass (as in Plexe). Places come from messages and are extrapolated over their age at the speed that they tell; the radar
is not used.
"""

from __future__ import annotations

import numpy as np

from v2x.control.laws.acc import time_gap_m
from v2x.control.laws.base import F64, Gains, Law, Situation
from v2x.jit import compiled

#: Gain of the place behind the leader for the vehicle right behind it, 1/s^2.
K_FIRST = 0.46
#: Gains of the places behind the leader and behind the vehicle ahead for all others, 1/s^2.
K_LEADER, K_AHEAD = 0.04, 0.43


@compiled
def _accel(
    speed: F64,
    place: F64,
    ahead_m: F64,
    ahead_speed: F64,
    ahead_age: F64,
    leader_m: F64,
    leader_speed: F64,
    leader_age: F64,
    wanted: F64,
    extra: F64,
    b: F64,
) -> F64:
    out = np.empty_like(speed)
    for i in range(out.size):
        leader_now = leader_m.flat[i] + leader_age.flat[i] * leader_speed.flat[i]
        ahead_now = ahead_m.flat[i] + ahead_age.flat[i] * ahead_speed.flat[i]
        to_leader = leader_now - place.flat[i] * wanted.flat[i] - extra.flat[i]
        to_ahead = ahead_now - wanted.flat[i] - extra.flat[i]
        places = K_FIRST * to_leader if place.flat[i] == 1.0 else K_LEADER * to_leader + K_AHEAD * to_ahead
        out.flat[i] = b.flat[i] * (leader_speed.flat[i] - speed.flat[i]) + places
    return out


def _wanted_gap_m(now: Situation, gains: Gains) -> F64:
    return time_gap_m(now.leader.speed_mps, gains["spacing_m"], gains["time_gap_s"])


def _accel_mps2(now: Situation, gains: Gains, error_m: F64) -> F64:  # noqa: ARG001  (the radar's error is not used)
    ahead, leader = now.ahead, now.leader
    return _accel(
        now.speed_mps,
        now.place,
        ahead.distance_m,
        ahead.speed_mps,
        ahead.age_s,
        leader.distance_m,
        leader.speed_mps,
        leader.age_s,
        _wanted_gap_m(now, gains),
        now.extra_m,
        gains["b"],
    )


CONSENSUS = Law(
    defaults={"time_gap_s": 0.8, "spacing_m": 15.0, "b": 1.8},
    hears=frozenset({"ahead", "leader"}),
    wanted_gap_m=_wanted_gap_m,
    accel_mps2=_accel_mps2,
    time_gap=True,
    places=True,
)
