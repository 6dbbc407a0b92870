"""Studies: which runs they come to, and what is told of a study that is wrong."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_scenario import SMALL

from v2x.errors import InputError, ScenarioError
from v2x.scenario.document import Place, parse
from v2x.scenario.library import study_names
from v2x.scenario.loader import LoadedScenario, load_scenario
from v2x.scenario.model_study import Study
from v2x.scenario.study import LoadedStudy, fingerprint, load_study
from v2x.scenario.study_points import Point, governs, groups_of, points_of, settings_of

LOSS, DELAY, VEHICLES, PROFILE = "links.pc5.loss", "links.pc5.delay_ms", "traffic.vehicles", "profile"


def study_of(folder: Path, **asked: Any) -> Path:
    """The file of a study of the small scenario; keys in JSON, which is YAML, one a line."""
    (folder / "small.yaml").write_text(SMALL)
    file = folder / "study.yaml"
    lines = {"schema_version": 1, "base": "./small.yaml"} | {key.rstrip("_"): value for key, value in asked.items()}
    file.write_text("".join(f"{key}: {json.dumps(value)}\n" for key, value in lines.items()))
    return file


def load(folder: Path, **asked: Any) -> LoadedStudy:
    return load_study(study_of(folder, **asked))


def points(asked: dict[str, Any], seeds: tuple[int, ...] = (1,)) -> list[Point]:
    """Of what a study asks for, whether or not a scenario comes of it."""
    whole = {"schema_version": 1, "base": "any"} | asked
    root, faults = parse(json.dumps(whole), Place("study.yaml", Path(), 1, 1))
    assert not faults
    study = Study.model_validate_json(json.dumps(whole), strict=True)
    baselines = root.child("baselines")
    named = {name: settings_of(each) for name, each in baselines.mapping.items()} if baselines else {}
    return points_of(groups_of(root, study), named, seeds)


# ---------------------------------------------------------------------------------------------------- the runs


def test_axes_are_combined_each_with_each() -> None:
    found = points(
        {
            "grid": {"a": [1, 2], "b": ["x", None]},
            "zip": {"c": [1, 2, 3], "d": [True, False, True]},
            "list": [{"e": 1, "f": 2}, {"e": 3, "f": 4}],
            "random": {"points": 5, "axes": {"g": {"low": 0, "high": 1}}},
        },
        seeds=(4, 9),
    )
    assert len(found) == 2 * 2 * 3 * 2 * 5 * 2
    assert found[0].axes | {"g": 0} == {"a": 1, "b": "x", "c": 1, "d": True, "e": 1, "f": 2, "g": 0}
    assert [point.seed for point in found[:4]] == [4, 9, 4, 9]
    assert {(point.axes["c"], point.axes["d"]) for point in found} == {(1, True), (2, False), (3, True)}
    assert {(point.axes["e"], point.axes["f"]) for point in found} == {(1, 2), (3, 4)}


def test_without_axes_there_is_a_run_for_each_seed() -> None:
    assert [(point.axes, point.seed) for point in points({}, (1, 2))] == [({}, 1), ({}, 2)]


Axes = st.dictionaries(
    st.sampled_from([f"a.b{letter}" for letter in "uvwxyz"]),
    st.lists(st.integers(0, 99), min_size=1, max_size=4, unique=True),
    max_size=3,
)


@settings(deadline=None)
@given(axes=Axes, seeds=st.lists(st.integers(0, 2**63 - 1), min_size=1, max_size=3, unique=True))
def test_ids_hang_on_parameters_and_seed_alone(axes: dict[str, list[int]], seeds: list[int]) -> None:
    found = points({"grid": axes}, tuple(seeds))
    count = len(seeds)
    for values in axes.values():
        count *= len(values)
    assert len({point.id for point in found}) == len(found) == count
    turned = {path: [float(each) for each in reversed(axes[path])] for path in reversed(axes)}
    assert {point.id for point in points({"grid": turned}, tuple(reversed(seeds)))} == {point.id for point in found}
    more = {path: [*values, 1000] for path, values in axes.items()}
    assert {point.id for point in found} <= {point.id for point in points({"grid": more}, (*seeds, 2**63))}


def test_ids_are_the_same_on_any_day() -> None:
    (point,) = points({"grid": {LOSS: [0.25]}}, (7,))
    assert point.id == "ac4b447677752b78"


@settings(deadline=None, max_examples=50)
@given(count=st.integers(1, 200), low=st.floats(-1e6, 1e6), width=st.floats(1e-3, 1e6), seed=st.integers(0, 2**63 - 1))
def test_a_latin_hypercube_meets_each_part_of_each_axis_once(count: int, low: float, width: float, seed: int) -> None:
    axes = {"a": {"low": low, "high": low + width}, "b": {"low": 1e-3, "high": 10, "scale": "log"}}
    found = points({"random": {"points": count, "seed": seed, "axes": axes}})
    spread = sorted((point.axes["a"] - low) / width * count for point in found)
    assert all(row - 1e-4 < each < row + 1 + 1e-4 for row, each in enumerate(spread))
    decades = sorted(point.axes["b"] for point in found)
    assert decades[0] >= 1e-3 and decades[-1] <= 10
    assert all(upper / lower < 10 ** (4 * 2.001 / count) for lower, upper in pairwise(decades))


def test_random_whole_numbers_and_choices_are_met_evenly() -> None:
    axes = {"a": {"low": 2, "high": 5, "whole": True}, "b": {"of": ["x", "y"]}, "c": {"low": 0, "high": 1}}
    found = points({"random": {"points": 40, "axes": axes}})
    drawn = [point.axes["a"] for point in found]
    assert {value: drawn.count(value) for value in drawn} == {2: 10, 3: 10, 4: 10, 5: 10}
    assert [point.axes["b"] for point in found].count("x") == 20
    assert len({(point.axes["a"], point.axes["b"]) for point in found}) == 8  # axes are shuffled each for itself


def test_an_axis_more_draws_no_other_anew() -> None:
    axes = {"a": {"low": 0, "high": 1}}
    alone = points({"random": {"points": 9, "axes": axes}})
    beside = points({"random": {"points": 9, "axes": {"b": {"low": 0, "high": 1}} | axes}})
    assert [point.axes["a"] for point in alone] == [point.axes["a"] for point in beside]


def test_baselines_are_run_for_the_axes_that_they_do_not_set() -> None:
    baselines = {"lossless": {LOSS: 0}, "ideal": {"links.pc5.kind": "ideal"}}
    found = points({"grid": {LOSS: [0.1, 0.2], VEHICLES: [1, 2, 3]}, "baselines": baselines}, (1, 2))
    by_name = {name: [point for point in found if point.baseline == name] for name in (None, *baselines)}
    assert {name: len(each) for name, each in by_name.items()} == {None: 12, "lossless": 6, "ideal": 6}
    assert {point.axes[LOSS] for point in by_name["lossless"]} == {0}
    assert {point.axes[LOSS] for point in by_name["ideal"]} == {None}  # a key of a kind that it is not
    assert len({point.id for point in found}) == len(found)


@pytest.mark.parametrize(
    ("setting", "path", "all_of_it"),
    [("a.b", "a.b", True), ("a", "a.b", True), ("a.kind", "a.b", True), ("a.b", "a", False), ("a.b", "a.bc", False)],
)
def test_what_a_setting_decides(setting: str, path: str, all_of_it: bool) -> None:
    assert governs(setting, path) == all_of_it


# ------------------------------------------------------------------------------------------------ their scenarios


def test_runs_are_the_scenarios_of_run_with_set(tmp_path: Path) -> None:
    found = load(tmp_path, set={LOSS: 0.1}, grid={DELAY: [5, 20]}, seeds=2)
    assert [point.seed for point in found.points] == [1, 2, 1, 2]
    by_hand = load_scenario(tmp_path / "small.yaml", [f"{LOSS}=0.1", f"{DELAY}=20"], seed=2)
    assert found.load(found.points[3]).resolved == by_hand.resolved
    assert len({fingerprint(found.load(point)) for point in found.points}) == 4


def test_settings_of_the_command_line_hold_in_all_runs(tmp_path: Path) -> None:
    found = load_study(study_of(tmp_path, grid={DELAY: [5, 20]}, seeds=[3, 8]), [f"{LOSS}=0.5", "duration_s=4"])
    loaded = [found.load(point).scenario for point in found.points]
    assert {(each.duration_s, each.links.pc5.loss) for each in loaded} == {(4.0, 0.5)}  # type: ignore[union-attr]
    assert [each.seed for each in loaded] == [3, 8, 3, 8]


def test_a_path_in_a_study_begins_in_its_folder(tmp_path: Path) -> None:
    (tmp_path / "delays.csv").write_text("t_s,delay_ms\n0,1\n")
    kind = {"kind": "trace", "path": "delays.csv"}
    found = load(tmp_path, set={"links.uu": kind})
    assert str(tmp_path.resolve() / "delays.csv") in json.dumps(found.load(found.points[0]).resolved)


@pytest.mark.parametrize("name", study_names())
def test_shipped_studies_can_be_run(name: str) -> None:
    found = load_study(name)
    assert found.study.title and len(found.points) > 1


# ------------------------------------------------------------------------------------------------------- faults

FAULTS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "unknown key": ({"gird": {}}, ["3:1: gird: unknown key 'gird', did you mean 'grid'?"]),
    "empty axis": ({"grid": {DELAY: []}}, ["3:30: grid.links.pc5.delay_ms: too few entries: has 0, needs at least 1"]),
    "no path": ({"grid": {"links..loss": [1]}}, ["3:8: grid.links..loss: must match pattern"]),
    "no seed": (
        {"seeds": 0},
        ["3:8: seeds: must be greater than or equal to 1, got 0", "3:8: seeds: must be a list, got 0"],
    ),
    "unknown path": (
        {"grid": {"links.pc5.delay": [1, 2]}},
        ["3:8: links.pc5.delay: unknown key 'delay', did you mean 'delay_ms'?"],
    ),
    "values that are wrong": (
        {"grid": {LOSS: [0.5, 2], PROFILE: ["csae", "cse"]}},
        ["3:32: links.pc5.loss: must be less than or equal to 1, got 2", "3:56: profile: unknown value 'cse'"],
    ),
    "a wrong value that is set": ({"set": {LOSS: "much"}}, ["3:25: links.pc5.loss: must be a valid number"]),
    "no such row": (
        {"set": {"notices": []}, "grid": {"notices.3.id": [1, 2]}},
        ["4:8: notices.3.id: '3' is not a row of this list"],
    ),
    "the same path twice": (
        {"set": {LOSS: 0.5}, "grid": {LOSS: [0.1, 0.2]}},
        ["4:8: grid.links.pc5.loss: given twice, already in line 3"],
    ),
    "the same value twice": ({"grid": {DELAY: [5, 10, 5.0]}}, ["3:38: grid.links.pc5.delay_ms: given twice"]),
    "seeds as an axis": ({"grid": {"seed": [1, 2]}}, ["3:8: grid.seed: the seeds of a study stand under 'seeds'"]),
    "variants": ({"set": {"variants": []}}, ["3:7: set.variants: runs of a study have no variants"]),
    "unequal": ({"zip": {LOSS: [0, 1], DELAY: [5]}}, ["3:33: zip.links.pc5.delay_ms: has 1 values, and"]),
    "uneven": (
        {"list": [{LOSS: 0, DELAY: 5}, {LOSS: 1}]},
        ["3:56: list.1: every entry sets the same paths, those of the first: links.pc5.loss, links.pc5.delay_ms"],
    ),
    "no range": (
        {"random": {"points": 2, "axes": {LOSS: {"low": 1, "high": 0}}}},
        ["3:32: random.axes.links.pc5.loss: needs 'low' and a 'high' above it"],
    ),
    "no logarithm": (
        {"random": {"points": 2, "axes": {LOSS: {"low": 0, "high": 1, "scale": "log"}}}},
        ["3:81: random.axes.links.pc5.loss.scale: a logarithmic range begins above 0"],
    ),
    "no base": ({"base": "smal"}, ["2:7: base: unknown scenario 'smal'"]),
    "an axis that another one overwrites": (
        {"grid": {LOSS: [0.1, 0.2], "links.pc5": [{"kind": "ideal"}, {"kind": "constant"}]}},
        ["3:8: links.pc5.loss: changes nothing: the runs with links.pc5.loss=0.1"],
    ),
    "a baseline that is none": ({"baselines": {"bad": {LOSS: 2}}}, ["3:39: links.pc5.loss: must be less than"]),
    "too many": ({"seeds": 9999, "grid": {LOSS: [0, 1]}}, ["1:1: 19998 runs, more than 10000"]),
}


@pytest.mark.parametrize("case", FAULTS)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, case: str) -> None:
    asked, expected = FAULTS[case]
    with pytest.raises(ScenarioError) as caught:
        load(tmp_path, **asked)
    told = str(caught.value).splitlines()
    assert len(told) == len(expected), told
    for line, begin in zip(told, expected, strict=True):
        assert line.startswith(f"{tmp_path / 'study.yaml'}:{begin}"), line


def test_what_only_goes_wrong_together_names_the_run(tmp_path: Path) -> None:
    """A fault in the base's file, that one value of an axis brings about."""

    def refuse(loaded: LoadedScenario) -> None:
        if loaded.scenario.step_s != 0.1:
            raise InputError("must be 0.1 here", file="elsewhere.yaml", line=7, path="step_s")

    study = load(tmp_path, grid={"step_s": [0.1, 0.2], DELAY: [5, 6]}, seeds=3)
    with pytest.raises(ScenarioError) as caught:
        study.check(refuse)
    where = f"in the run with step_s=0.2, {DELAY}=5, seed=1"
    assert str(caught.value) == f"elsewhere.yaml:7: step_s: must be 0.1 here ({where})"


def test_what_is_wrong_with_the_base_is_told_once_and_of_no_run(tmp_path: Path) -> None:
    file = study_of(tmp_path, grid={DELAY: [5, 6]})
    (tmp_path / "small.yaml").write_text(SMALL.replace("duration_s: 1", "duration_s: -1"))
    with pytest.raises(ScenarioError) as caught:
        load_study(file)
    assert str(caught.value) == f"{tmp_path / 'small.yaml'}:5:13: duration_s: must be greater than 0, got -1"


def test_an_axis_cannot_be_set_on_the_command_line(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=f"--set: {DELAY}: the study varies it"):
        load_study(study_of(tmp_path, grid={DELAY: [1, 2]}), [f"{DELAY}=3"])


def test_an_unknown_study_is_told_with_those_there_are() -> None:
    with pytest.raises(InputError, match="unknown study 'remote-gird', did you mean 'remote-grid'"):
        load_study("remote-gird")
