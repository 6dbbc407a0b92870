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
FOLLOWERS = 4
#: The bends of the ring are made of pieces of 124 m, 0.2 of them a second. Consensus tells gaps from positions, across
#: the corners, and would answer to these as well.
FREQUENCY_HZ = {"consensus": 0.3}
#: The time gap of each law that has one: Ploeg's of its papers, else the default.
TIME_GAP_S = {"ploeg": 0.5, "acc": 1.2}


def expected(controller: str, delay_ms: int, beacon_hz: int) -> np.ndarray:
    """Gain of each follower, averaged over the phases of messages."""
    gains = {"time_gap_s": TIME_GAP_S[controller]} if controller in TIME_GAP_S else {}
    setting = Setting(controller, gains, delay_s=delay_ms / 1e3, beacon_s=1.0 / beacon_hz)
    return gain_per_vehicle(setting, FREQUENCY_HZ.get(controller, 0.2), FOLLOWERS)[0]


def driven(out: Path, controller: str, delay_ms: int, beacon_hz: int, *more: str) -> np.ndarray:
    """The same of a run."""
    own = (f"platoon.time_gap_s={TIME_GAP_S[controller]}",) if controller in TIME_GAP_S else ()
    settings = (
        f"platoon.controller={controller}", f"platoon.followers={FOLLOWERS}", f"platoon.beacon_hz={beacon_hz}",
        f"links.pc5.delay_ms={delay_ms}", f"platoon.leader.frequency_hz={FREQUENCY_HZ.get(controller, 0.2)}",
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


#: 100 km/h and a braking at 6 m/s^2; 30 % of the messages lost at random, and outages of 5 s in the mean.
BRAKING = (
    "platoon.controller=path", "platoon.leader={kind: brake, speed_mps: 27.78, brake_at_s: 15, brake_mps2: 6}",
    "links.pc5={kind: statistical, pdr: [[0, 0.7], [1000, 0.7]], bursts: {mean_good_s: 5, mean_bad_s: 5}}",
    "duration_s=30",
)  # fmt: skip


@pytest.mark.parametrize(("spacing_m", "safe"), [(5.0, False), (27.7, True)])
def test_a_braking_through_outages_passes_with_a_safe_gap_only(spacing_m: float, safe: bool, tmp_path: Path) -> None:
    """The gaps are those of the study of replicas (tests/control/test_control_braking.py)."""
    for seed in (1, 2, 3):
        summary = run(tmp_path / f"{seed}", f"platoon.spacing_m={spacing_m}", *BRAKING, f"seed={seed}")
        card = summary["scorecard"]
        collisions, needed_m = card["platoon.collisions"], card["platoon.minimal_safe_gap_m"]
        row = f"{summary['verdict']} | {collisions} | {card['platoon.min_gap_m']:.2f} | {needed_m:.1f}"
        write_row(REPORT, "braking_runs", f"{spacing_m:g} m, seed {seed} | {row}")
        assert (summary["verdict"], collisions == 0) == ("PASS" if safe else "FAIL", safe)
        assert safe or needed_m > spacing_m


#: What takes xiqing-platoon off theory, made ideal one after the other.
EXACT_RADAR, EXACT_MOTION = "platoon.radar.kind=ideal", "sensors.ideal=[motion]"
CONSTANT_LINK = "links.pc5={kind: constant, delay_ms: 20}"
XIQING = {
    "as it is": (),
    "ideal radar": (EXACT_RADAR,),
    "and exact own motion": (EXACT_RADAR, EXACT_MOTION),
    "and a constant link of 20 ms": (EXACT_RADAR, EXACT_MOTION, CONSTANT_LINK),
}


@pytest.mark.parametrize("name", XIQING)
def test_what_takes_xiqing_platoon_off_theory(name: str, tmp_path: Path) -> None:
    longer = ("platoon.leader.brake_at_s=null", "duration_s=100")
    card = run(tmp_path / "run", *XIQING[name], *longer, scenario="xiqing-platoon")["scorecard"]
    found, exact = (np.array(card[f"platoon.{key}"]) for key in ("gain_per_vehicle", "theory.gain_per_vehicle"))
    gains = ", ".join(f"{gain:.3f}" for gain in found)
    row = f"{card['platoon.aoi_ms.p50']:.0f} | {exact[0]:.3f} | {found.mean():.3f} | {gains}"
    write_row(REPORT, "xiqing", f"{name} | {row}")
    assert found.mean() == pytest.approx(exact.mean(), rel=0.02)
    if CONSTANT_LINK in XIQING[name]:  # else single followers fall back for a second
        assert found == pytest.approx(exact, rel=0.005)
