"""PATH's cooperative adaptive cruise control: constant spacing, with the leader's messages and those from ahead.

Rajamani, Vehicle Dynamics and Control (2012), equation 7.39. Speeds are those of the messages, the gap is the radar's.
"""

from __future__ import annotations

import math

import numpy as np

from v2x.control.laws.base import F64, Gains, Law, Situation
from v2x.jit import compiled


@compiled
def _accel(
    speed: F64,
    error: F64,
    ahead_speed: F64,
    ahead_push: F64,
    leader_speed: F64,
    leader_push: F64,
    c1: F64,
    xi: F64,
    omega_n: F64,
) -> F64:
    out = np.empty_like(speed)
    for i in range(out.size):
        share, omega = c1.flat[i], omega_n.flat[i]
        root = xi.flat[i] + math.sqrt(xi.flat[i] * xi.flat[i] - 1.0)
        to_ahead = (2.0 * xi.flat[i] - share * root) * omega
        to_leader = root * omega * share
        out.flat[i] = (
            (1.0 - share) * ahead_push.flat[i]
            + share * leader_push.flat[i]
            - to_ahead * (speed.flat[i] - ahead_speed.flat[i])
            - to_leader * (speed.flat[i] - leader_speed.flat[i])
            + omega * omega * error.flat[i]
        )
    return out


def _wanted_gap_m(now: Situation, gains: Gains) -> F64:  # noqa: ARG001  (the same at all speeds)
    return gains["spacing_m"].copy()


def _accel_mps2(now: Situation, gains: Gains, error_m: F64) -> F64:
    return _accel(
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


PATH = Law(
    defaults={"spacing_m": 5.0, "c1": 0.5, "xi": 1.0, "omega_n_radps": 0.2},
    hears=frozenset({"ahead", "leader"}),
    wanted_gap_m=_wanted_gap_m,
    accel_mps2=_accel_mps2,
    time_gap=False,
)
