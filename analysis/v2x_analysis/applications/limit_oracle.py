"""The truth about speed limits: what held where the subject was, by the field's lanes and the scenario's notices."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan

import numpy as np

from v2x.clock import NS_PER_S
from v2x.scenario.use_cases import use_case
from v2x_analysis.applications.lanes import in_lanes
from v2x_analysis.applications.oracles import Hazards
from v2x_analysis.applications.place_oracles import ahead_m, holds
from v2x_analysis.applications.surroundings import Surroundings


@dataclass(frozen=True)
class _Limit:
    """Bars of SLW."""

    slack_mps: float
    margin_m: float
    over_mps: float
    lasts_s: float


def slw(around: Surroundings) -> Hazards:
    """Faster than the lowest limit near by: an alert is justified; than the highest, and for a while: required.

    An announced limit takes the place of the lanes'. At once a conflict: there is no time to it.
    """
    bars = use_case("slw").oracle_settings(_Limit)
    low_mps, high_mps = np.full(len(around.t_ns), np.inf), np.full(len(around.t_ns), -np.inf)
    for found in in_lanes(around):
        if not isnan(found.lane.speed_limit_mps):
            low_mps[found.step] = np.minimum(low_mps[found.step], found.lane.speed_limit_mps)
            high_mps[found.step] = np.maximum(high_mps[found.step], found.lane.speed_limit_mps)
    for notice in around.run.plan.notices:
        if notice.speed_limit_mps is None:
            continue
        maybe = holds(around, notice) & (ahead_m(around, notice, bars.margin_m) <= bars.margin_m)
        surely = holds(around, notice) & (ahead_m(around, notice, 0.0) == 0.0)
        low_mps[maybe] = np.minimum(low_mps[maybe], notice.speed_limit_mps)
        high_mps[surely] = notice.speed_limit_mps
    high_mps = np.where(np.isfinite(high_mps), high_mps, np.inf)
    hazard = np.flatnonzero(around.speed_mps > low_mps - bars.slack_mps)
    over = around.speed_mps > high_mps + bars.over_mps
    begins = np.flatnonzero(over & ~np.r_[False, over[:-1]])
    since = np.maximum.accumulate(np.where(np.isin(np.arange(len(over)), begins), np.arange(len(over)), 0))
    lasting = over & (around.t_ns - around.t_ns[since] >= bars.lasts_s * NS_PER_S)
    return Hazards.of(hazard, np.zeros(len(hazard)), lasting[hazard])
