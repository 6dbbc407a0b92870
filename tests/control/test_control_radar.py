"""Radars: noise, latency, dropouts, new targets, and the ideal one."""

from __future__ import annotations

import numpy as np
import pytest

from v2x.control.radar import COAST_S, NOBODY, MeasuringRadar, PerfectRadar, Road, Sighting
from v2x.rng import Stream
from v2x.scenario.model_radar import NoisyRadar

STEP_NS, VEHICLES = 10_000_000, 2000
EXACT = NoisyRadar(kind="noisy", range_sigma_m=0.0, rate_sigma_mps=0.0, dropouts_per_h=0.0)


def radar(config: NoisyRadar, vehicles: int = VEHICLES) -> MeasuringRadar:
    keys = Stream(1, "test.vehicle").bits(np.arange(vehicles)[:, None])
    return MeasuringRadar(config, keys, 1, STEP_NS)


def look(
    of: MeasuringRadar | PerfectRadar, k: int, gap_m: float, target: int = 7, vehicles: int = VEHICLES
) -> Sighting:
    """Step ``k``: all have the same ahead of them, as fast as they are, 20 m/s."""
    shape = (vehicles, 1)
    road = Road(np.full(shape, gap_m), np.zeros(shape), np.full(shape, target, np.int64))
    return of.look(k * STEP_NS, road, np.full(shape, 20.0))


def test_errors_have_the_spread_asked_for() -> None:
    noisy = radar(EXACT.model_copy(update={"range_sigma_m": 0.3, "rate_sigma_mps": 0.2}))
    gaps, rates = [], []
    for k in range(100):
        seen = look(noisy, k, 50.0)
        if k > 20:
            gaps.append(seen.gap_m[seen.fresh] - 50.0)
            rates.append(seen.rate_mps[seen.fresh])
    gap, rate = np.concatenate(gaps), np.concatenate(rates)
    assert len(gap) == pytest.approx(VEHICLES * 79 / 5, rel=0.05)  # one in each cycle of 50 ms
    assert gap.std() == pytest.approx(0.3, rel=0.02)
    assert rate.std() == pytest.approx(0.2, rel=0.02)
    assert abs(gap.mean()) < 0.01
    assert abs(np.corrcoef(gap, rate)[0, 1]) < 0.03


def test_errors_are_draws_of_the_vehicle_and_of_the_time_of_the_echo() -> None:
    noisy = radar(EXACT.model_copy(update={"range_sigma_m": 0.3, "rate_sigma_mps": 0.2}), 50)
    key = Stream(1, "test.vehicle").bits(np.arange(50)[:, None])
    for k in range(30):
        seen, echo_ns = look(noisy, k, 50.0, vehicles=50), np.int64((k - 8) * STEP_NS)
        if k > 0:
            gap_m = 50.0 + 0.3 * Stream(1, "radar.range").normal(key, echo_ns)
            rate_mps = 0.2 * Stream(1, "radar.rate").normal(key, echo_ns)
            assert seen.gap_m[seen.fresh] == pytest.approx(gap_m[seen.fresh], abs=1e-6)
            assert seen.rate_mps[seen.fresh] == pytest.approx(rate_mps[seen.fresh], abs=1e-6)
            assert (seen.ahead_speed_mps - seen.rate_mps)[seen.fresh] == pytest.approx(20.0)


def test_reports_are_as_late_as_said() -> None:
    late = radar(EXACT)  # 75 ms: 8 steps
    for k in range(200):
        seen = look(late, k, 50.0 + 0.1 * k)
        if k > 20:
            assert seen.gap_m[seen.fresh] == pytest.approx(50.0 + 0.1 * (k - 8))
            assert ((seen.gap_m > 50.0 + 0.1 * (k - 13)) & (seen.gap_m < 50.0 + 0.1 * (k - 7))).all()


def test_dropouts_take_the_share_of_time_asked_for() -> None:
    dropping = radar(EXACT.model_copy(update={"dropouts_per_h": 600.0, "dropout_s": 0.3}))
    fresh = np.mean([look(dropping, k, 50.0).fresh.mean() for k in range(1000)][20:])
    assert 1.0 - 5.0 * fresh == pytest.approx(600.0 / 3600.0 * 0.3, rel=0.1)  # one measurement in 5 steps


def test_a_new_target_is_tracked_after_its_acquisition() -> None:
    cut_in, first = radar(EXACT, 50), np.full(50, -1)
    for k in range(200):
        seen = look(cut_in, k, 50.0 if k < 100 else 20.0, 7 if k < 100 else 8, 50)
        told = seen.new_target[:, 0] & (first < 0) & (k > 0)
        first[told] = k
        assert (seen.gap_m[told, 0] == 20.0).all()
    wait = first - (100 + 8 + 50)  # latency and acquisition
    assert ((wait >= 0) & (wait < 10)).all()  # seen first, then confirmed, each at the radar's phase


def test_a_target_that_is_gone_is_kept_for_a_while() -> None:
    lost = radar(EXACT, 50)
    for k in range(300):
        seen = look(lost, k, 50.0, 7 if k < 100 else NOBODY, 50)
        if k < 100 + round(COAST_S * 100):
            assert not np.isnan(seen.gap_m).any()
    assert np.isnan(seen.gap_m).all()


def test_the_ideal_radar_hands_the_truth_on_at_once() -> None:
    perfect = PerfectRadar((3, 1), STEP_NS)
    assert look(perfect, 0, 50.0, vehicles=3).new_target.all()
    seen = look(perfect, 1, 30.0, vehicles=3)
    assert (seen.gap_m == 30.0).all()
    assert (seen.ahead_speed_mps == 20.0).all()
    assert seen.fresh.all()
    assert not seen.new_target.any()
    assert np.isnan(look(perfect, 2, 30.0, NOBODY, 3).gap_m).all()
