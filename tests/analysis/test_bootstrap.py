"""Intervals: right for known distributions, the same each time, honest about what was never seen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x_analysis.bootstrap import RESAMPLES, interval
from v2x_analysis.measurement import Measurement, count, mean, quantiles


def means(units: int, each: int, seed: int) -> Measurement:
    """A sample whose units have their own level: observations of a unit depend on each other."""
    luck = np.random.default_rng(seed)
    level = np.repeat(luck.normal(10.0, 1.0, units), each)
    return mean(level + luck.normal(0.0, 0.1, units * each), "ms", {"link_block": np.repeat(np.arange(units), each)})


def test_interval_is_that_of_the_units_not_of_the_observations() -> None:
    low, high = interval(means(100, 50, 1), "link_block", 0.95, 1, "x")
    # standard error of a mean of 100 units: 0.1; of 5000 observations taken as independent it would be 0.014
    assert (high - low) / 2 == pytest.approx(1.96 * 0.1, rel=0.2)


def test_coverage_of_the_mean() -> None:
    hits = 0
    for seed in range(120):
        low, high = interval(means(40, 3, seed), "link_block", 0.9, seed, "coverage")
        hits += low <= 10.0 <= high
    assert 0.80 <= hits / 120 <= 0.97  # 0.90 nominal, binomial spread 0.027, small-sample loss a point or two


def test_quantile_interval_covers_the_true_quantile() -> None:
    luck = np.random.default_rng(5)
    values = luck.exponential(10.0, 20_000)
    sample = quantiles(values, "ms", {"link_block": np.arange(20_000) // 10}, (95,))["p95"]
    low, high = interval(sample, "link_block", 0.95, 3, "p95")
    truth = 10.0 * np.log(20.0)
    assert low < truth < high
    # asymptotic: sqrt(q (1 - q) / n) / density
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(0.95 * 0.05 / 20_000) / (0.05 / 10.0), rel=0.25)


def test_resampled_quantile_equals_numpy_for_small_samples() -> None:
    values = np.array([5.0, 1.0, 4.0, 2.0, 3.0])
    sample = quantiles(values, "ms", {"run": np.zeros(5)}, (50, 95))
    assert sample["p50"].value == 3.0
    assert sample["p95"].value == 5.0
    assert interval(sample["p50"], "run", 0.95, 1, "x") == (3.0, 3.0)  # one unit: every resample is the sample


def test_same_seed_same_interval_other_seed_another() -> None:
    sample = means(30, 4, 2)
    first = interval(sample, "link_block", 0.95, 7, "link.pdr")
    assert first == interval(sample, "link_block", 0.95, 7, "link.pdr")
    assert first != interval(sample, "link_block", 0.95, 8, "link.pdr")
    assert first != interval(sample, "link_block", 0.95, 7, "link.irt")


@pytest.mark.parametrize("units", [5, 20, 100])
@pytest.mark.parametrize(("kind", "at_once"), [("link_block", 0.1), ("station", 1.0)])
def test_what_never_happened_is_bounded_by_the_number_of_units(units: int, kind: str, at_once: float) -> None:
    labels = {kind: np.repeat(np.arange(units), 100)}
    none = interval(mean(np.zeros(units * 100), "ratio", labels), kind, 0.95, 1, "loss")
    every = interval(mean(np.ones(units * 100), "ratio", labels), kind, 0.95, 1, "pdr")
    margin = at_once * (1 - 0.05 ** (1 / units))
    assert none == (0.0, pytest.approx(margin))
    assert every == (pytest.approx(1 - margin), 1.0)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.floats(0.0, 1.0), min_size=2, max_size=60),
    st.integers(1, 10),
    st.sampled_from([None, 0.5, 0.95]),
)
def test_interval_lies_within_the_observations(values: list[float], units: int, quantile: float | None) -> None:
    labels = {"link_block": np.arange(len(values)) % units}
    if quantile is None:
        measured = mean(values, "ms", labels)
    else:
        measured = quantiles(values, "ms", labels, (round(quantile * 100),))[f"p{quantile * 100:.0f}"]
    low, high = interval(measured, "link_block", 0.95, 1, "x")
    assert min(values) - 1e-12 <= low <= high <= max(values) + 1e-12


def test_many_units_are_dealt_into_groups() -> None:
    measured = means(5000, 1, 9)
    low, high = interval(measured, "link_block", 0.95, 1, "x")
    assert high - low == pytest.approx(2 * 1.96 / np.sqrt(5000), rel=0.2)
    assert RESAMPLES == 2000


def test_a_count_has_no_interval() -> None:
    with pytest.raises(ValueError, match="exact"):
        interval(count(3), "run", 0.95, 1, "x")
