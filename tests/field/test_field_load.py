"""Loading a field: positions agree with PROJ and with SUMO, nothing is lost in the file, errors help."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pyproj
import pytest

from v2x.errors import FieldError
from v2x.field.load import list_fields, load_field
from v2x.field.model import Field
from v2x.field.store import read_field, write_field

#: SUMO in a process of its own: one simulation per process, and it prints at import.
_CONVERT = """
import sys, json, libsumo
libsumo.start(["sumo", "-n", sys.argv[1], "--no-step-log", "--no-warnings"])
points = json.loads(sys.argv[2])
print("RESULT", json.dumps([libsumo.simulation.convertGeo(*point, True) for point in points]))
"""


def test_shipped_fields_are_listed() -> None:
    assert list_fields() == ["dongli", "wangwenzhuang", "xiqing"]


def test_loading_needs_no_sumo() -> None:
    code = "import sys; from v2x.field.load import load_field; load_field('xiqing'); print(sorted(sys.modules))"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not {"'libsumo'", "'traci'", "'sumo'", "'sumolib'"} & set(modules.strip("[]\n").split(", "))


def test_every_file_of_every_level_is_there(shipped: Field) -> None:
    assert shipped.net_file.is_file()
    for level in ("light", "normal", "peak"):
        assert all(path.is_file() for path in shipped.sumo_files(level))


def test_plane_agrees_with_proj(shipped: Field) -> None:
    utm = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:32650", always_xy=True)
    for junction in shipped.junctions:
        x, y = utm.transform(junction.lon_deg, junction.lat_deg)
        ours = shipped.plane.to_xy(junction.lon_deg, junction.lat_deg)
        assert np.hypot(ours[0] - x - shipped.plane.offset_x_m, ours[1] - y - shipped.plane.offset_y_m) < 1e-3


def test_plane_agrees_with_sumo_to_a_millimetre(shipped: Field) -> None:
    points = [[junction.lon_deg, junction.lat_deg] for junction in shipped.junctions]
    run = subprocess.run(
        [sys.executable, "-c", _CONVERT, str(shipped.net_file), json.dumps(points)],
        capture_output=True,
        text=True,
        check=True,
    )
    line = next(line for line in run.stdout.splitlines() if line.startswith("RESULT"))
    theirs = np.array(json.loads(line.removeprefix("RESULT")))
    ours = np.column_stack(shipped.plane.to_xy(*np.array(points).T))
    assert np.hypot(*(ours - theirs).T).max() < 1e-3


def test_grid_convergence_is_that_of_the_meridian(shipped: Field) -> None:
    junction = shipped.junctions[0]
    ours = shipped.plane.convergence_deg(junction.lon_deg, junction.lat_deg)
    # Walk a metre of true north on the plane: that is the convergence, measured instead of computed.
    x, y = shipped.plane.to_xy([junction.lon_deg] * 2, [junction.lat_deg, junction.lat_deg + 1e-5])
    assert ours == pytest.approx(-np.degrees(np.arctan2(x[1] - x[0], y[1] - y[0])), abs=1e-3)
    spherical = (junction.lon_deg - 117.0) * np.sin(np.radians(junction.lat_deg))
    assert ours == pytest.approx(spherical, abs=1e-3)


@pytest.mark.parametrize(("name", "convergence_deg"), [("dongli", 0.22), ("xiqing", 0.03)])
def test_grid_convergence_where_it_was_measured(name: str, convergence_deg: float) -> None:
    field = load_field(name)
    assert field.plane.convergence_deg(field.junctions[0].lon_deg, field.junctions[0].lat_deg) == pytest.approx(
        convergence_deg, abs=0.01
    )


def test_junctions_and_sites_stand_where_they_were_authored(shared: Path) -> None:
    data = json.loads((shared / "field" / "fields.json").read_text(encoding="utf-8"))["fields"]
    for name, authored in data.items():
        field = load_field(name)
        junctions = {junction.id: junction for junction in field.junctions}
        assert set(junctions) == {item["id"] for item in authored["junctions"]}
        for item in authored["junctions"]:
            junction = junctions[item["id"]]
            assert junction.name == item["name"]
            assert bool(junction.signal_groups) == item["signal"]
            geod = pyproj.Geod(ellps="WGS84")
            assert geod.inv(junction.lon_deg, junction.lat_deg, item["lon"], item["lat"])[2] < 0.01
        for ours, theirs in ((field.rsu, authored["rsu"]), (field.gnb, authored["gnb"])):
            assert [(s.id, s.lon_deg, s.lat_deg) for s in ours] == [(s["id"], s["lon"], s["lat"]) for s in theirs]


def test_the_track_lies_within_its_area() -> None:
    field = load_field("wangwenzhuang")
    points = np.vstack([lane.points_m for lane in field.lanes])
    assert np.prod(np.ptp(points, axis=0)) < 0.983e6
    assert field.plane.to_xy(117.2677, 38.8827) == pytest.approx(points.min(0) + np.ptp(points, axis=0) / 2, abs=20)
    zones = ("快速环道", "ADAS直线区", "动态多功能测试区", "城市", "高速道路测试区", "山路模拟测试区", "研发车间配套区")
    assert all(any(lane.road.startswith(zone) for lane in field.lanes) for zone in zones)
    assert any(junction.signal_groups for junction in field.junctions)


def test_nothing_is_lost_in_the_file(shipped: Field, tmp_path: Path) -> None:
    moved = replace(shipped, folder=tmp_path)
    write_field(moved)
    again = read_field(tmp_path)
    np.testing.assert_equal(asdict(again), asdict(moved))


def test_a_field_is_found_by_folder_and_in_search_folders(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    write_field(replace(load_field("dongli"), folder=tmp_path / "mine", name="mine"))
    assert load_field(tmp_path / "mine").name == "mine"
    assert load_field("mine", [tmp_path]).folder == tmp_path / "mine"
    assert "mine" in list_fields([tmp_path])


def test_an_unknown_field_offers_the_nearest() -> None:
    with pytest.raises(FieldError, match="did you mean 'dongli'"):
        load_field("dongly")


@pytest.mark.parametrize(
    ("content", "reason"),
    [("{", "not valid JSON"), ("[]", "expected format 3"), ('{"format": 3, "name": "x"}', "damaged")],
)
def test_a_damaged_file_is_refused(tmp_path: Path, content: str, reason: str) -> None:
    (tmp_path / "field.json").write_text(content, encoding="utf-8")
    with pytest.raises(FieldError, match=reason) as caught:
        load_field(tmp_path)
    assert caught.value.file == tmp_path / "field.json"


def test_a_folder_without_a_field_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FieldError, match="not a field"):
        load_field(tmp_path)
