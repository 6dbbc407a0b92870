"""Small sweeps as a user calls them, and what is left of them."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from small_scenario import SMALL

from v2x.cli.main import cli, main

JUDGED = """
pass_if:
  - {metric: message.count, at_most: 30, unit: run, source: ours}
"""


def study_of(folder: Path, text: str) -> Path:
    (folder / "small.yaml").write_text(SMALL + JUDGED)
    file = folder / "study.yaml"
    file.write_text(f"schema_version: 1\nbase: ./small.yaml\n{text}")
    return file


def v2x(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["sweep", "--no-report", *map(str, arguments)])


def exit_code(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> int:
    monkeypatch.setattr(sys, "argv", ["v2x", "sweep", "--no-report", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert isinstance(ended.value.code, int)
    return ended.value.code


def rows(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.glob("results/*/*"))}


def begun(command: list[str | Path]) -> subprocess.Popen[bytes]:
    call = [sys.executable, "-m", "v2x", "sweep", "--no-report", *map(str, command)]
    return subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def until(condition: Callable[[], object], within_s: float = 120.0) -> None:
    end_s = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end_s, "nothing happened"
        time.sleep(0.02)
