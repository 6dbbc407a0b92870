"""What the operator saw: how old the picture was, and how long nothing new came.

A freeze is a gap between pictures longer than three of the camera's periods and than 100 ms, all of which counts, as in
W3C webrtc-stats (`v2x.remote.video.measures`). The time from the first picture to the run's last control step counts.
"""

from __future__ import annotations

import numpy as np

from v2x.clock import NS_PER_MS, NS_PER_S
from v2x.remote.video.measures import Freezing
from v2x_analysis.measurement import F64, RATIO
from v2x_analysis.remote.driven import NEVER, Driven, driven, planned
from v2x_analysis.remote.network import driving_camera
from v2x_analysis.remote.tracked import Observed, Tracked, percentiles
from v2x_analysis.run import Run


def tracked(run: Run) -> dict[str, Tracked]:
    """``remote.aoi_video_ms.*``, ``aoi_command_ms.*``, ``freeze_ratio``, ``longest_freeze_ms``, ``blank_s``."""
    whole = run.derived(driven)
    if whole is None:
        return {}
    ages = whole.observed(run.derived(picture_age_ms), whole.remote)
    gaps = run.derived(picture_gaps)
    limit_ns = _freeze_ns(run)
    frozen = gaps.values > limit_ns
    lengths_ms = np.where(frozen, gaps.values, 0.0) / NS_PER_MS
    # a gap is a freeze from when it is too long
    began = Observed(gaps.t_ns + limit_ns, frozen.astype(np.float64), gaps.station, gaps.values / NS_PER_S)
    unseen = "no picture was seen"
    blank = run.derived(blank_steps)
    times = np.full(int(blank.sum()), whole.step_s)
    return {
        **percentiles("remote.aoi_video_ms", ages, "ms", unseen),
        **percentiles(
            "remote.aoi_command_ms", whole.observed(whole.numbers("command_age_ms"), whole.remote), "ms", "no command"
        ),
        "remote.freeze_ratio": Tracked(began, "mean", RATIO, empty=unseen),
        "remote.longest_freeze_ms": Tracked(Observed(began.t_ns, lengths_ms, gaps.station), "max", "ms", empty=unseen),
        "remote.blank_s": Tracked(
            Observed(whole.t_ns[blank], times, whole.station[blank]), "sum", "s", remark="after the first picture"
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
    """Time from each picture that was seen to the next, ns, or to the vehicle's last control step."""
    whole = run.derived(driven)
    assert whole is not None
    rows = run.derived(driving_camera)
    begins, lengths, stations = [], [], []
    for station in range(len(whole.stations)):
        own = rows[(rows["place"] == station) & (rows["shown_ns"] != NEVER)]
        seen = np.unique(own["shown_ns"].to_numpy(np.int64))
        seen = seen[seen < _end_ns(whole, station)]
        begins.append(seen)
        lengths.append(np.diff(np.r_[seen, _end_ns(whole, station)]) if len(seen) else seen)
        stations.append(np.full(len(seen), station))
    return Observed(np.concatenate(begins), np.concatenate(lengths).astype(np.float64), np.concatenate(stations))


def _end_ns(whole: Driven, station: int) -> int:
    return int(whole.t_ns[whole.rows_of(station)][-1])


def _freeze_ns(run: Run) -> int:
    rule = Freezing()
    return round(max(rule.frames * NS_PER_S / run.derived(planned).video.fps, rule.least_ms * NS_PER_MS))
