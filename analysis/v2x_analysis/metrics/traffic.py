"""Traffic: how many, how fast, how much time lost, and what the simulator counted. Figures of this one run, exact."""

from __future__ import annotations

import numpy as np
import pandas as pd

from v2x_analysis.measurement import RATIO, Measurement, absent, count
from v2x_analysis.run import Run

#: Kinds that count as vehicles.
VEHICLES = ("car", "bus", "truck")

#: SUMO's threshold for a waiting vehicle, m/s.
STOPPED_MPS = 0.1

#: Free speed of a lane: this quantile of the vehicle speeds seen on it. FHWA's Urban Congestion Report takes the
#: 85th percentile of off-peak speeds; taking the run's own speeds is assumed.
FREE_SPEED_QUANTILE = 0.85

#: Simulator's counts that are always listed.
ALWAYS = ("teleports", "collisions")


def summary(run: Run) -> dict[str, Measurement]:
    """``traffic.*``: vehicles, mean speed, stopped share, time lost, and the simulator's own statistics."""
    vehicles = run.derived(vehicle_states)
    result = {
        "traffic.road_users": count(run.states["id"].nunique(), n=len(run.states)),
        "traffic.vehicles": count(vehicles["id"].nunique(), n=len(vehicles)),
        "traffic.mean_speed_mps": _mean(vehicles["speed_mps"], "m/s"),
        "traffic.stopped_share": _mean(vehicles["speed_mps"] < STOPPED_MPS, RATIO),
        "traffic.time_loss_share": _mean(_time_loss(vehicles), RATIO),
    }
    statistics = run.about.statistics or {}
    for name in sorted({*ALWAYS, *statistics}):
        value = statistics.get(name)
        result[f"traffic.{name}"] = absent("1") if value is None else count(value)
    return result


def vehicle_states(run: Run) -> pd.DataFrame:
    """Rows of ``states`` of motor vehicles."""
    return run.states[run.states["type"].isin(VEHICLES)]


def _time_loss(vehicles: pd.DataFrame) -> pd.Series[float]:
    """Share of each step lost against driving at the lane's free speed."""
    by_lane = vehicles.groupby("lane", observed=True)["speed_mps"]
    free = vehicles["lane"].map(by_lane.quantile(FREE_SPEED_QUANTILE)).astype(np.float64)
    return (1.0 - vehicles["speed_mps"] / free.clip(lower=STOPPED_MPS)).clip(lower=0.0)


def _mean(column: pd.Series[float] | pd.Series[bool], unit: str) -> Measurement:
    return count(float(column.mean()), unit, len(column)) if len(column) else absent(unit)
