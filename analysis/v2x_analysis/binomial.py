"""Exact binomial bounds on a share whose observations come in blocks that depend on each other.

Clopper and Pearson's interval (1934), on the effective sample of Korn and Graubard, *Confidence intervals for
proportions with small expected number of positive counts estimated from survey data*, Survey Methodology 24 (1998):
as many independent observations as would scatter like the blocks do, fewer where there are few blocks to tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log

import numpy as np
from scipy.special import betaincinv, gammaincinv, stdtrit

from v2x_analysis.measurement import F64


@dataclass(frozen=True)
class Exact:
    """Bounds on a share, and how many independent observations they rest on."""

    low: float
    high: float
    effective: float


def exact_interval(successes: F64, tries: F64, at_most: int, confidence: float) -> Exact | None:
    """Interval of the share of successes.

    Parameters
    ----------
    successes, tries
        Of each block, (u,); every block has tries.
    at_most
        Largest effective sample to believe in, at least one a block: where nothing fails the blocks do not tell how
        failures cluster.
    confidence
        Two-sided, e.g. 0.95. Where all succeed, or none, only one end is open and takes all of the error, so that n
        clean observations show a failure rate below 3/n at 95 %.

    Returns
    -------
    Exact or None
        None with fewer than two blocks.
    """
    blocks, total = len(tries), float(tries.sum())
    if blocks < 2:
        return None
    share = float(successes.sum()) / total
    variance = blocks / (blocks - 1) * float(((successes - share * tries) ** 2).sum()) / total**2
    scattered = share * (1.0 - share) / variance if variance > 0.0 else np.inf
    tail = (1.0 - confidence) / 2.0
    few = float(stdtrit(at_most - 1, tail) / stdtrit(blocks - 1, tail)) ** 2
    n = min(at_most, scattered) * few
    return Exact(*clopper_pearson(share * n, n, confidence), n)


def clopper_pearson(successes: float, tries: float, confidence: float) -> tuple[float, float]:
    """Exact interval of a share from independent tries, as `exact_interval` describes it; tries need not be whole."""
    if successes in (0.0, tries):
        unseen = 1.0 - (1.0 - confidence) ** (1.0 / tries)
        return (0.0, unseen) if successes == 0.0 else (1.0 - unseen, 1.0)
    tail = (1.0 - confidence) / 2.0
    low = float(betaincinv(successes, tries - successes + 1.0, tail))
    return low, float(betaincinv(successes + 1.0, tries - successes, 1.0 - tail))


def poisson_rate(events: int, exposure: float, confidence: float) -> tuple[float, float]:
    """Exact interval of a rate of independent events (Garwood 1936); without an event the error is all above."""
    tail = 1.0 - confidence if events == 0 else (1.0 - confidence) / 2.0
    low = float(gammaincinv(events, tail)) if events else 0.0
    return low / exposure, float(gammaincinv(events + 1.0, 1.0 - tail)) / exposure


def clean_sample(share: float, confidence: float) -> int:
    """How many independent observations without a failure show that at least ``share`` succeed: 299 572 for 0.99999."""
    return ceil(log(1.0 - confidence) / log(share))
