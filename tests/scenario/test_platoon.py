"""The keys of a platoon: what goes with what, and a key that is a word of Python's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from v2x.errors import ScenarioError
from v2x.scenario.loader import LoadedScenario, load_scenario
from v2x.scenario.schema import scenario_schema

GOOD = Path(__file__).parent / "parts" / "good.yaml"
PLATOON = """
platoon:
  route: [A.B, B.C]
  start_at_m: 200
  lambda: 0.3
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "platoon.yaml"
    path.write_text(f"extends: {GOOD}\n{PLATOON}", encoding="utf-8")
    return path


def gain(loaded: LoadedScenario) -> float | None:
    assert loaded.scenario.platoon is not None
    return loaded.scenario.platoon.lambda_


def test_lambda_is_a_key_like_any_other(file: Path, tmp_path: Path) -> None:
    assert gain(load_scenario(file)) == 0.3
    loaded = load_scenario(file, ["platoon.lambda=0.2"])
    assert gain(loaded) == 0.2 and loaded.resolved["platoon"]["lambda"] == 0.2
    resolved = tmp_path / "scenario.resolved.yaml"
    resolved.write_text(json.dumps(loaded.resolved), encoding="utf-8")
    again = load_scenario(resolved)
    assert again.scenario == loaded.scenario and again.resolved == loaded.resolved
    assert "lambda" in scenario_schema()["$defs"]["Platoon"]["properties"]


def test_the_settings_of_a_study_by_their_names(file: Path) -> None:
    settings = [
        *("platoon.controller=ploeg", "platoon.time_gap_s=0.5", "platoon.beacon_hz=10", "platoon.quantised=false"),
        *("platoon.leader.kind=sine", "platoon.leader.frequency_hz=0.2", "platoon.radar.kind=ideal"),
        *("platoon.fallback.enabled=false", "links.pc5.kind=constant", "links.pc5.delay_ms=100"),
    ]
    platoon = load_scenario(file, settings).scenario.platoon
    assert platoon is not None and platoon.fallback.enabled is False and platoon.radar.kind == "ideal"


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        (["platoon.beacon_hz=30"], "--set: platoon.beacon_hz: must divide the 100 control steps of a second"),
        (["platoon.followers=1", "platoon.members=[{}, {}, {}]"], "--set: platoon.members: more than the 2 vehicles"),
        (["platoon.leader={kind: profile, points: [[1, 5], [1, 6]]}"], "platoon.leader.points.1: times must ascend"),
        (["platoon.dead_time_s=0.015"], "--set: platoon.dead_time_s: must be a multiple of the control step, 10 ms"),
        (["platoon.members=[{dead_time_s: 0.001}]"], "platoon.members.0.dead_time_s: must be a multiple of"),
        (
            ["platoon.leader={kind: sine, amplitude_mps: 26}"],
            "platoon.leader.amplitude_mps: must be at most the mean speed, 25 m/s",
        ),
        (["platoon.leader={kind: brake, to_mps: 25}"], "platoon.leader.to_mps: must be less than the speed before, 25"),
        (["platoon.leader={kind: profile, points: []}"], "platoon.leader.points: too few entries: has 0, needs"),
        (["step_s=0.025"], "--set: step_s: a platoon is controlled every 10 ms"),
        (
            ["traffic={kind: synthetic, origin: {crs: wgs84, lon_deg: 117, lat_deg: 39}}"],
            "platoon: a platoon drives in traffic of kind 'sumo', not 'synthetic'",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(file: Path, settings: list[str], fault: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load_scenario(file, settings)
    assert [fault in str(each) for each in caught.value.faults] == [True]
