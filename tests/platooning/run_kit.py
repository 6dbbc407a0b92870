"""Whole runs of platoons, as a user starts them, and their tables."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd


def run(
    out: Path, *settings: str, scenario: str = "wangwenzhuang-platoon", more: tuple[str, ...] = ()
) -> dict[str, Any]:
    sets = [part for setting in settings for part in ("--set", setting)]
    command = [sys.executable, "-m", "v2x", "run", scenario, "--out", str(out), "--json", "--no-report", *sets, *more]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    summary: dict[str, Any] = json.loads(done.stdout)
    return summary


def control(out: Path) -> pd.DataFrame:
    return pd.read_parquet(out / "control.parquet")


def events(out: Path, kind: str) -> list[dict[str, Any]]:
    """Fields of the events of a kind, in order, with the ``station`` and the time ``t_s``."""
    table = pd.read_parquet(out / "events.parquet")
    rows = table[table["kind"] == kind].sort_values("t_ns", kind="stable")
    columns = zip(rows["t_ns"], rows["station"], rows["fields"], strict=True)
    return [{"station": str(name), "t_s": t_ns / 1e9, **json.loads(fields)} for t_ns, name, fields in columns]
