"""Whether the speed suits the latency: the blind way, v T, against that of the road's limit in the time allowed.

Germany's remote driving ordinance (StVFernLV, in force since 2025-12-01) allows 200 ms from the camera to the glass and
from the command to the vehicle's answer together; with more the speed is to be so low that the blind way does not grow,
v T <= v_limit 0.2 s (read second hand). T now is that of the command in force: how old the picture on the screen was
when it was sent, and its latency to the first control step with it. So a frozen picture counts; the person's reaction
and the actuators do not. What is driven blindly while commands stay away is the watchdog's, and judged by its
manoeuvre.
"""

from __future__ import annotations

import numpy as np

from v2x.clock import NS_PER_S
from v2x_analysis.measurement import F64, RATIO
from v2x_analysis.remote.driven import NEVER, commands, driven, profile_of
from v2x_analysis.remote.network import driving_camera
from v2x_analysis.remote.tracked import Tracked
from v2x_analysis.run import Run


def tracked(run: Run) -> dict[str, Tracked]:
    """``remote.latency_over_law_ratio``: share of the time driven by the operator."""
    whole = run.derived(driven)
    if whole is None:
        return {}
    latency = run.derived(latency_s)
    allowed_s = profile_of(run).settings.law_ms / 1e3
    over = whole.numbers("speed_mps") * latency > whole.numbers("limit_mps") * allowed_s
    known = whole.observed(np.where(np.isnan(latency), np.nan, over), whole.remote)
    return {"remote.latency_over_law_ratio": Tracked(known, "mean", RATIO, empty="no command was used")}


def latency_s(run: Run) -> F64:
    """T at each control step, (n,); NaN before the first command that had a picture."""
    whole = run.derived(driven)
    assert whole is not None
    latency = np.full(len(whole.t_ns), np.nan)
    used, seen = run.derived(commands), run.derived(driving_camera)
    used, seen = used[used["used_ns"] != NEVER], seen[seen["shown_ns"] != NEVER]
    for station in range(len(whole.stations)):
        own = used[used["place"] == station].sort_values("used_ns", kind="stable")
        on = seen[seen["place"] == station].sort_values("shown_ns", kind="stable")
        if not len(own) or not len(on):
            continue
        newest = np.searchsorted(on["shown_ns"].to_numpy(), own["t_ns"].to_numpy(), side="right") - 1
        took_s = (own["used_ns"].to_numpy() - on["t_ns"].to_numpy()[newest]) / NS_PER_S
        took_s = np.where(newest >= 0, took_s, np.nan)
        rows = whole.rows_of(station)
        now = np.searchsorted(own["used_ns"].to_numpy(), whole.t_ns[rows], side="right") - 1
        latency[rows] = np.where(now >= 0, took_s[now], np.nan)
    return latency
