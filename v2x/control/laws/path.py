"""PATH's cooperative adaptive cruise control: constant spacing, with the leader's messages and those from ahead.

Rajamani, Vehicle Dynamics and Control (2012), equation 7.39. Speeds are those of the messages, the gap is the radar's.
"""

from __future__ import annotations

import math
from typing import cast

import numpy as np

from v2x.control.laws.base import F64, Gains, Law, Situation
from v2x.jit import elementwise


@elementwise
def _accel(
    speed: float,
    error: float,
    ahead_speed: float,
    ahead_push: float,
    leader_speed: float,
    leader_push: float,
    c1: float,
    xi: float,
    omega_n: float,
) -> float:
    root = xi + math.sqrt(xi * xi - 1.0)
    to_ahead = (2.0 * xi - c1 * root) * omega_n
    to_leader = root * omega_n * c1
    return (
        (1.0 - c1) * ahead_push
        + c1 * leader_push
        - to_ahead * (speed - ahead_speed)
        - to_leader * (speed - leader_speed)
        + omega_n * omega_n * error
    )


def _wanted_gap_m(now: Situation, gains: Gains) -> F64:
    return gains["spacing_m"] + np.zeros_like(now.speed_mps)


def _accel_mps2(now: Situation, gains: Gains, error_m: F64) -> F64:
    accel = _accel(
        now.speed_mps,
        error_m,
        now.ahead.speed_mps,
        now.push_mps2(now.ahead),
        now.leader.speed_mps,
        now.push_mps2(now.leader),
        gains["c1"],
        gains["xi"],
        gains["omega_n_radps"],
    )
    return cast(F64, accel)


PATH = Law(
    defaults={"spacing_m": 5.0, "c1": 0.5, "xi": 1.0, "omega_n_radps": 0.2},
    hears=frozenset({"ahead", "leader"}),
    wanted_gap_m=_wanted_gap_m,
    accel_mps2=_accel_mps2,
    time_gap=False,
)
