"""How near a vehicle came to the cones of a slalom: on the closed track, past cones at a known distance."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from remote_tables import SPEED_MPS, Drive, run

from v2x.field.load import load_field
from v2x.remote.way import way_of
from v2x_analysis import Run
from v2x_analysis.remote.figures import figures
from v2x_analysis.remote.verdicts import judged

ROUTE = ("A_W.A_M", "A_M.A_E")
#: Cones at 125, 150, 175 and 200 m of the way.
SLALOM = {"start_at_m": 100.0, "gates": 4, "spacing_m": 25.0, "amplitude_m": 0.9}


def past(folder: Path, left_m: float, **remote: object) -> Run:
    """A drive along the way, with the centre of a body 2 m wide so far to its left; it begins at 50 m."""
    way = way_of(load_field("wangwenzhuang"), ROUTE, 0, 40.0)
    t_s = np.arange(0.0, 20.0, 0.1)
    x_m, y_m = way.course.point_m(50.0 + SPEED_MPS * t_s)
    heading_rad = float(way.course.heading_rad(np.array([150.0]))[0])
    drive = Drive(20.0).arrive()
    drive.road_user(
        "remote", t_s, x_m - left_m * np.sin(heading_rad), y_m + left_m * np.cos(heading_rad),
        90.0 - float(np.degrees(heading_rad)), SPEED_MPS,
    )  # fmt: skip
    told = {"route": ROUTE, "lane": 0, "start_at_m": 40.0, "slalom": SLALOM, "profile": "closed_slalom", **remote}
    return run(folder, drive, remote=told, field="wangwenzhuang")


@pytest.mark.parametrize(("left_m", "verdict"), [(1.3, "PASS"), (-1.3, "PASS"), (1.04, "FAIL"), (0.5, "FAIL")])
def test_the_body_passes_cones_at_a_known_distance(tmp_path: Path, left_m: float, verdict: str) -> None:
    found = past(tmp_path / "run", left_m)
    clearance = figures(found)["remote.cone_clearance_m"]
    assert clearance.n == 4
    assert clearance.value == pytest.approx(max(abs(left_m) - 1.0, 0.0), abs=0.005)
    (row,) = (one for one in found.derived(judged) if one.row.id == "D2.cones")
    assert row.judgement.verdict == verdict
    if verdict == "FAIL":  # the first cone, 75 m from the beginning, is beside the front at 7.3 s and the rear at 7.7 s
        assert 7.25 <= (row.broke_ns or 0) / 1e9 <= 7.75


def test_without_cones_nobody_has_passed_them(tmp_path: Path) -> None:
    found = past(tmp_path / "run", 1.3, slalom=None)
    clearance = figures(found)["remote.cone_clearance_m"]
    assert (clearance.value, clearance.remark) == (None, "no cones in this run")
    (row,) = (one for one in found.derived(judged) if one.row.id == "D2.cones")
    assert (row.judgement.verdict, row.left_out) == ("INCONCLUSIVE", False)  # a slalom has to have some


def test_cones_of_a_field_that_is_not_known_here(tmp_path: Path) -> None:
    drive = Drive(5.0)
    found = figures(run(tmp_path / "run", drive, remote={"route": ROUTE, "slalom": SLALOM}))
    assert found["remote.cone_clearance_m"].remark == "where it drove is not known"  # type: ignore[union-attr]
