"""Rows of a sweep as figures: what can be compared, in which unit, and by which criteria."""

from __future__ import annotations

import pandas as pd

from v2x.record.folder import MANIFEST
from v2x.record.sweep import CRITERION, METRIC, RUNS
from v2x.scenario.model import Criterion
from v2x_analysis.judging import Verdict
from v2x_analysis.study import Study

#: Verdicts as figures, so that they are compared as all others are.
POINTS: dict[Verdict, float] = {"PASS": 1.0, "INCONCLUSIVE": 0.5, "FAIL": 0.0}

_VERDICT = ".verdict"


def figures_of(frame: pd.DataFrame) -> pd.DataFrame:
    """Figures of runs, a row a run: ``complete``, ``verdict`` and ``criterion.N`` as `POINTS`, and the scorecards'.

    Parameters
    ----------
    frame
        Rows of a sweep, as `Study.frame` gives them.
    """
    found = {"complete": (frame["status"] == "complete").astype("float64")}
    names = [str(name) for name in frame]
    judged = [name for name in names if name.startswith(CRITERION) and name.endswith(_VERDICT)]
    for name in ("verdict", *judged):
        found[name.removesuffix(_VERDICT)] = frame[name].astype(object).map(POINTS).astype("float64")
    found |= {name.removeprefix(METRIC): frame[name] for name in names if name.startswith(METRIC)}
    return pd.DataFrame(found, frame.index)


def unit_of(study: Study, key: str) -> str:
    """Unit of a figure; 1 for those that are not of the scorecard."""
    schema = study.dataset.schema
    metadata = schema.field(METRIC + key).metadata if METRIC + key in schema.names else None
    return str((metadata or {}).get(b"unit", b"1"), "utf-8")


def criteria_of(study: Study) -> tuple[Criterion, ...]:
    """Of the scenario, if the folder of any run was kept."""
    kept = next((point for point in study.points if (study.folder / RUNS / point / MANIFEST).exists()), None)
    return () if kept is None else study.run(kept).plan.pass_if
