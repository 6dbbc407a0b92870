"""Whether the speed suits the loop: the blind way, v T, against that of the road's limit in the time allowed.

Germany's remote driving ordinance (StVFernLV, in force since 2025-12-01) allows 200 ms from the camera to the vehicle's
answer; with a longer loop the speed is to be so low that the blind way does not grow, v T <= v_limit 0.2 s (read second
hand). T is the loop's latency now: that of the command in force, from the exposure of its picture to its first control
step. What is driven blindly while commands stay away is the watchdog's, and judged by its manoeuvre.
"""

from __future__ import annotations

import numpy as np

from v2x.clock import NS_PER_S
from v2x_analysis.measurement import F64, RATIO
from v2x_analysis.remote.driven import NEVER, commands, driven, profile_of
from v2x_analysis.remote.tracked import Tracked
from v2x_analysis.run import Run


def tracked(run: Run) -> dict[str, Tracked]:
    """``remote.latency_over_law_ratio``: share of the time driven by the operator."""
    whole = run.derived(driven)
    if whole is None:
        return {}
    loop = run.derived(loop_s)
    allowed_s = profile_of(run).settings.law_ms / 1e3
    over = whole.numbers("speed_mps") * loop > whole.numbers("limit_mps") * allowed_s
    shown = whole.observed(np.where(np.isnan(loop), np.nan, over), whole.remote)
    return {"remote.latency_over_law_ratio": Tracked(shown, "mean", RATIO, empty="no command was used")}


def loop_s(run: Run) -> F64:
    """The loop's latency at each control step, (n,); NaN before the first command."""
    whole = run.derived(driven)
    assert whole is not None
    loop = np.full(len(whole.t_ns), np.nan)
    used = run.derived(commands)
    used = used[(used["used_ns"] != NEVER) & (used["captured_ns"] != NEVER)]
    for station in range(len(whole.stations)):
        own = used[used["place"] == station].sort_values("used_ns", kind="stable")
        if not len(own):
            continue
        used_ns, captured_ns = own["used_ns"].to_numpy(), own["captured_ns"].to_numpy()
        rows = whole.rows_of(station)
        now = np.searchsorted(used_ns, whole.t_ns[rows], side="right") - 1
        loop[rows] = np.where(now >= 0, (used_ns[now] - captured_ns[now]) / NS_PER_S, np.nan)
    return loop
