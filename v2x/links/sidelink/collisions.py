"""How often another packet ruins one, by channel load, distance and signal: the analytic road as a table.

The road of `v2x.links.sidelink.analytic` is evaluated at many densities. Load stands for the channel busy ratio, which
is a function of it (`busy_ratio`). The signal is kept apart from the distance: the distance says how well sender and
interferer hear each other, the signal what a packet can bear; behind a corner they do not go together. Interferers are
a Poisson process along the road instead of one every so many metres.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from v2x.jit import compiled
from v2x.links.base import F64
from v2x.links.sidelink.analytic import LAGS_M, Road, beyond, clashes, interfered

#: Loads of the table, up to a busy ratio of 0.85: beyond, (30) has neighbours avoid different resources and meet less.
LOAD_STEP, LOADS = 0.1, 14
DISTANCE_STEP_M, SIGNAL_STEP_DB = 25.0, 2.0
#: Signals are told apart up to so far above the sensitivity; stronger ones bear no more interference than that.
SIGNALS = 26
#: Interferers stand this far apart in the integral, and no farther away than that.
_SPACING_M, _REACH_M = 5.0, 1000.0


def collision_table(road: Road, farthest_m: float) -> F64:
    """Share of packets lost to others of those that would have arrived, on a kind of road.

    At a given load neither the road's density nor its number of resources matters.

    Returns
    -------
    ndarray of float64, shape (`LOADS` + 1, distances up to ``farthest_m``, `SIGNALS`)
        By load (steps of `LOAD_STEP`), distance (`DISTANCE_STEP_M`) and signal above the sensitivity
        (`SIGNAL_STEP_DB`), all from 0 on.
    """
    places = np.arange(_SPACING_M / 2.0, _REACH_M, _SPACING_M)
    distance_m = np.arange(0.0, farthest_m + DISTANCE_STEP_M, DISTANCE_STEP_M)
    signal_dbm: F64 = road.sensitivity_dbm + SIGNAL_STEP_DB * np.arange(SIGNALS, dtype=np.float64)
    alone = road.bler(signal_dbm - road.noise_dbm)
    ruined = beyond(interfered(road, signal_dbm, road.level_dbm(places)), alone[:, None])
    apart = [np.minimum(np.abs(distance_m[:, None] + side), LAGS_M[-1]) for side in (-places, places)]
    share = np.zeros((LOADS + 1, len(distance_m), SIGNALS))
    for step in range(1, LOADS + 1):
        loaded = replace(road, density_per_m=road.density_per_m * step * LOAD_STEP / road.load)
        for part, chance in clashes(loaded):
            met = sum(np.interp(lag, LAGS_M, np.minimum(chance, 1.0)) for lag in apart) @ ruined.T
            share[step] += part * (1.0 - np.exp(-loaded.density_per_m * _SPACING_M * met))
    return share


@compiled
def collision_share(share: F64, load: float, distance_m: float, above_db: float) -> float:
    """`collision_table` between its points, linear; beyond its ends the last value."""
    load_at = min(max(load / LOAD_STEP, 0.0), share.shape[0] - 1.000001)
    distance_at = min(max(distance_m / DISTANCE_STEP_M, 0.0), share.shape[1] - 1.000001)
    signal_at = min(max(above_db / SIGNAL_STEP_DB, 0.0), share.shape[2] - 1.000001)
    i, j, k = int(load_at), int(distance_at), int(signal_at)
    x, y, z = load_at - i, distance_at - j, signal_at - k
    low = (share[i, j, k] * (1.0 - z) + share[i, j, k + 1] * z) * (1.0 - y)
    low += (share[i, j + 1, k] * (1.0 - z) + share[i, j + 1, k + 1] * z) * y
    high = (share[i + 1, j, k] * (1.0 - z) + share[i + 1, j, k + 1] * z) * (1.0 - y)
    high += (share[i + 1, j + 1, k] * (1.0 - z) + share[i + 1, j + 1, k + 1] * z) * y
    return float(low * (1.0 - x) + high * x)
