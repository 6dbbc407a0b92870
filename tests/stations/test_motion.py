"""Heading and speed errors over 20 000 independent stations; bounds are 5 sigma."""

from __future__ import annotations

import numpy as np
import pytest

from v2x.clock import NS_PER_S
from v2x.rng import Stream
from v2x.scenario.model import Motion
from v2x.stations.motion import CORRELATION_S, SLOW_SHARE, MotionModel

N = 20_000
KEYS = Stream(1, "test.keys").bits(np.arange(N))
MODEL = MotionModel(Motion(heading_sigma_deg=0.5, speed_sigma_mps=0.1), 5)


def test_errors_have_the_stated_deviation() -> None:
    errors = MODEL.measure(KEYS, 3 * NS_PER_S)
    assert abs(errors.heading_deg.var() / 0.25 - 1) < 5 * np.sqrt(2 / N)
    assert abs(errors.speed_mps.var() / 0.01 - 1) < 5 * np.sqrt(2 / N)
    assert set(errors.heading_sigma_deg) == {0.5} and set(errors.speed_sigma_mps) == {0.1}
    assert abs(np.corrcoef(errors.heading_deg, errors.speed_mps)[0, 1]) < 5 / np.sqrt(N)


@pytest.mark.parametrize("lag_s", [0.1, 3.0, 12.0])
def test_errors_are_correlated_over_seconds(lag_s: float) -> None:
    now, later = (MODEL.measure(KEYS, round(t * NS_PER_S)).heading_deg for t in (50.0, 50.0 + lag_s))
    expected = SLOW_SHARE * np.exp(-lag_s / CORRELATION_S)
    assert abs(np.corrcoef(now, later)[0, 1] - expected) < 5 / np.sqrt(N)


def test_speed_error_fades_at_standstill() -> None:
    speeds = np.array([0.0, 0.5, 1.0, 20.0])
    errors = MODEL.measure(KEYS[:4], 0, speeds)
    assert errors.speed_sigma_mps.tolist() == [0.0, 0.05, 0.1, 0.1]
    assert errors.speed_mps[0] == 0.0 and errors.heading_deg[0] != 0.0
    assert np.array_equal(errors.speed_mps[2:], MODEL.measure(KEYS[:4], 0).speed_mps[2:])


def test_each_row_may_have_its_own_time() -> None:
    times = np.array([5, 7 * NS_PER_S, 3], np.int64)
    together = MODEL.measure(KEYS[:3], times).speed_mps
    assert together[1] == MODEL.measure(KEYS[1:2], 7 * NS_PER_S).speed_mps[0]


def test_no_deviation_is_exactly_none() -> None:
    errors = MotionModel(
        Motion(heading_sigma_deg=0.0, speed_sigma_mps=0.0, accel_sigma_mps2=0.0, yaw_rate_sigma_dps=0.0), 5
    ).measure(KEYS, 0)
    assert not errors.heading_deg.any() and not errors.speed_mps.any()
    assert not errors.accel_mps2.any() and not errors.yaw_rate_dps.any()
    assert not errors.heading_sigma_deg.any() and not errors.speed_sigma_mps.any()


def test_acceleration_and_turn_rate_are_white_of_the_stated_width() -> None:
    now, later = (MODEL.measure(KEYS, t_ns) for t_ns in (0, 100_000_000))
    for name, sigma in (("accel_mps2", 0.1), ("yaw_rate_dps", 0.2)):
        first, second = getattr(now, name), getattr(later, name)
        assert abs(first.mean()) < 5 * sigma / np.sqrt(N)
        assert abs(first.std() / sigma - 1) < 5 / np.sqrt(2 * N)
        assert abs(np.corrcoef(first, second)[0, 1]) < 5 / np.sqrt(N)
