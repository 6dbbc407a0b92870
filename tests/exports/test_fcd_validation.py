"""What we write as floating car data is what SUMO writes itself of the same traffic."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
import sumo
import sumolib
from click.testing import CliRunner

from v2x.assembly import clock_of
from v2x.cli.main import cli
from v2x.field.load import load_field
from v2x.scenario.loader import load_scenario
from v2x.scenario.model import SumoTraffic as Config
from v2x.traffic.sumo import SumoTraffic

SETTINGS = {"duration_s": "5", "traffic.warmup_s": "20", "stations.subjects": "[]", "links.uu": "{kind: ideal}"}


@pytest.mark.validate
def test_positions_are_those_that_sumo_writes(tmp_path: Path) -> None:
    sets = [part for path, value in SETTINGS.items() for part in ("--set", f"{path}={value}")]
    asked = ["run", "xiqing-open", "--out", str(tmp_path / "run"), "--no-report", *sets]
    assert CliRunner().invoke(cli, asked, catch_exceptions=False).exception is None
    ours = tmp_path / "ours.xml"
    CliRunner().invoke(cli, ["export", str(tmp_path / "run"), "--format", "sumo-fcd", "--out", str(ours)])

    scenario = load_scenario("xiqing-open", [f"{path}={value}" for path, value in SETTINGS.items()]).scenario
    assert isinstance(scenario.traffic, Config)
    traffic = SumoTraffic(scenario.traffic, load_field("xiqing"), clock_of(scenario), scenario.seed)
    theirs = tmp_path / "theirs.xml"
    program = Path(sumo.SUMO_HOME) / "bin" / "sumo"
    arguments = [*traffic.arguments()[1:], "--fcd-output", str(theirs), "--precision", "4"]
    subprocess.run([program, *arguments], check=True, capture_output=True)

    # SUMO's output names a state by the begin of the step that led to it, a run by its end
    begin_s = scenario.traffic.warmup_s - scenario.step_s
    found, known = _read(ours, 0.0), _read(theirs, begin_s)
    steps = sorted({t_ms for t_ms, _ in found})
    assert len(steps) >= 49
    assert {key for key in known if key[0] in steps} == found.keys()
    ours_m, theirs_m = (np.array([table[key] for key in found]) for table in (found, known))
    turned_deg = (ours_m[:, 3] - theirs_m[:, 3] + 180.0) % 360.0 - 180.0
    assert np.abs(ours_m[:, :2] - theirs_m[:, :2]).max() < 1.5e-3  # we write millimetres
    assert np.abs(ours_m[:, 2] - theirs_m[:, 2]).max() < 1.5e-3
    assert np.abs(turned_deg).max() < 1.5e-3


def _read(file: Path, begin_s: float) -> dict[tuple[int, str], tuple[float, ...]]:
    """(Time in ms, name) -> x, y, speed, angle."""
    return {
        (round((float(step.time) - begin_s) * 1e3), each.id): tuple(
            float(getattr(each, name)) for name in ("x", "y", "speed", "angle")
        )
        for step in sumolib.xml.parse(str(file), "timestep")
        for each in [*(step.vehicle or []), *(step.person or [])]
    }
