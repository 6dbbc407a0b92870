"""``v2x diff`` as a user and a CI job call it."""

from __future__ import annotations

import json
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sweep_kit import study_of, v2x

from v2x.cli.main import cli, main


@pytest.fixture(scope="module")
def sweeps(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same study twice, the second time with more loss."""
    folder = tmp_path_factory.mktemp("sweeps")
    file = study_of(folder, "set: {traffic.vehicles: 6}\nseeds: 3\n")
    for name, loss in (("before", "0.1"), ("after", "0.4")):
        assert v2x(file, "--out", folder / name, "--set", f"links.pc5.loss={loss}").exit_code == 0
    return folder / "before", folder / "after"


def diff(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["diff", *map(str, arguments)], standalone_mode=False)


def test_a_planted_regression_is_told_in_all_ways(sweeps: tuple[Path, Path], tmp_path: Path) -> None:
    files = {name: tmp_path / name for name in ("junit", "markdown", "report")}
    done = diff(*sweeps, "--json", *(part for name, file in files.items() for part in (f"--{name}", file)))
    assert done.return_value == 1
    answer = json.loads(done.stdout)
    assert answer["regressions"] == ["link.pdr", "link.pdr_0_100m"]
    lost = answer["figures"]["link.pdr"]
    assert lost["n"] == 3 and lost["high"] < -0.1 and lost["moved"] and lost["better"] == "higher"
    suite = ET.parse(files["junit"]).getroot()
    assert suite.attrib["failures"] == "2" and int(suite.attrib["tests"]) > 5
    failed = {case.attrib["name"] for case in suite if case.find("failure") is not None}
    assert failed == {"link.pdr", "link.pdr_0_100m"}
    assert "| `link.pdr` | " in files["markdown"].read_text() and "**worse**" in files["markdown"].read_text()
    page = files["report"].read_text()
    assert page.count("<svg") == 2 and "link.pdr" in page and "http-equiv" in page and "src=" not in page


def test_what_got_better_is_no_regression(sweeps: tuple[Path, Path], tmp_path: Path) -> None:
    before, after = sweeps
    told = diff(after, before)
    assert told.return_value == 0
    assert "link.pdr " in told.stdout and "0 got worse" in told.stdout
    assert diff(before, after, "--tolerance", "link.pdr=0.9").return_value == 0
    assert diff(before, before).return_value == 0


def test_two_runs_alone_say_so(sweeps: tuple[Path, Path]) -> None:
    runs = [sorted((sweep / "runs").iterdir())[0] for sweep in sweeps]
    done = diff(*runs, "--json")
    assert done.return_value == 1
    answer = json.loads(done.stdout)
    assert (
        answer["remarks"][0].startswith("One pair of runs") and "Settings differ: links.pc5.loss" in answer["remarks"]
    )
    assert answer["figures"]["link.pdr"]["effect"] is None


def test_bad_input_is_told_and_nothing_is_written(
    sweeps: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.html"
    for arguments, told in (
        ([sweeps[0], tmp_path], "not a run folder"),
        ([sweeps[0], sweeps[1], "--tolerance", "link.pdf=1"], "--tolerance link.pdf: no figure 'link.pdf'"),
        ([sweeps[0], sweeps[1], "--tolerance", "link.pdr"], "expected METRIC=VALUE"),
        ([sweeps[0], next((sweeps[0] / "runs").iterdir())], "is a sweep and"),
    ):
        monkeypatch.setattr(sys, "argv", ["v2x", "diff", *map(str, arguments), "--report", str(page)])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 2
        assert told in capsys.readouterr().err
    assert not page.exists()
