"""Perception in whole runs: the parts fit, the same run twice is the same, and without it nothing changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from v2x.engine import Simulation
from v2x.messages.profile import get_profile
from v2x.record.writer import RunWriter
from v2x.scenario.model import Scenario
from v2x_analysis.metrics.perception import accuracy
from v2x_analysis.run import Run

ORIGIN = {"crs": "wgs84", "lon_deg": 117.05, "lat_deg": 39.05}


def play(folder: Path, profile: str, **stations: Any) -> Run:
    document = {
        "schema_version": 1,
        "name": "seen",
        "start_utc": "2026-03-02T00:59:58Z",
        "duration_s": 6.0,
        "profile": profile,
        "traffic": {"kind": "synthetic", "vehicles": 6, "speed_mps": 10.0, "origin": ORIGIN},
        "stations": {
            "server": {"enabled": False},
            "obu": {"penetration": {"car": 0.5}},
            "extra_rsu": [{"id": "R", "at": {"crs": "local", "x_m": 20.0, "y_m": 10.0}}],
            **stations,
        },
        "links": {"pc5": {"kind": "ideal"}},
        "test": {"id": "t", "standard": "none", "clause": "none", "edition": "none", "stage": "virtual"},
    }
    scenario = Scenario.model_validate(document)
    manifest = {"seed": scenario.seed, "start_utc": scenario.start_utc.isoformat()}
    with RunWriter(folder, manifest, scenario=scenario.model_dump(mode="json")) as writer:
        outcome = Simulation(scenario, None, writer).run()
        writer.finish("complete", digest=outcome.digest, statistics=outcome.statistics)
    return Run(folder)


@pytest.mark.parametrize(("profile", "kind"), [("csae", "RSM"), ("j2735", "SDSM")])
def test_a_unit_with_a_sensor_knows_its_surroundings(tmp_path: Path, profile: str, kind: str) -> None:
    run = play(tmp_path / "one", profile, rsu={"perception": {"false_per_minute": 0}})
    said = run.tx[run.tx["type"] == kind]
    assert set(said["station"]) == {"R"} and len(said) >= 50
    found = get_profile(profile).decode_frames(said["bytes"].to_numpy())
    assert not found.errors
    figures = accuracy(run)
    recall, error = figures["perception.recall"].value, figures["perception.position_error_m.p50"].value
    assert recall is not None and recall > 0.8
    assert error is not None and error < 1.0
    assert (
        run.manifest["digest"]
        == play(tmp_path / "two", profile, rsu={"perception": {"false_per_minute": 0}}).manifest["digest"]
    )


def test_devices_of_nobody_and_no_sensor_change_nothing(tmp_path: Path) -> None:
    plain = play(tmp_path / "plain", "csae")
    assert set(plain.tx["type"]) == {"BSM"} and accuracy(plain) == {}
    carried = play(tmp_path / "carried", "csae", vru={"penetration": {"pedestrian": 1.0}})  # there are none
    assert carried.manifest["digest"] == plain.manifest["digest"]
