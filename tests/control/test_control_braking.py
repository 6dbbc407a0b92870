"""Braking while messages stay away, in replicas: what gap is enough, and what is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from report_kit import write_row

from v2x.control.braking import BrakingStudy, minimal_safe_gap_m
from v2x.scenario.model_platoon import Fallback, NoisyRadar
from v2x_analysis.binomial import clopper_pearson

REPORT = Path(__file__).resolve().parents[2] / "docs" / "validation" / "platooning.md"
STUDY = BrakingStudy()
RADAR, LAG_S = NoisyRadar(kind="noisy"), 0.5
STEADY_RADAR = NoisyRadar(kind="noisy", dropouts_per_h=0.0)
#: Detection by radar, and the own engine in full: a radar sees motion, so the one ahead has had its lag already.
REACTION_S = (RADAR.latency_ms + RADAR.cycle_ms) / 1e3 + LAG_S
#: What is left between vehicles that stand: what the laws and the braking by radar want there.
STANDING_M = 2.0
NAMED_M = STANDING_M + STUDY.speed_mps * REACTION_S
LOST_SIGHT_M = NAMED_M + STUDY.speed_mps * RADAR.dropout_s


def _row(name: str, study: BrakingStudy) -> int:
    """Drive it, write what came of it, and return the number of strings with a collision."""
    with np.errstate(invalid="ignore"):  # nobody braked: no reaction
        found = study.run()
    reaction_s = found.reaction_s[np.isfinite(found.reaction_s)]
    strings, collided = len(found.collided), int(found.collided.sum())
    low, high = clopper_pearson(collided, strings, 0.95)
    fallback = "on" if study.fallback.enabled else "off"
    dropouts = f"{study.radar.dropouts_per_h:g} dropouts/h" if isinstance(study.radar, NoisyRadar) else "ideal"
    row = (
        f"{study.law}, {name}, fallback {fallback}, {dropouts} | {study.gap_m:.1f} | {collided} of {strings} | "
        f"{100.0 * low:.2f} to {100.0 * high:.2f} % | {found.least_m.min():.2f} | "
        f"{np.quantile(found.least_m, 0.05):.2f} | {np.median(reaction_s):.2f} / {reaction_s.max():.2f}"
    )
    write_row(REPORT, "braking", row)
    return collided


def test_a_gap_for_the_stated_reaction_is_enough_and_five_metres_are_not() -> None:
    few = replace(STUDY, strings=2, radar=STEADY_RADAR)
    assert not replace(few, gap_m=NAMED_M).run().collided.any()
    assert replace(few, gap_m=5.0).run().collided.any()


@pytest.mark.validate
@pytest.mark.timeout(900)
@pytest.mark.parametrize("law", ["path", "ploeg"])
def test_gaps_for_the_stated_reaction_are_enough(law: str) -> None:
    """No collision in 1,300 strings: without dropouts of the radar, and with one more on top of their mean length."""
    steady, noisy = (replace(STUDY, law=law, strings=100, radar=radar) for radar in (STEADY_RADAR, RADAR))
    assert _row("stated reaction", replace(steady, gap_m=NAMED_M)) == 0
    assert _row("stated reaction + a dropout", replace(noisy, gap_m=LOST_SIGHT_M)) == 0


@pytest.mark.validate
@pytest.mark.timeout(900)
@pytest.mark.parametrize("law", ["path", "ploeg"])
def test_smaller_gaps_are_not(law: str) -> None:
    study = replace(STUDY, law=law)
    assert _row("5 m", replace(study, gap_m=5.0)) > 0
    assert _row("half of the stated reaction", replace(study, gap_m=STANDING_M + STUDY.speed_mps * REACTION_S / 2)) > 0
    _row("stated reaction", replace(study, gap_m=NAMED_M))
    off = Fallback(enabled=False)
    assert _row("stated reaction + a dropout", replace(study, gap_m=LOST_SIGHT_M, fallback=off)) > 0
    with np.errstate(invalid="ignore"):
        for radar, words in ((STEADY_RADAR, "0"), (RADAR, f"{RADAR.dropouts_per_h:g}")):
            smallest_m = minimal_safe_gap_m(replace(study, radar=radar), 10.0, 40.0, within_m=0.5)
            write_row(REPORT, "smallest", f"{law}, {words} dropouts/h | {smallest_m:.1f}")
            assert smallest_m <= (NAMED_M if radar is STEADY_RADAR else LOST_SIGHT_M)
