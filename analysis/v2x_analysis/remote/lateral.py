"""How well the vehicle is kept on its course and in its lane, and how much the wheel is turned for that."""

from __future__ import annotations

import numpy as np

from v2x.clock import NS_PER_S
from v2x_analysis.measurement import RATIO
from v2x_analysis.remote.driven import Driven, driven
from v2x_analysis.remote.reversals import LEAST_S, STEERING_RATIO, reversals
from v2x_analysis.remote.stops import NO_STOP
from v2x_analysis.remote.tracked import Observed, Tracked
from v2x_analysis.run import Run


def tracked(run: Run) -> dict[str, Tracked]:
    """``remote.lateral_*``, ``mrm_lateral_max_m``, ``out_of_lane_ratio``, ``srr_per_min``."""
    whole = run.derived(driven)
    if whole is None:
        return {}
    offset_m = np.abs(whole.numbers("offset_m"))
    by_operator = whole.observed(offset_m, whole.remote)
    lane_m = whole.numbers("lane_m")
    outside = np.where(np.isnan(lane_m), np.nan, lane_m > 0.0)
    nobody = "nobody drove"
    return {
        "remote.lateral_rms_m": Tracked(by_operator, "rms", "m", empty=nobody),
        "remote.lateral_p95_m": Tracked(by_operator, "quantile", "m", 0.95, empty=nobody),
        "remote.lateral_max_m": Tracked(by_operator, "max", "m", empty=nobody),
        "remote.mrm_lateral_max_m": Tracked(
            whole.observed(offset_m, whole.mrm), "max", "m", empty=NO_STOP, happened=bool(whole.mrm.any())
        ),
        "remote.out_of_lane_ratio": Tracked(
            whole.observed(outside, whole.remote | whole.mrm), "mean", RATIO, empty="no lane is known"
        ),
        "remote.srr_per_min": _reversal_rate(whole),
    }


def _reversal_rate(whole: Driven) -> Tracked:
    """Reversals of the operator's wheel, over the minutes in which there could be any."""
    wheel_deg = np.degrees(whole.numbers("steer_command_rad")) * STEERING_RATIO
    step_ns = round(whole.step_s * NS_PER_S)
    cut = (np.diff(whole.station) != 0) | (np.diff(whole.t_ns) != step_ns) | (np.diff(whole.remote) != 0)
    found, minutes = [], 0.0
    for rows in np.split(np.arange(len(whole.t_ns)), np.flatnonzero(cut) + 1):
        if whole.remote[rows[0]] and len(rows) * whole.step_s >= LEAST_S:
            found.append(rows[reversals(wheel_deg[rows], whole.step_s)])
            minutes += len(rows) * whole.step_s / 60.0
    at = np.concatenate([np.zeros(0, np.int64), *found])
    each = Observed(whole.t_ns[at], np.ones(len(at)), whole.station[at])
    return Tracked(each, "sum", "1/min", exposure=minutes, empty=f"never driven for {LEAST_S:g} s without a break")
