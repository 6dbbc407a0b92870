"""The stateless Poisson process and the Gilbert-Elliott chain built on it, against theory."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy import stats

from v2x.links.arrivals import Arrivals
from v2x.links.gilbert_elliott import Bursts
from v2x.rng import Stream
from v2x.scenario.model import GilbertElliott

SECOND = 1_000_000_000


def all_arrivals(process: Arrivals, key: int, until_ns: int) -> list[int]:
    """Every arrival of a key in [0, until], found by looking back again and again."""
    found, keys = [], np.array([key], np.uint64)
    at_ns = np.array([until_ns])
    while at_ns[0] >= 0:
        _, at_ns = process.latest(keys, at_ns)
        found.append(int(at_ns[0]))
        at_ns = at_ns - 1
    return found[-2::-1]


def test_gaps_are_exponential() -> None:
    process = Arrivals(Stream(3, "test"), 2.0)
    times = [all_arrivals(process, key, 250 * SECOND) for key in range(8)]
    gaps_s = np.concatenate([np.diff(row) for row in times]) / SECOND
    assert stats.kstest(gaps_s, "expon", args=(0, 0.5)).pvalue > 0.001
    assert abs(np.corrcoef(gaps_s[:-1], gaps_s[1:])[0, 1]) < 4 / np.sqrt(len(gaps_s))
    # and as many as there should be: a lost or a doubled arrival at a cell's border would show here
    assert sum(map(len, times)) == pytest.approx(4000, abs=4 * np.sqrt(4000))


@settings(deadline=None)
@given(key=st.integers(0, 2**63), t_ns=st.lists(st.integers(-5 * SECOND, 50 * SECOND), min_size=1, max_size=20))
def test_any_question_gives_the_same_process(key: int, t_ns: list[int]) -> None:
    process = Arrivals(Stream(1, "test"), 3.0)
    known = np.array(all_arrivals(process, key, 50 * SECOND))
    asked = np.array([t for t in t_ns if t >= known[0]], np.int64)
    _, found = process.latest(np.full(len(asked), key, np.uint64), asked)
    assert np.array_equal(found, known[np.searchsorted(known, asked, side="right") - 1])


@pytest.fixture(scope="module")
def chain() -> np.ndarray:
    """States of 400 links at 10 ms steps for 40 s, mean times 1 s good and 0.25 s bad, asked in scrambled order."""
    bursts = Bursts(GilbertElliott(mean_good_s=1.0, mean_bad_s=0.25), seed=5)
    link = Stream(1, "link").bits(np.arange(400))
    link, t_ns = (column.ravel() for column in np.meshgrid(link, np.arange(4000) * (SECOND // 100), indexing="ij"))
    order = np.random.default_rng(0).permutation(len(link))
    state = np.empty(len(link), bool)
    state[order] = bursts.bad(link[order], t_ns[order])
    return state.reshape(400, 4000)


def test_stationary_share_from_the_first_instant(chain: np.ndarray) -> None:
    assert chain[:, 0].mean() == pytest.approx(0.2, abs=4 * np.sqrt(0.2 * 0.8 / 400))
    # 0.2 +- 4 sigma; the relaxation time of 0.2 s makes 400 x 40 s worth 40000 independent looks
    assert chain.mean() == pytest.approx(0.2, abs=4 * np.sqrt(0.16 / 40000))


@pytest.mark.parametrize("lag_s", [0.01, 0.05, 0.2, 0.6, 3.0])
def test_transition_over_any_gap(chain: np.ndarray, lag_s: float) -> None:
    lag = round(lag_s * 100)
    relaxed = np.exp(-(1 / 1.0 + 1 / 0.25) * lag_s)
    before, after = chain[:, :-lag], chain[:, lag:]
    assert after[before].mean() == pytest.approx(0.2 + 0.8 * relaxed, abs=0.015)
    assert after[~before].mean() == pytest.approx(0.2 - 0.2 * relaxed, abs=0.01)


def test_burst_lengths(chain: np.ndarray) -> None:
    edges = np.diff(np.pad(chain, ((0, 0), (1, 1))).astype(int), axis=1)
    starts, ends = np.nonzero(edges == 1), np.nonzero(edges == -1)
    whole = (starts[1] > 0) & (ends[1] < chain.shape[1])
    steps = (ends[1] - starts[1])[whole]
    # A chain sampled every 10 ms leaves the bad state with this chance a step: lengths are geometric.
    leave = 0.8 * (1 - np.exp(-5 * 0.01))
    assert steps.mean() == pytest.approx(1 / leave, rel=0.04)
    assert (steps > 25).mean() == pytest.approx((1 - leave) ** 25, abs=0.02)


def test_loss_within_the_states() -> None:
    bursts = Bursts(GilbertElliott(mean_good_s=3.0, mean_bad_s=1.0, loss_good=0.1, loss_bad=0.6), seed=2)
    link, t_ns = Stream(1, "link").bits(np.arange(40_000)), np.full(40_000, 7 * SECOND)
    bad, lost = bursts.bad(link, t_ns), bursts.lost(link, t_ns)
    assert lost[bad].mean() == pytest.approx(0.6, abs=0.02)
    assert lost[~bad].mean() == pytest.approx(0.1, abs=0.01)


def test_a_state_shorter_than_a_subframe_is_refused() -> None:
    with pytest.raises(ValidationError, match="mean_bad_s"):
        GilbertElliott(mean_bad_s=1e-4)
