"""How large a difference is and how sure: of paired samples by Student's t, of single runs by their own intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import nctdtrinc
from scipy.stats import chi2
from scipy.stats import t as student

from v2x_analysis.measurement import F64

#: Of all intervals here, two-sided.
CONFIDENCE = 0.95
_TAIL = (1.0 - CONFIDENCE) / 2.0

#: Up to which t the noncentral distribution is inverted: beyond, that takes minutes and tells nothing else.
_NEAR = 100.0

#: What `paired` tells of each figure.
EFFECT_COLUMNS = ("n", "difference", "low", "high", "effect", "effect_low", "effect_high")


def paired(differences: pd.DataFrame) -> pd.DataFrame:
    """Mean differences of paired samples, and how large they are beside their scatter.

    The interval of the mean is Student's, over the differences. The effect is Cohen's d_z, the mean over the standard
    deviation of the differences (Cohen, *Statistical Power Analysis for the Behavioral Sciences*, 1988, p. 48; Lakens,
    Frontiers in Psychology 4:863, 2013, eq. 7), and its interval that of the noncentrality of t, divided by the root of
    the number of pairs (Cumming, Finch, Educational and Psychological Measurement 61, 2001). All cited from memory.

    Parameters
    ----------
    differences
        One row an independent pair, one column a figure, (pairs, figures); not a number where a pair has none.

    Returns
    -------
    DataFrame
        `EFFECT_COLUMNS` by figure. No interval of less than two pairs; no effect where nothing scatters.
    """
    values = differences.to_numpy(np.float64)
    n = np.isfinite(values).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.nansum(values, axis=0) / n
        # differences that are all the same scatter by their rounding alone
        squares = np.nansum((values - mean) ** 2, axis=0)
        spread = np.sqrt(np.where(squares > n * (1e-12 * mean) ** 2, squares, 0.0) / (n - 1))
        margin = student.ppf(1.0 - _TAIL, n - 1) * spread / np.sqrt(n)
        effect = np.where(spread > 0.0, mean / spread, np.nan)
        low, high = _effect_interval(effect, n)
    columns = (n, mean, mean - margin, mean + margin, effect, low, high)
    return pd.DataFrame(dict(zip(EFFECT_COLUMNS, columns, strict=True)), differences.columns)


def between(
    value_a: float, ends_a: tuple[float, float], value_b: float, ends_b: tuple[float, float]
) -> tuple[float, float]:
    """Interval of the difference B - A of two independent figures, from the interval of each.

    By the method of variance estimates recovery (Newcombe, Statistics in Medicine 17, 1998, method 10; Zou, Donner,
    Statistics in Medicine 27, 2008; cited from memory). Runs of the same seed have much in common; then it is too wide.
    """
    difference = value_b - value_a
    down = np.hypot(value_b - ends_b[0], ends_a[1] - value_a)
    up = np.hypot(ends_b[1] - value_b, value_a - ends_a[0])
    return difference - float(down), difference + float(up)


def _effect_interval(effect: F64, n: F64) -> tuple[F64, F64]:
    root, freedom = np.sqrt(n), n - 1.0
    statistic = effect * root
    near = np.where(np.abs(statistic) <= _NEAR, statistic, np.nan)
    ends = []
    for tail in (1.0 - _TAIL, _TAIL):
        exact = nctdtrinc(freedom, tail, near) / root
        # far out, only the standard deviation is uncertain
        scale = np.sqrt(chi2.ppf(np.where(effect > 0.0, 1.0 - tail, tail), freedom) / freedom)
        ends.append(np.where(np.isnan(near), effect * scale, exact))
    return ends[0], ends[1]
