"""What the operator saw: how old the picture was, and how long nothing new came.

A freeze is a gap between pictures longer than three of the camera's periods and than 100 ms, all of which counts, as in
W3C webrtc-stats (`v2x.remote.video.measures`). Only time driven by the operator counts: nobody drives by what is frozen
while the vehicle stops by itself, or stands after that.
"""

from __future__ import annotations

import numpy as np

from v2x.clock import NS_PER_MS, NS_PER_S
from v2x.remote.video.measures import Freezing
from v2x_analysis.measurement import F64, RATIO
from v2x_analysis.remote.driven import NEVER, driven, planned
from v2x_analysis.remote.network import driving_camera
from v2x_analysis.remote.tracked import Observed, Tracked, percentiles
from v2x_analysis.run import Run


def tracked(run: Run) -> dict[str, Tracked]:
    """``remote.aoi_video_ms.*``, ``aoi_command_ms.*``, ``freeze_ratio``, ``longest_freeze_ms``, ``blank_s``."""
    whole = run.derived(driven)
    if whole is None:
        return {}
    ages = whole.observed(run.derived(picture_age_ms), whole.remote)
    gaps, limit_ns = run.derived(picture_gaps), _freeze_ns(run)
    frozen = gaps.values > limit_ns
    lengths_ms = np.where(frozen, gaps.weight, 0.0) * (NS_PER_S / NS_PER_MS)
    # a gap is a freeze from when it is too long
    began = Observed(gaps.t_ns + limit_ns, frozen.astype(np.float64), gaps.station, gaps.weights)
    unseen = "no picture was seen"
    blank = run.derived(blank_steps) & whole.remote
    blank_s = Observed(whole.t_ns[blank], np.full(int(blank.sum()), whole.step_s), whole.station[blank])
    return {
        **percentiles("remote.aoi_video_ms", ages, "ms", unseen),
        **percentiles(
            "remote.aoi_command_ms", whole.observed(whole.numbers("command_age_ms"), whole.remote), "ms", "no command"
        ),
        "remote.freeze_ratio": Tracked(began, "mean", RATIO, empty=unseen),
        "remote.longest_freeze_ms": Tracked(Observed(began.t_ns, lengths_ms, gaps.station), "max", "ms", empty=unseen),
        "remote.blank_s": Tracked(
            blank_s, "sum", "s", exposure=float(len(ages.values) > 0), empty=unseen, remark="after the first picture"
        ),
    }


def picture_age_ms(run: Run) -> F64:
    """Age of the picture seen last, at each control step, (n,); it grows on while the screen is blank."""
    whole = run.derived(driven)
    assert whole is not None
    age_ms = whole.numbers("frame_age_ms")
    known = np.where(np.isnan(age_ms), -1, np.arange(len(age_ms)))
    last = np.maximum.accumulate(known)
    same = (last >= 0) & (whole.station[last] == whole.station)
    since_ms = (whole.t_ns - whole.t_ns[last]) / NS_PER_MS
    return np.asarray(np.where(same, age_ms[last] + since_ms, np.nan))


def blank_steps(run: Run) -> np.ndarray:
    """Control steps at which the screen was blank after it had shown something, (n,)."""
    whole = run.derived(driven)
    assert whole is not None
    return np.isnan(whole.numbers("frame_age_ms")) & ~np.isnan(run.derived(picture_age_ms))


def picture_gaps(run: Run) -> Observed:
    """Time from each picture seen to the next, ns, or to the vehicle's last control step.

    Of a run that was cut short the newest pictures have no rows yet, so it ends with the last one that has. Weighted by
    how much of it, in seconds, was driven by the operator; gaps without any are left out.
    """
    whole = run.derived(driven)
    assert whole is not None
    rows = run.derived(driving_camera)
    begins, lengths, stations, counts = [], [], [], []
    for station in range(len(whole.stations)):
        own = rows[(rows["place"] == station) & (rows["shown_ns"] != NEVER)]
        seen = np.unique(own["shown_ns"].to_numpy(np.int64))
        t_ns = whole.t_ns[whole.rows_of(station)]
        end_ns = t_ns[-1] if run.manifest["status"] == "complete" else min(t_ns[-1], seen.max(initial=0))
        seen = seen[seen < end_ns]
        ends = np.append(seen[1:], end_ns) if len(seen) else seen
        driven_s = np.cumsum(whole.remote[whole.rows_of(station)].astype(np.float64)) * whole.step_s
        begins.append(seen)
        lengths.append(ends - seen)
        stations.append(np.full(len(seen), station))
        counts.append(np.interp(ends, t_ns, driven_s) - np.interp(seen, t_ns, driven_s))
    begin_ns, length_ns, place, weight_s = (np.concatenate(column) for column in (begins, lengths, stations, counts))
    gaps = Observed(begin_ns, length_ns.astype(np.float64), place, weight_s.astype(np.float64))
    return gaps.of(gaps.weight > 0.0)


def _freeze_ns(run: Run) -> int:
    rule = Freezing()
    return round(max(rule.frames * NS_PER_S / run.derived(planned).video.fps, rule.least_ms * NS_PER_MS))
