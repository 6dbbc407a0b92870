"""Verdicts: three of them, each for a reason."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path
from typing import Any

import fake_run
import numpy as np
import pytest

from v2x.errors import InputError, RunFolderError
from v2x.record import RunWriter
from v2x.scenario.model import Criterion
from v2x_analysis import Scorecard, score
from v2x_analysis.judging import judge
from v2x_analysis.measurement import Measurement, absent, count, mean
from v2x_analysis.scorecard import overall


def pdr(share: float, units: int) -> Measurement:
    """Blocks of 100 tries whose shares spread a little around ``share``."""
    spread = 0.02 * np.sin(np.arange(units))
    values = np.column_stack([share + spread, 1 - share - spread]).ravel()
    blocks = np.repeat(np.arange(units), 2)
    return mean(np.tile([1.0, 0.0], units), "ratio", {"link_block": blocks, "encounter": blocks}, weights=values * 100)


def asked(**bound: Any) -> Criterion:
    return Criterion(metric="link.pdr", **bound)


@pytest.mark.parametrize(
    ("bound", "verdict"),
    [
        ({"at_least": 0.90}, "PASS"),
        ({"at_least": 0.99}, "FAIL"),
        ({"at_least": 0.95}, "INCONCLUSIVE"),
        ({"at_most": 0.99}, "PASS"),
        ({"at_most": 0.90}, "FAIL"),
        ({"at_most": 0.95}, "INCONCLUSIVE"),
    ],
)
def test_the_whole_interval_decides(bound: dict[str, float], verdict: str) -> None:
    judgement = judge(asked(**bound), pdr(0.95, 50), seed=1)
    assert judgement.verdict == verdict
    assert judgement.interval is not None
    assert judgement.interval[0] < 0.95 < judgement.interval[1]
    assert (judgement.unit, judgement.n_units) == ("link_block", 50)


def test_too_few_units_prove_nothing() -> None:
    judgement = judge(asked(at_least=0.1), pdr(0.95, 19), seed=1)
    assert judgement.verdict == "INCONCLUSIVE"
    assert judgement.reason == "19 of 20 independent units"
    assert judgement.value == pytest.approx(0.95, abs=0.01)
    assert judge(asked(at_least=0.1, min_units=19), pdr(0.95, 19), seed=1).verdict == "PASS"


def test_unit_run_takes_the_run_as_it_was() -> None:
    judgement = judge(asked(at_least=0.9, unit="run"), pdr(0.95, 3), seed=1)
    assert (judgement.verdict, judgement.unit, judgement.n_units) == ("PASS", "run", 1)
    assert judgement.interval == (judgement.value, judgement.value)


@pytest.mark.parametrize(("value", "verdict"), [(0, "PASS"), (1, "FAIL")])
def test_counts_are_exact_whatever_unit_was_asked_for(value: int, verdict: str) -> None:
    judgement = judge(asked(at_most=0), count(value), seed=1)
    assert (judgement.verdict, judgement.unit, judgement.interval) == (verdict, "run", (value, value))


@pytest.mark.parametrize("unit", ["outage", "seed"])
def test_a_unit_the_metric_does_not_have_is_inconclusive(unit: str) -> None:
    judgement = judge(asked(at_least=0.1, unit=unit), pdr(0.95, 50), seed=1)
    assert judgement.verdict == "INCONCLUSIVE"
    assert judgement.reason


@pytest.mark.parametrize("nothing", [None, absent("ms")])
def test_nothing_measured_is_inconclusive(nothing: Measurement | None) -> None:
    judgement = judge(asked(at_least=0.1), nothing, seed=1)
    assert (judgement.verdict, judgement.value, judgement.interval) == ("INCONCLUSIVE", None, None)


def test_overall_verdict() -> None:
    assert overall([]) == "INCONCLUSIVE"
    assert overall(["PASS", "PASS"]) == "PASS"
    assert overall(["PASS", "INCONCLUSIVE"]) == "INCONCLUSIVE"
    assert overall(["INCONCLUSIVE", "FAIL", "PASS"]) == "FAIL"


# ---------------------------------------------------------------- of a run


@pytest.fixture
def copy(tmp_path: Path, run_folder: Path) -> Path:
    return shutil.copytree(run_folder, tmp_path / "copy")


def test_scorecard_of_a_run(copy: Path) -> None:
    card = score(copy)
    assert [judgement.verdict for judgement in card.criteria] == ["PASS", "PASS", "PASS", "INCONCLUSIVE"]
    assert card.verdict == "INCONCLUSIVE"
    assert card.flat()["message.constraint_violations"] == 0
    assert card.flat()["traffic.departed"] == 16
    assert Scorecard.read(copy) == card


def test_scorecard_file_is_the_same_each_time_and_finite(copy: Path) -> None:
    def refuse(text: str) -> float:
        raise AssertionError(f"{text} in scorecard.json")

    score(copy)
    first = (copy / "scorecard.json").read_bytes()
    score(copy)
    assert (copy / "scorecard.json").read_bytes() == first
    content = json.loads(first, parse_constant=refuse)
    assert set(content) == {"verdict", "criteria", "metrics", "run", "requirements"}
    assert content["metrics"]["link.pdr"]["n_units"] == 2
    assert content["metrics"]["traffic.teleports"] == {
        "value": 0.0,
        "unit": "1",
        "n": 1,
        "n_units": 1,
        "interval": None,
        "remark": "",
    }
    values = [figure["value"] for figure in content["metrics"].values()]
    assert all(value is None or math.isfinite(value) for value in values)


def test_an_empty_run_is_scored_without_a_figure(tmp_path: Path) -> None:
    scenario = {"pass_if": [{"metric": "link.pdr", "at_least": 0.5}]}
    with RunWriter(tmp_path, {"seed": 1, "start_utc": fake_run.START_UTC}, scenario=scenario) as writer:
        writer.finish("complete")
    card = score(tmp_path)
    assert card.verdict == "INCONCLUSIVE"
    assert card.flat()["link.pdr"] is None
    assert card.flat()["link.aoi_ms.p95"] is None
    assert card.flat()["traffic.vehicles"] == 0


def test_an_unknown_metric_is_an_input_error(tmp_path: Path) -> None:
    with RunWriter(tmp_path, {}, scenario={"pass_if": [{"metric": "link.pdrr", "at_least": 0.5}]}) as writer:
        writer.finish("complete")
    with pytest.raises(InputError, match=r"unknown metric 'link.pdrr', did you mean 'link.pdr'"):
        score(tmp_path)


def test_a_missing_or_broken_scorecard_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="no readable scorecard"):
        Scorecard.read(tmp_path)
    (tmp_path / "scorecard.json").write_text('{"verdict": "PASS"}')
    with pytest.raises(RunFolderError, match="criteria: damaged: Field required"):
        Scorecard.read(tmp_path)
