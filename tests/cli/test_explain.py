"""``v2x explain`` as a user calls it: planted causes are named, runs are used again, what cannot be is told."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from small_scenario import SMALL

from v2x.cli.main import cli, main
from v2x_analysis import Study
from v2x_analysis.blame.explanation import Blame, Explanation

JUDGED = """
stations: {subjects: [{vehicle: "first:car"}], server: {enabled: false}}
security: {mode: none}
sensors: {ideal: [motion, clock, delays], gnss: {kind: urban}}
pass_if:
  - {metric: link.latency_ms.p95, at_most: 50, unit: run}
  - {metric: message.accuracy_m.p95, at_most: 1, unit: run}
  - {metric: message.count, at_least: 1, unit: run}
"""

PLATOON = """
extends: wangwenzhuang-platoon
name: planted
duration_s: 20
platoon: {{followers: 3, leader: {{kind: sine, start_s: 1, frequency_hz: 0.2, amplitude_mps: 2}}, {platoon}}}
links: {{pc5: {pc5}}}
pass_if:
  - {{metric: platoon.spacing_error_m.max, at_most: 2, unit: run}}
"""


def v2x(*arguments: str | Path) -> Any:
    return CliRunner().invoke(cli, [*map(str, arguments)], catch_exceptions=False)


def explained(run: Path, *options: str) -> dict[str, Any]:
    done = v2x("explain", run, "--json", *options)
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def exit_code(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> int:
    monkeypatch.setattr(sys, "argv", ["v2x", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert isinstance(ended.value.code, int)
    return ended.value.code


def played(folder: Path, text: str) -> Path:
    file = folder / "planted.yaml"
    file.write_text(text)
    done = v2x("run", file, "--out", folder / "run", "--no-report")
    assert done.exit_code in (0, 1), done.output
    return folder / "run"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with a late sidelink and bad positions, that has been explained."""
    links = "links: {pc5: {kind: constant}, uu: {kind: constant}}"
    late = SMALL.replace(links, "links: {pc5: {kind: constant, delay_ms: 80}}")
    assert late != SMALL
    run = played(tmp_path_factory.mktemp("explain"), late + JUDGED)
    explained(run)
    return run


@pytest.fixture
def copied(small: Path, tmp_path: Path) -> Path:
    return shutil.copytree(small, tmp_path / "run")


# --------------------------------------------------------------------------------------------------- planted causes


def test_the_delay_of_a_link_and_the_error_of_a_sensor_are_named(small: Path) -> None:
    latency, accuracy = Explanation.read(small).blames
    assert (latency.metric, latency.verdict, latency.culprits) == ("link.latency_ms.p95", "FAIL", ("pc5",))
    assert (latency.value.value, latency.ideal.value, latency.cures) == (80.0, 0.0, (("pc5",),))
    assert [(part.name, part.passes) for part in latency.shares[0].parts] == [("pc5.delay", 1)]
    assert (accuracy.metric, accuracy.culprits, accuracy.cures) == ("message.accuracy_m.p95", ("gnss",), (("gnss",),))
    words = v2x("explain", small).stdout
    assert "To blame: pc5 (sidelink). With one stage ideal alone it passes: pc5." in words
    assert "To blame: gnss (satellite positioning). With one stage ideal alone it passes: gnss." in words
    assert "message.count" not in words  # it passes, exactly


@pytest.mark.validate
@pytest.mark.parametrize(
    ("culprit", "platoon", "pc5"),
    [
        ("pc5", "fallback: {enabled: false}", "{delay_ms: 600}"),
        ("radar", "radar: {kind: noisy, dropouts_per_h: 1200, dropout_s: 4, latency_ms: 600}", "{delay_ms: 20}"),
    ],
)
def test_what_was_planted_in_a_platoon_is_named(culprit: str, platoon: str, pc5: str, tmp_path: Path) -> None:
    """Acceptance: one that fails for delay names the link, one that fails for a fault of its radar the sensor."""
    run = played(tmp_path, PLATOON.format(platoon=platoon, pc5=pc5))
    (blame,) = explained(run)["blames"]
    assert (blame["verdict"], blame["method"], blame["culprits"]) == ("FAIL", "shapley", [culprit])
    assert [culprit] in blame["cures"]
    named = v2x("explain", run).stdout
    assert f"To blame: {culprit} (" in named


# -------------------------------------------------------------------------------------------------- runs and folders


def test_runs_are_rows_of_a_study_and_used_again(copied: Path) -> None:
    frame = Study(copied / "explain").frame()
    ideal = list(zip(frame["axis.gnss"], frame["axis.pc5"], frame["axis.pc5.delay"], strict=True))
    alone = [(False, False, False), (True, False, False), (False, True, False), (False, False, True)]
    assert sorted(ideal) == sorted([*alone, (True, True, False)])
    assert frame["digest"].iloc[ideal.index(alone[0])] == json.loads((copied / "manifest.json").read_text())["digest"]
    assert not list((copied / "explain" / "runs").iterdir())  # the rows are kept
    files = {file: file.stat().st_mtime_ns for file in (copied / "explain").glob("results/*/*")}
    both = explained(copied, "--stage", "pc5", "--seeds", "2")
    assert all(file.stat().st_mtime_ns == then for file, then in files.items())
    assert both["seeds"] == [1, 2] and both["runs"] == 2 * 3
    share = both["blames"][0]["shares"][0]
    assert share["contribution"]["interval"] == [-80.0, -80.0] and share["passes"] == 2
    assert explained(copied)["blames"] == [plain(each) for each in Explanation.read(copied).blames]
    assert explained(copied, "--stage", "gnss", "--force")["runs"] == len(Study(copied / "explain").frame()) == 2


def plain(blame: Blame) -> Any:
    return json.loads(json.dumps(asdict(blame)))


def test_another_figure_is_explained_if_it_is_asked_for(copied: Path) -> None:
    found = explained(copied, "--metric", "link.irt_ms.p50", "--metric", "message.count")
    told = {blame["metric"]: blame for blame in found["blames"]}
    assert list(told) == ["link.latency_ms.p95", "message.accuracy_m.p95", "message.count", "link.irt_ms.p50"]
    assert told["link.irt_ms.p50"]["bound"] is None and told["message.count"]["verdict"] == "PASS"
    assert told["message.count"]["shares"] == []


def test_nothing_to_explain_takes_no_run(copied: Path) -> None:
    shutil.rmtree(copied / "explain")
    scenario = copied / "scenario.resolved.yaml"
    easy = scenario.read_text().replace("at_most: 50.0", "at_most: 500.0").replace("at_most: 1.0", "at_most: 100.0")
    scenario.write_text(easy)
    done = v2x("explain", copied, "--json")
    assert (done.exit_code, json.loads(done.stdout)["runs"]) == (0, 0)
    assert "no criterion failed or is weak" in done.stderr
    assert not (copied / "explain").exists()


# ----------------------------------------------------------------------------------------------- what is not explained


def test_what_cannot_be_explained_is_told(
    copied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(*arguments: str | Path) -> str:
        assert exit_code(monkeypatch, "explain", *arguments) == 2
        return capsys.readouterr().err

    assert "not a run folder" in refused(tmp_path)
    assert "--metric: no figure 'link.ird' in this run, did you mean" in refused(copied, "--metric", "link.ird")
    assert "--stage: nothing to idealise in 'radar'" in refused(copied, "--stage", "radar")
    manifest = json.loads((copied / "manifest.json").read_text())
    (copied / "manifest.json").write_text(json.dumps(manifest | {"digest": "0" * 32}))
    assert "played again it comes out otherwise" in refused(copied)
    (copied / "manifest.json").write_text(json.dumps(manifest | {"status": "interrupted"}))
    assert "only a complete one can be explained" in refused(copied)


def test_a_run_that_fails_is_told(
    copied: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(copied / "explain" / "results")
    shutil.rmtree(copied / "explain" / "runs")
    (copied / "explain" / "runs").write_text("in the way")
    assert exit_code(monkeypatch, "explain", copied) == 3
    assert "run failed: 1 of 1 runs, see above" in capsys.readouterr().err
