"""A scenario to begin with can be run, and so can what it suggests."""

from __future__ import annotations

from pathlib import Path

import pytest

from v2x.cli.checks import check_asked
from v2x.cli.init import command
from v2x.errors import InputError
from v2x.scenario.library import scenario_names
from v2x.scenario.loader import load_scenario
from v2x.scenario.study import load_study


def init(*arguments: object) -> None:
    command.main([str(argument) for argument in arguments], standalone_mode=False)


#: One of each sort.
BASES = ("xiqing-open", "recorded-crossroads", "encounters", "wangwenzhuang-platoon", "wangwenzhuang-remote-slalom")


@pytest.mark.parametrize(
    "base", [pytest.param(each, marks=() if each in BASES else pytest.mark.validate) for each in scenario_names()]
)
def test_what_is_suggested_is_valid(base: str, tmp_path: Path) -> None:
    init(tmp_path / "mine", "--from", base)
    file = tmp_path / "mine" / "mine.yaml"
    loaded = load_scenario(file)
    assert loaded.scenario.name == "mine"
    assert loaded.scenario.traffic == load_scenario(base).scenario.traffic
    study = load_study(tmp_path / "mine" / "study.yaml")
    assert len(study.points) == 4
    text = file.read_text(encoding="utf-8")
    assert text.count("#: ") >= 6  # "# " alone begins words
    file.write_text(text.replace("#: ", ""), encoding="utf-8")
    changed = load_scenario(file)
    check_asked(changed)
    assert changed.scenario.links.pc5.kind == "constant" and len(changed.scenario.pass_if) == 2


def test_nothing_is_overwritten_or_half_written(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "study.yaml").write_text("precious")
    with pytest.raises(InputError, match="there already"):
        init(tmp_path / "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["study.yaml"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["My Test"], "small letters"), (["mine", "--from", "xiqing-opne"], "did you mean 'xiqing-open'")],
)
def test_what_cannot_be_is_told(
    arguments: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=words):
        init(*arguments)
    assert list(tmp_path.iterdir()) == []
