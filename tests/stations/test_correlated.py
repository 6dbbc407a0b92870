"""The correlated processes against their theory, over independent stations. Bounds are 5 standard errors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from v2x.clock import NS_PER_S
from v2x.rng import Stream
from v2x.stations.correlated import LEAF_S, GaussMarkov, RandomWalk

N = 40_000
KEYS = Stream(1, "test.keys").bits(np.arange(N))
ANYWHEN = (Stream(1, "test.times").uniform(np.arange(N)) * 3600 * NS_PER_S).astype(np.int64)


@pytest.mark.parametrize("tau_s", [0.5, 3.0, 20.0, 60.0])
def test_gauss_markov_is_standard_normal_at_any_time(tau_s: float) -> None:
    process = GaussMarkov(2, "test", tau_s)
    for when in (np.zeros(N, np.int64), ANYWHEN, ANYWHEN - 1800 * NS_PER_S):
        values = process.at(KEYS, when)
        assert abs(values.mean()) < 5 / np.sqrt(N)
        assert abs(values.var() - 1.0) < 5 * np.sqrt(2 / N)
        assert stats.kstest(values, "norm").pvalue > 1e-6


@pytest.mark.parametrize("lag_taus", [0.05, 0.3, 1.0, 2.5, 7.0, 9.0])
def test_autocorrelation_is_exponential(lag_taus: float) -> None:
    """Random starting times, so that lags lie within cells and across their nodes."""
    tau_s = 20.0
    process = GaussMarkov(2, "test", tau_s)
    later = process.at(KEYS, ANYWHEN + round(lag_taus * tau_s * NS_PER_S))
    expected = np.exp(-lag_taus)
    correlation = np.corrcoef(process.at(KEYS, ANYWHEN), later)[0, 1]
    assert abs(correlation - expected) < 5 * (1 - expected**2) / np.sqrt(N) + 1e-6


@pytest.mark.parametrize("tau_s", [3.0, 20.0])
def test_increments_over_a_message_period(tau_s: float) -> None:
    """What a receiver sees from one BSM to the next: the increment's variance is 2 (1 - exp(-dt / tau))."""
    process = GaussMarkov(2, "test", tau_s)
    step = process.at(KEYS, ANYWHEN + NS_PER_S // 10) - process.at(KEYS, ANYWHEN)
    expected = 2 * (1 - np.exp(-0.1 / tau_s))
    assert abs(step.var() / expected - 1) < 5 * np.sqrt(2 / N)


def test_two_times_in_one_leaf_are_close() -> None:
    """The documented approximation: covariance short by at most leaf / (2 tau)."""
    process = GaussMarkov(2, "test", 3.0)
    step = process.at(KEYS, ANYWHEN + 1) - process.at(KEYS, ANYWHEN)
    assert step.var() < 2 * LEAF_S / (2 * 3.0)


@pytest.mark.parametrize("length_s", [0.2, 30.0, 100.0])
def test_random_walk_grows_with_time_and_has_independent_increments(length_s: float) -> None:
    walk = RandomWalk(2, "test", length_s)
    end_ns = round(length_s * NS_PER_S)
    assert not walk.at(KEYS, np.zeros(N, np.int64)).any()
    half, whole = (walk.at(KEYS, np.full(N, when)) for when in (end_ns // 2, end_ns))
    assert abs(half.var() / (length_s / 2) - 1) < 5 * np.sqrt(2 / N)
    assert abs(whole.var() / length_s - 1) < 5 * np.sqrt(2 / N)
    assert abs(np.corrcoef(half, whole - half)[0, 1]) < 5 / np.sqrt(N)


@settings(deadline=None)  # the first example waits for the compiler
@given(
    st.lists(st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 10**13)), min_size=1, max_size=20),
    st.permutations(range(20)),
)
def test_order_and_company_do_not_matter(rows: list[tuple[int, int]], shuffle: list[int]) -> None:
    keys = np.array([key for key, _ in rows], np.uint64)
    times = np.array([t for _, t in rows], np.int64)
    order = np.array([i for i in shuffle if i < len(rows)])
    for process in (GaussMarkov(3, "test", 5.0), RandomWalk(3, "test", 10_000.0)):
        together = process.at(keys, times)
        assert np.array_equal(process.at(keys[order], times[order]), together[order])
        alone = [float(process.at(keys[i : i + 1], times[i : i + 1])[0]) for i in range(len(rows))]
        assert alone == together.tolist()


def test_stations_and_purposes_are_independent() -> None:
    a = GaussMarkov(2, "test", 20.0).at(KEYS, ANYWHEN)
    for other in (GaussMarkov(2, "other", 20.0), GaussMarkov(3, "test", 20.0)):
        assert abs(np.corrcoef(a, other.at(KEYS, ANYWHEN))[0, 1]) < 5 / np.sqrt(N)
    neighbours = GaussMarkov(2, "test", 20.0).at(np.arange(N, dtype=np.uint64), np.zeros(N, np.int64))
    assert abs(np.corrcoef(neighbours[:-1], neighbours[1:])[0, 1]) < 5 / np.sqrt(N)


def test_stations_come_and_go_without_a_trace() -> None:
    """Kept blocks are found again by key; a clock ahead of the truth asks for times before the start."""
    rng, process = np.random.default_rng(4), GaussMarkov(2, "test", 3.0)
    for t_ns in range(-NS_PER_S // 2, 4 * NS_PER_S, NS_PER_S // 10):
        keys = KEYS[rng.permutation(50)[: rng.integers(0, 50)]]
        times = t_ns + rng.integers(0, NS_PER_S // 10, len(keys))
        assert np.array_equal(process.at(keys, times), GaussMarkov(2, "test", 3.0).at(keys, times))


@pytest.mark.parametrize("white_sigma", [0.25, 1.0])
def test_white_noise_adds_its_variance_and_no_covariance(white_sigma: float) -> None:
    process = GaussMarkov(2, "test", 3.0)
    now, later = process.at(KEYS, ANYWHEN, white_sigma), process.at(KEYS, ANYWHEN + NS_PER_S // 10, white_sigma)
    variance = 1.0 + white_sigma**2
    assert abs(now.var() / variance - 1) < 5 * np.sqrt(2 / N)
    assert stats.kstest(now / np.sqrt(variance), "norm").pvalue > 1e-6
    expected = np.exp(-0.1 / 3.0) / variance
    assert abs(np.corrcoef(now, later)[0, 1] - expected) < 5 * (1 - expected**2) / np.sqrt(N)
