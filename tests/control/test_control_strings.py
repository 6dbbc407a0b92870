"""Simulated strings against the exact theory: what passes from each vehicle to the next."""

from __future__ import annotations

import numpy as np
import pytest
from control_kit import Cells, off

LAWS = ("acc", "path", "ploeg", "consensus", "flatbed")


def judge(cells: Cells) -> None:
    """Single rate 0.5 % at the first follower and 3 % at all; 10 Hz 0.5 %, and 5 % in the mean over phases."""
    assert np.nanmax(np.abs(cells.single[:, 0])) < 0.005
    assert np.nanmax(np.abs(cells.single)) < 0.03
    assert np.nanmax(np.abs(cells.ten_hz[:, 0])) < 0.005
    assert np.nanmax(np.abs(cells.ten_hz)) < 0.05


@pytest.mark.parametrize("law", LAWS)
def test_gains_are_those_of_the_exact_theory(law: str) -> None:
    judge(off(law, (0.1, 0.2), (0.0, 0.1)))


@pytest.mark.validate
@pytest.mark.parametrize("law", [*LAWS, "degraded"])
def test_gains_are_those_of_the_exact_theory_over_a_grid(law: str) -> None:
    delays_s = (0.0, 0.05, 0.1, 0.2, 0.3)
    judge(off(law, (0.05, 0.1, 0.2, 0.3), delays_s))
    judge(off(law, (0.5, 1.0), delays_s, phases=400))  # the spread over phases grows to a quarter of the amplitude
