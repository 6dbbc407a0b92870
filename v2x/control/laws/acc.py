"""Adaptive cruise control with a constant time gap: radar alone.

Rajamani, Vehicle Dynamics and Control (2012), equation 6.18. String stable if the time gap is at least twice the engine
lag (continuous time, no dead time).
"""

from __future__ import annotations

from typing import cast

from v2x.control.laws.base import F64, Gains, Law, Situation
from v2x.jit import elementwise


@elementwise
def time_gap_m(speed: float, spacing: float, time_gap: float) -> float:
    """Gap of a constant time gap, beyond one at standstill."""
    return spacing + time_gap * speed


@elementwise
def _accel(rate: float, error: float, time_gap: float, gain: float) -> float:
    return (rate + gain * error) / time_gap


def wanted_gap_m(now: Situation, gains: Gains) -> F64:
    """Constant time gap beyond the gap at standstill."""
    return cast(F64, time_gap_m(now.speed_mps, gains["spacing_m"], gains["time_gap_s"]))


def _accel_mps2(now: Situation, gains: Gains, error_m: F64) -> F64:
    return cast(F64, _accel(now.rate_mps, error_m, gains["time_gap_s"], gains["lambda_"]))


ACC = Law(
    defaults={"time_gap_s": 1.2, "spacing_m": 2.0, "lambda_": 0.1},
    hears=frozenset(),
    wanted_gap_m=wanted_gap_m,
    accel_mps2=_accel_mps2,
    time_gap=True,
)
