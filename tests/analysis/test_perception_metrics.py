"""Perceived objects against the truth, on runs small enough to count by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from folder_kit import MS, Folder

from v2x.geo import Plane
from v2x.messages.model_perception import PerceivedObject, PerceivedObjects
from v2x.messages.profile import get_profile
from v2x_analysis.measurement import Measurement
from v2x_analysis.metrics.perception import accuracy

UTC = 1_735_689_600_000_000_000  # 2025-01-01
GROUND = Plane.tangent(117.36, 39.08)
SEEN: dict[str, Any] = {"stations": {"rsu": {"perception": {"view": {"far_m": 100.0}}}}}


class Road(Folder):
    """Users drive east at 10 m/s from their places at time 0; the folder's own two stand far away."""

    def __init__(
        self, path: Path, users: dict[str, tuple[float, float]], scenario: dict[str, Any] | None = None
    ) -> None:
        super().__init__(path, **(SEEN if scenario is None else scenario))
        self.users = users
        for step in range(1, 101):
            for name, (east, north) in users.items():
                (lon,), (lat,) = GROUND.to_lonlat([east + step], [north])
                state = {"x_m": 0.0, "y_m": 0.0, "lon_deg": lon, "lat_deg": lat, "heading_deg": 90.0, "speed_mps": 10.0}
                size = {"accel_mps2": 0.0, "yaw_rate_dps": 0.0, "length_m": 4.0, "width_m": 2.0}
                who = {"t_ns": step * 100 * MS, "id": name, "type": "car", "lane": ""}
                self.writer.append("states", {**who, **state, **size})

    def say(self, t_ms: int, *objects: tuple[int, float, float], channel: str = "pc5") -> None:
        """An SDSM with (number, metres off the user of that number, metres north of it)."""
        places = list(self.users.values())
        at = [
            (places[k][0] + t_ms / 100.0 + east, places[k][1] + north) if k < len(places) else (east, north)
            for k, east, north in objects
        ]
        lon, lat = GROUND.to_lonlat(*np.array(at, float).T)
        each = PerceivedObject(0, "vehicle", UTC + t_ms * MS, 0.0, 0.0, 10.0, 90.0)
        seen = tuple(
            replace(each, id=k, lat_deg=float(lat[i]), lon_deg=float(lon[i])) for i, (k, *_) in enumerate(objects)
        )
        message = PerceivedObjects(0, UTC + t_ms * MS, 7, "roadside", 39.08, 117.36, float("nan"), seen)
        data = get_profile("j2735").encode(message, "SDSM")[1]
        self.frame(t_ms, "RSU_1", "A", kind="SDSM", data=data, link=channel)

    def measured(self) -> dict[str, Measurement]:
        return accuracy(self.run())


def test_errors_recall_and_false_tracks(tmp_path: Path) -> None:
    road = Road(tmp_path / "run", {"a": (0.0, 0.0), "b": (-20.0, 30.0), "far": (-300.0, 0.0)})
    for t_ms in range(1050, 6050, 500):
        road.say(t_ms, (0, 1.0, 0.0), *([(1, 0.0, -3.0)] if t_ms < 3500 else []), (9, -60.0, -60.0))
    got = road.measured()
    assert got["perception.position_error_m.p50"].value == pytest.approx(1.0, abs=0.1)  # SDSM is in decimetres
    assert got["perception.position_error_m.p95"].value == pytest.approx(3.0, abs=0.1)
    assert got["perception.position_error_m.p50"].n == 15
    assert (got["perception.recall"].value, got["perception.recall"].n) == (0.75, 20)
    assert got["perception.false_tracks"].value == pytest.approx(1 / 3)
    assert got["perception.recall"].n_units == 1


def test_two_objects_of_one_user_are_one_and_a_false_one(tmp_path: Path) -> None:
    road = Road(tmp_path / "run", {"a": (0.0, 0.0)})
    for t_ms in range(1000, 3000, 500):
        road.say(t_ms, (0, 0.5, 0.0), (5, 2.0 + t_ms / 100.0, 0.0))
    got = road.measured()
    assert got["perception.position_error_m.p50"].value == pytest.approx(0.5, abs=0.1)
    assert got["perception.recall"].value == 1.0 and got["perception.false_tracks"].value == 0.5


def test_one_instant_in_half_a_second_and_the_air_only(tmp_path: Path) -> None:
    road = Road(tmp_path / "run", {"a": (0.0, 0.0)})
    for t_ms in range(1000, 2000, 100):
        road.say(t_ms, (0, 0.0 if t_ms % 500 == 0 else 4.0, 0.0))
        road.say(t_ms, (0, 4.0, 0.0), channel="uu_uplink")
    got = road.measured()
    assert got["perception.position_error_m.p95"].value == pytest.approx(0.0, abs=0.1)
    assert got["perception.position_error_m.p95"].n == 2 and got["perception.false_tracks"].value == 0.0


def test_a_run_without_sensors_has_no_such_figures_and_one_that_said_nothing_has_no_values(tmp_path: Path) -> None:
    assert Road(tmp_path / "none", {}, scenario={}).measured() == {}
    silent = Road(tmp_path / "silent", {"a": (0.0, 0.0)}).measured()
    assert len(silent) == 4 and all(measurement.value is None for measurement in silent.values())
