"""Bounds of the speed by latency measured and by coverage ahead."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.errors import InputError
from v2x.remote.bounds import CoverageCap, QosCap, QosFigures, latency_cap_mps, throughput_cap_mps

KMH = 1.0 / 3.6
MS = 1_000_000
FIGURES = QosFigures(allowed_s=0.2)


def test_the_examples_of_the_ordinance() -> None:
    """0.25 s: 40 instead of 50 km/h and 64 instead of 80."""
    found = latency_cap_mps(np.array([50.0, 80.0]) * KMH, 0.25, 0.2)
    assert found == pytest.approx(np.array([40.0, 64.0]) * KMH)


@pytest.mark.parametrize(("loop_s", "share"), [(0.0, 1.0), (0.2, 1.0), (0.4, 0.5), (2.0, 0.1), (np.inf, 0.0)])
def test_the_way_driven_blindly_does_not_grow(loop_s: float, share: float) -> None:
    assert latency_cap_mps(10.0, loop_s, 0.2) == pytest.approx(10.0 * share)


def test_throughput_by_what_is_missing() -> None:
    found = throughput_cap_mps(10.0, np.array([0.0, 2e6, 4e6, 8e6, 50e6]), 8e6, 3.0)
    assert found == pytest.approx([3.0, 3.0, 5.0, 10.0, 10.0])
    assert throughput_cap_mps(2.0, 0.0, 8e6, 3.0) == 2.0


def caps(
    loop_s: list[float], limit_mps: float = 10.0, figures: QosFigures = FIGURES, every_ms: int = 20
) -> list[float]:
    cap = QosCap(figures)
    return [cap.at(k * every_ms * MS, limit_mps, each) for k, each in enumerate(loop_s)]


class TestQosCap:
    def test_it_begins_where_it_belongs(self) -> None:
        assert caps([0.4]) == [5.0]
        assert caps([0.1]) == [10.0]

    def test_it_falls_as_one_brakes(self) -> None:
        found = caps([0.1] * 50 + [0.4] * 250)
        assert found[49] == 10.0
        assert np.diff(found).min() == pytest.approx(-1.5 * 0.02)
        assert found.index(5.0) == pytest.approx(50 + 5.0 / 1.5 / 0.02, abs=2)

    def test_it_rises_after_a_while_and_slowly(self) -> None:
        found = caps([0.4] * 50 + [0.1] * 700)
        begins = int(np.flatnonzero(np.diff(found) > 0.0)[0])
        assert (begins - 49) * 0.02 == pytest.approx(FIGURES.hold_s, abs=0.03)
        assert np.diff(found).max() == pytest.approx(0.5 * 0.02)
        assert found[-1] == 10.0

    def test_a_single_bad_picture_counts_for_the_while(self) -> None:
        found = caps([0.1] * 50 + [0.25] + [0.1] * 400)
        assert min(found) == pytest.approx(8.0)
        assert found[49 + 100] == pytest.approx(8.0)
        assert found[-1] == 10.0

    def test_a_trifle_does_not_raise_it(self) -> None:
        """From 0.25 s to 0.24 s: 8 to 8.33 m/s; to 0.22 s: to 9.09 m/s, and then all the way."""
        assert caps([0.25] * 50 + [0.24] * 400)[-1] == pytest.approx(8.0)
        assert caps([0.25] * 50 + [0.22] * 400)[-1] == pytest.approx(10.0 * 0.2 / 0.22)

    def test_a_lower_limit_holds_at_once(self) -> None:
        cap = QosCap(FIGURES)
        assert cap.at(0, 20.0, 0.1) == 20.0
        assert cap.at(20 * MS, 8.0, 0.1) == 8.0

    @settings(max_examples=50, deadline=None)
    @given(st.lists(st.floats(0.05, 3.0), min_size=2, max_size=200))
    def test_it_never_jumps(self, loops_s: list[float]) -> None:
        found = np.array(caps(loops_s))
        steps = np.diff(found)
        assert steps.min() >= -1.5 * 0.02 - 1e-9
        assert steps.max() <= 0.5 * 0.02 + 1e-9
        assert ((found >= 0.0) & (found <= 10.0)).all()


def drop(**figures: float) -> CoverageCap:
    """12 m/s, and 5 from 200 to 250 m, of 500; braking at 1.5 m/s^2."""
    station_m = np.arange(0.0, 501.0, 10.0)
    weak = (station_m >= 200.0) & (station_m <= 250.0)
    return CoverageCap(station_m, np.where(weak, 5.0, 12.0), 500.0, 1.5, **figures)


class TestCoverageCap:
    def test_it_has_fallen_before_the_weak_stretch(self) -> None:
        """(144 - 25)/3 = 39.7 m before it; between stations 10 m apart it is as weak as at the weaker one."""
        found = drop()
        assert found.at([0.0, 149.0, 191.0, 225.0, 259.0, 262.0]) == pytest.approx([12.0, 12.0, 5.0, 5.0, 5.0, 12.0])
        station_m = np.array([155.0, 170.0, 185.0])
        assert found.at(station_m) == pytest.approx(np.sqrt(25.0 + 3.0 * (191.0 - station_m)), rel=0.02)

    def test_one_who_keeps_to_it_brakes_no_harder(self) -> None:
        station_m = np.arange(0.0, 260.0, 0.25)
        slope = np.diff(drop().at(station_m) ** 2) / 0.25
        assert slope.min() == pytest.approx(-2.0 * 1.5)

    def test_a_margin_at_either_end(self) -> None:
        found = drop(margin_m=20.0)
        assert found.at([171.0, 279.0]) == pytest.approx([5.0, 5.0])
        assert found.at(282.0) == pytest.approx(12.0)

    def test_a_ring_knows_what_comes_after_its_end(self) -> None:
        station_m = np.arange(0.0, 400.0, 10.0)
        cap_mps = np.where(station_m < 30.0, 4.0, 12.0)
        ring = CoverageCap(station_m, cap_mps, 400.0, 2.0, closed=True)
        assert ring.at(395.0) == pytest.approx(np.sqrt(16.0 + 4.0 * 5.0))
        assert ring.at([395.0 + 400.0, 395.0 - 400.0]) == pytest.approx(ring.at([395.0, 395.0]))
        assert CoverageCap(station_m, cap_mps, 400.0, 2.0).at(395.0) == pytest.approx(12.0)

    def test_a_margin_of_a_ring_goes_around(self) -> None:
        station_m = np.arange(0.0, 400.0, 10.0)
        cap_mps = np.where(station_m < 30.0, 4.0, 12.0)
        ring = CoverageCap(station_m, cap_mps, 400.0, 2.0, closed=True, margin_m=15.0)
        assert ring.at([386.0, 44.0]) == pytest.approx([4.0, 4.0])
        assert ring.at(56.0) == pytest.approx(12.0)

    def test_where_there_is_no_coverage_one_stands_before(self) -> None:
        cap_mps = latency_cap_mps(10.0, [0.1, 0.1, np.inf, 0.1], 0.2)
        found = CoverageCap([0.0, 100.0, 110.0, 120.0], cap_mps, 200.0, 2.0)
        assert found.at(101.0) == 0.0
        assert found.at(90.0) == pytest.approx(np.sqrt(2.0 * 2.0 * 11.0))

    @pytest.mark.parametrize(
        ("station_m", "cap_mps"),
        [
            ([], []),
            ([0.0, 0.0], [1.0, 1.0]),
            ([0.0, 1.0], [1.0]),
            ([0.0], [-1.0]),
            ([0.0], [np.nan]),
            ([0.0], [np.inf]),
        ],
    )
    def test_what_is_no_bound(self, station_m: list[float], cap_mps: list[float]) -> None:
        with pytest.raises(InputError, match="bound"):
            CoverageCap(station_m, cap_mps, 100.0, 2.0)

    def test_braking_that_is_none(self) -> None:
        with pytest.raises(InputError, match="braking is above 0"):
            CoverageCap([0.0], [1.0], 100.0, 0.0)
