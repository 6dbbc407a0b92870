"""Whole runs against figures that follow from the recorded states in another way: who is ahead, and cones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from remote_run_kit import GATES, STANDING, drive

from v2x_analysis.remote.figures import figures
from v2x_analysis.remote.verdicts import judged


def test_the_deceleration_needed_behind_somebody_who_stands_on_a_straight_road(tmp_path: Path) -> None:
    run = drive(tmp_path / "run", *STANDING, duration_s=25.0)
    states = run.states[run.states.t_ns > 0]
    own, wall = (states[states.id == name].reset_index() for name in ("remote0", "wall"))
    gap_m = np.hypot(wall.x_m - own.x_m, wall.y_m - own.y_m) - (wall.length_m + own.length_m) / 2.0
    moves = own.t_ns.isin(run.remote.t_ns[run.remote["mode"] == "remote"]) & (own.speed_mps > 0.1)
    expected_mps2 = (own.speed_mps**2 / (2.0 * gap_m))[moves]
    found = figures(run)["remote.drac_max_mps2"]
    assert found.value == pytest.approx(expected_mps2.max(), rel=0.02)
    assert found.n == moves.sum()
    assert 0.5 < expected_mps2.max() < 3.4
    assert figures(run)["remote.pet_min_s"].n == 0


def test_a_slalom_touches_no_cone_and_leaves_the_lane_without_harm(tmp_path: Path) -> None:
    """The swing of 0.9 m leaves a body of 1.61 m 9 to 10 cm beside a cone; what it is off the course is on top."""
    run = drive(tmp_path / "run", GATES, duration_s=35.0)
    clearance, off = (figures(run)[f"remote.{key}"].value for key in ("cone_clearance_m", "lateral_max_m"))
    assert isinstance(clearance, float)
    assert isinstance(off, float)
    assert abs(clearance - 0.095) < off + 0.05
    rows = {one.row.id: one for one in run.derived(judged)}
    assert (rows["D2.cones"].judgement.verdict, rows["D2"].row.level) == ("PASS", "info")
