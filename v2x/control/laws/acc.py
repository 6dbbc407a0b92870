"""Adaptive cruise control with a constant time gap: radar alone.

Rajamani, Vehicle Dynamics and Control (2012), equation 6.18. String stable if the time gap is at least twice the engine
lag (continuous time, no dead time).
"""

from __future__ import annotations

import numpy as np

from v2x.control.laws.base import F64, Gains, Law, Situation
from v2x.jit import compiled


@compiled
def time_gap_m(speed: F64, spacing: F64, time_gap: F64) -> F64:
    """Gap of a constant time gap, beyond one at standstill."""
    out = np.empty_like(speed)
    for i in range(out.size):
        out.flat[i] = spacing.flat[i] + time_gap.flat[i] * speed.flat[i]
    return out


@compiled
def _accel(rate: F64, error: F64, time_gap: F64, gain: F64) -> F64:
    out = np.empty_like(rate)
    for i in range(out.size):
        out.flat[i] = (rate.flat[i] + gain.flat[i] * error.flat[i]) / time_gap.flat[i]
    return out


def wanted_gap_m(now: Situation, gains: Gains) -> F64:
    """Constant time gap beyond the gap at standstill."""
    return time_gap_m(now.speed_mps, gains["spacing_m"], gains["time_gap_s"])


def _accel_mps2(now: Situation, gains: Gains, error_m: F64) -> F64:
    return _accel(now.rate_mps, error_m, gains["time_gap_s"], gains["lambda_"])


ACC = Law(
    defaults={"time_gap_s": 1.2, "spacing_m": 2.0, "lambda_": 0.1},
    hears=frozenset(),
    wanted_gap_m=wanted_gap_m,
    accel_mps2=_accel_mps2,
    time_gap=True,
)
