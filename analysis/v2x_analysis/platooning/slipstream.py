"""Fuel of the members against the same drive alone: a slipstream model on the fit to HBEFA that scoring uses.

Read (the abstract): Hussein and Rakha, *Vehicle platooning impact on drag coefficients and energy/fuel saving
implications*, IEEE Trans. Vehicular Technology (2021), arXiv 2001.00560: at 100 km/h and a gap of 0.5 s a platoon
saves 4.5 % (cars), 15.5 % (buses), 7.0 % (trucks) of its fuel; and Zabat, Frascaroli and Browand, *Drag measurements on
2, 3 and 4 car platoons*, SAE 940421 (1994): beyond a gap of about one vehicle length the leader gains nothing. Assumed:
the whole saving is the followers', it goes as one over the gap down to half of that gap and stays so below it, and the
power saved goes with the cube of the speed, as drag does.
"""

from __future__ import annotations

import numpy as np

from v2x_analysis.applications.fuel import ENGINES, Engine, fuel_ml_per_s
from v2x_analysis.measurement import F64, RATIO, Measured, absent, count
from v2x_analysis.platooning.grid import grid
from v2x_analysis.run import Run

#: Kind of vehicle -> share of the fuel that is saved at the reference gap and speed.
SAVED = {"car": 0.045, "bus": 0.155, "truck": 0.070}

#: Speed (100 km/h) and gap (0.5 s at that speed) to which these belong.
AT_MPS, AT_GAP_M = 100.0 / 3.6, 0.5 * 100.0 / 3.6


def saved_ml_per_s(kind: str, engine: Engine, speed_mps: F64, gap_m: F64, burnt_ml_per_s: F64) -> F64:
    """Fuel saved in the slipstream, not more than is burnt; nothing where there is no gap (NaN)."""
    reference = SAVED[kind] * float(fuel_ml_per_s(engine, np.array([AT_MPS]), np.zeros(1))[0])
    nearness = AT_GAP_M / np.maximum(np.nan_to_num(gap_m, nan=np.inf), AT_GAP_M / 2.0)
    return np.asarray(np.minimum(reference * nearness * (speed_mps / AT_MPS) ** 3, burnt_ml_per_s))


def figures(run: Run) -> dict[str, Measured]:
    """``platoon.fuel_ml`` of all members in their slipstreams, and ``platoon.fuel_saved_share`` against none."""
    whole = run.derived(grid)
    if whole is None:
        return {}
    kinds = run.states.drop_duplicates("id").set_index("id")["type"].astype(str)
    speed_mps, accel_mps2 = whole.numbers("speed_mps"), whole.numbers("accel_mps2")
    gap_m = np.where(whole.follower, whole.numbers("gap_m"), np.nan)
    burnt_ml = saved_ml = 0.0
    for column, station in enumerate(whole.stations):
        kind = kinds.get(station, run.plan.platoon.kind if run.plan.platoon else "car")
        engine, there = ENGINES.get(kind), whole.present[:, column]
        if engine is not None:
            speed, accel = speed_mps[there, column], accel_mps2[there, column]
            burnt = fuel_ml_per_s(engine, speed, accel)
            saved = saved_ml_per_s(kind, engine, speed, gap_m[there, column], burnt)
            burnt_ml += float(burnt.sum()) * whole.step_s
            saved_ml += float(saved.sum()) * whole.step_s
    members = len(whole.stations)
    return {
        "platoon.fuel_ml": count(burnt_ml - saved_ml, "ml", members),
        "platoon.fuel_saved_share": count(saved_ml / burnt_ml, RATIO, members) if burnt_ml else absent(RATIO),
    }
