"""Ploeg's law without messages: the acceleration of the vehicle ahead is estimated from the radar.

Ploeg, Semsar-Kazerooni, Lijster, van de Wouw, Nijmeijer, Graceful degradation of cooperative adaptive cruise control,
IEEE TITS 16(1), 2015. The estimator is `v2x.control.singer`.
"""

from __future__ import annotations

from v2x.control.laws.acc import wanted_gap_m
from v2x.control.laws.base import F64, Gains, Law, Situation
from v2x.control.laws.ploeg import follow_mps2


def _accel_mps2(now: Situation, gains: Gains, error_m: F64) -> F64:
    return follow_mps2(now, gains, error_m, now.estimated_mps2)


DEGRADED = Law(
    defaults={"time_gap_s": 1.5, "spacing_m": 2.0, "kp": 0.2, "kd": 0.7},
    hears=frozenset(),
    wanted_gap_m=wanted_gap_m,
    accel_mps2=_accel_mps2,
    time_gap=True,
)
