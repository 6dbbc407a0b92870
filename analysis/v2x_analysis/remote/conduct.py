"""How the vehicle went among others and along its way: conflicts, speed, completion."""

from __future__ import annotations

import numpy as np

from v2x.clock import NS_PER_S
from v2x_analysis.measurement import RATIO
from v2x_analysis.remote.driven import Driven, driven, profile_of
from v2x_analysis.remote.stops import FAR_S
from v2x_analysis.remote.told import Told, events
from v2x_analysis.remote.tracked import Observed, Tracked
from v2x_analysis.run import Run

#: Slower than this a vehicle stands, m/s: SUMO's threshold.
STOPPED_MPS = 0.1


def tracked(run: Run) -> dict[str, Tracked]:
    """``remote.min_*ttc_s``, ``collisions``, ``speeding_ratio``, ``over_cap_ratio``, ``completion``, ``time_s``."""
    whole = run.derived(driven)
    if whole is None:
        return {}
    speed_mps, limit_mps, cap_mps = (whole.numbers(name) for name in ("speed_mps", "limit_mps", "cap_mps"))
    above_mps = speed_mps - profile_of(run).settings.speed_tolerance_mps
    moves = (whole.remote | whole.mrm) & (speed_mps > STOPPED_MPS)
    ttc_s, follower_s = whole.numbers("ttc_s"), whole.numbers("follower_ttc_s")
    own = ~(follower_s <= ttc_s)  # whoever is behind closes in, as all do on a queue
    return {
        "remote.min_ttc_s": Tracked(whole.observed(ttc_s, moves & own), "min", "s", bound=FAR_S),
        "remote.min_follower_ttc_s": Tracked(
            whole.observed(follower_s, whole.remote | whole.mrm), "min", "s", bound=FAR_S
        ),
        "remote.collisions": Tracked(_at(_of(run, whole, "collision"), whole), "sum", "1"),
        "remote.speeding_ratio": Tracked(
            whole.observed((above_mps > limit_mps).astype(np.float64), whole.remote), "mean", RATIO,
            empty="nobody drove",
        ),
        "remote.over_cap_ratio": Tracked(
            whole.observed((above_mps > cap_mps).astype(np.float64), whole.remote), "mean", RATIO, empty="nobody drove"
        ),
        **_way(run, whole),
    }  # fmt: skip


def _way(run: Run, whole: Driven) -> dict[str, Tracked]:
    """Share of the way from the start that was driven, of who got least far; and the time of those that arrived."""
    shares, times_s, ends_ns, arrived = [], [], [], []
    station_m = whole.numbers("station_m")
    for station, name in enumerate(whole.stations):
        rows = whole.rows_of(station)
        own = [told for told in run.derived(events) if told.station == name]
        end = next((told for told in own if told.kind == "end"), None)
        course_m = next((told.number("course_m") for told in own if told.kind in ("start", "end")), None)
        end_ns = int(whole.t_ns[rows][-1]) if end is None else end.t_ns
        there = end is not None and end.fields.get("reason") == "arrived"
        if there or course_m:
            start_m, far_m = float(station_m[rows][0]), float(station_m[rows].max())
            shares.append(1.0 if there else min((far_m - start_m) / ((course_m or np.inf) - start_m), 1.0))
            ends_ns.append(end_ns)
        if there:
            begun = whole.t_ns[rows][whole.remote[rows]]
            times_s.append((end_ns - int(begun[0])) / NS_PER_S if len(begun) else 0.0)
            arrived.append((end_ns, station))
    completed = Observed(np.array(ends_ns, np.int64), np.array(shares), np.arange(len(shares)))
    took = Observed(
        np.array([end_ns for end_ns, _ in arrived], np.int64), np.array(times_s),
        np.array([station for _, station in arrived], np.int64),
    )  # fmt: skip
    return {
        "remote.completion": Tracked(completed, "min", RATIO, empty="the course's length is not known"),
        "remote.time_s": Tracked(took, "mean", "s", empty="nobody arrived"),
    }


def _of(run: Run, whole: Driven, kind: str) -> list[Told]:
    return [told for told in run.derived(events) if told.kind == kind and told.station in whole.stations]


def _at(told: list[Told], whole: Driven) -> Observed:
    """One for each event."""
    t_ns = np.array([each.t_ns for each in told], np.int64)
    station = np.array([whole.stations.index(each.station) for each in told], np.int64)
    return Observed(t_ns, np.ones(len(told)), station)
