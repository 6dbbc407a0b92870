"""The keyed draws against theory. Sample sizes stand in the tests; every bound is a 1e-6 tail or stated."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.special import ndtri

from v2x.rng import OnceAStation, Stream, _mix, _unit, key_of

ALPHA = 1e-6  # chance of a false alarm of each test; the draws are fixed, so a pass is a pass for good
N = 200_000


def _columns() -> dict[str, np.ndarray]:
    stream, counter = Stream(7, "test"), np.arange(N)
    return {
        "counter": stream.uniform(counter),
        "time_in_steps": stream.uniform(key_of("veh1"), counter * 100_000_000),
        "stations": stream.uniform(np.array([key_of(f"veh{i}") for i in range(20_000)], np.uint64)),
        "seeds": np.array([Stream(seed, "test").uniform(1)[0] for seed in range(20_000)]),
    }


@pytest.fixture(scope="module")
def columns() -> dict[str, np.ndarray]:
    return _columns()


@pytest.mark.parametrize("name", ["counter", "time_in_steps", "stations", "seeds"])
def test_uniform_by_chi_square_and_kolmogorov(columns: dict[str, np.ndarray], name: str) -> None:
    draws = columns[name]
    counts = np.histogram(draws, 256, (0.0, 1.0))[0]
    assert stats.chisquare(counts).pvalue > ALPHA
    assert stats.kstest(draws, "uniform").pvalue > ALPHA


@pytest.mark.parametrize("lag", [1, 2, 3, 7, 64])
@pytest.mark.parametrize("name", ["counter", "time_in_steps"])
def test_neighbouring_keys_are_uncorrelated(columns: dict[str, np.ndarray], name: str, lag: int) -> None:
    draws = columns[name]
    r = np.corrcoef(draws[:-lag], draws[lag:])[0, 1]
    assert abs(r) * np.sqrt(len(draws)) < stats.norm.isf(ALPHA / 2)


@pytest.mark.parametrize("name", ["counter", "time_in_steps"])
def test_neighbouring_keys_are_independent_not_only_uncorrelated(columns: dict[str, np.ndarray], name: str) -> None:
    draws = columns[name]
    table = np.histogram2d(draws[:-1], draws[1:], bins=16, range=((0, 1), (0, 1)))[0]
    assert stats.chi2_contingency(table).pvalue > ALPHA


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ((1, 2), (2, 1)),  # swapped keys
        ((0, 5), (5, 0)),
        ((3, 3), (4, 4)),
    ],
)
def test_key_columns_do_not_cancel(a: tuple[int, int], b: tuple[int, int]) -> None:
    stream, third = Stream(1, "test"), np.arange(N)
    r = np.corrcoef(stream.uniform(*a, third), stream.uniform(*b, third))[0, 1]
    assert abs(r) * np.sqrt(N) < stats.norm.isf(ALPHA / 2)


def test_purposes_and_seeds_share_nothing() -> None:
    keys = np.arange(N)
    base = Stream(1, "pc5.loss").uniform(keys)
    for other in (Stream(1, "pc5.delay"), Stream(2, "pc5.loss")):
        assert abs(np.corrcoef(base, other.uniform(keys))[0, 1]) * np.sqrt(N) < stats.norm.isf(ALPHA / 2)


def test_avalanche() -> None:
    """One flipped key bit flips each output bit with probability 1/2 (20 000 keys, each of 64 input bits)."""
    stream, keys = Stream(3, "test"), np.arange(20_000, dtype=np.uint64)
    base = stream.bits(keys)
    for bit in range(64):
        flipped = np.unpackbits((base ^ stream.bits(keys ^ np.uint64(1 << bit))).view(np.uint8))
        share = flipped.reshape(len(keys), 64).mean(axis=0)
        assert np.abs(share - 0.5).max() < 6 * 0.5 / np.sqrt(len(keys))


def test_no_collisions_among_a_million_draws() -> None:
    words = Stream(1, "test").bits(np.arange(1000)[:, None], np.arange(1000)[None, :])
    assert len(np.unique(words)) == 1_000_000


def test_normal_moments_and_tails() -> None:
    draws = Stream(5, "test").normal(np.arange(1_000_000))
    assert stats.kstest(draws[:N], "norm").pvalue > ALPHA
    assert abs(draws.mean()) < 5e-3 and abs(draws.std() - 1) < 5e-3
    assert abs(stats.kurtosis(draws)) < 0.03
    assert 0.8 < np.mean(np.abs(draws) > 3) / (2 * stats.norm.sf(3)) < 1.2


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=50, unique=True), st.randoms())
def test_order_and_batches_do_not_matter(keys: list[int], random: object) -> None:
    stream = Stream(9, "test")
    column = np.array(keys, np.uint64)
    whole = stream.normal(column, 12)
    order = np.random.default_rng(len(keys)).permutation(len(keys))
    assert np.array_equal(stream.normal(column[order], 12), whole[order])
    assert [float(stream.normal(column[i : i + 1], 12)[0]) for i in range(len(keys))] == whole.tolist()


def test_uniform_is_open_at_both_ends() -> None:
    low, high = _unit(np.array([0, 2**64 - 1], np.uint64))
    assert low > 0.0 and high < 1.0
    assert np.isfinite(ndtri([low, high])).all()


def test_keys_broadcast_and_negative_times_work() -> None:
    stream = Stream(1, "test")
    grid = stream.bits(np.arange(3)[:, None], np.arange(-2, 2)[None, :])
    assert grid.shape == (3, 4)
    assert grid[2, 0] == stream.bits(2, -2)[0]


def test_float_keys_are_refused() -> None:
    """numpy makes float64 of [2**63 + 1, 1]; two stations would silently share their luck."""
    for keys in ([2**63 + 1, 1], 0.5):
        with pytest.raises(TypeError, match="integers"):
            Stream(1, "test").bits(keys)


def test_known_values_hold_on_every_machine() -> None:
    """A change here changes every recorded digest: it must be meant."""
    assert key_of("veh1") == 2765832162599485864
    assert Stream(1, "test").bits(key_of("veh1"), 100).tolist() == [12537108701125409566]


def test_hash_is_splitmix64() -> None:
    """First outputs of SplitMix64 from state 0, as its authors' reference code prints them."""
    golden = 0x9E3779B97F4A7C15
    states = np.array([golden * n % 2**64 for n in (1, 2, 3)], np.uint64)
    assert [hex(word) for word in _mix(states)] == ["0xe220a8397b1dcdaf", "0x6e789e6aa1b965f4", "0x6c45d188009454f"]


def test_generators_are_reproducible_and_distinct() -> None:
    stream = Stream(1, "test")
    a, b, c = (stream.generator(name).random(4).tolist() for name in ("x", "x", "y"))
    assert a == b != c


def test_what_a_station_has_for_good_is_drawn_once() -> None:
    asked = []

    def draw(keys: np.ndarray) -> np.ndarray:
        asked.append(keys.tolist())
        return Stream(1, "test").uniform(keys)

    kept, some, other = OnceAStation(draw), np.array([1, 2], np.uint64), np.array([2, 3], np.uint64)
    first, again, changed = kept.of(some), kept.of(some.copy()), kept.of(other)
    assert asked == [[1, 2], [2, 3]]
    assert first.tolist() == again.tolist() == Stream(1, "test").uniform(some).tolist()
    assert changed.tolist() == Stream(1, "test").uniform(other).tolist()
