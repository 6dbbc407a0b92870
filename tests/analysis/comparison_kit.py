"""Folders of runs and sweeps with figures written by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from small_scenario import SMALL

from v2x.record import RunWriter
from v2x.record.sweep import Result, SweepFolder
from v2x.scenario.study import load_study
from v2x.scenario.study_points import Point
from v2x_analysis.judging import Judgement
from v2x_analysis.scorecard import Figure, Scorecard

STUDY = """
schema_version: 1
base: ./small.yaml
grid: {links.pc5.delay_ms: [20, 100]}
seeds: 2
baselines: {ideal: {links.pc5.kind: ideal}}
"""

Figures = Mapping[str, tuple[float | None, str]]


def sweep_folder(
    folder: Path,
    figures: Callable[[Point], Figures | None],
    study: str = STUDY,
    verdict: Literal["PASS", "FAIL", "INCONCLUSIVE"] = "PASS",
) -> Path:
    """A sweep whose runs have these figures; where they are None, the run failed."""
    folder.mkdir()
    (folder.parent / "small.yaml").write_text(SMALL)
    (folder.parent / "study.yaml").write_text(study)
    asked = load_study(folder.parent / "study.yaml")
    with SweepFolder(folder, asked, force=False) as results:
        for point in asked.points:
            found = figures(point)
            done = Result("complete", None, verdict, f"d{point.id}", [(verdict, 1.0)], found or {})
            results.add(point, done if found is not None else Result("failed", "no luck"))
    return folder


def run_folder(
    folder: Path, figures: Mapping[str, float], criteria: Sequence[Judgement] = (), seed: int = 1, name: str = "small"
) -> Path:
    """A run that nobody drove, with a scorecard of these figures."""
    manifest = {"seed": seed, "scenario": name, "start_utc": "2025-01-01T00:00:00Z"}
    with RunWriter(folder, manifest, scenario={"name": name}) as writer:
        writer.finish("complete", digest=f"d{seed}")
    found = {key: Figure(value, "ratio", 100, 30) for key, value in figures.items()}
    Scorecard("PASS", tuple(criteria), found, {"scenario": name}).write(folder)
    return folder
