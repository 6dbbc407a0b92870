"""Block error curves: published points, the inverse that is drawn from, and the rule for codes without a curve."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.links.sidelink.bler import _SIMULATED, CURVES, Curve, curve_for, fallback_sinr_db, thresholds
from v2x.links.sidelink.transport import lte_block_bits

SINR_DB = np.linspace(-15.0, 60.0, 1501)


@pytest.mark.parametrize("name", CURVES)
def test_curves_fall_from_one(name: str) -> None:
    curve = CURVES[name]
    assert np.all(np.diff(curve.sinr_db) > 0.0)
    assert np.all(np.diff(curve.bler) <= 0.0)
    assert curve.bler[0] == 1.0
    assert curve.at(np.array([-200.0]))[0] == 1.0
    assert curve.at(np.array([200.0]))[0] == curve.bler[-1]


def test_points_of_r1_160284() -> None:
    at = np.array([-1.0, 0.0, 3.0, 8.0, 13.0, 18.0, 25.0])
    assert CURVES["r1-160284-qpsk-0.7"].at(at) == pytest.approx([1.0, 1.0, 0.8, 0.13, 0.012, 1e-3, 1e-4])
    assert CURVES["r1-160284-qpsk-0.5"].at(at) == pytest.approx([0.95, 0.9, 0.5, 0.02, 1e-3, 1e-3, 1e-4])


# 50, 10 and 1 % of the published points, dB
PUBLISHED = {
    "wilab-lte-mcs4-350-highway-los": (-1.62, 0.14, 1.85),
    "wilab-lte-mcs5-350-highway-los": (-0.68, 1.20, 2.91),
    "wilab-lte-mcs7-350-highway-los": (2.01, 4.14, 6.16),
    "wilab-lte-mcs7-350-highway-nlos": (5.70, 7.29, 8.79),
    "wilab-lte-mcs7-350-urban-los": (2.82, 4.89, 6.90),
    "wilab-lte-mcs7-350-crossing-nlos": (5.12, 6.88, 8.45),
    "wilab-lte-mcs11-350-highway-los": (5.18, 7.48, 9.89),
    "wilab-lte-mcs11-350-urban-los": (5.89, 8.64, 11.49),
    "wilab-nr-mcs7-100-urban-nlos": (9.16, 13.66, 17.24),
    "wilab-nr-mcs21-1500-urban-nlos": (21.5, 26.8, 32.5),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_logistics_lie_near_the_published_points(name: str) -> None:
    assert CURVES[name].at(np.array(PUBLISHED[name])) == pytest.approx([0.5, 0.1, 0.01], abs=0.03)


@pytest.mark.parametrize("name", CURVES)
@pytest.mark.parametrize("n", [64, 4096])
def test_drawing_from_the_inverse_gives_the_curve(name: str, n: int) -> None:
    curve = CURVES[name]
    needed = thresholds(curve, n)
    linear = 10.0 ** (SINR_DB / 10.0)
    lost = (linear[:, None] <= needed).mean(axis=1)  # every luck once
    assert np.abs(lost - curve.at(SINR_DB)).max() <= 0.5 / n + 1e-9
    assert np.all(np.diff(needed[np.isfinite(needed)]) >= 0.0)


def test_the_last_value_of_a_table_is_never_beaten() -> None:
    floor = Curve("floor", "made up", np.array([0.0, 1.0]), np.array([1.0, 0.25]))
    needed = thresholds(floor, 8)
    assert np.isinf(needed[-2:]).all()
    assert np.isfinite(needed[:-2]).all()


@given(st.floats(-10.0, 10.0))
def test_a_shift_moves_the_curve(shift_db: float) -> None:
    curve = CURVES["wilab-lte-mcs7-350-urban-los"]
    assert curve.shifted(shift_db).at(SINR_DB + shift_db) == pytest.approx(curve.at(SINR_DB))


def test_efficiencies_are_those_of_the_table() -> None:
    for row in _SIMULATED:
        if row.radio == "LTE":
            blocks = next(n for n in range(1, 101) if lte_block_bits(row.mcs, n) >= 8 * row.payload_bytes)
            assert row.efficiency == pytest.approx(lte_block_bits(row.mcs, blocks) / (180 * blocks), abs=5e-4)


def test_a_published_code_gets_its_own_curve() -> None:
    for row in _SIMULATED:
        chosen = curve_for(row.surroundings, row.modulation_bits, row.efficiency, row.payload_bytes)
        assert chosen.sinr_db == pytest.approx(row.curve().sinr_db)


@given(st.floats(0.2, 1.4), st.floats(0.01, 0.5))
def test_more_bits_need_more_signal(efficiency: float, more: float) -> None:
    assert fallback_sinr_db(efficiency + more) > fallback_sinr_db(efficiency)


def test_the_rule_predicts_curves_that_it_has_not_seen() -> None:
    """Each LTE curve from the nearest other of its surroundings: how good the rule is, 1.1 dB at the middle."""
    off_db = []
    for row in _SIMULATED:
        others = [
            other
            for other in _SIMULATED
            if other.surroundings == row.surroundings and abs(other.efficiency - row.efficiency) > 0.02
        ]
        if row.radio == "LTE":
            other = min(others, key=lambda other: abs(other.efficiency - row.efficiency))
            moved_db = fallback_sinr_db(row.efficiency) - fallback_sinr_db(other.efficiency)
            off_db.append(abs(other.middle_db + moved_db - row.middle_db))
    assert len(off_db) == 26
    assert max(off_db) < 1.1
