"""Our strings beside SUMO's own platoon model, which hears the same messages at the same times."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from cc_kit import drive_cc
from control_kit import drive, ratio
from report_kit import write_row

from v2x_analysis.platooning.theory import Setting

REPORT = Path(__file__).resolve().parents[2] / "docs" / "validation" / "platooning.md"
CASES = (
    ("acc", Setting("acc", {"time_gap_s": 1.2}), 0.1),
    ("ploeg, desired", Setting("ploeg", {"time_gap_s": 0.5}, delay_s=0.0), 0.2),
    ("ploeg, desired", Setting("ploeg", {"time_gap_s": 0.5}, delay_s=0.1), 0.2),
    ("ploeg, desired", Setting("ploeg", {"time_gap_s": 0.9, "kp": 0.3, "kd": 0.9}, lag_s=0.3, delay_s=0.2), 0.1),
    ("ploeg, measured", Setting("ploeg", {"time_gap_s": 0.5}, delay_s=0.1, feed_forward="measured"), 0.1),
    ("path, desired", Setting("path", delay_s=0.1), 0.2),
    ("path, desired", Setting("path", delay_s=0.3), 0.5),
    ("path, measured", Setting("path", delay_s=0.1, feed_forward="measured"), 0.2),
    ("path, desired", Setting("path", {"c1": 0.3, "xi": 1.2, "omega_n_radps": 0.3}, delay_s=0.05), 0.1),
    ("flatbed", Setting("flatbed", delay_s=0.1), 0.2),
)


@pytest.mark.validate
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("name", "setting", "frequency_hz"), CASES)
def test_gains_are_those_of_sumos_platoon_model(
    name: str, setting: Setting, frequency_hz: float, tmp_path: Path
) -> None:
    ours = drive([setting], np.array([frequency_hz]))
    theirs = ratio(np.abs(drive_cc(tmp_path, setting, frequency_hz, ours.phases[0, 0])))
    off = np.abs(ours.plain[0] / theirs - 1.0)
    gains = (
        "" if not setting.gains else " (" + ", ".join(f"{key} {value:g}" for key, value in setting.gains.items()) + ")"
    )
    row = (
        f"{name}{gains}, lag {setting.lag_s:g} s, {1e3 * setting.delay_s:.0f} ms, {frequency_hz:g} Hz | "
        f"{ours.plain[0, 0]:.5f} | {theirs[0]:.5f} | {100.0 * off[0]:.4f} % | {100.0 * off.max():.4f} %"
    )
    write_row(REPORT, "cc", row)
    assert off[0] < 0.01
    assert off.max() < 0.01
