"""Steering reversals: how often the wheel is turned back by more than a gap.

Markkula and Engström, *A Steering Wheel Reversal Rate Metric for Assessing Effects of Visual and Cognitive Secondary
Task Load*, 13th ITS World Congress (2006), which SAE J2944 (2015) took over: low-pass the wheel's angle by a
Butterworth filter of second order, forwards and backwards; take its stationary points; count those ways between two of
them, in either direction, that are larger than the gap.
"""

from __future__ import annotations

import numpy as np

from v2x_analysis.measurement import F64, I64

#: Angle of the wheel over that of the front wheels: as the gains of the operator models have it. Assumed.
STEERING_RATIO = 16.0

#: Cut-off of the filter, Hz, and the gap, degrees at the wheel: their setting for visual load.
CUTOFF_HZ, GAP_DEG = 0.6, 3.0

#: A shorter stretch has no reversals to speak of, s; the filter needs some as well. Assumed.
LEAST_S = 2.0


def reversals(wheel_deg: F64, step_s: float) -> I64:
    """At which samples a reversal is complete.

    Parameters
    ----------
    wheel_deg
        Angle of the steering wheel, (n,), evenly sampled.
    step_s
        Between samples.

    Returns
    -------
    array
        Indices, ascending, (k,); none of a stretch shorter than `LEAST_S`.
    """
    if len(wheel_deg) * step_s < LEAST_S:
        return np.zeros(0, np.int64)
    from scipy.signal import butter, filtfilt  # takes half a second, which a run without driven vehicles need not wait

    top, bottom = butter(2, CUTOFF_HZ * 2.0 * step_s)
    smooth = np.asarray(filtfilt(top, bottom, wheel_deg), np.float64)
    turns = np.flatnonzero(np.diff(np.sign(np.diff(smooth))) != 0) + 1
    return np.sort(np.concatenate([_climbs(smooth, turns), _climbs(-smooth, turns)]))


def _climbs(angle: F64, turns: I64) -> I64:
    """Stationary points that lie more than the gap above the lowest one since the last such point."""
    found, lowest = [], np.inf
    for turn in turns:
        if angle[turn] - lowest > GAP_DEG:
            found.append(turn)
            lowest = angle[turn]
        else:
            lowest = min(lowest, angle[turn])
    return np.array(found, np.int64)
