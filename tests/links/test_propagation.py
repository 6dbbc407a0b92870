"""Propagation formulas against points worked out by hand from their clauses, on each side of every breakpoint."""

from __future__ import annotations

from math import log10, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.jit import Ufunc
from v2x.links.propagation import tr37885, tr38901, winner_b1

GHZ = 5.9  # log10 = 0.770852


def near(value: float) -> object:
    """Equal to three decimals: what the sums in the comments carry."""
    return pytest.approx(value, abs=1e-3)


# --- WINNER+ B1 (D5.3 table 4-1; TR 36.885 clause A.1.4), antennas 1.5 m


def test_winner_line_of_sight_at_full_antenna_height() -> None:
    def loss_db(distance_m: float) -> float:
        return float(winner_b1.los_db(distance_m, 1.5, 1.5, 0.0, GHZ))

    # breakpoint 4 * 1.5 * 1.5 * 5.9e9 / 3e8 = 177 m
    assert loss_db(150.0) == near(22.7 * 2.176091 + 27 + 15.417040)  # 91.814, above free space's 91.360
    assert loss_db(300.0) == near(40 * 2.477121 + 7.56 - 34.6 * 0.176091 + 2.081301)  # 102.633
    # free space 20 log10 d + 46.4 + 20 log10(5.9 / 5) lies above the formula up to 103 m
    assert loss_db(50.0) == near(20 * 1.698970 + 46.4 + 1.437640)  # 81.817
    assert loss_db(1.0) == loss_db(3.0) == near(20 * 0.477121 + 46.4 + 1.437640)


def test_environment_height_moves_the_breakpoint_and_16_db() -> None:
    # heights of 0.5 m: breakpoint 19.67 m, 34.6 log10(1.5 / 0.5) = 16.508 dB more beyond both
    low, full = winner_b1.los_db(300.0, 1.5, 1.5, [1.0, 0.0], GHZ)
    assert low - full == near(16.508)
    # free space lies above the steep slope up to 10^((47.838 - 20.057) / 20) = 24.49 m
    low, full = winner_b1.los_db(24.4, 1.5, 1.5, [1.0, 0.0], GHZ)
    assert low == full
    low, full = winner_b1.los_db(24.6, 1.5, 1.5, [1.0, 0.0], GHZ)
    assert low > full


def test_winner_round_a_corner() -> None:
    # 50 m and 50 m: n = 2.8 - 0.12 = 2.68; 81.817 + 17.9 - 33.5 + 26.8 * 1.698970 + 3 * 0.770852
    assert winner_b1.nlos_db(50.0, 50.0, 1.5, 1.5, 0.0, GHZ) == near(114.062)
    # 500 m, then 20 m: n = 1.84 (least); 111.507 + 17.9 - 23 + 18.4 * 1.301030 + 2.312556 = 132.659; the other way
    # n = 2.752; 73.858 + 17.9 - 34.4 + 27.52 * 2.698970 + 2.312556 = 133.946
    assert winner_b1.nlos_db(500.0, 20.0, 1.5, 1.5, 0.0, GHZ) == near(132.659)


@given(st.floats(5.0, 900.0), st.floats(5.0, 900.0), st.floats(1.2, 5.0), st.floats(1.2, 5.0))
def test_winner_is_the_same_both_ways(one_m: float, other_m: float, high_m: float, low_m: float) -> None:
    there = winner_b1.nlos_db(one_m, other_m, high_m, low_m, 1.0, GHZ)
    assert there == pytest.approx(winner_b1.nlos_db(other_m, one_m, low_m, high_m, 1.0, GHZ), rel=1e-12)


# --- TR 37.885 clause 6.2.1


@pytest.mark.parametrize(
    ("formula", "at_100_m", "per_decade"),
    [
        (tr37885.highway_db, 32.4 + 40 + 15.417040, 20.0),
        (tr37885.urban_db, 38.77 + 33.4 + 14.029506, 16.7),
        (tr37885.nlos_db, 36.85 + 60 + 14.569103, 30.0),
    ],
)
def test_sidelink_path_loss(formula: Ufunc, at_100_m: float, per_decade: float) -> None:
    assert formula(100.0, GHZ) == near(at_100_m)
    assert formula(1000.0, GHZ) - formula(100.0, GHZ) == near(per_decade)
    assert formula(0.0, GHZ) == formula(1.0, GHZ)


def test_chance_of_line_of_sight_between_vehicles() -> None:
    # highway: 0.021013 - 0.2 + 1.0193; at 475 m 0.474106 - 0.95 + 1.0193; beyond it a straight line down to 1015 m
    assert tr37885.highway_los([5.0, 100.0, 475.0, 476.0, 1015.0, 2000.0]) == near([1, 0.840313, 0.543406, 0.539, 0, 0])
    assert tr37885.urban_los([4.0, 100.0]) == near([1.0, 1.05 * 0.319819])


def test_loss_by_vehicles_in_the_way() -> None:
    # both antennas above the blocker: nothing; both below: 9 dB, sd 4.5 dB; else 5 dB, sd 4 dB
    assert tr37885.nlosv_db(100.0, 3.0, 3.0, 1.6, 2.0) == 0.0
    assert tr37885.nlosv_db(100.0, 1.6, 1.6, 3.0, [0.0, 1.0, -3.0]) == near([9.0, 13.5, 0.0])
    assert tr37885.nlosv_db(100.0, 1.6, 3.0, 3.0, [0.0, 1.0, -3.0]) == near([5.0, 9.0, 0.0])
    # 15 log10 d - 41 counts from 10^(41/15) = 541 m; at 1000 m it is 4 dB
    assert tr37885.nlosv_db([541.0, 1000.0], 1.6, 1.6, 3.0, 0.0) == near([9.0, 13.0])


# --- TR 38.901 table 7.4.1-1; site 25 m, terminal 1.5 m, 3.5 GHz (log10 = 0.544068)


def test_urban_macro() -> None:
    # d'BP = 4 * 24 * 0.5 * 3.5e9 / 3e8 = 560 m; d3D(500) = sqrt(500^2 + 23.5^2) = 500.552
    assert tr38901.uma_los_db(500.0, 25.0, 1.5, 3.5) == near(28 + 22 * 2.699449 + 10.881361)
    # d3D(2000) = 2000.138; 9 log10(560^2 + 23.5^2) = 9 * 5.497141
    assert tr38901.uma_los_db(2000.0, 25.0, 1.5, 3.5) == near(28 + 40 * 3.301060 + 10.881361 - 9 * 5.497141)
    assert tr38901.uma_nlos_db(500.0, 25.0, 1.5, 3.5) == near(13.54 + 39.08 * 2.699449 + 10.881361)
    # each metre of the terminal's height takes 0.6 dB off
    assert tr38901.uma_nlos_db(500.0, 25.0, 3.0, 3.5) == near(
        13.54 + 39.08 * log10(sqrt(500**2 + 22**2)) + 10.881361 - 0.9
    )


def test_urban_micro() -> None:
    # site 10 m: d'BP = 4 * 9 * 0.5 * 3.5e9 / 3e8 = 210 m; d3D(200) = 200.181, d3D(400) = 400.090
    assert tr38901.umi_los_db(200.0, 10.0, 1.5, 3.5) == near(32.4 + 21 * 2.301422 + 10.881361)
    # 9.5 log10(210^2 + 8.5^2) = 9.5 * 4.645149
    assert tr38901.umi_los_db(400.0, 10.0, 1.5, 3.5) == near(32.4 + 40 * 2.602158 + 10.881361 - 9.5 * 4.645149)
    assert tr38901.umi_nlos_db(200.0, 10.0, 1.5, 3.5) == near(22.4 + 35.3 * 2.301422 + 21.3 * 0.544068)


def test_rural_macro() -> None:
    # site 35 m, 0.9 GHz: dBP = 2 pi * 35 * 1.5 * 0.9e9 / 3e8 = 989.60 m; 5^1.72 = 15.9306
    # PL1: 20 log10(40 pi d 0.9 / 3) + 0.477917 log10 d - 0.700946 + 0.001397940 d
    def first_db(slant_m: float) -> float:
        return 31.526390 + 20.477917 * log10(slant_m) - 0.700946 + 0.001397940 * slant_m

    assert tr38901.rma_los_db(500.0, 35.0, 1.5, 0.9) == near(first_db(501.121))
    assert tr38901.rma_los_db(3000.0, 35.0, 1.5, 0.9) == near(first_db(989.602) + 40 * log10(3000.187 / 989.602))
    # 161.04 - 7.1 * 1.301030 + 7.5 * 0.698970 - (24.37 - 3.7 / 49) * 1.544068 + (43.42 - 4.786611) * (3.477149 - 3)
    # + 20 * (-0.045757) - (3.2 * 1.246129^2 - 4.97), with log10(11.75 * 1.5) = 1.246129 and d3D = 3000.187
    assert tr38901.rma_nlos_db(3000.0, 35.0, 1.5, 0.9) == near(
        161.04 - 9.237313 + 5.242275 - 37.512349 + 18.433905 - 0.915150 + 0.000885
    )


@pytest.mark.parametrize("formula", [tr38901.uma_los_db, tr38901.umi_los_db])
@given(site_m=st.floats(8.0, 50.0), station_m=st.floats(1.5, 3.5), ghz=st.floats(0.7, 6.0))
def test_both_slopes_meet_at_the_effective_breakpoint(
    formula: Ufunc, site_m: float, station_m: float, ghz: float
) -> None:
    breakpoint_m = 4 * (site_m - 1) * (station_m - 1) * ghz / 0.3
    before, after = formula(breakpoint_m * np.array([1 - 1e-9, 1 + 1e-9]), site_m, station_m, ghz)
    assert before == pytest.approx(after, abs=1e-6)
    decade = formula(breakpoint_m * np.array([30.0, 300.0]), site_m, station_m, ghz)
    assert np.diff(decade)[0] == pytest.approx(40.0, abs=0.02)


@pytest.mark.parametrize(
    ("los", "nlos"),
    [
        (tr38901.uma_los_db, tr38901.uma_nlos_db),
        (tr38901.umi_los_db, tr38901.umi_nlos_db),
        (tr38901.rma_los_db, tr38901.rma_nlos_db),
    ],
)
@given(st.floats(0.0, 5000.0), st.floats(10.0, 50.0), st.floats(1.5, 3.0), st.floats(0.7, 6.0))
def test_without_line_of_sight_is_never_better(
    los: Ufunc, nlos: Ufunc, distance_m: float, site_m: float, station_m: float, ghz: float
) -> None:
    assert nlos(distance_m, site_m, station_m, ghz) >= los(distance_m, site_m, station_m, ghz)
    assert los(distance_m, site_m, station_m, ghz) >= los(10.0, site_m, station_m, ghz)


def test_chance_of_line_of_sight_to_a_site() -> None:
    # 18/100 + exp(-100/63) * 0.82 = 0.18 + 0.204472 * 0.82; exp(-100/36) = 0.062177; exp(-0.49) = 0.612626
    assert tr38901.uma_los([18.0, 100.0]) == near([1.0, 0.347667])
    assert tr38901.umi_los([18.0, 100.0]) == near([1.0, 0.230985])
    assert tr38901.rma_los([10.0, 500.0]) == near([1.0, 0.612626])
