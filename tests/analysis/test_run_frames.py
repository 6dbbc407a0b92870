"""The run folder as pandas sees it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import fake_run
import numpy as np
import pandas as pd
import pytest
from sumo_kit import FORBID_SUMO

from v2x.errors import RunFolderError
from v2x.record import TABLES, compact
from v2x_analysis import Run


def test_frames_have_the_columns_and_types_of_the_tables(run_folder: Path) -> None:
    run = Run(run_folder)
    for table in ("tx", "rx", "states", "events", "link_bins"):
        assert list(getattr(run, table).columns) == TABLES[table].names
    assert isinstance(run.tx["bytes"].iloc[0], bytes)
    assert run.tx["t_ns"].dtype == np.int64
    assert run.rx["t_used_ns"].dtype == pd.Int64Dtype()
    assert run.rx["t_used_ns"].isna().any()
    assert isinstance(run.states["id"].dtype, pd.CategoricalDtype)
    assert run.states["speed_mps"].dtype == np.float64


def test_manifest_and_scenario(run_folder: Path) -> None:
    run = Run(str(run_folder))
    assert run.manifest["status"] == "complete"
    assert run.scenario["title"] == "Fake crossroads 虚拟路口"
    assert run.seed == 7
    assert run.duration_s == 20.0


def test_a_cut_run_reads_like_a_finished_one(tmp_path: Path, run_folder: Path, encode: fake_run.Encode) -> None:
    plan = fake_run.Plan(seconds=3)
    writer = fake_run.write(tmp_path / "cut", encode, plan, finish=False)
    cut = tmp_path / "copy"
    shutil.copytree(writer.folder, cut)  # as a kill leaves it: streams without an end
    writer.finish("complete")
    before = Run(cut).rx
    compact(cut)
    after, whole = Run(cut).rx, Run(writer.folder).rx
    pd.testing.assert_frame_equal(before, after)
    pd.testing.assert_frame_equal(after, whole)
    assert Run(cut).manifest["status"] == "interrupted"
    assert Run(cut).duration_s == 3.0


def test_derived_tables_are_computed_once(run_folder: Path) -> None:
    calls = []

    def rows(run: Run) -> int:
        calls.append(run)
        return len(run.tx)

    run = Run(run_folder)
    assert run.derived(rows) == run.derived(rows) == len(run.tx)
    assert len(calls) == 1


def test_what_is_no_run_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="not a run folder"):
        Run(tmp_path)


_WITHOUT_SUMO = (
    FORBID_SUMO
    + """
import v2x_analysis
from v2x_analysis.report import write_report
run = v2x_analysis.Run(sys.argv[1])
card = v2x_analysis.score(run)
write_report(run)
print(card.verdict)
"""
)


def test_scoring_and_reporting_need_no_sumo(tmp_path: Path, run_folder: Path) -> None:
    copy = shutil.copytree(run_folder, tmp_path / "copy")
    done = subprocess.run([sys.executable, "-c", _WITHOUT_SUMO, str(copy)], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "INCONCLUSIVE", done.stderr
    assert (copy / "report.html").exists()
