"""Consensus: agreement on the leader's speed and on places behind the leader and behind the vehicle ahead.

Santini, Salvi, Valente, Pescapè, Segata, Lo Cigno, A consensus-based approach for platooning with intervehicular
communications and its validation in realistic scenarios, IEEE TVT 66(3), 2017, with its gains divided by the vehicle's
mass (as in Plexe). Places come from messages and are extrapolated over their age at the speed that they tell; the radar
is not used.
"""

from __future__ import annotations

from typing import cast

from v2x.control.laws.base import F64, Gains, Law, Situation
from v2x.jit import elementwise

#: Gain of the place behind the leader for the vehicle right behind it, 1/s^2.
K_FIRST = 0.46
#: Gains of the places behind the leader and behind the vehicle ahead for all others, 1/s^2.
K_LEADER, K_AHEAD = 0.04, 0.43


@elementwise
def _wanted(leader_speed: float, spacing: float, time_gap: float) -> float:
    return spacing + time_gap * leader_speed


@elementwise
def _accel(
    speed: float,
    place: float,
    ahead_m: float,
    ahead_speed: float,
    ahead_age: float,
    leader_m: float,
    leader_speed: float,
    leader_age: float,
    wanted: float,
    extra: float,
    b: float,
) -> float:
    to_leader = leader_m + leader_age * leader_speed - place * wanted - extra
    to_ahead = ahead_m + ahead_age * ahead_speed - wanted - extra
    places = K_FIRST * to_leader if place == 1.0 else K_LEADER * to_leader + K_AHEAD * to_ahead
    return b * (leader_speed - speed) + places


def _wanted_gap_m(now: Situation, gains: Gains) -> F64:
    return cast(F64, _wanted(now.leader.speed_mps, gains["spacing_m"], gains["time_gap_s"]))


def _accel_mps2(now: Situation, gains: Gains, error_m: F64) -> F64:  # noqa: ARG001  (the radar's error is not used)
    ahead, leader = now.ahead, now.leader
    accel = _accel(
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
    return cast(F64, accel)


CONSENSUS = Law(
    defaults={"time_gap_s": 0.8, "spacing_m": 15.0, "b": 1.8},
    hears=frozenset({"ahead", "leader"}),
    wanted_gap_m=_wanted_gap_m,
    accel_mps2=_accel_mps2,
    time_gap=True,
    places=True,
)
