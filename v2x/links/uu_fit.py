"""Fit of shift + Gamma to published quantiles of a one-way delay."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.optimize import least_squares

from v2x.links.base import F64
from v2x.links.uu_presets import GammaDelay

#: DETERMINISTIC6G, 5G stand-alone at 3.7 GHz, 100 B every 10 ms: cumulative share -> one-way delay in ms.
SA_TRIAL_UPLINK_MS = {0.5: 6.38, 0.99: 9.88, 0.9999: 13.1}
SA_TRIAL_DOWNLINK_MS = {0.5: 5.26, 0.99: 10.8, 0.9999: 14.7}


def fit_quantiles(measured_ms: Mapping[float, float]) -> tuple[GammaDelay, F64]:
    """Least-squares fit of shift >= 0, shape and scale to quantiles.

    Returns
    -------
    law
        The fitted law.
    residual_ms
        Its quantiles less the measured ones, in the mapping's order.
    """
    shares = np.array(list(measured_ms), np.float64)
    target = np.array(list(measured_ms.values()), np.float64)

    def residual(parameters: F64) -> F64:
        return GammaDelay(*parameters).quantile_ms(shares) - target

    start = (target[0] / 2, 4.0, target[0] / 8)
    fit = least_squares(residual, start, bounds=((0.0, 0.1, 1e-3), (target[0], 100.0, 100.0)), xtol=1e-12, ftol=1e-12)
    return GammaDelay(*map(float, fit.x)), residual(fit.x)
