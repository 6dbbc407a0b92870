"""Ploeg's cooperative adaptive cruise control: constant time gap, radar, and the acceleration from ahead by message.

Ploeg, van de Wouw, Nijmeijer, Lp string stability of cascaded systems, IEEE TCST 22(2), 2014; gains of Ploeg et al.,
Design and experimental evaluation of cooperative adaptive cruise control, ITSC 2011. The paper's time gap of 0.5 s is
string stable only below some 20 ms of delay with ten messages a second; the default here, 0.8 s, is so up to about
0.12 s (docs/platooning.md).
"""

from __future__ import annotations

import numpy as np

from v2x.control.laws.acc import wanted_gap_m
from v2x.control.laws.base import F64, Gains, Law, Situation
from v2x.jit import compiled


@compiled
def _accel(
    dt: float, commanded: F64, accel: F64, rate: F64, error: F64, push: F64, time_gap: F64, kp: F64, kd: F64
) -> F64:
    out = np.empty_like(commanded)
    for i in range(out.size):
        u, h = commanded.flat[i], time_gap.flat[i]
        errors = kp.flat[i] * error.flat[i] + kd.flat[i] * (rate.flat[i] - h * accel.flat[i])
        out.flat[i] = u + dt / h * (errors + push.flat[i] - u)
    return out


def follow_mps2(now: Situation, gains: Gains, error_m: F64, push_mps2: F64) -> F64:
    """One step of the law with ``push_mps2`` as the acceleration of the vehicle ahead."""
    return _accel(
        now.dt_s,
        now.commanded_mps2,
        now.accel_mps2,
        now.rate_mps,
        error_m,
        push_mps2,
        gains["time_gap_s"],
        gains["kp"],
        gains["kd"],
    )


def _accel_mps2(now: Situation, gains: Gains, error_m: F64) -> F64:
    return follow_mps2(now, gains, error_m, now.push_mps2(now.ahead))


PLOEG = Law(
    defaults={"time_gap_s": 0.8, "spacing_m": 2.0, "kp": 0.2, "kd": 0.7},
    hears=frozenset({"ahead"}),
    wanted_gap_m=wanted_gap_m,
    accel_mps2=_accel_mps2,
    time_gap=True,
)
