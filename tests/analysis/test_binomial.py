"""Exact bounds: Clopper and Pearson's where observations are independent, wider where they cluster."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from v2x_analysis.binomial import clean_sample, exact_interval


@pytest.mark.parametrize(("failures", "n"), [(1, 1000), (37, 1000), (480, 1000)])
def test_independent_observations_give_clopper_and_pearson(failures: int, n: int) -> None:
    outcome = np.ones(n)
    outcome[:: n // failures][:failures] = 0.0
    assert outcome.sum() == n - failures
    bounds = exact_interval(outcome, np.ones(n), n, 0.95)
    assert bounds is not None
    exact = binomtest(n - failures, n).proportion_ci(0.95, "exact")
    # blocks of one observation: the variance among them is that of the binomial, but for n / (n - 1)
    assert bounds.effective == pytest.approx(n - 1, rel=1e-9)
    assert (bounds.low, bounds.high) == pytest.approx((exact.low, exact.high), abs=2e-4)


def test_clean_observations_follow_the_rule_of_three() -> None:
    needed = clean_sample(0.99999, 0.95)
    assert needed == 299_572
    enough = exact_interval(np.ones(needed), np.ones(needed), needed, 0.95)
    short = exact_interval(np.ones(needed - 1), np.ones(needed - 1), needed - 1, 0.95)
    assert enough is not None and short is not None
    assert enough.low >= 0.99999 > short.low
    assert enough.high == 1.0
    nothing = exact_interval(np.zeros(100), np.ones(100), 100, 0.95)
    assert nothing is not None
    assert (nothing.low, nothing.high) == pytest.approx((0.0, 1.0 - 0.05**0.01))


def test_clustered_failures_count_as_few_observations() -> None:
    tries = np.full(100, 50.0)
    spread = exact_interval(np.full(100, 45.0), tries, 5000, 0.95)
    together = exact_interval(np.where(np.arange(100) < 10, 0.0, 50.0), tries, 5000, 0.95)
    assert spread is not None and together is not None
    assert spread.effective > 1000
    assert together.effective == pytest.approx(99, rel=0.05)  # each block is as good as one observation
    assert together.low < spread.low < 0.9 < spread.high < together.high


def test_few_blocks_widen() -> None:
    """Two blocks of ten seconds say much less than twenty of one, although they hold as many."""
    two = exact_interval(np.full(2, 100.0), np.full(2, 100.0), 20, 0.95)
    twenty = exact_interval(np.full(20, 10.0), np.full(20, 10.0), 20, 0.95)
    assert two is not None and twenty is not None
    assert two.effective < 1.0
    assert twenty.effective == pytest.approx(20.0)
    assert exact_interval(np.ones(1), np.ones(1), 10, 0.95) is None


def coverage(blocks: int, runs: int, *, rare: bool) -> float:
    """How often the bounds hold the truth: blocks of 100 messages in 10 s, each with a reliability of its own."""
    luck, held = np.random.default_rng(blocks), 0
    truth = 0.99 if rare else 0.95
    for _ in range(runs):
        own = np.where(luck.random(blocks) < 0.02, 0.5, 1.0) if rare else luck.beta(9.5, 0.5, blocks)
        bounds = exact_interval(luck.binomial(100, own).astype(float), np.full(blocks, 100.0), 10 * blocks, 0.95)
        assert bounds is not None
        held += bounds.low <= truth <= bounds.high
    return held / runs


def test_bounds_hold_as_often_as_they_say() -> None:
    assert coverage(20, 300, rare=False) >= 0.95


@pytest.mark.validate
def test_documented_coverage() -> None:
    """The figures of docs/scoring.md, also the one that shows the limit."""
    found = [coverage(blocks, 4000, rare=False) for blocks in (6, 20, 60)]
    assert found == pytest.approx([0.998, 0.988, 0.970], abs=0.001)
    assert coverage(60, 4000, rare=True) == pytest.approx(0.69, abs=0.005)
