"""``v2x strings`` as a user calls it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from v2x.cli.main import cli, main
from v2x.cli.strings_text import as_text
from v2x.control.string_study import effective
from v2x.scenario.string_study import load_string_study
from v2x_analysis.platooning.closed_track import Verdict

STUDY = """
schema_version: 1
title: a small one
followers: 2
leader: {frequency_hz: [0.2]}
settle_s: 20
duration_s: 30
replicas: 2
grid:
  controller: [acc, ploeg]
  delay_ms: [0, 200]
  loss: [0, 0.3]
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    file = tmp_path / "small.yaml"
    file.write_text(STUDY)
    return file


def v2x(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["strings", *map(str, arguments)])


def exit_code(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> int:
    monkeypatch.setattr(sys, "argv", ["v2x", "strings", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_table_and_json(study: Path, tmp_path: Path) -> None:
    done = v2x(study, "--out", tmp_path / "out", "--json")
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert list(answer) == ["study", "table", "digest", "cells"]
    assert [cell["loss"] for cell in answer["cells"]] == [0.0, 0.3] * 4
    assert all(cell["stable"] is True for cell in answer["cells"] if cell["controller"] == "acc")
    assert len(pq.read_table(answer["table"])) == 8 * 2
    assert json.loads(pq.read_schema(answer["table"]).metadata[b"study"])["title"] == "a small one"
    again = v2x(study, "--out", tmp_path / "again", "--json")
    assert json.loads(again.stdout)["digest"] == answer["digest"]


def test_text(study: Path, tmp_path: Path) -> None:
    done = v2x(study, "--out", tmp_path / "out", "--set", "replicas=3")
    assert done.exit_code == 0, done.output
    title, head, *lines = done.stdout.splitlines()
    assert title == "a small one"
    assert "loss 0 " in head and "loss 0.3" in head
    assert [line.split()[:2] for line in lines[:3]] == [["acc", "-"], ["ploeg", "0"], ["ploeg", "200"]]
    assert "mean over 3 strings" in done.stdout
    assert done.stderr.startswith("small: 8 cells, digest ")


def test_it_replaces_a_table_only_if_told_to(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "out" / "strings.parquet"
    table.parent.mkdir()
    table.write_bytes(b"precious")
    assert exit_code(monkeypatch, study, "--out", table.parent) == 2
    assert "already there" in capsys.readouterr().err
    assert table.read_bytes() == b"precious"
    assert exit_code(monkeypatch, study, "--out", table.parent, "--force") == 0
    assert pq.read_table(table).num_rows == 16
    assert [file.name for file in table.parent.iterdir()] == ["strings.parquet"]


def test_a_bad_file_is_told_with_its_lines(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    study.write_text(STUDY.replace("[acc, ploeg]", "[acc, plog]").replace("replicas", "replica"))
    assert exit_code(monkeypatch, study, "--out", tmp_path / "out") == 2
    assert capsys.readouterr().err.splitlines() == [
        f"{study}:8:1: replica: unknown key 'replica', did you mean 'replicas'?",
        f"{study}:10:21: grid.controller.1: unknown value 'plog', did you mean 'ploeg'?",
    ]
    assert not (tmp_path / "out").exists()


def test_the_shipped_study_fits_a_screen() -> None:
    _, asked = load_string_study("platoon-grid")
    told = Verdict(None, 14.706, 0.05, 8, 14.706, 3.695, -13.5, 0, 0.1, 14.706, 0.2)
    lines = as_text(asked, {effective(cell): told for cell in asked.cells()}).splitlines()
    assert len(lines) <= 30
    assert max(map(len, lines)) <= 130


def test_it_is_listed() -> None:
    listed = CliRunner().invoke(cli, ["list", "--json"])
    studies = json.loads(listed.stdout)["studies"]
    assert [row["name"] for row in studies if row["verb"] == "strings"] == ["platoon-grid"]
