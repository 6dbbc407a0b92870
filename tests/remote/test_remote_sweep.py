"""The shipped study of remote driving, latency x speed x operator, as ``v2x sweep`` runs it: what its runs come to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from report_kit import write_table
from scipy.stats import t as student

from v2x.cli.main import cli
from v2x.scenario.study import load_study
from v2x_analysis import Study

REPORT = Path(__file__).resolve().parents[2] / "docs" / "validation" / "remote.md"
LATENCY, SPEED, OPERATOR, TRAINING = (
    f"axis.remote.{name}" for name in ("network.extra_one_way_ms", "speed_kmh", "operator", "human.training")
)
RMS, FARTHEST, COMPLETION = (f"metric.remote.{name}" for name in ("lateral_rms_m", "lateral_max_m", "completion"))
#: As far off the course is lost, as in the page's other tables.
LOST_M = 3.5


def test_the_shipped_study_is_latency_by_speed_by_operator() -> None:
    asked = load_study("remote-grid")
    assert len(asked.points) == (5 + 1) * 3 * 4 * 3
    assert {"remote.network.extra_one_way_ms", "remote.speed_kmh", "remote.operator"} < set(asked.axes)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("sweep") / "remote-grid"
    done = CliRunner().invoke(cli, ["sweep", "remote-grid", "--out", str(folder), "--metrics-only", "--no-report"])
    assert done.exit_code == 0, done.output
    return Study(folder)


def named(study: Study) -> pd.DataFrame:
    """All rows; drivers by name."""
    found = study.frame()
    trained = np.where(found[TRAINING] == 1.0, " (trained)", "")
    return found.assign(driver=found[OPERATOR] + trained, lost=found[FARTHEST] > LOST_M)


def cell(runs: pd.DataFrame) -> str:
    """Mean error and its 95 % interval over seeds, or how many were lost; and what was completed if that is not all."""
    count, lost, completed = len(runs), int(runs["lost"].sum()), runs[COMPLETION].mean()
    half = student.ppf(0.975, count - 1) * runs[RMS].std(ddof=1) / np.sqrt(count)
    text = f"{lost} of {count} lost" if lost else f"{runs[RMS].mean():.3f} ± {half:.3f}"
    return text if completed == 1.0 else f"{text}, {100 * completed:.0f} % of the way"


@pytest.mark.validate
def test_errors_by_latency_speed_and_operator(study: Study) -> None:
    """Nobody is lost without latency, everybody with 400 ms; who anticipates the delay is off by less."""
    frame = named(study)
    speeds_kmh = sorted(frame[SPEED].unique())
    lines = []
    for driver in frame["driver"].unique():
        own = frame[frame["driver"] == driver]
        for ms in (None, *sorted(own[LATENCY].dropna().unique())):
            row = own[own[LATENCY].isna() if ms is None else own[LATENCY] == ms]
            cells = (cell(row[row[SPEED] == speed]) for speed in speeds_kmh)
            lines.append(" | ".join((driver, "none" if ms is None else f"{ms:g}", *cells)))
    head = " | ".join(("operator", "ms", *(f"{speed:g} km/h" for speed in speeds_kmh)))
    write_table(REPORT, "sweep", head, lines)

    assert not frame[frame["baseline"] == "no_latency"]["lost"].any()
    assert frame[frame[LATENCY] == 400.0]["lost"].all()
    more_m = study.against("no_latency", [RMS])
    assert (more_m[RMS][more_m[LATENCY] >= 200.0] > 0.0).all()
    for speed_kmh in speeds_kmh:
        by_driver = frame[frame[SPEED] == speed_kmh].groupby(["driver", LATENCY])[[RMS, COMPLETION]].mean()
        untrained, trained, stanley = (by_driver.loc[name] for name in ("two_level", "two_level (trained)", "stanley"))
        assert untrained[RMS].loc[:200.0].is_monotonic_increasing
        assert (trained[RMS] < untrained[RMS]).loc[100.0:300.0].all()
        assert (stanley[COMPLETION] <= untrained[COMPLETION]).all()  # of all it has the smallest critical delays
