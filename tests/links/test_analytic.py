"""The closed-form road: against the authors' figures, and against what must hold in any case."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from road_kit import paper_road

from v2x.links.sidelink.analytic import busy_ratio, losses

DISTANCES_M = np.arange(0.0, 501.0, 25.0)


@pytest.mark.parametrize("setting", ["0.1_10_20_4", "0.1_20_20_4", "0.2_10_20_2", "0.2_10_20_4"])
def test_authors_code(shared: Path, setting: str) -> None:
    """PDR and each cause within half a percentage point on average, CBR within 0.005."""
    density, rate, power, subchannels = setting.split("_")
    name = f"analytic_beta{density}_lambda{rate}_Pt{power}_S{subchannels}_B190.csv"
    text = (shared / "reference" / "pc5" / name).read_text()
    table = np.loadtxt(text.splitlines()[2:], delimiter=",")
    cbr = re.search(r"CBR=([\d.]+)", text)
    assert cbr is not None
    ours = losses(paper_road(float(density), float(rate), float(power), int(subchannels)), table[:, 0])
    columns = [ours.pdr, ours.half_duplex, ours.below_sensitivity, ours.propagation, ours.collision]
    assert np.all(np.abs(np.column_stack(columns) - table[:, 1:]).mean(axis=0) <= 0.005)
    assert abs(ours.cbr - float(cbr[1])) <= 0.005


def test_busy_ratio_against_the_sum() -> None:
    """The paper's sum (29) over N = 10,000 resources, where integral and sum are the same to 0.0005."""
    resources = 10_000
    for load in (0.0, 0.1, 0.5, 1.0, 1.3, 1.9):
        half = load * resources / 2
        stations = np.arange(1, int(half) + 1)
        listed = half + np.maximum(1 - stations / (resources - half), 0).sum()
        assert busy_ratio(load) == pytest.approx(listed / resources, abs=5e-4)
    assert np.array_equal(busy_ratio([2.0, 5.0]), [1.0, 1.0])


def test_shares_and_limits() -> None:
    """Shares are shares; a lone pair loses by half duplex, sensitivity and noise alone."""
    crowded = losses(paper_road(0.3, 10.0), DISTANCES_M)
    for share in (crowded.half_duplex, crowded.below_sensitivity, crowded.propagation, crowded.collision, crowded.pdr):
        assert np.all((share >= 0.0) & (share <= 1.0))
    lonely = losses(paper_road(0.002, 10.0), DISTANCES_M)
    assert lonely.collision.max() < 0.003
    assert np.all(lonely.pdr >= crowded.pdr)


def test_load_decides() -> None:
    """Twice the stations or twice the rate: the same busy ratio, and collisions alike within 3 points.

    They are fewer with the rate, since a neighbour's new choice stays unknown for one of its messages only (24).
    """
    more, faster = losses(paper_road(0.2, 10.0), DISTANCES_M), losses(paper_road(0.1, 20.0), DISTANCES_M)
    assert more.cbr == pytest.approx(faster.cbr)
    assert 0.0 < np.max(more.collision - faster.collision) < 0.03
    assert np.all(more.collision > faster.collision)


def test_ranking_counts_up_to_a_busy_ratio_of_0_7() -> None:
    """Equation (22): beyond it, only reservations decide."""
    for density, alike in ((0.2, False), (0.4, True)):
        road = paper_road(density, 10.0)
        unranked = replace(road, ranked=False)
        assert (road.cbr > 0.7) == alike
        assert np.array_equal(losses(unranked, DISTANCES_M).collision, losses(road, DISTANCES_M).collision) == alike
