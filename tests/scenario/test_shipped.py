"""The scenarios that come with the project."""

from __future__ import annotations

import csv
import io
import runpy
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from v2x.data import data_dir
from v2x.scenario.library import field_names, scenario_names
from v2x.scenario.loader import load_scenario
from v2x.scenario.model import RecordedTraffic
from v2x.scenario.model_sidelink import SensingPc5

RECORDINGS = data_dir("scenarios") / "recordings"
NAMES = [
    "dongli-citizen",
    "dongli-remote-shuttle",
    "encounters",
    "recorded-crossroads",
    "wangwenzhuang-closed",
    "wangwenzhuang-platoon",
    "wangwenzhuang-remote-slalom",
    "xiqing-open",
    "xiqing-platoon",
    "xiqing-remote",
    "xiqing-truck-platoon",
]


def test_names() -> None:
    assert scenario_names() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_loads_and_says_what_it_tests(name: str) -> None:
    scenario = load_scenario(name).scenario
    assert scenario.name == name
    assert scenario.title
    assert scenario.odd
    assert scenario.pass_if
    assert all(criterion.source or criterion.requirement for criterion in scenario.pass_if)
    assert scenario.field is None or scenario.field in field_names()
    assert scenario.stations.subjects or scenario.platoon or scenario.remote


@pytest.mark.parametrize(
    ("name", "channel"),
    [
        ("dongli-citizen", "cn10"),
        ("recorded-crossroads", "us20"),
        ("wangwenzhuang-closed", "cn20"),
        ("xiqing-open", "us20"),
    ],
)
def test_the_radio_is_that_of_the_highest_fidelity(name: str, channel: str) -> None:
    scenario = load_scenario(name).scenario
    pc5, uu = scenario.links.pc5, scenario.links.uu
    assert isinstance(pc5, SensingPc5)
    assert (pc5.channel, pc5.propagation.line_of_sight) == (channel, "geometry")
    assert uu.kind == "geometric" if scenario.field else not scenario.stations.server.enabled


def test_the_demo_crosses_a_full_hour() -> None:
    scenario = load_scenario("xiqing-open").scenario
    end = scenario.start_utc + timedelta(seconds=scenario.duration_s)
    assert (scenario.start_utc.hour, end.hour) == (0, 1)


def test_the_recording_is_replaced_by_one_setting(tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text("t_s,id,x_m,y_m\n0,a,0,0\n7.5,a,9,9\n")
    scenario = load_scenario("recorded-crossroads", [f"traffic.path={own}"]).scenario
    assert isinstance(scenario.traffic, RecordedTraffic)
    assert (scenario.traffic.path, scenario.duration_s) == (own, 7.5)


def test_a_real_recording_plays_to_its_end(shared: Path) -> None:
    table = shared / "data" / "recorded" / "crossroads_tracks.csv"
    assert load_scenario("recorded-crossroads", [f"traffic.path={table}"]).scenario.duration_s == pytest.approx(227.7)


def test_the_sample_recording_is_made_by_its_script() -> None:
    script = runpy.run_path(str(RECORDINGS / "make_crossroads_sample.py"))
    text = script["table"]()
    assert text == (RECORDINGS / "crossroads_sample.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["lane"] for row in rows} == {"0", "1", "2", "3"}
    assert {row["signal"] for row in rows} == {"red", "yellow", "green"}


def test_nobody_in_the_sample_jumps_or_drives_through_another() -> None:
    with (RECORDINGS / "crossroads_sample.csv").open() as file:
        rows = [(float(r["t_s"]), r["id"], complex(float(r["x_m"]), float(r["y_m"]))) for r in csv.DictReader(file)]
    by_time: dict[float, dict[str, complex]] = {}
    for t_s, name, point in rows:
        by_time.setdefault(t_s, {})[name] = point
    frames = [by_time[t_s] for t_s in sorted(by_time)]
    for before, after in pairwise(frames):
        assert all(abs(after[name] - before[name]) < 1.15 for name in before.keys() & after.keys())  # 11 m/s
    for frame in frames:
        points = list(frame.values())
        gaps = [abs(a - b) for i, a in enumerate(points) for b in points[:i]]
        assert min(gaps, default=9.0) > 3.0  # lanes of opposite directions are 3.5 m apart


def test_the_example_of_the_documentation_loads(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "scenarios.md").read_text(encoding="utf-8")
    example = tmp_path / "example.yaml"
    example.write_text(text.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    assert load_scenario(example).scenario.name == "my-test"
