"""Platoons in SUMO, with real frames, against the exact theory; writes tables of ``docs/validation/platooning.md``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from report_kit import write_row
from run_kit import run

from v2x_analysis.platooning.theory import Setting, gain_per_vehicle

pytestmark = [pytest.mark.validate, pytest.mark.timeout(900)]

REPORT = Path(__file__).resolve().parents[2] / "docs" / "validation" / "platooning.md"
EXACT = ("platoon.radar.kind=ideal", "platoon.quantised=false", "platoon.fallback.enabled=false")
FREQUENCY_HZ, FOLLOWERS = 0.2, 4
#: The time gap of each law that has one: Ploeg's of its papers, else the default.
TIME_GAP_S = {"ploeg": 0.5, "acc": 1.2}


def expected(controller: str, delay_ms: int, beacon_hz: int) -> np.ndarray:
    """Gain of each follower, averaged over the phases of messages."""
    gains = {"time_gap_s": TIME_GAP_S[controller]} if controller in TIME_GAP_S else {}
    setting = Setting(controller, gains, delay_s=delay_ms / 1e3, beacon_s=1.0 / beacon_hz)
    return gain_per_vehicle(setting, FREQUENCY_HZ, FOLLOWERS)[0]


def driven(out: Path, controller: str, delay_ms: int, beacon_hz: int, *more: str) -> np.ndarray:
    """The same of a run of 45 s; 70 s for the law that tells gaps from positions, which bends of the ring disturb."""
    own = (f"platoon.time_gap_s={TIME_GAP_S[controller]}",) if controller in TIME_GAP_S else ()
    settings = (
        f"platoon.controller={controller}", f"platoon.followers={FOLLOWERS}", f"platoon.beacon_hz={beacon_hz}",
        f"links.pc5.delay_ms={delay_ms}", f"platoon.leader.frequency_hz={FREQUENCY_HZ}",
        f"duration_s={70 if controller == 'consensus' else 45}",
    )  # fmt: skip
    return np.array(run(out, *settings, *own, *EXACT, *more)["scorecard"]["platoon.gain_per_vehicle"])


@pytest.mark.parametrize("beacon_hz", [10, 100])
@pytest.mark.parametrize("delay_ms", [20, 150])
@pytest.mark.parametrize("controller", ["ploeg", "path", "consensus", "flatbed"])
def test_runs_amplify_as_theory_has_it(controller: str, delay_ms: int, beacon_hz: int, tmp_path: Path) -> None:
    exact = expected(controller, delay_ms, beacon_hz)
    off = driven(tmp_path / "run", controller, delay_ms, beacon_hz) / exact - 1.0
    numbers = " | ".join(f"{100.0 * each:+.3f} %" for each in off)
    write_row(REPORT, "sumo", f"{controller}, {delay_ms} ms, {beacon_hz} Hz | {exact[0]:.5f} | {numbers}")
    assert abs(off[0]) < 0.005
    assert np.abs(off).max() < (0.03 if beacon_hz == 100 else 0.05)


@pytest.mark.parametrize("controller", ["ploeg", "path", "consensus", "flatbed"])
@pytest.mark.parametrize("profile", ["csae", "j2735"])
def test_messages_of_the_standards_amplify_nearly_so(controller: str, profile: str, tmp_path: Path) -> None:
    exact = expected(controller, 100, 10)
    coarse = ("platoon.quantised=true", f"profile={profile}")
    off = driven(tmp_path / "run", controller, 100, 10, *coarse) / exact - 1.0
    numbers = " | ".join(f"{100.0 * each:+.3f} %" for each in off)
    write_row(REPORT, "sumo", f"{controller}, 100 ms, 10 Hz, quantised, {profile} | {exact[0]:.5f} | {numbers}")
    assert abs(off[0]) < 0.005
    assert np.abs(off).max() < 0.05
