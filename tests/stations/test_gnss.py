"""Position errors and the receiver's estimate of them, over 20 000 independent stations; bounds are 5 sigma."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from v2x.clock import NS_PER_S
from v2x.errors import InputError
from v2x.rng import Stream
from v2x.scenario.model import Gnss
from v2x.stations.gnss import DEAD_RECKONING_M_PER_ROOT_S, PRESETS, GnssModel

N = 20_000
KEYS = Stream(1, "test.keys").bits(np.arange(N))
TUNNEL = Gnss(kind="urban", outages=((10.0, 40.0),))


def _normalised(model: GnssModel, t_s: float) -> np.ndarray:
    fix = model.measure(KEYS, round(t_s * NS_PER_S))
    return (fix.east_m / fix.semi_major_m) ** 2 + (fix.north_m / fix.semi_minor_m) ** 2


@pytest.mark.parametrize("kind", ["open_sky", "urban"])
def test_error_has_the_variance_of_its_preset(kind: str) -> None:
    preset, fix = PRESETS[kind], GnssModel(Gnss(kind=kind), 5).measure(KEYS, 7 * NS_PER_S)
    variance = preset.bias_sigma_m**2 + preset.noise_sigma_m**2
    for axis in (fix.east_m, fix.north_m):
        assert abs(axis.var() / variance - 1) < 5 * np.sqrt(2 / N)
        assert abs(axis.mean()) < 5 * np.sqrt(variance / N)
    assert abs(np.corrcoef(fix.east_m, fix.north_m)[0, 1]) < 5 / np.sqrt(N)


@pytest.mark.parametrize(("kind", "share", "bound_m"), [("open_sky", 0.68, 1.5), ("urban", 0.95, 5.1)])
def test_presets_keep_the_bounds_they_are_documented_with(kind: str, share: float, bound_m: float) -> None:
    fix = GnssModel(Gnss(kind=kind), 5).measure(KEYS, 0)
    assert np.quantile(np.hypot(fix.east_m, fix.north_m), share) < bound_m


@pytest.mark.parametrize("t_s", [5.0, 10.0, 10.3, 25.0, 39.9, 60.0])
def test_the_estimate_is_honest(t_s: float) -> None:
    """Normalised squared errors follow chi-square with 2 degrees of freedom, before, in and after an outage."""
    assert stats.kstest(_normalised(GnssModel(TUNNEL, 5), t_s), stats.chi2(2).cdf).pvalue > 1e-6


def test_white_noise_and_bias_separate_in_time() -> None:
    """Fixes 100 ms apart differ by twice the noise variance plus what the bias moved."""
    model, preset = GnssModel(Gnss(kind="urban"), 5), PRESETS["urban"]
    step = model.measure(KEYS, 7_100_000_000).east_m - model.measure(KEYS, 7_000_000_000).east_m
    moved = 2 * preset.bias_sigma_m**2 * (1 - np.exp(-0.1 / preset.bias_time_s))
    assert abs(step.var() / (2 * preset.noise_sigma_m**2 + moved) - 1) < 5 * np.sqrt(2 / N)


def test_outage_starts_from_the_last_fix_grows_and_ends() -> None:
    model, nominal = GnssModel(TUNNEL, 5), GnssModel(Gnss(kind="urban"), 5)
    at = {t_s: model.measure(KEYS, round(t_s * NS_PER_S)) for t_s in (9.9, 10.0, 12.0, 39.9, 40.0)}
    assert np.array_equal(at[10.0].east_m, nominal.measure(KEYS, 10 * NS_PER_S).east_m)
    walked = at[39.9].north_m - at[10.0].north_m
    assert abs(walked.var() / (DEAD_RECKONING_M_PER_ROOT_S**2 * 29.9) - 1) < 5 * np.sqrt(2 / N)
    reported = [at[t_s].semi_major_m[0] for t_s in (9.9, 10.0, 12.0, 39.9)]
    assert reported[0] == reported[1] < reported[2] < reported[3]
    assert np.array_equal(at[40.0].east_m, nominal.measure(KEYS, 40 * NS_PER_S).east_m)


def test_outages_that_touch_are_one() -> None:
    parts = GnssModel(Gnss(kind="urban", outages=((20.0, 30.0), (10.0, 22.0), (30.0, 40.0))), 5)
    t = np.arange(0, 50, dtype=np.int64) * NS_PER_S
    a, b = (model.measure(KEYS[:50], t) for model in (parts, GnssModel(TUNNEL, 5)))
    assert np.array_equal(a.east_m, b.east_m) and np.array_equal(a.semi_major_m, b.semi_major_m)


def test_outage_preset_has_an_outage_and_lets_itself_be_replaced() -> None:
    own = GnssModel(Gnss(kind="outage"), 5).measure(KEYS[:1], 20 * NS_PER_S)
    other = GnssModel(Gnss(kind="outage", outages=((100.0, 110.0),)), 5).measure(KEYS[:1], 20 * NS_PER_S)
    assert own.semi_major_m[0] > 3.0 > other.semi_major_m[0]


def test_figures_of_the_scenario_replace_the_preset() -> None:
    model = GnssModel(Gnss(kind="urban", bias_sigma_m=0.0, noise_sigma_m=3.0), 5)
    fix = model.measure(KEYS, 0)
    assert set(fix.semi_major_m) == {3.0}
    assert abs(np.corrcoef(fix.east_m, model.measure(KEYS, 1).east_m)[0, 1]) < 5 / np.sqrt(N)
    slow = GnssModel(Gnss(kind="urban", bias_time_s=1e4, noise_sigma_m=0.0), 5)
    drift = slow.measure(KEYS, 10 * NS_PER_S).east_m - slow.measure(KEYS, 0).east_m
    assert drift.std() < 0.2


def test_ideal_is_exact_and_takes_no_figures() -> None:
    fix = GnssModel(Gnss(kind="ideal"), 5).measure(KEYS, 123)
    for column in (fix.east_m, fix.north_m, fix.semi_major_m, fix.semi_minor_m, fix.orientation_deg):
        assert column.shape == (N,) and not column.any()
    with pytest.raises(InputError, match=r"sensors\.gnss"):
        GnssModel(Gnss(kind="ideal", noise_sigma_m=1.0), 5)


@settings(deadline=None)  # the first example waits for the compiler
@given(st.lists(st.integers(0, 2**64 - 1), min_size=2, max_size=20, unique=True), st.integers(0, 60 * NS_PER_S))
def test_a_station_that_joins_changes_no_other(keys: list[int], t_ns: int) -> None:
    column, model = np.array(keys, np.uint64), GnssModel(TUNNEL, 5)
    model.measure(column, t_ns + 5)  # asking at other times changes nothing either
    everyone, before = model.measure(column, t_ns), model.measure(column[:-1], t_ns)
    assert np.array_equal(everyone.east_m[:-1], before.east_m)
    assert np.array_equal(everyone.semi_major_m[:-1], before.semi_major_m)
    assert np.array_equal(model.measure(column[::-1], t_ns).north_m, everyone.north_m[::-1])
