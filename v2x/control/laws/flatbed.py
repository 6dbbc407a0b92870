"""Flatbed tow truck: everybody stands on one imaginary truck that drives at the leader's speed.

Ali, Garcia, Martinet, The flatbed platoon towing model for safe and dense platooning on highways, IEEE ITS Magazine
7(1), 2015: a link to the vehicle ahead whose length depends on the speed relative to the leader only, so that it is a
constant spacing in the end. Speeds are those of the messages, the gap is the radar's.
"""

from __future__ import annotations

import numpy as np

from v2x.control.laws.base import F64, Gains, Law, Situation
from v2x.jit import compiled


@compiled
def _wanted(speed: F64, leader_speed: F64, spacing: F64, time_gap: F64) -> F64:
    out = np.empty_like(speed)
    for i in range(out.size):
        out.flat[i] = spacing.flat[i] + time_gap.flat[i] * (speed.flat[i] - leader_speed.flat[i])
    return out


@compiled
def _accel(speed: F64, accel: F64, error: F64, ahead_speed: F64, kp: F64, kv: F64, ka: F64) -> F64:
    out = np.empty_like(speed)
    for i in range(out.size):
        slower = ahead_speed.flat[i] - speed.flat[i]
        out.flat[i] = kp.flat[i] * error.flat[i] + kv.flat[i] * slower - ka.flat[i] * accel.flat[i]
    return out


def _wanted_gap_m(now: Situation, gains: Gains) -> F64:
    return _wanted(now.speed_mps, now.leader.speed_mps, gains["spacing_m"], gains["time_gap_s"])


def _accel_mps2(now: Situation, gains: Gains, error_m: F64) -> F64:
    return _accel(now.speed_mps, now.accel_mps2, error_m, now.ahead.speed_mps, gains["kp"], gains["kv"], gains["ka"])


FLATBED = Law(
    defaults={"time_gap_s": 4.0, "spacing_m": 5.0, "kp": 12.0, "kv": 0.6, "ka": 2.4},
    hears=frozenset({"ahead", "leader"}),
    wanted_gap_m=_wanted_gap_m,
    accel_mps2=_accel_mps2,
    time_gap=False,
)
