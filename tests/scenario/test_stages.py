"""Stages and what makes them perfect: scenarios stay scenarios, stages keep out of each other's way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from v2x.scenario.counterfactual import Counterfactuals
from v2x.scenario.loader import load_scenario
from v2x.scenario.model import GeometricUu, Scenario
from v2x.scenario.stages import STAGES

EVERY = ("wangwenzhuang-platoon", "xiqing-remote", "dongli-citizen", "encounters")


def written(folder: Path, name: str, *settings: str) -> Path:
    """The scenario as a run folder has it; JSON is YAML."""
    file = folder / "scenario.resolved.yaml"
    file.write_text(json.dumps(load_scenario(name, settings).resolved))
    return file


def idealised(what: Counterfactuals, *names: str) -> Scenario:
    point = what.point(frozenset(names), seed=4)
    return what.study([point]).load(point).scenario


@pytest.mark.parametrize("name", EVERY)
def test_what_is_all_ideal_has_nothing_left_to_idealise(name: str, tmp_path: Path) -> None:
    what = Counterfactuals(written(tmp_path, name))
    wholes = [stage.name for stage in what.stages if stage.whole is None]
    ideal = idealised(what, *wholes)
    assert ideal.seed == 4 and ideal.variants == ()
    (tmp_path / "ideal").mkdir()
    again = tmp_path / "ideal" / "scenario.resolved.yaml"
    again.write_text(ideal.model_dump_json(by_alias=True))
    assert Counterfactuals(again).stages == ()


@pytest.mark.parametrize("name", EVERY)
def test_no_two_stages_set_the_same(name: str) -> None:
    scenario = load_scenario(name).scenario
    paths = [path for stage in STAGES if stage.whole is None for path in stage.ideal(scenario)]
    assert len(paths) == len(set(paths))


def test_names_are_unique_and_parts_stand_below_their_stage() -> None:
    names = [stage.name for stage in STAGES]
    assert len(names) == len(set(names))
    for row, stage in enumerate(STAGES):
        assert stage.whole is None or stage.whole in names[:row]


def test_a_platoon_alone_has_these_stages(tmp_path: Path) -> None:
    """Positions, own motion, clocks and delays are ideal in it, the server is off, there is no roadside."""
    names = [stage.name for stage in Counterfactuals(written(tmp_path, "wangwenzhuang-platoon")).stages]
    assert names == ["radar", "security", "resolution", "pc5", "pc5.delay", "controller"]


def test_links_keep_what_they_are_spared_already(tmp_path: Path) -> None:
    settings = ("links.pc5={kind: statistical, without: [collision]}", "links.uu={kind: geometric, without: [core]}")
    what = Counterfactuals(written(tmp_path, "xiqing-open", *settings))
    names = {stage.name for stage in what.stages}
    assert not {"pc5.collision", "uu.core", "uu.internet"} & names
    assert {"pc5.half_duplex", "pc5.propagation", "pc5.delay", "pc5.random", "uu.queue", "uu.handover"} <= names
    links = idealised(what, "pc5.half_duplex", "uu.server").links
    assert links.pc5.without == ("collision", "half_duplex")  # type: ignore[union-attr]
    assert isinstance(links.uu, GeometricUu) and links.uu.without == ("core", "server")


def test_an_ideal_sidelink_reaches_as_far_as_before(tmp_path: Path) -> None:
    for name, reach_m in (("xiqing-open", 500.0), ("wangwenzhuang-platoon", 1000.0)):
        what = Counterfactuals(written(tmp_path, name))
        assert idealised(what, "pc5").links.pc5.range_m == reach_m  # type: ignore[union-attr]


def test_members_of_a_mixed_string_lose_their_own_lag(tmp_path: Path) -> None:
    mixed = (
        "platoon.members=[{}, {engine_lag_s: 2, max_brake_mps2: 3}, {max_accel_mps2: 9}]",
        "platoon.dead_time_s=0.2",
    )
    platoon = idealised(Counterfactuals(written(tmp_path, "wangwenzhuang-platoon", *mixed)), "controller").platoon
    assert platoon is not None
    assert platoon.dead_time_s == 0.0 and platoon.engine_lag_s < 0.001
    assert platoon.members[1].engine_lag_s == platoon.engine_lag_s
    assert platoon.members[1].max_brake_mps2 == pytest.approx(9.81 * 0.8)
    assert platoon.members[2].max_accel_mps2 == 9 and platoon.members[2].engine_lag_s is None
