"""A sweep's folder as pandas sees it, from rows written by hand."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from small_scenario import SMALL

from v2x.errors import InputError, RunFolderError
from v2x.record.sweep import Result, SweepFolder
from v2x.scenario.study import LoadedStudy, load_study
from v2x.scenario.study_points import Point
from v2x_analysis import Study

ASKED = """
schema_version: 1
base: ./small.yaml
grid:
  links.pc5.delay_ms: [20, 100]
  profile: [csae, j2735]
seeds: 2
baselines:
  prompt: {links.pc5.delay_ms: 0}
  ideal: {links.pc5.kind: ideal}
"""


@pytest.fixture
def asked(tmp_path: Path) -> LoadedStudy:
    (tmp_path / "small.yaml").write_text(SMALL)
    (tmp_path / "study.yaml").write_text(ASKED)
    return load_study(tmp_path / "study.yaml")


def age_ms(point: Point) -> float:
    """A figure that tells the runs apart."""
    return (
        (point.axes.get("links.pc5.delay_ms") or 0)
        + 1000 * point.seed
        + (0.5 if point.axes.get("profile") == "csae" else 0)
    )


def result(point: Point, **more: tuple[float | None, str]) -> Result:
    figures: dict[str, tuple[float | None, str]] = {"link.age_ms": (age_ms(point), "ms"), "link.none": (None, "m")}
    return Result("complete", None, "PASS", f"d{point.id}", metrics=figures | more)


def written(folder: Path, asked: LoadedStudy, leave: int = 0) -> Study:
    """All rows but the last few, in an order of no meaning."""
    with SweepFolder(folder, asked, force=False) as results:
        for point in sorted(asked.points[: len(asked.points) - leave], key=lambda point: point.id):
            results.add(point, result(point))
    return Study(folder)


def test_a_row_a_run_in_the_order_of_the_study(tmp_path: Path, asked: LoadedStudy) -> None:
    study = written(tmp_path / "out", asked)
    frame = study.frame()
    assert frame.index.tolist() == [point.id for point in asked.points]
    assert study.axes == ["axis.links.pc5.delay_ms", "axis.profile"]
    assert frame["metric.link.age_ms"].tolist() == [age_ms(point) for point in asked.points]
    types = {name: str(frame[name].dtype) for name in ("seed", "baseline", "status", study.axes[0], "metric.link.none")}
    assert types == dict(zip(types, ("int64", "category", "category", "float64", "float64"), strict=True))
    assert frame["metric.link.none"].isna().all()
    assert study.dataset.schema.field("metric.link.age_ms").metadata[b"unit"] == b"ms"
    assert study.frame(["seed"]).columns.tolist() == ["seed"]


def test_a_sweep_that_is_not_complete(tmp_path: Path, asked: LoadedStudy) -> None:
    study = written(tmp_path / "out", asked, leave=3)
    assert study.frame().index.tolist() == study.points[:-3]
    assert repr(study).endswith("13 of 16 runs)")
    with SweepFolder(tmp_path / "out", asked, force=False) as results:
        assert [results.done(point) for point in asked.points] == [True] * (len(asked.points) - 3) + [False] * 3


def test_figures_that_only_some_runs_have(tmp_path: Path, asked: LoadedStudy) -> None:
    first, second, *_ = asked.points
    with SweepFolder(tmp_path / "out", asked, force=False) as results:
        results.add(first, Result("failed", "no luck"))
        results.add(second, result(second, **{"platoon.gain.0": (0.5, "1")}))
    frame = Study(tmp_path / "out").frame()
    assert frame["status"].tolist() == ["failed", "complete"]
    assert frame["error"].iloc[0] == "no luck"
    assert np.isnan(frame["metric.platoon.gain.0"].iloc[0]) and frame["metric.platoon.gain.0"].iloc[1] == 0.5


def test_a_column_can_be_added_to_many(tmp_path: Path, asked: LoadedStudy) -> None:
    """Without pandas' warning of a frame in pieces, which is an error here."""
    with SweepFolder(tmp_path / "out", asked, force=False) as results:
        results.add(asked.points[0], result(asked.points[0], **{f"figure.{k}": (0.0, "m") for k in range(200)}))
    frame = Study(tmp_path / "out").frame()
    frame["mine"] = "x"
    assert len(frame.columns) > 200


@pytest.mark.parametrize("baseline", ["prompt", "ideal"])
def test_runs_are_compared_with_the_baseline_of_the_same_seed_and_axes(
    tmp_path: Path, asked: LoadedStudy, baseline: str
) -> None:
    against = written(tmp_path / "out", asked).against(baseline)
    own = [point for point in asked.points if point.baseline is None]
    assert against.index.tolist() == [point.id for point in own]
    assert against["metric.link.age_ms"].tolist() == [point.axes["links.pc5.delay_ms"] for point in own]
    assert against["axis.profile"].tolist() == [point.axes["profile"] for point in own]


def test_a_baseline_that_was_not_made_gives_no_number(tmp_path: Path, asked: LoadedStudy) -> None:
    against = written(tmp_path / "out", asked, leave=1).against("ideal", ["metric.link.age_ms"])
    assert against["metric.link.age_ms"].isna().sum() == 2
    assert len(against) == 8


def test_rows_can_be_read_without_us(tmp_path: Path, asked: LoadedStudy) -> None:
    study = written(tmp_path / "out", asked)
    plain = pd.read_parquet(tmp_path / "out" / "results").set_index("id").loc[study.points]
    assert plain["seed"].astype(int).tolist() == study.frame()["seed"].tolist()
    assert plain["metric.link.age_ms"].tolist() == study.frame()["metric.link.age_ms"].tolist()


def test_bytes_do_not_hang_on_order(tmp_path: Path, asked: LoadedStudy) -> None:
    written(tmp_path / "one", asked)
    with SweepFolder(tmp_path / "two", asked, force=False) as results:
        for point in asked.points:
            results.add(point, result(point))
        digest = results.digest()
    with SweepFolder(tmp_path / "one", asked, force=False) as results:
        assert results.digest() == digest


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([2.5, 7], [2.5, 7.0]),
        ([True, False], [True, False]),
        (["x", "y"], ["x", "y"]),
        (["x", 7], ['"x"', "7"]),
        ([True, 7], ["true", "7"]),
        ([[1, 2], {"b": 1, "a": 2}], ["[1, 2]", '{"a": 2, "b": 1}']),
    ],
)
def test_axes_of_any_kind(tmp_path: Path, values: list[Any], told: list[Any]) -> None:
    (tmp_path / "small.yaml").write_text(SMALL)
    text = "schema_version: 1\nbase: ./small.yaml\nset: {odd: {a: {}}}\n"
    (tmp_path / "study.yaml").write_text(text + f"grid: {{odd.a.b: {json.dumps(values)}}}\n")
    asked = load_study(tmp_path / "study.yaml")
    with SweepFolder(tmp_path / "out", asked, force=False) as results:
        for point in asked.points:
            results.add(point, result(point))
        assert all(results.done(point) for point in asked.points)
    assert Study(tmp_path / "out").frame()["axis.odd.a.b"].tolist() == told


def test_what_is_no_sweep_is_told(tmp_path: Path, asked: LoadedStudy) -> None:
    with pytest.raises(RunFolderError, match="not the folder of a sweep"):
        Study(tmp_path)
    study = written(tmp_path / "out", asked)
    with pytest.raises(InputError, match=r"no column 'metric\.link\.age', did you mean 'metric\.link\.age_ms'"):
        study.frame(["metric.link.age"])
    with pytest.raises(InputError, match="no baseline 'idea', did you mean 'ideal'"):
        study.against("idea")
    with pytest.raises(InputError, match="no figure 'verdict'"):
        study.against("ideal", ["verdict"])
    with pytest.raises(RunFolderError, match="not a run folder"):
        study.run(study.points[0])
    file = next((tmp_path / "out" / "results").rglob("*.parquet"))
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(RunFolderError, match="unreadable results"):
        Study(tmp_path / "out").frame()


def test_a_damaged_row_is_a_run_to_be_made_again(tmp_path: Path, asked: LoadedStudy) -> None:
    written(tmp_path / "out", asked)
    first = asked.points[0]
    (file,) = (tmp_path / "out" / "results").rglob(f"{first.id}.parquet")
    file.write_bytes(b"PAR1")
    (tmp_path / "out" / "x.parquet.part").write_bytes(b"half")
    with SweepFolder(tmp_path / "out", asked, force=False) as results:
        assert [point for point in asked.points if not results.done(point)] == [first]
    assert not list((tmp_path / "out").glob("*.part"))


def test_it_needs_no_simulator() -> None:
    code = "import sys; from v2x_analysis import Study; print({'libsumo', 'traci', 'v2x.engine'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
