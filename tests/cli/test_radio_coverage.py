"""``v2x radio coverage``: files that open, shares that add up, errors with the exit code of bad input."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib.image
import numpy as np
import pytest
from click.testing import CliRunner, Result

from v2x.cli.radio import command
from v2x.field.load import load_field
from v2x.links.cellular.coverage import coverage_at
from v2x.links.cellular.network import Network
from v2x.scenario.model_cellular import GeometricUu


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(command, ["coverage", *arguments], catch_exceptions=False)


@pytest.fixture(scope="module")
def mapped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    out = tmp_path_factory.mktemp("coverage") / "new"
    result = invoke("wangwenzhuang", "--step-m", "40", "--seed", "4", "--json", "--out", str(out))
    assert result.exit_code == 0
    return out, json.loads(result.stdout)


def test_the_summary_gives_shares_of_the_road_area(mapped: tuple[Path, dict[str, Any]]) -> None:
    _, summary = mapped
    assert summary["field"] == "wangwenzhuang"
    assert len(summary["cells"]) == 6
    for shares in summary["road_area"].values():
        above = [share for bar, share in shares.items() if bar != "median"]
        assert all(0.0 <= share <= 1.0 for share in above)
        assert above == sorted(above, reverse=True)
    rsrp = summary["road_area"]["rsrp_dbm"]
    assert (rsrp["median"] >= -100) == (rsrp[">=-100"] >= 0.5)


def test_the_picture_is_one(mapped: tuple[Path, dict[str, Any]]) -> None:
    pixels = matplotlib.image.imread(mapped[0] / "wangwenzhuang-n78-coverage.png")
    assert min(pixels.shape[:2]) > 500
    assert len(np.unique(pixels.reshape(-1, pixels.shape[2])[::97], axis=0)) > 20


def test_the_geojson_is_valid_and_says_what_the_network_says(mapped: tuple[Path, dict[str, Any]]) -> None:
    document = json.loads((mapped[0] / "wangwenzhuang-n78-coverage.geojson").read_text("utf-8"))
    features = document["features"]
    assert document["type"] == "FeatureCollection"
    assert {f["properties"]["layer"] for f in features} == {
        "gnb", "cell", "rsrp_dbm", "sinr_db", "downlink_mbps", "uplink_mbps",
    }  # fmt: skip
    field = load_field("wangwenzhuang")
    bands = [f for f in features if f["properties"]["layer"] == "rsrp_dbm"]
    total = 0.0
    for feature in bands:
        for outer, *holes in feature["geometry"]["coordinates"]:
            rings = [np.array(ring) for ring in (outer, *holes)]
            assert all(np.array_equal(ring[0], ring[-1]) and len(ring) >= 4 for ring in rings)
            areas = [area_m2(np.column_stack(field.plane.to_xy(*ring.T))) for ring in rings]
            assert (
                areas[0] > -1.0
            )  # RFC 7946: the outer ring counterclockwise, holes clockwise; slivers round either way
            assert all(area < 1.0 for area in areas[1:])
            total += sum(areas)
    # the bands share out the whole grid
    points_m = np.concatenate([lane.points_m for lane in field.lanes])
    low, high = points_m.min(axis=0) - 100, points_m.max(axis=0) + 100
    assert total == pytest.approx(np.prod(np.ceil((high - low) / 40) * 40), rel=0.01)
    # deep inside a band lies what the network says
    network = Network(GeometricUu(kind="geometric"), field, 4)
    x_m, y_m = np.meshgrid(np.arange(low[0], high[0], 40), np.arange(low[1], high[1], 40))
    seen = coverage_at(network, x_m.ravel(), y_m.ravel()).values["rsrp_dbm"]
    share = {f["properties"]["at_least"]: signed_area(f, field) / total for f in bands}
    grid = {low_dbm: np.mean((seen >= low_dbm) & (seen < low_dbm + 10)) for low_dbm in (-100, -90)}
    for low_dbm, expected in grid.items():
        assert share[low_dbm] == pytest.approx(expected, abs=0.05)  # contours cut the corners between grid points


def area_m2(ring_m: np.ndarray) -> float:
    east_m, north_m = (ring_m - ring_m[0]).T
    return float(np.sum(east_m[:-1] * north_m[1:] - east_m[1:] * north_m[:-1]) / 2)


def signed_area(feature: dict[str, Any], field: Any) -> float:
    rings = [np.array(ring) for polygon in feature["geometry"]["coordinates"] for ring in polygon]
    return sum(area_m2(np.column_stack(field.plane.to_xy(*ring.T))) for ring in rings)


def test_text_has_a_line_a_quantity(tmp_path: Path) -> None:
    result = invoke("wangwenzhuang", "--carrier", "n8", "--step-m", "100", "--out", str(tmp_path))
    assert [line.split()[0] for line in result.stdout.splitlines()] == [
        "rsrp_dbm", "sinr_db", "downlink_mbps", "uplink_mbps",
    ]  # fmt: skip
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "wangwenzhuang-n8-coverage.geojson",
        "wangwenzhuang-n8-coverage.png",
    ]
    assert "wrote" in result.stderr


def test_an_unknown_field_is_bad_input() -> None:
    script = "from v2x.cli.main import main; main()"
    verb = [sys.executable, "-c", script, "radio", "coverage", "xiqng"]
    done = subprocess.run(verb, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "did you mean 'xiqing'?" in done.stderr
