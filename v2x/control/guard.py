"""Emergency braking by radar: the least braking that still keeps a follower off the vehicle ahead.

The control laws are linear and let a gap of half a second be eaten up when the vehicle ahead brakes hard and says
nothing. While fallback is on, a follower therefore never brakes less than this when it matters. It is the kinematic
answer to "the vehicle ahead goes on braking as the radar says it does": with an engine that reacts after a dead time
and a lag, own speed after commanding -b is v + (a + b) tau - b t in the end, so that the distance to standstill is

    D(b) = (v + a tau + b tau)^2 / (2 b) - (a + b) tau^2,

and D(b) = s is a quadratic equation with one positive solution. If speeds match before the vehicle ahead stands, the
same holds in the frame that brakes with it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from v2x.jit import compiled

F64 = NDArray[np.float64]

#: Gap to be left in the end, m. Assumed.
MARGIN_M = 2.0
#: Below this braking the law has its way, m/s^2: beyond ordinary following, below full braking. Assumed.
ACT_MPS2 = 2.5


@compiled
def _stopping(way: float, speed: float, accel: float, lag: float) -> float:
    """Braking that brings a speed to zero within that way; none if it gets there as it is, infinite without a way."""
    w = speed + accel * lag
    if w <= 0.0:
        return -math.inf
    free = way - lag * speed
    reach = free + math.sqrt(free * free + lag * lag * w * w)
    return w * w / reach if reach > 0.0 else math.inf


@compiled
def limit_mps2(
    gap: float, rate: float, ahead_accel: float, speed: float, accel: float, lag: float, dead: float, late: float
) -> float:
    """`radar_limit_mps2` of one vehicle."""
    if not math.isfinite(gap):
        return math.inf
    parting = ahead_accel - accel
    gap, rate = gap + late * (rate + 0.5 * late * parting), rate + late * parting
    ahead_speed, ahead_brake = max(0.0, speed + rate), max(0.0, -ahead_accel)
    way = gap - MARGIN_M + dead * rate
    braking = ahead_brake + _stopping(way, -rate, accel + ahead_brake, lag)
    if ahead_brake > 0.0 and way > 0.0:
        match_s = 2.0 * way / max(-rate, 1e-6)  # speeds match after braking evenly over that way
        if match_s > ahead_speed / ahead_brake:
            stands = ahead_speed * ahead_speed / (2.0 * ahead_brake)
            braking = _stopping(gap - MARGIN_M - dead * speed + stands, speed, accel, lag)
    return -braking if braking > ACT_MPS2 else math.inf


@compiled
def radar_limit_mps2(
    gap_m: F64,
    rate_mps: F64,
    ahead_accel_mps2: F64,
    speed_mps: F64,
    accel_mps2: F64,
    lag_s: F64,
    dead_s: F64,
    late_s: float = 0.0,
) -> F64:
    """Upper bound of the acceleration to command, +inf where there is no need for one; arrays of one shape.

    Parameters
    ----------
    gap_m, rate_mps
        By radar; NaN where it sees nobody.
    ahead_accel_mps2
        Acceleration of the vehicle ahead as estimated by radar.
    speed_mps, accel_mps2
        Own motion.
    lag_s, dead_s
        Of the own engine.
    late_s
        How old gap and rate are: they are carried on over that time.
    """
    out = np.empty_like(gap_m)
    for i in range(out.size):
        out.flat[i] = limit_mps2(
            gap_m.flat[i],
            rate_mps.flat[i],
            ahead_accel_mps2.flat[i],
            speed_mps.flat[i],
            accel_mps2.flat[i],
            lag_s.flat[i],
            dead_s.flat[i],
            late_s,
        )
    return out
