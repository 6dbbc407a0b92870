"""A control law of one's own: a constant time gap, and a gain for how fast the gap grows."""

from __future__ import annotations

from v2x.control.laws.base import F64, Gains, Law, Situation


def _wanted_gap_m(now: Situation, gains: Gains) -> F64:
    return gains["spacing_m"] + gains["time_gap_s"] * now.speed_mps


def _accel_mps2(now: Situation, gains: Gains, error_m: F64) -> F64:
    return gains["k_gap"] * error_m + gains["k_rate"] * now.rate_mps


CALM = Law(
    defaults={"time_gap_s": 1.4, "spacing_m": 2.0, "k_gap": 0.1, "k_rate": 0.6},
    hears=frozenset(),
    wanted_gap_m=_wanted_gap_m,
    accel_mps2=_accel_mps2,
    time_gap=True,
)
