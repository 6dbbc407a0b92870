"""Gaps: how well they are kept, how small they get, and what came of it.

Time to collision and what is made of it: Hayward (1972); Minderhoud and Bovy, *Extended time-to-collision measures for
road traffic safety assessment*, Accident Analysis and Prevention 33 (2001). Both from memory.
"""

from __future__ import annotations

import numpy as np

from v2x_analysis.measurement import F64, Measured, absent, count, counts
from v2x_analysis.platooning.grid import NOTHING, Grid, grid, platoons, sampled
from v2x_analysis.run import Run

#: A time to collision below this counts as exposure, s: value of Minderhoud and Bovy, from memory.
CRITICAL_TTC_S = 3.0

#: Below this speed a time gap means nothing, m/s. Assumed.
MOVING_MPS = 1.0

#: The closing speed to a vehicle that is no member is told from the gap over so many control steps, since the traffic
#: simulator moves it in larger ones.
_STRANGER_STEPS = 10


def figures(run: Run) -> dict[str, Measured]:
    """``platoon.*_gap_*``, ``spacing_error_m``, ``time_gap_s``, time to collision and collisions, of the followers."""
    whole = run.derived(grid)
    if whole is None:
        return {}
    return {**_kept(whole), **_smallest(whole), **_conflicts(run, whole), **_collisions(run, whole)}


def closing_mps(run: Run) -> F64:
    """Speed at which each member nears the vehicle ahead, (steps, members); NaN where there is none."""
    whole = run.derived(grid)
    assert whole is not None
    speed_mps, gap_m = whole.numbers("speed_mps"), whole.numbers("gap_m")
    member_ahead = whole.ahead != NOTHING
    ahead_mps = np.take_along_axis(speed_mps, np.where(member_ahead, whole.ahead, 0), axis=1)
    names = whole.texts("ahead")[0]
    closing = np.full(speed_mps.shape, np.nan)
    closing[_STRANGER_STEPS:] = np.where(
        names[_STRANGER_STEPS:] == names[:-_STRANGER_STEPS],
        (gap_m[:-_STRANGER_STEPS] - gap_m[_STRANGER_STEPS:]) / (_STRANGER_STEPS * whole.step_s or np.nan),
        np.nan,
    )
    return np.asarray(np.where(member_ahead, speed_mps - ahead_mps, np.where(names != NOTHING, closing, np.nan)))


def time_gaps_s(whole: Grid) -> F64:
    """Time gap of each follower that moves, (steps, members); NaN of all else."""
    speed_mps = whole.numbers("speed_mps")
    moving = whole.follower & (speed_mps > MOVING_MPS)
    gaps = np.full(speed_mps.shape, np.nan)
    np.divide(whole.numbers("gap_m"), speed_mps, out=gaps, where=moving)
    return gaps


def _kept(whole: Grid) -> dict[str, Measured]:
    """How well followers keep the gap that they want."""
    error_m = np.where(whole.follower, np.abs(whole.numbers("spacing_error_m")), np.nan)
    known = error_m[~np.isnan(error_m)]
    if not len(known):
        return {f"platoon.spacing_error_m.{part}": absent("m") for part in ("rms", "p95", "max")}
    return {
        "platoon.spacing_error_m.rms": count(float(np.sqrt((known**2).mean())), "m", len(known)),
        "platoon.spacing_error_m.p95": sampled(whole, error_m, "m", (95,))["p95"],
        "platoon.spacing_error_m.max": count(float(known.max()), "m", len(known)),
    }


def _smallest(whole: Grid) -> dict[str, Measured]:
    gap_m = np.where(whole.follower, whole.numbers("gap_m"), np.nan)
    time_gap_s = time_gaps_s(whole)
    result: dict[str, Measured] = {
        "platoon.min_gap_m": _lowest(gap_m, "m"),
        "platoon.time_gap_s.min": _lowest(time_gap_s, "s"),
    }
    for part, measurement in sampled(whole, time_gap_s, "s", (5, 50, 95)).items():
        result[f"platoon.time_gap_s.{part}"] = measurement
    numbers = platoons(whole)
    if len(numbers) > 1:
        lows = [np.min(gap_m, where=(whole.platoon == number) & ~np.isnan(gap_m), initial=np.inf) for number in numbers]
        result["platoon.min_gap_m.by_platoon"] = counts(lows, "m")
    return result


def _conflicts(run: Run, whole: Grid) -> dict[str, Measured]:
    """Smallest time to collision, braking needed, and exposure to times below `CRITICAL_TTC_S`."""
    closing, gap_m = run.derived(closing_mps), whole.numbers("gap_m")
    nears = whole.follower & (closing > 0.0) & (gap_m > 0.0)
    ttc_s = gap_m[nears] / closing[nears]
    needed_mps2 = closing[nears] ** 2 / (2.0 * gap_m[nears])
    critical_s = ttc_s[ttc_s < CRITICAL_TTC_S]
    n = int(whole.follower.sum())
    return {
        "platoon.min_ttc_s": count(float(ttc_s.min()), "s", n) if len(ttc_s) else absent("s", "nobody closed in"),
        "platoon.max_drac_mps2": count(float(needed_mps2.max(initial=0.0)), "m/s^2", n),
        "platoon.tet_s": count(len(critical_s) * whole.step_s, "s", n),
        "platoon.tit_s2": count(float((CRITICAL_TTC_S - critical_s).sum()) * whole.step_s, "s^2", n),
    }


def _collisions(run: Run, whole: Grid) -> dict[str, Measured]:
    """Pairs that touched, each counted once, and how fast the first time; leaders count with whoever was ahead."""
    touch = np.nan_to_num(whole.numbers("gap_m"), nan=1.0) <= 0.0
    step, member = np.nonzero(touch)
    codes = whole.texts("ahead")[0][step, member]
    _, first = np.unique(member * (codes.max(initial=0) + 2) + codes, return_index=True)
    speeds = run.derived(closing_mps)[step[first], member[first]]
    members = int(whole.present.any(axis=0).sum())
    result: dict[str, Measured] = {
        "platoon.collisions": count(len(first), n=members),
        "platoon.impact_speed_mps.max": count(float(np.nanmax(speeds)), "m/s", len(first))
        if len(speeds) and not np.isnan(speeds).all()
        else absent("m/s", "no collision"),
    }
    numbers = platoons(whole)
    if len(numbers) > 1:
        where = whole.platoon[step[first], member[first]]
        result["platoon.collisions.by_platoon"] = counts([(where == number).sum() for number in numbers])
    return result


def _lowest(values: F64, unit: str) -> Measured:
    known = values[~np.isnan(values)]
    return count(float(known.min()), unit, len(known)) if len(known) else absent(unit)
