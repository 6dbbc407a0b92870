"""What speed advice saves against a run without it, and what a vehicle burns."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from alert_kit import Road, lane

from v2x_analysis import Run
from v2x_analysis.applications.fuel import ENGINES, fuel_ml_per_s
from v2x_analysis.metrics.glosa import effect, stops
from v2x_analysis.report import write_report
from v2x_analysis.scorecard import score

TOOL = shutil.which("emissionsDrivingCycle", path=os.pathsep.join([str(Path(sys.executable).parent), os.defpath]))
UNADVISED = {"name": "unadvised", "settings": ["stations.subjects.0.driver.follows_advice=false"]}


def values(run: Run) -> dict[str, float | None]:
    return {key: measurement.value for key, measurement in effect(run).items()}


def compared(tmp_path: Path, own: dict[str, Any], other: dict[str, Any], *, until_s: float = 10.0) -> Run:
    """A run, and its baseline in which the subject drives differently."""
    run = Road(tmp_path / "run", ["glosa"], variants=[UNADVISED]).drive({"ego": own}, until_s=until_s).run()
    Road(run.folder / "variants" / "unadvised", ["glosa"]).drive({"ego": other}, until_s=until_s).run()
    return run


def test_figures_of_the_run_itself(tmp_path: Path) -> None:
    road = Road(tmp_path / "run", ["glosa"]).drive({"ego": lane(0.0, 10.0, accel_mps2=-2.0)}, until_s=8.0)
    found = values(road.run())
    assert found["glosa.stops"] == 1.0
    assert found["glosa.way_m"] == pytest.approx(25.0)
    # 3 s of idling; at -2 m/s^2 nothing is burnt above 4.24 m/s, the root of the polynomial, so for the last 2.12 s
    braking_g_per_h = np.array([3014.0, -2.0 * (149.0 + 2.0 * 299.3), 9.014 * 4.0])
    burnt = 3.0 * 3014.0 + braking_g_per_h @ (2.12 ** np.arange(1, 4) / np.arange(1, 4))
    assert found["glosa.fuel_ml"] == pytest.approx(burnt / 3600.0 / 742.0 * 1e3, rel=0.02)
    assert not any(key.startswith(("glosa.stops_saved", "glosa.delay")) for key in found)


#: From its own beginning: in the junction from here to there.
JUNCTION = {"junction_m": (5.0, 10.0)}


def test_both_are_compared_up_to_the_last_junction_that_both_passed(tmp_path: Path) -> None:
    """At 10 m/s against 5 m/s for 20 s: to `PASSED_M` beyond the junction it takes 8.5 s and 17 s."""
    found = values(compared(tmp_path, lane(0.0, 10.0, **JUNCTION), lane(0.0, 5.0, **JUNCTION), until_s=20.0))
    assert found["glosa.delay_saved_s"] == pytest.approx(8.5, abs=0.2)
    assert found["glosa.stops_saved"] == 0.0
    fast, slow = (fuel_ml_per_s(ENGINES["car"], np.array([v]), np.zeros(1))[0] for v in (10.0, 5.0))
    assert found["glosa.fuel_saved_share"] == pytest.approx(1.0 - 8.5 * fast / (17.0 * slow), abs=0.02)


def test_a_stop_that_the_baseline_made_is_saved(tmp_path: Path) -> None:
    other = lane(0.0, 10.0, stands_s=(0.3, 4.3), **JUNCTION)
    found = values(compared(tmp_path, lane(0.0, 10.0, **JUNCTION), other, until_s=20.0))
    assert found["glosa.stops_saved"] == 1.0
    assert found["glosa.delay_saved_s"] == pytest.approx(4.0, abs=0.2)


def test_the_report_tells_how_the_vehicle_fared_in_each_run(tmp_path: Path) -> None:
    other = lane(0.0, 10.0, stands_s=(0.3, 4.3), **JUNCTION)
    run = compared(tmp_path, lane(0.0, 10.0, **JUNCTION), other, until_s=20.0)
    score(run.variants[run.plan.variants[0]])
    page = write_report(run).read_text(encoding="utf-8")
    fared = re.search(r"<code>car</code></small></th><td>8 s, 0 stops, \d+ ml</td><td>12 s, 1 stop, \d+ ml", page)
    assert fared is not None and "compared with “unadvised”" in page


def test_who_stands_at_a_red_when_the_run_ends_gains_nothing_on_who_still_rolls_towards_it(tmp_path: Path) -> None:
    standing = lane(0.0, 10.0, stands_s=(2.0, 60.0), junction_m=(21.0, 30.0))
    rolling = lane(0.0, 2.0, junction_m=(21.0, 30.0))
    assert "glosa.delay_saved_s" not in values(compared(tmp_path, rolling, standing))


def test_a_namesake_elsewhere_is_another_vehicle(tmp_path: Path) -> None:
    assert "glosa.stops_saved" not in values(
        compared(tmp_path, lane(0.0, 10.0, **JUNCTION), lane(50.0, 10.0, **JUNCTION))
    )


def test_an_older_run_in_the_folder_is_no_baseline(tmp_path: Path) -> None:
    run = Road(tmp_path / "run", ["glosa"]).drive({"ego": lane(0.0, 5.0)}).run()
    Road(run.folder / "variants" / "unadvised", ["glosa"]).drive({"ego": lane(0.0, 5.0)}).run()
    assert run.baseline is None and "glosa.stops_saved" not in values(run)


def test_who_is_not_advised_is_not_counted(tmp_path: Path) -> None:
    assert effect(Road(tmp_path / "run", ["fcw"]).drive({"ego": lane(0.0, 5.0)}).run()) == {}


@pytest.mark.parametrize(
    ("speeds", "number"),
    [([10.0, 0.0], 1), ([10.0, 0.0, 1.0, 0.0], 1), ([10.0, 0.0, 5.0, 0.0], 2), ([0.0, 10.0], 0), ([0.05, 0.0], 0)],
)
def test_creeping_in_a_queue_is_one_stop(speeds: list[float], number: int) -> None:
    assert stops(np.array(speeds)) == number


@pytest.mark.skipif(TOOL is None, reason="SUMO's tool is not there")
@pytest.mark.parametrize(("kind", "name"), [("car", "PC_G_EU4"), ("bus", "Bus"), ("truck", "HDV")])
def test_fuel_is_what_sumo_says(tmp_path: Path, kind: str, name: str) -> None:
    """By SUMO's own tool, in mg/s, where it does not coast."""
    speed_mps, accel_mps2 = (each.ravel() for each in np.meshgrid([0.0, 3.0, 8.0, 14.0, 20.0], [0.0, 0.5, 1.5, 2.5]))
    cycle, out = tmp_path / "cycle.csv", tmp_path / "out.csv"
    cycle.write_text("".join(f"{k};{v};{a};0\n" for k, (v, a) in enumerate(zip(speed_mps, accel_mps2, strict=True))))
    subprocess.run([str(TOOL), "-t", cycle, "-e", f"HBEFA3/{name}", "-o", out], check=True, capture_output=True)
    fuel_mg_per_s = np.loadtxt(out, delimiter=";")[:, 9]
    ours = fuel_ml_per_s(ENGINES[kind], speed_mps, accel_mps2) * ENGINES[kind].density_g_per_l
    assert ours == pytest.approx(fuel_mg_per_s, rel=1e-3)
