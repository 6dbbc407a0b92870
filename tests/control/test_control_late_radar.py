"""What a real radar makes of the gains that theory has for an ideal one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from control_kit import AMPLITUDE_MPS, FOLLOWERS, SETTLED_S, SPEED_MPS, ratio, track_of
from report_kit import write_row

from v2x.control.leader import Sine
from v2x.control.measures import SineFit
from v2x.control.study import run
from v2x.control.study_link import StudyLink
from v2x.scenario.model_radar import IdealRadar, NoisyRadar, Radar
from v2x_analysis.platooning.theory import Setting, response

REPORT = Path(__file__).resolve().parents[2] / "docs" / "validation" / "platooning.md"
#: As in the scenario xiqing-platoon, with messages as old in the mean as there.
SETTING, FREQUENCY_HZ, STRINGS = Setting("ploeg", {"time_gap_s": 0.8}, delay_s=0.04), 0.1, 200
RADARS: dict[str, Radar] = {
    "ideal": IdealRadar(kind="ideal"),
    "late, without noise": NoisyRadar(kind="noisy", range_sigma_m=0.0, rate_sigma_mps=0.0, dropouts_per_h=0.0),
    "late and noisy": NoisyRadar(kind="noisy", dropouts_per_h=0.0),
    "late and noisy, with dropouts": NoisyRadar(kind="noisy"),
}


@pytest.mark.validate
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", RADARS)
def test_a_late_radar_amplifies_more(name: str) -> None:
    track = replace(track_of([SETTING] * STRINGS, StudyLink(), FOLLOWERS), radar=RADARS[name])
    leader = Sine(SPEED_MPS, FREQUENCY_HZ, 1.5 * AMPLITUDE_MPS, 0.0)
    few, many = (SineFit(FREQUENCY_HZ, SETTLED_S, STRINGS, FOLLOWERS + 1) for _ in range(2))
    run(track, leader, SETTLED_S + 30.0, [few])
    run(track, leader, SETTLED_S + 120.0, [many])
    exact = float(ratio(np.abs(response(SETTING, FREQUENCY_HZ, FOLLOWERS)[0]))[0])
    spread = f"{few.gains.std():.4f} | {many.gains.std():.4f}"
    lowest, highest = np.quantile(few.gains, [0.025, 0.975])
    row = f"{name} | {exact:.4f} | {many.gains.mean():.4f} | {spread} | {lowest:.3f} to {highest:.3f}"
    write_row(REPORT, "radar", row)
    if name == "ideal":
        assert many.gains.mean() == pytest.approx(exact, rel=1e-3)
    else:
        assert 1.005 < many.gains.mean() / exact < 1.015
