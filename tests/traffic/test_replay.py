"""Recordings as traffic: known tracks come back, whatever their rate, order and coordinates; real ones stay sane."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from recordings import ORIGIN, PLANE, opened, play, states, write

from v2x.errors import TrafficError
from v2x.geo import Plane, turn_deg, wgs84_to_gcj02
from v2x.traffic.base import KINDS, Snapshot

UTM = Plane("+proj=utm +zone=50 +ellps=WGS84 +units=m", offset_x_m=-520_000.0, offset_y_m=-4_320_000.0)


def _circle(rate_hz: float = 10.0, start_s: float = 0.0, seconds: float = 20.0, who: str = "a") -> pd.DataFrame:
    """10 m/s clockwise on a radius of 40 m: 14.32 degrees a second; positions rounded to 1 cm."""
    t = np.round(start_s + np.arange(int(seconds * rate_hz)) / rate_hz, 6)
    angle = t * 10.0 / 40.0
    return pd.DataFrame(
        {"t_s": t, "id": who, "x_m": np.round(40 * np.sin(angle), 2), "y_m": np.round(40 * np.cos(angle), 2)}
    )


def _kinds(notes: list[dict[str, Any]]) -> set[str]:
    return {note["kind"].removeprefix("recording.") for note in notes}


@pytest.mark.parametrize("rate_hz", [2.0, 10.0, 12.5, 30.0])
@pytest.mark.parametrize("step_s", [0.05, 0.1])
def test_a_known_circle_comes_back_at_any_rate(tmp_path: Path, rate_hz: float, step_s: float) -> None:
    table = states(opened(write(tmp_path / "t.csv", _circle(rate_hz)), step_s=step_s), step_s)
    inner = table[(table.t_s > 2.0) & (table.t_s < 17.0)]
    coarse = rate_hz < 5.0  # three samples a second apart span 14 degrees of arc
    radius = np.hypot(inner.x_m, inner.y_m)
    assert np.abs(radius - 40.0).max() < (0.15 if coarse else 0.05)
    assert np.abs(inner.speed_mps - 10.0).max() < (0.2 if coarse else 0.1)
    expected = np.degrees(inner.t_s * 0.25) + 90.0
    assert np.abs(turn_deg(expected, inner.heading_deg)).max() < 0.5
    assert np.abs(inner.yaw_rate_dps - 14.32).max() < (2.5 if coarse else 1.0)
    assert np.abs(inner.accel_mps2).max() < 0.4


def test_straight_braking_has_the_right_speed_and_acceleration(tmp_path: Path) -> None:
    t = np.arange(100) * 0.1
    track = pd.DataFrame({"t_s": t.round(1), "id": 1, "x_m": 0.0, "y_m": (20 * t - t**2).round(2)})
    table = states(opened(write(tmp_path / "t.csv", track), duration_s=9.0), duration_s=9.0)
    assert np.abs(table.speed_mps - (20 - 2 * table.t_s)).max() < 0.05
    assert np.abs(table.accel_mps2 + 2.0).max() < 0.2
    assert np.abs(turn_deg(0.0, table.heading_deg)).max() < 0.1


def test_order_of_rows_and_file_type_do_not_matter(tmp_path: Path) -> None:
    both = pd.concat([_circle(who="b"), _circle(who="a", seconds=10.0)])
    by_user = opened(write(tmp_path / "u.csv", both))
    by_time = opened(write(tmp_path / "t.parquet", both.sort_values("t_s", kind="stable")))
    for (one, _), (other, _) in zip(play(by_user), play(by_time), strict=True):
        assert list(one.id) == sorted(one.id)
        for name, column in one.columns().items():
            assert np.array_equal(column, other.columns()[name]), name
    assert by_user.statistics() == {"departed": 2.0, "arrived": 1.0}


@pytest.mark.parametrize("plane", [PLANE, UTM])
def test_all_coordinate_systems_give_one_place(tmp_path: Path, plane: Plane) -> None:
    """The same track as local metres, WGS-84 and GCJ-02, on its own plane and on a field's."""
    local = _circle()
    lon, lat = PLANE.to_lonlat(local.x_m, local.y_m)
    g_lon, g_lat = wgs84_to_gcj02(lon, lat)
    base = local[["t_s", "id"]]
    files = {
        "local": write(tmp_path / "l.csv", local),
        "wgs84": write(tmp_path / "w.csv", base.assign(lon_deg=lon, lat_deg=lat)),
        "gcj02": write(tmp_path / "g.csv", base.assign(lon_deg=g_lon, lat_deg=g_lat)),
    }
    tables = {crs: states(opened(path, crs=crs, plane=plane)) for crs, path in files.items()}
    for table in tables.values():
        for name, tolerance in (("x_m", 2e-3), ("lon_deg", 2e-8), ("lat_deg", 2e-8), ("speed_mps", 2e-3)):
            assert np.abs(table[name] - tables["local"][name]).max() < tolerance, name
        assert np.abs(turn_deg(table.heading_deg, tables["local"].heading_deg)).max() < 0.02
        inner = table[(table.t_s > 2.0) & (table.t_s < 17.0)]
        assert np.abs(turn_deg(np.degrees(inner.t_s * 0.25) + 90.0, inner.heading_deg)).max() < 0.5


def test_local_metres_without_origin_are_the_fields(tmp_path: Path) -> None:
    from v2x.clock import SimClock
    from v2x.scenario.model import RecordedTraffic as Config
    from v2x.traffic.replay import RecordedTraffic

    path = write(tmp_path / "t.csv", _circle().assign(heading_deg=30.0))
    config = Config.model_construct(
        kind="recording", path=path, crs="local", origin=None, columns={}, smoothing_s=1.0, max_gap_s=1.0
    )
    traffic = RecordedTraffic(config, SimClock(0, 10**8, 10 * 10**9), UTM)
    traffic.start()
    snapshot = traffic.step(0)
    assert (snapshot.x_m[0], snapshot.y_m[0]) == pytest.approx((0.0, 40.0), abs=0.05)
    expected = 30.0 + float(UTM.convergence_deg(snapshot.lon_deg[0], snapshot.lat_deg[0]))
    assert snapshot.heading_deg[0] == pytest.approx(expected, abs=1e-9)


def test_given_headings_and_speeds_are_taken(tmp_path: Path) -> None:
    """True heading in a geographic file, also across north; speed as given, its acceleration derived."""
    local = _circle(seconds=10.0)
    lon, lat = PLANE.to_lonlat(local.x_m, local.y_m)
    heading = (340.0 + 5.0 * local.t_s) % 360.0
    table = local[["t_s", "id"]].assign(lon_deg=lon, lat_deg=lat, heading_deg=heading, speed_mps=3.0 + local.t_s)
    played = states(opened(write(tmp_path / "t.csv", table), crs="wgs84", plane=UTM, step_s=0.05), 0.05, 9.8)
    assert np.abs(turn_deg(played.heading_deg, 340.0 + 5.0 * played.t_s)).max() < 1e-6
    assert np.abs(played.speed_mps - 3.0 - played.t_s).max() < 1e-6
    assert np.abs(played.accel_mps2 - 1.0).max() < 1e-6
    assert np.abs(played.yaw_rate_dps - 5.0).max() < 1e-6


def test_empty_cells_are_filled_and_listed(tmp_path: Path) -> None:
    table = _circle().assign(speed_mps=7.0)
    table.loc[50:60, "speed_mps"] = np.nan
    traffic = opened(write(tmp_path / "t.csv", table))
    assert {"kind": "recording.derived", "column": "speed_mps", "count": 11}.items() <= next(
        note for note in traffic.notes() if note.get("column") == "speed_mps"
    ).items()
    assert set(states(traffic).speed_mps) == {7.0}


def test_kinds_and_sizes(tmp_path: Path) -> None:
    words = {"a": "Pedestrian", "b": "motorcycle", "c": "hovercraft", "d": "", "e": "bus"}
    table = pd.concat([_circle(who=who).assign(kind=word, length_m=12.0 * (who == "e")) for who, word in words.items()])
    traffic = opened(write(tmp_path / "t.csv", table))
    snapshot, notes = traffic.step(0), traffic.notes()
    assert [KINDS[code] for code in snapshot.type] == ["pedestrian", "ebike", "car", "car", "bus"]
    assert snapshot.length_m.tolist() == [0.5, 1.75, 4.6, 4.6, 12.0]
    assert snapshot.width_m.tolist() == [0.5, 0.77, 1.8, 1.8, 2.3]
    defaults = [note for note in notes if note["kind"] == "recording.default"]
    assert {"unknown": {"hovercraft": 1}}.items() <= defaults[0].items()
    assert [note["count"] for note in defaults[1:]] == [1, 4, 5]
    assert traffic.notes() == []


def test_a_walking_pedestrian_is_followed(tmp_path: Path) -> None:
    t = np.arange(100) * 0.1
    track = pd.DataFrame({"t_s": t.round(1), "id": "p", "x_m": (1.2 * t).round(2), "y_m": 5.0, "kind": "ped"})
    table = states(opened(write(tmp_path / "t.csv", track)))
    assert np.abs(table.speed_mps - 1.2).max() < 0.1 and np.abs(turn_deg(90.0, table.heading_deg)).max() < 5.0


def test_a_short_gap_is_driven_through_and_a_long_one_leaves(tmp_path: Path) -> None:
    track = _circle()
    holes = ((track.t_s > 5.0) & (track.t_s < 5.7)) | ((track.t_s > 10.0) & (track.t_s < 14.0))
    traffic = opened(write(tmp_path / "t.csv", track[~holes]))
    assert {"gap", "return"} <= _kinds(traffic.notes())
    table = states(traffic)
    assert np.abs(np.hypot(table.x_m, table.y_m) - 40.0).max() < 0.3
    assert not ((table.t_s > 10.01) & (table.t_s < 13.99)).any() and (table.t_s == 5.3).any()
    assert traffic.statistics() == {"departed": 1.0, "arrived": 0.0}


def test_jitter_at_standstill_neither_spins_nor_drives(tmp_path: Path) -> None:
    rng, n = np.random.default_rng(5), 200
    track = pd.DataFrame({"t_s": (np.arange(n) * 0.1).round(1), "id": "s"})
    track[["x_m", "y_m"]] = rng.normal(0.0, 0.05, (n, 2)).round(2)
    traffic = opened(write(tmp_path / "t.csv", track))
    table = states(traffic)
    assert set(table.yaw_rate_dps) == {0.0} and table.speed_mps.max() < 0.3
    assert any(note.get("why") == "never moves" and note["examples"] == ["s"] for note in traffic.notes())


def test_a_recording_that_starts_later(tmp_path: Path) -> None:
    """Inside the run it keeps its times; outside it is moved to begin at 0, and that is noted."""
    later = opened(write(tmp_path / "l.csv", _circle(start_s=5.03)))
    assert [len(later.step(t)) for t in (0, 5_000_000_000, 5_100_000_000)] == [0, 0, 1]
    far = opened(write(tmp_path / "f.csv", _circle(start_s=1.7e9)))
    (summary,) = [note for note in far.notes() if note["kind"] == "recording.summary"]
    assert summary["shift_s"] == -1.7e9 and len(far.step(0)) == 1
    early = opened(write(tmp_path / "e.csv", _circle(start_s=-5.0)))
    (summary,) = [note for note in early.notes() if note["kind"] == "recording.summary"]
    assert summary["shift_s"] == 0.0 and summary["rows_outside_run"] == 50 and len(early.step(0)) == 1


def test_before_after_and_off_the_grid(tmp_path: Path) -> None:
    traffic = opened(write(tmp_path / "t.csv", _circle(seconds=5.0)), duration_s=100.0)
    assert isinstance(traffic.step(0), Snapshot) and len(traffic.step(99_900_000_000)) == 0
    assert len(traffic.step(100_000_000_000)) == 0
    with pytest.raises(ValueError, match="grid"):
        traffic.step(50_000_000)


def test_columns_are_renamed_and_extra_ones_listed(tmp_path: Path) -> None:
    table = _circle().rename(columns={"id": "track", "x_m": "east"}).assign(colour="red")
    traffic = opened(write(tmp_path / "t.csv", table), columns={"id": "track", "x_m": "east"})
    assert traffic.step(0).id.tolist() == ["a"]
    assert {"kind": "recording.ignored", "columns": ["colour"]} in traffic.notes()


def test_a_missing_file_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(TrafficError, match=r"traffic\.path: no such file"):
        opened(tmp_path / "none.csv")


def test_lane_is_the_last_one_recorded(tmp_path: Path) -> None:
    table = _circle().assign(lane=lambda t: np.where(t.t_s < 3.05, "north", "east"))
    traffic = opened(write(tmp_path / "t.csv", table))
    assert [traffic.step(t).lane[0] for t in (3_000_000_000, 3_100_000_000)] == ["north", "east"]


def test_half_a_million_rows_open_in_five_seconds(tmp_path: Path) -> None:
    """Processor time, so that a busy machine does not decide."""
    users, n = 2500, 200
    start = np.repeat(np.random.default_rng(6).integers(0, 4000, users) * 0.1, n)
    table = pd.DataFrame(
        {"t_s": (start + np.tile(np.arange(n) * 0.1, users)).round(1), "id": np.repeat(np.arange(users), n)}
    )
    table["x_m"], table["y_m"] = np.tile(np.arange(n) * 1.0, users), 0.0
    path = write(tmp_path / "t.parquet", table.sort_values("t_s", kind="stable"))
    before = time.process_time()
    traffic = opened(path, duration_s=500.0)
    assert time.process_time() - before < 5.0
    assert len(traffic.step(200 * 10**9)) > 50


def test_the_real_crossroads(shared: Path) -> None:
    """79 vehicles of a real crossroads: what comes out is what cars can do."""
    traffic = opened(shared / "data/recorded/crossroads_tracks.csv", duration_s=228.0)
    assert _kinds(traffic.notes()) == {"default", "derived", "summary"}
    table = states(traffic, duration_s=228.0)
    assert len(table) == 12_691 and table.id.nunique() == 79
    assert 5.0 < table.speed_mps.quantile(0.95) < 8.0 and table.speed_mps.max() < 10.0
    assert table.accel_mps2.abs().quantile(0.99) < 2.0 and table.accel_mps2.abs().max() < 3.0
    assert table.yaw_rate_dps.abs().max() < 40.0
    standing = table[table.speed_mps < 0.3]
    assert len(standing) > 2000 and standing.yaw_rate_dps.abs().quantile(0.95) < 2.0


def test_optional_columns_without_a_single_cell(tmp_path: Path) -> None:
    empty = _circle().assign(kind="", heading_deg=np.nan, speed_mps=np.nan, length_m=np.nan, width_m=0.0)
    traffic = opened(write(tmp_path / "t.csv", empty))
    snapshot = traffic.step(10**9)
    assert (snapshot.length_m[0], snapshot.width_m[0]) == (4.6, 1.8)
    assert snapshot.speed_mps[0] == pytest.approx(10.0, abs=0.3)


def test_a_recording_far_from_its_origin_is_refused(tmp_path: Path) -> None:
    """A tangent plane 12 degrees off would make every speed 1 % too high."""
    table = _circle()
    lon, lat = PLANE.to_lonlat(table.x_m, table.y_m)
    path = write(tmp_path / "t.csv", table.drop(columns=["x_m", "y_m"]).assign(lon_deg=lon, lat_deg=lat))
    far = Plane.tangent(105.0, 35.0)
    with pytest.raises(TrafficError, match=r"1\d{3} km from the run's \(0, 0\); see traffic.origin") as caught:
        opened(path, crs="wgs84", plane=far, origin={"crs": "wgs84", "lon_deg": 105.0, "lat_deg": 35.0})
    assert caught.value.line == 2


def test_origin_fixture_is_the_plane() -> None:
    assert np.allclose(PLANE.to_xy(ORIGIN["lon_deg"], ORIGIN["lat_deg"]), 0.0, atol=1e-6)
