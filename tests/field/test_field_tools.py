"""Import from OpenStreetMap, export, and the command line."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from v2x.cli.field import command
from v2x.errors import FieldError
from v2x.field.export import export_field, geojson
from v2x.field.load import load_field
from v2x.field.model import Field
from v2x.field.osm import import_osm
from v2x.geo import wgs84_to_gcj02

EXTRACT = Path(__file__).parents[2] / "examples" / "field" / "crossing.osm"


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Field:
    return import_osm(EXTRACT, "crossing", "wgs84", tmp_path_factory.mktemp("crossing"))


def test_an_extract_becomes_a_field_with_names_signals_and_sites(imported: Field) -> None:
    field = load_field(imported.folder)
    assert [junction.name for junction in field.junctions] == ["试验路/测试街", "试验路/小巷"]
    lights, side = field.junctions
    assert lights.signal_groups and not side.signal_groups
    assert [site.junction for site in field.rsu] == [lights.id]
    assert "© OpenStreetMap contributors" in field.title
    assert (lights.lon_deg, lights.lat_deg) == pytest.approx((117.056, 39.05), abs=1e-5)
    intersection = field.intersections[lights.id]
    assert {lane.kind for lane in intersection.lanes} == {"vehicle", "crosswalk"}
    assert {lane.road for lane in intersection.lanes if lane.ingress and lane.kind == "vehicle"} == {"试验路", "测试街"}


def test_an_imported_field_runs(imported: Field) -> None:
    code = (
        "import sys, libsumo\n"
        "libsumo.start(['sumo', '-n', sys.argv[1], '-a', sys.argv[2], '--no-step-log', '--seed', '1'])\n"
        "libsumo.simulation.step(120.0)\n"
        "print('RESULT', libsumo.vehicle.getIDCount(), *libsumo.trafficlight.getIDList(),"
        " libsumo.trafficlight.getProgram(libsumo.trafficlight.getIDList()[0]))"
    )
    files = ",".join(str(path) for path in imported.sumo_files("normal"))
    run = subprocess.run(
        [sys.executable, "-c", code, str(imported.net_file), files], capture_output=True, text=True, check=True
    )
    result = next(line for line in run.stdout.splitlines() if line.startswith("RESULT")).split()
    assert int(result[1]) > 10
    assert result[2:] == [imported.junctions[0].id, "cn"]


def test_shifted_coordinates_are_brought_back(imported: Field, tmp_path: Path) -> None:
    tree = ET.parse(EXTRACT)
    for node in tree.getroot().iter("node"):
        lon, lat = wgs84_to_gcj02(float(node.attrib["lon"]), float(node.attrib["lat"]))
        node.set("lon", f"{lon:.9f}")
        node.set("lat", f"{lat:.9f}")
    tree.write(tmp_path / "shifted.osm", encoding="utf-8")
    back = import_osm(tmp_path / "shifted.osm", "back", "gcj02", tmp_path / "back")
    wrong = import_osm(tmp_path / "shifted.osm", "wrong", "wgs84", tmp_path / "wrong")
    home = imported.plane.to_xy(imported.junctions[0].lon_deg, imported.junctions[0].lat_deg)
    for field, off_m, within_m in ((back, 0.0, 0.05), (wrong, 560.0, 20.0)):
        place = imported.plane.to_xy(field.junctions[0].lon_deg, field.junctions[0].lat_deg)
        assert np.hypot(place[0] - home[0], place[1] - home[1]) == pytest.approx(off_m, abs=within_m)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("<osm><node></osm>", "not valid XML"),
        ("<gpx/>", "expected an OSM XML extract"),
        ("<osm/>", "no roads"),
        ('<osm><node id="1" lat="39"/><way id="2"><tag k="highway" v="primary"/></way></osm>', "node 1 has no valid"),
        ('<osm><node id="1" lat="99" lon="1"/><way id="2"><tag k="highway" v="primary"/></way></osm>', "outside"),
        ('<osm><node id="1" lat="39" lon="117"/><way id="2"><tag k="highway" v="primary"/></way></osm>', "netconvert"),
    ],
)
def test_a_bad_extract_is_refused(tmp_path: Path, content: str, reason: str) -> None:
    (tmp_path / "bad.osm").write_text(content, encoding="utf-8")
    with pytest.raises(FieldError, match=reason):
        import_osm(tmp_path / "bad.osm", "bad", "wgs84", tmp_path / "out")


def test_a_missing_extract_a_bad_name_and_local_metres_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FieldError, match="cannot be read"):
        import_osm(tmp_path / "none.osm", "none", "wgs84", tmp_path)
    with pytest.raises(FieldError, match="no field name"):
        import_osm(EXTRACT, "Bad Name", "wgs84", tmp_path)
    with pytest.raises(FieldError, match="metres"):
        import_osm(EXTRACT, "x", "local", tmp_path)


def test_geojson_lies_where_the_field_does() -> None:
    field = load_field("xiqing")
    features = geojson(field)["features"]
    points = {f["properties"]["id"]: f["geometry"]["coordinates"] for f in features if f["geometry"]["type"] == "Point"}
    assert points["J_22"] == pytest.approx([117.0585, 39.0572], abs=1e-7)
    assert sum(f["properties"]["layer"] == "lane" for f in features) == len(field.lanes)
    line = next(f for f in features if f["properties"]["layer"] == "lane")["geometry"]["coordinates"]
    assert all(117.0 < lon < 117.2 and 39.0 < lat < 39.1 for lon, lat in line)


def test_opendrive_has_the_roads_and_the_projection(tmp_path: Path) -> None:
    export_field(load_field("wangwenzhuang"), "xodr", tmp_path / "track.xodr")
    root = ET.parse(tmp_path / "track.xodr").getroot()
    assert "+proj=utm" in (root.findtext("header/geoReference") or "")
    assert "快速环道" in {road.get("name") for road in root.iter("road")}


def test_command_line_lists_and_exports(tmp_path: Path) -> None:
    runner = CliRunner()
    listed = runner.invoke(command, ["list", "--json"])
    assert [item["name"] for item in json.loads(listed.stdout)] == ["dongli", "wangwenzhuang", "xiqing"]
    assert "11 signalised" in runner.invoke(command, ["list"]).stdout
    out = tmp_path / "dongli.geojson"
    assert runner.invoke(command, ["export", "dongli", "--format", "geojson", "--out", str(out)]).exit_code == 0
    assert json.loads(out.read_text(encoding="utf-8"))["name"] == "dongli"


def test_command_line_builds_and_imports(tmp_path: Path) -> None:
    runner = CliRunner()
    assert runner.invoke(command, ["build", "wangwenzhuang", "--out", str(tmp_path / "w")]).exit_code == 0
    assert load_field(tmp_path / "w").name == "wangwenzhuang"
    arguments = ["import", "--osm", str(EXTRACT), "--name", "mine", "--out", str(tmp_path / "m")]
    assert runner.invoke(command, arguments).exit_code == 0
    assert load_field("m", [tmp_path]).name == "mine"


def test_command_line_refuses_what_it_does_not_know(tmp_path: Path) -> None:
    runner = CliRunner()
    unknown = runner.invoke(command, ["build", "xiqin"])
    assert isinstance(unknown.exception, FieldError)
    assert "did you mean 'xiqing'" in str(unknown.exception)
    nowhere = ["export", "xiqing", "--format", "geojson", "--out", str(tmp_path / "no" / "x.json")]
    assert isinstance(runner.invoke(command, nowhere).exception, FieldError)


def test_the_program_exits_with_2_on_a_bad_extract(tmp_path: Path) -> None:
    (tmp_path / "bad.osm").write_text("<osm", encoding="utf-8")
    arguments = ["field", "import", "--osm", str(tmp_path / "bad.osm"), "--name", "bad", "--out", str(tmp_path / "o")]
    code = f"import sys; sys.argv[1:] = {arguments!r}; from v2x.cli.main import main; main()"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert "bad.osm:1:1: not valid XML: unclosed token\n" in run.stderr
    assert run.stdout == ""
