"""Mode 4 and mode 2 on the straight road: half duplex, what sensing is worth, what ranking does.

There is no reference curve of mode 2 at hand: these are trends, with margins.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from v2x.links.base import Cause
from v2x.links.sidelink.presets import Study, gonzalez2019
from v2x.links.sidelink.road import Road

#: Receptions within this distance, metres.
NEAR = 200
WARM_UP, STEPS = 20, 40


@cache
def losses(mode: str, khz: int = 15, density_per_m: float = 0.1, **changes: object) -> np.ndarray:
    """Share of receptions within 200 m by cause, over 4 s of 400 vehicles; ``changes`` to the rules."""
    road = Road(study(mode, khz, density_per_m), seed=1, vehicles=400)
    road.link.radios.rules = road.link.radios.rules._replace(**changes)
    for _ in range(WARM_UP):
        road.step()
    counts = sum((road.step()[:, :NEAR].sum(axis=1) for _ in range(STEPS)), start=np.zeros(len(Cause), np.int64))
    assert counts.sum() > 100_000
    return counts / counts.sum()


def study(mode: str, khz: int, density_per_m: float) -> Study:
    """The setting of Gonzalez-Martin et al. 2019; for NR with four sub-channels of 12 blocks in 20 MHz and QPSK."""
    plain = gonzalez2019()
    settings = plain.radio.model_dump() | {"mode": mode, "subcarrier_khz": khz}
    if mode == "nr2":
        channel = {"carrier_mhz": 20, "subchannel_blocks": 12, "subchannels": 4}
        settings |= {"channel": channel, "mcs": 7, "highest_mcs": 7}
    return replace(plain, radio=type(plain.radio).model_validate(settings), density_per_m=density_per_m)


def test_a_station_misses_the_share_of_slots_in_which_it_sends():
    """A hundredth of the slots at 10 Hz; who does not sense meets others' slots by chance alone."""
    blind = losses("lte4", ranking=False, threshold_mw=1e9)
    assert blind[Cause.HALF_DUPLEX] == pytest.approx(0.01, abs=0.0015)
    assert 0.005 < losses("lte4")[Cause.HALF_DUPLEX] < 0.0115


def test_half_as_long_slots_halve_the_half_duplex_losses():
    """30 kHz against 15 kHz: the station is deaf for half the time."""
    assert losses("nr2", 30)[Cause.HALF_DUPLEX] < 0.7 * losses("nr2", 15)[Cause.HALF_DUPLEX]


def test_sensing_avoids_most_collisions():
    """With the threshold out of reach stations choose blindly: several times as many collisions, in either mode."""
    blind = losses("lte4", ranking=False, threshold_mw=1e9)[Cause.COLLISION]
    assert losses("lte4")[Cause.COLLISION] < blind / 4
    assert losses("lte4", ranking=False)[Cause.COLLISION] < blind / 6


@pytest.mark.parametrize("density_per_m", [0.1, 0.2])
def test_ranking_costs_collisions_below_a_busy_ratio_of_half(density_per_m):
    """Those who choose at about the same time share the quietest fifth, as the closed form has it too."""
    ranked, free = (losses("lte4", 15, density_per_m, ranking=ranking)[Cause.COLLISION] for ranking in (True, False))
    assert 1.3 * free < ranked < 4 * free
