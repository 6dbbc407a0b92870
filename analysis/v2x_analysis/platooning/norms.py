"""Norms of what passes along a string, for any leader: L2 and L-infinity, over a finite time."""

from __future__ import annotations

import numpy as np

from v2x_analysis.measurement import F64, Measured, counts
from v2x_analysis.platooning.grid import Grid, grid
from v2x_analysis.platooning.strings import Stretch, all_stretches, excitation
from v2x_analysis.run import Run


def figures(run: Run) -> dict[str, Measured]:
    """``platoon.speed_gain_l2`` and alike: norm of a follower's deviation over that of the vehicle ahead.

    Speed deviates from its mean (sinusoid) or from what it was before; acceleration and gap error from zero. Gains of
    the gap error begin with the second follower.
    """
    whole, known = run.derived(grid), run.derived(all_stretches)
    if whole is None or not known:
        return {}
    result: dict[str, Measured] = {}
    for name, column in (("speed", "speed_mps"), ("accel", "accel_mps2"), ("gap_error", "spacing_error_m")):
        ratios = [_norm_ratios(run, whole, each, column) for each in known]
        most = max(len(each[0]) for each in ratios)
        full = np.stack([each for each in ratios if len(each[0]) == most])
        for row, norm in enumerate(("l2", "linf")):
            result[f"platoon.{name}_gain_{norm}"] = counts(full[:, row].mean(axis=0), n=len(full))
    return result


def _norm_ratios(run: Run, whole: Grid, stretch: Stretch, column: str) -> F64:
    """L2 and L-infinity norms over those of the predecessor, (2, n)."""
    values = whole.numbers(column)[stretch.first : stretch.last, stretch.members]
    if column == "speed_mps":
        plan = run.plan.platoon
        swings = plan is not None and excitation(plan).frequency_hz is not None
        values = values - (values.mean(axis=0) if swings else values[0])
    if column == "spacing_error_m":
        values = np.nan_to_num(values[:, 1:])
    sizes = np.stack([np.sqrt((values**2).mean(axis=0)), np.abs(values).max(axis=0)])
    return np.asarray(sizes[:, 1:] / np.where(sizes[:, :-1] > 0.0, sizes[:, :-1], np.nan))
