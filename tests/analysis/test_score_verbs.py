"""``v2x score`` and ``v2x report`` as a user calls them."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import fake_run
import pytest
from click.testing import CliRunner, Result

from v2x.errors import RunFolderError
from v2x.record import RunWriter, read_manifest
from v2x_analysis import Scorecard


def call(verb: str, *arguments: str | Path) -> Result:
    """Run a verb as `v2x.cli.main` does: the return value is the exit code, our errors pass through."""
    from v2x.cli import report, score

    command = {"score": score.command, "report": report.command}[verb]
    return CliRunner().invoke(
        command, [str(argument) for argument in arguments], standalone_mode=False, catch_exceptions=False
    )


@pytest.fixture
def copy(tmp_path: Path, run_folder: Path) -> Path:
    return shutil.copytree(run_folder, tmp_path / "copy")


def test_score_prints_one_json_object(copy: Path) -> None:
    result = call("score", copy, "--json")
    printed = json.loads(result.stdout)
    assert printed["verdict"] == "INCONCLUSIVE"
    assert printed["scorecard"] == Scorecard.read(copy).flat()
    assert (printed["run"], printed["digest"]) == (str(copy), "ab" * 32)
    assert result.return_value == 0


def test_score_prints_tables(copy: Path) -> None:
    result = call("score", copy)
    for expected in (
        "link.pdr_0_100m",
        "≤ 0.1 %",
        "Verdict: INCONCLUSIVE",
        "message.constraint_violations",
        "99.999 %",
    ):
        assert expected in result.stdout


def test_a_failed_run_exits_with_1(tmp_path: Path, encode: fake_run.Encode) -> None:
    rule = {"metric": "traffic.vehicles", "at_most": 3, "unit": "run"}
    fake_run.write(tmp_path / "run", encode, fake_run.Plan(seconds=1, vehicles=4, pass_if=(rule,)))
    result = call("score", tmp_path / "run", "--json")
    assert json.loads(result.stdout)["verdict"] == "FAIL"
    assert result.return_value == 1


def test_score_finishes_what_a_kill_left_behind(tmp_path: Path, encode: fake_run.Encode) -> None:
    writer = fake_run.write(tmp_path / "run", encode, fake_run.Plan(seconds=2, vehicles=4), finish=False)
    cut = shutil.copytree(writer.folder, tmp_path / "cut")
    writer.finish("complete")
    result = call("score", cut, "--json")
    assert json.loads(result.stdout)["status"] == "interrupted"
    assert "interrupted" in result.stderr
    assert read_manifest(cut)["status"] == "interrupted"
    assert (cut / "tx.parquet").exists()
    assert not (cut / "tx.arrows").exists()


def test_score_leaves_a_running_run_alone(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path, {})
    with pytest.raises(RunFolderError, match="still"):
        call("score", tmp_path)
    writer.finish("complete")


def test_report_writes_where_and_in_which_language_it_is_told(copy: Path, tmp_path: Path) -> None:
    result = call("report", copy, "--out", tmp_path / "page.html", "--lang", "zh")
    assert result.stdout.strip() == str(tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text(encoding="utf-8").startswith('<!DOCTYPE html>\n<html lang="zh">')


def test_no_run_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="not a run folder"):
        call("score", tmp_path)


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        (
            "manifest.json",
            '{"format_version": 1, "status": "complete", "start_utc": "7"}',
            "start_utc: needs a time .* Invalid isoformat",
        ),
        ("manifest.json", '{"format_version": 1, "status": "complete"}', "start_utc: needs a time"),
        ("scenario.resolved.yaml", "{", "unreadable scenario"),
        ("scenario.resolved.yaml", "!!python/object:os.system x", "unreadable scenario"),
        ("scenario.resolved.yaml", "pass_if: 5", "pass_if: damaged: Input should be a valid tuple"),
        ("scenario.resolved.yaml", "pass_if: [{metric: x}]", "pass_if.0.metric: damaged: String should match"),
        ("manifest.json", '{"format_version": 1, "status": "complete", "statistics": [1]}', "statistics: damaged: "),
    ],
)
def test_damaged_texts_are_named(copy: Path, file: str, text: str, message: str) -> None:
    (copy / file).write_text(text, encoding="utf-8")
    with pytest.raises(RunFolderError, match=message) as caught:
        call("score", copy)
    assert caught.value.file == copy / file


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("field: [xiqing]", "field: damaged: Input should be a valid string"),
        ("stations: 7", "stations: damaged: "),
        ("stations: {extra_rsu: [{id: a, at: {crs: wgs84}}]}", "stations.extra_rsu.0.at: damaged: crs 'wgs84' takes"),
        ("notices: [{cause: fog}]", "notices.0.at: damaged: Field required"),
    ],
)
def test_a_report_names_what_is_damaged_in_the_scenario(copy: Path, text: str, message: str) -> None:
    (copy / "scenario.resolved.yaml").write_text(text, encoding="utf-8")
    (copy / "manifest.json").write_text('{"format_version": 1, "status": "complete"}', encoding="utf-8")
    with pytest.raises(RunFolderError, match=re.escape(message)) as caught:
        call("report", copy)
    assert caught.value.file == copy / "scenario.resolved.yaml" and "\n" not in str(caught.value)


@pytest.mark.parametrize("verb", ["score", "report"])
@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda file: file.unlink(), "the table 'rx' is missing"),
        (lambda file: file.write_bytes(file.read_bytes()[:-9]), "unreadable table: "),
        (lambda file: file.write_bytes(b""), "unreadable table: "),
    ],
    ids=["missing", "cut", "empty"],
)
def test_a_damaged_table_is_named(copy: Path, verb: str, damage: Callable[[Path], object], message: str) -> None:
    damage(copy / "rx.parquet")
    (copy / "scorecard.json").unlink(missing_ok=True)
    with pytest.raises(RunFolderError, match=message) as caught:
        call(verb, copy)
    assert caught.value.file == copy / "rx.parquet" and "\n" not in str(caught.value)


def test_a_killed_run_without_one_of_its_streams_is_named(tmp_path: Path, encode: fake_run.Encode) -> None:
    writer = fake_run.write(tmp_path / "run", encode, fake_run.Plan(seconds=2, vehicles=4), finish=False)
    cut = shutil.copytree(writer.folder, tmp_path / "cut")
    writer.finish("complete")
    (cut / "tx.arrows").unlink()
    with pytest.raises(RunFolderError, match="the table 'tx' is missing"):
        call("score", cut)


@pytest.mark.parametrize("content", [None, b"", b"\xff\x00", b"[]", b"{}"])
def test_what_is_no_run_says_so(tmp_path: Path, content: bytes | None) -> None:
    """An empty folder, and garbage for a manifest."""
    if content is not None:
        (tmp_path / "manifest.json").write_bytes(content)
    for verb in ("score", "report"):
        with pytest.raises(RunFolderError, match=r"not a run folder|unreadable manifest|not the manifest of a run"):
            call(verb, tmp_path)


def test_a_damaged_scorecard_is_named(copy: Path) -> None:
    (copy / "scorecard.json").write_text('{"verdict": "PASS", "criteria": [], "metrics": [], "run": {}}')
    with pytest.raises(RunFolderError, match=r"scorecard.json: metrics: damaged: "):
        call("report", copy)
