"""Braking while messages stay away, in replicas: what gap is enough, and what is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from report_kit import write_row

from v2x.control.braking import BrakingStudy, minimal_safe_gap_m
from v2x.scenario.model_platoon import Fallback
from v2x.scenario.model_radar import NoisyRadar
from v2x_analysis.binomial import clopper_pearson

REPORT = Path(__file__).resolve().parents[2] / "docs" / "validation" / "platooning.md"
STUDY = BrakingStudy()
RADAR, LAG_S = NoisyRadar(kind="noisy"), 0.5
STEADY_RADAR = NoisyRadar(kind="noisy", dropouts_per_h=0.0)
#: What is left between vehicles that stand: what the laws and the braking by radar want there.
STANDING_M = 2.0
#: What the radar needs, and the own engine in full: a radar sees motion, so the one ahead has had its lag already.
STATED_S = (RADAR.latency_ms + RADAR.cycle_ms) / 1e3 + LAG_S
#: Slowest reactions of 1,300 strings of each law at gaps of `STATED_S`, without and with dropouts: from the braking of
#: the one ahead to the own command. Braking by radar is no harder than it must be, and so begins later than it could.
SLOWEST_S, SLOWEST_WITH_DROPOUTS_S = 1.0, 1.8


def gap_for_m(reaction_s: float) -> float:
    """What is lost in that time at the speed of the study, and the gap at standstill."""
    return STANDING_M + STUDY.speed_mps * reaction_s


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


def test_a_gap_for_the_slowest_reaction_is_enough_and_five_metres_are_not() -> None:
    few = replace(STUDY, strings=2, radar=STEADY_RADAR)
    assert not replace(few, gap_m=gap_for_m(SLOWEST_S + LAG_S)).run().collided.any()
    assert replace(few, gap_m=5.0).run().collided.any()


@pytest.mark.validate
@pytest.mark.timeout(900)
@pytest.mark.parametrize("law", ["path", "ploeg"])
def test_gaps_for_the_measured_reaction_are_enough(law: str) -> None:
    """No collision in 1,300 strings; at gaps for what radar and engine are said to need there may be some."""
    for radar, slowest_s in ((STEADY_RADAR, SLOWEST_S), (RADAR, SLOWEST_WITH_DROPOUTS_S)):
        study = replace(STUDY, law=law, strings=100, radar=radar)
        _row("latency, cycle, lag", replace(study, gap_m=gap_for_m(STATED_S)))
        _row("and a dropout of mean length", replace(study, gap_m=gap_for_m(STATED_S + RADAR.dropout_s)))
        assert _row("slowest reaction, lag", replace(study, gap_m=gap_for_m(slowest_s + LAG_S))) == 0


@pytest.mark.validate
@pytest.mark.timeout(900)
@pytest.mark.parametrize("law", ["path", "ploeg"])
def test_smaller_gaps_are_not(law: str) -> None:
    study = replace(STUDY, law=law)
    assert _row("5 m", replace(study, gap_m=5.0)) > 0
    assert _row("half of latency, cycle, lag", replace(study, gap_m=gap_for_m(STATED_S / 2.0))) > 0
    blind = replace(study, fallback=Fallback(enabled=False), gap_m=gap_for_m(STATED_S + RADAR.dropout_s))
    assert _row("and a dropout of mean length", blind) > 0
    with np.errstate(invalid="ignore"):
        for radar, words in ((STEADY_RADAR, "0"), (RADAR, f"{RADAR.dropouts_per_h:g}")):
            smallest_m = minimal_safe_gap_m(replace(study, radar=radar), 10.0, 40.0, within_m=0.5)
            write_row(REPORT, "smallest", f"{law}, {words} dropouts/h | {smallest_m:.1f}")
            assert 5.0 < smallest_m < gap_for_m(SLOWEST_S + LAG_S)
