"""What speed advice saves against a run without it, and what a vehicle burns."""

from __future__ import annotations

import os
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

TOOL = shutil.which("emissionsDrivingCycle", path=os.pathsep.join([str(Path(sys.executable).parent), os.defpath]))
BASELINE = {"baseline": {"settings": ["stations.subjects.0.driver.follows_advice=false"]}}


def values(run: Run) -> dict[str, float | None]:
    return {key: measurement.value for key, measurement in effect(run).items()}


def compared(tmp_path: Path, own: dict[str, Any], other: dict[str, Any], *, until_s: float = 10.0) -> Run:
    """A run, and its baseline in which the subject drives differently."""
    run = Road(tmp_path / "run", ["glosa"], **BASELINE).drive({"ego": own}, until_s=until_s).run()
    Road(run.folder / "baseline", ["glosa"]).drive({"ego": other}, until_s=until_s).run()
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


def test_only_the_way_that_both_drove_is_compared(tmp_path: Path) -> None:
    """At 10 m/s against 5 m/s for 10 s: 50 m, in 5 s and in 10 s."""
    found = values(compared(tmp_path, lane(0.0, 10.0), lane(0.0, 5.0)))
    assert found["glosa.delay_saved_s"] == pytest.approx(5.0)
    assert found["glosa.stops_saved"] == 0.0
    fast, slow = (fuel_ml_per_s(ENGINES["car"], np.array([v]), np.zeros(1))[0] for v in (10.0, 5.0))
    assert found["glosa.fuel_saved_share"] == pytest.approx(1.0 - 5.0 * fast / (10.0 * slow), abs=0.02)


def test_a_stop_that_the_baseline_made_is_saved(tmp_path: Path) -> None:
    run = compared(tmp_path, lane(0.0, 5.0), lane(0.0, 10.0, accel_mps2=-2.0))
    assert values(run)["glosa.stops_saved"] == 1.0


def test_a_namesake_elsewhere_is_another_vehicle(tmp_path: Path) -> None:
    assert "glosa.stops_saved" not in values(compared(tmp_path, lane(0.0, 5.0), lane(50.0, 5.0)))


def test_an_older_run_in_the_folder_is_no_baseline(tmp_path: Path) -> None:
    run = Road(tmp_path / "run", ["glosa"]).drive({"ego": lane(0.0, 5.0)}).run()
    Road(run.folder / "baseline", ["glosa"]).drive({"ego": lane(0.0, 5.0)}).run()
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
