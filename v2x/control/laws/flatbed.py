"""Flatbed tow truck: everybody stands on one imaginary truck that drives at the leader's speed.

Ali, Garcia, Martinet, The flatbed platoon towing model for safe and dense platooning on highways, IEEE ITS Magazine
7(1), 2015: a link to the vehicle ahead whose length depends on the speed relative to the leader only, so that it is a
constant spacing in the end. Speeds are those of the messages, the gap is the radar's.
"""

from __future__ import annotations

from typing import cast

from v2x.control.laws.base import F64, Gains, Law, Situation
from v2x.jit import elementwise


@elementwise
def _wanted(speed: float, leader_speed: float, spacing: float, time_gap: float) -> float:
    return spacing + time_gap * (speed - leader_speed)


@elementwise
def _accel(speed: float, accel: float, error: float, ahead_speed: float, kp: float, kv: float, ka: float) -> float:
    return kp * error + kv * (ahead_speed - speed) - ka * accel


def _wanted_gap_m(now: Situation, gains: Gains) -> F64:
    wanted = _wanted(now.speed_mps, now.leader.speed_mps, gains["spacing_m"], gains["time_gap_s"])
    return cast(F64, wanted)


def _accel_mps2(now: Situation, gains: Gains, error_m: F64) -> F64:
    accel = _accel(now.speed_mps, now.accel_mps2, error_m, now.ahead.speed_mps, gains["kp"], gains["kv"], gains["ka"])
    return cast(F64, accel)


FLATBED = Law(
    defaults={"time_gap_s": 4.0, "spacing_m": 5.0, "kp": 12.0, "kv": 0.6, "ka": 2.4},
    hears=frozenset({"ahead", "leader"}),
    wanted_gap_m=_wanted_gap_m,
    accel_mps2=_accel_mps2,
    time_gap=False,
)
