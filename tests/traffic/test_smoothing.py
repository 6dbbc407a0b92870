from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import savgol_filter

from v2x.traffic.smoothing import held_course_deg, local_quadratic


@pytest.mark.parametrize("window", [3, 5, 11, 31])
def test_filter_is_savitzky_golay_of_order_two(window: int) -> None:
    """Against scipy, edges included."""
    values = np.random.default_rng(1).normal(size=(40, 2))
    fit = local_quadratic(values, 0.1, (window - 1) * 0.1)
    for order, ours in enumerate((fit.value, fit.rate, fit.curvature)):
        theirs = savgol_filter(values, window, 2, deriv=order, delta=0.1, axis=0, mode="interp")
        assert np.allclose(ours, theirs, atol=1e-9 / 0.1**order)


@pytest.mark.parametrize("count", [3, 4, 7, 50])
def test_constant_acceleration_comes_out_exactly(count: int) -> None:
    t = np.arange(count) * 0.1
    fit = local_quadratic((3.0 * t - 0.7 * t**2)[:, None], 0.1, 1.0)
    assert np.allclose(fit.rate[:, 0], 3.0 - 1.4 * t) and np.allclose(fit.curvature, -1.4)


def test_two_samples_give_a_straight_line() -> None:
    fit = local_quadratic(np.array([[0.0, 1.0], [2.0, 1.0]]), 0.5, 1.0)
    assert fit.value.tolist() == [pytest.approx([0.0, 1.0]), pytest.approx([2.0, 1.0])]
    assert np.allclose(fit.rate, [[4.0, 0.0], [4.0, 0.0]]) and not fit.curvature.any()


def test_quantisation_noise_shrinks_as_theory_says() -> None:
    """Slope noise of 11 samples of noise s at 0.1 s: s / (0.1 sqrt(110)); 20 000 windows, 5 standard errors."""
    noise = np.random.default_rng(2).normal(0.0, 0.02, (20_000 * 11, 1))
    rate = local_quadratic(noise, 0.1, 1.0).rate[5::11, 0]
    assert abs(rate.std() / (0.02 / (0.1 * np.sqrt(110))) - 1) < 5 / np.sqrt(2 * 20_000)


def test_a_stop_with_jitter_does_not_turn_the_heading() -> None:
    """10 s at 8 m/s north-east, 60 s standing with 0.15 m of jitter, then on in the same direction."""
    way = np.concatenate([np.arange(100) * 0.8, np.full(600, 80.0), 80.0 + np.arange(100) * 0.8])
    rng = np.random.default_rng(3)
    track = way[:, None] * np.sqrt(0.5) + rng.normal(0.0, 0.15, (800, 2))
    course = held_course_deg(track, 0.1, 1.0)
    assert course is not None
    standing = course[130:670]
    assert np.ptp(standing) < 15.0 and abs(standing.mean() - 45.0) < 10.0
    assert np.abs(np.diff(standing)).max() / 0.1 < 5.0


def test_a_track_that_only_jitters_has_no_course() -> None:
    jitter = np.random.default_rng(4).normal(0.0, 0.1, (600, 2))
    assert held_course_deg(jitter, 0.1, 1.0) is None
