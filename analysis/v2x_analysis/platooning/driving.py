"""How members drive: comfort, the share of time in each mode, at the vehicle's limits, and under a safety layer."""

from __future__ import annotations

import numpy as np

from v2x_analysis.measurement import RATIO, Measured, absent, count
from v2x_analysis.platooning.grid import Grid, grid
from v2x_analysis.run import Run


def figures(run: Run) -> dict[str, Measured]:
    """``platoon.max_accel_mps2``, ``jerk_*``, ``mode_share.*``, ``limited_share``, ``override_share``."""
    whole = run.derived(grid)
    if whole is None or not whole.follower.any():
        return {}
    return {**_comfort(whole), **_modes(whole), **_limits(whole)}


def _comfort(whole: Grid) -> dict[str, Measured]:
    accel_mps2 = np.where(whole.follower, whole.numbers("accel_mps2"), np.nan)
    jerk_mps3 = np.diff(accel_mps2, axis=0) / (whole.step_s or np.nan)
    # Brakes of a vehicle that stands let go at once, within two control steps: that jump is the model's, not comfort.
    moves = whole.numbers("speed_mps")[1:] > 0.0
    jerk_mps3 = jerk_mps3[moves & ~np.isnan(jerk_mps3)]
    n = len(jerk_mps3)
    return {
        "platoon.max_accel_mps2": count(float(np.nanmax(np.abs(accel_mps2))), "m/s^2", int(whole.follower.sum())),
        "platoon.jerk_mps3.rms": count(float(np.sqrt((jerk_mps3**2).mean())), "m/s^3", n) if n else absent("m/s^3"),
        "platoon.jerk_mps3.max": count(float(np.abs(jerk_mps3).max()), "m/s^3", n) if n else absent("m/s^3"),
    }


def _modes(whole: Grid) -> dict[str, Measured]:
    codes, names = whole.texts("mode")
    times = np.bincount(codes[whole.follower & (codes >= 0)], minlength=len(names))
    return {
        f"platoon.mode_share.{name}": count(share, RATIO, int(times.sum()))
        for name, share in zip(names, times / max(times.sum(), 1), strict=True)
        if share > 0.0
    }


def _limits(whole: Grid) -> dict[str, Measured]:
    n = int(whole.follower.sum())
    codes, names = whole.texts("override")
    result: dict[str, Measured] = {
        "platoon.limited_share": count(float(whole.flags("limited")[whole.follower].mean()), RATIO, n),
        "platoon.override_share": count(float((codes[whole.follower] >= 0).mean()), RATIO, n),
    }
    for code, name in enumerate(names):
        share = float((codes[whole.follower] == code).mean())
        if share > 0.0:
            result[f"platoon.override_share.{name}"] = count(share, RATIO, n)
    return result
