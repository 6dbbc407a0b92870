"""Runs that the tests only read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import view_kit


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder of known content (`view_kit.write_run`)."""
    return view_kit.write_run(tmp_path_factory.mktemp("view") / "made")


@pytest.fixture(scope="session")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds of a shipped scenario."""
    folder = tmp_path_factory.mktemp("view") / "ran"
    brief = ("--duration", "3", "--set", "traffic.warmup_s=10", "--no-report")
    command = [sys.executable, "-m", "v2x", "run", "xiqing-open", "--out", str(folder), *brief]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return folder
