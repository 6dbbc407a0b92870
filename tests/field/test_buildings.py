"""Building blocks: as far from every lane as declared, on both sides of every corner, and only where declared."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.errors import FieldError
from v2x.field.buildings import buildings_of
from v2x.field.export import geojson
from v2x.field.layout import lay_out
from v2x.field.load import load_field
from v2x.field.model import Building, Field
from v2x.field.source import FieldSource, load_source
from v2x.geo import Plane

PLANE = Plane.tangent(117.06, 39.05)
#: Half widths with setback: wide 3 x 3.5 + 3.5 + 2.5 + 15 = 31.5 m, narrow 3.25 + 2 + 6 = 11.25 m.
CLASSES: dict[str, Any] = {
    "wide": {"lanes": 3, "speed_limit_kmh": 60, "bike_width_m": 3.5, "sidewalk_width_m": 2.5, "priority": 9,
             "buildings": {"setback_m": 15, "height_m": 24}},
    "narrow": {"lanes": 1, "speed_limit_kmh": 40, "lane_width_m": 3.25, "sidewalk_width_m": 2.0, "priority": 4,
               "buildings": {"setback_m": 6, "height_m": 12}},
    "fast": {"lanes": 2, "speed_limit_kmh": 80, "priority": 10},
}  # fmt: skip
CROSS: dict[str, Any] = {"C": (0, 0), "W": (-300, 0), "E": (300, 0), "S": (0, -300), "N": (0, 300)}


def lonlat(point: Any) -> tuple[float, float]:
    lon_deg, lat_deg = PLANE.to_lonlat(*point)
    return float(lon_deg), float(lat_deg)


def built(nodes: dict[str, Any], roads: list[dict[str, Any]], **more: Any) -> tuple[Building, ...]:
    """Blocks of a field of roads between nodes (or bends) that are given in metres."""
    places = {name: {"at": lonlat(at), "number": i} for i, (name, at) in enumerate(nodes.items(), 1)}
    for road in roads:
        road["path"] = [step if isinstance(step, str) else lonlat(step) for step in road["path"]]
    source = FieldSource.model_validate(
        {
            "schema_version": 1, "name": "made", "title": "made", "placement": "made", "crs": "wgs84",
            "region": 1, "classes": CLASSES,
            "nodes": places,
            "roads": [{"id": f"road-{i}", "name": f"road {i}", **road} for i, road in enumerate(roads)],
            **more,
        }
    )  # fmt: skip
    return buildings_of(lay_out(source), PLANE)


def crossing(**of_the_narrow_road: Any) -> list[dict[str, Any]]:
    narrow = {"kind": "narrow", "path": ["S", "C", "N"], **of_the_narrow_road}
    return [{"kind": "wide", "path": ["W", "C", "E"]}, narrow]


def nearest(blocks: tuple[Building, ...], x_m: float = 0.0, y_m: float = 0.0) -> np.ndarray:
    """The corner nearest to a point of the block to its north-east."""
    corners = np.vstack([block.points_m for block in blocks if (block.points_m.mean(axis=0) > (x_m, y_m)).all()])
    return corners[np.argmin(np.hypot(*(corners - (x_m, y_m)).T))]


def test_a_corner_stands_where_two_building_lines_meet() -> None:
    blocks = built(CROSS, crossing())
    assert [block.id for block in blocks] == ["B_1", "B_2", "B_3", "B_4"]
    assert [tuple(np.sign(block.points_m.mean(axis=0))) for block in blocks] == [(-1, 1), (1, 1), (-1, -1), (1, -1)]
    assert nearest(blocks) == pytest.approx((11.25, 31.5), abs=0.01)
    assert {block.height_m for block in blocks} == {24.0}


def test_a_road_may_differ_from_its_class() -> None:
    blocks = built(CROSS, crossing(buildings={"setback_m": 1, "height_m": 40}))
    assert nearest(blocks) == pytest.approx((6.25, 31.5), abs=0.01)
    assert {block.height_m for block in blocks} == {40.0}


def test_a_one_way_road_is_half_as_wide() -> None:
    assert nearest(built(CROSS, crossing(oneway=True)))[0] == pytest.approx(5.25 / 2 + 6, abs=0.01)


def test_nothing_is_built_where_nothing_is_declared() -> None:
    assert built(CROSS, crossing(kind="fast")) == ()


def test_open_ground_is_declared_by_a_point() -> None:
    assert len(built(CROSS, crossing(), open_ground=[lonlat((100, 50)), lonlat((-60, -80))])) == 2
    with pytest.raises(FieldError, match="lies in no block"):
        built(CROSS, crossing(), open_ground=[lonlat((100, 0))])


def test_the_building_line_follows_a_bend() -> None:
    blocks = built({"S": (0, -300), "E": (300, 0), "W": (-50, -300)}, [{"kind": "narrow", "path": ["S", (0, 0), "E"]}])
    axis = shapely.LineString([(0, -300), (0, 0), (300, 0)])
    assert min(shapely.Polygon(block.points_m).distance(axis) for block in blocks) == pytest.approx(11.25, abs=0.01)


def test_a_class_may_change_at_a_bend() -> None:
    nodes = {"S": (0, -300), "C": (0, 0), "E": (300, 0), "F": (-150, 150)}
    blocks = built(nodes, [{"kind": "narrow", "path": ["S", "C"]}, {"kind": "wide", "path": ["C", "E"]}])
    lines = {11.25: [(0, -300), (0, 0)], 31.5: [(0, 0), (300, 0)]}
    for off_m, line in lines.items():
        assert (
            min(shapely.Polygon(block.points_m).distance(shapely.LineString(line)) for block in blocks) >= off_m - 0.1
        )


def test_a_road_that_nobody_reaches_is_refused() -> None:
    ring = {"A": (-300, -300), "B": (300, -300), "D": (300, 300), "F": (-300, 300), "P": (-30, 0), "Q": (30, 0)}
    roads = [{"kind": "narrow", "path": ["A", "B", "D", "F"]}, {"kind": "narrow", "path": ["P", "Q"]}]
    with pytest.raises(FieldError, match="would enclose roads"):
        built(ring, roads)


@settings(max_examples=50, deadline=None)
@given(bearing_deg=st.floats(46.0, 134.0), turned_deg=st.floats(0.0, 360.0))
def test_roads_cross_at_any_angle(bearing_deg: float, turned_deg: float) -> None:
    wide, narrow = (300 * np.array([np.sin(a), np.cos(a)]) for a in np.radians([turned_deg, turned_deg + bearing_deg]))
    nodes = {"C": (0, 0), "W": tuple(-wide), "E": tuple(wide), "S": tuple(-narrow), "N": tuple(narrow)}
    blocks = [shapely.Polygon(block.points_m) for block in built(nodes, crossing())]
    assert len(blocks) == 4
    for end, off_m in ((wide, 31.5), (narrow, 11.25)):
        axis = shapely.LineString([-end, end])
        assert [block.distance(axis) for block in blocks] == pytest.approx([off_m] * 4, abs=0.02)


# ---------------------------------------------------------------------------- the shipped fields


@pytest.mark.parametrize(("name", "number"), [("dongli", 20), ("xiqing", 16)])
def test_the_shipped_fields_are_built_up_as_declared(name: str, number: int) -> None:
    field = load_field(name)
    assert len(field.buildings) == number
    frontages = {edge.id: edge.cross.buildings for edge in lay_out(load_source(field.folder / "field.yaml")).edges}
    blocks = shapely.MultiPolygon([shapely.Polygon(block.points_m) for block in field.buildings])
    gaps_m = []
    for lane in field.lanes:
        frontage = frontages.get(lane.id.rpartition("_")[0])
        if lane.kind == "sidewalk" and frontage:
            gaps_m.append(shapely.LineString(lane.points_m).distance(blocks) - lane.width_m / 2 - frontage.setback_m)
    # Where open ground lies beside a road, its sidewalk is farther away; nowhere is one nearer.
    assert min(gaps_m) > -0.06
    assert np.mean(np.abs(gaps_m) < 0.06) > 0.85


def test_the_closed_track_is_open_ground() -> None:
    assert load_field("wangwenzhuang").buildings == ()


def test_outlines_are_counterclockwise_and_clear_of_each_other(shipped: Field) -> None:
    blocks = [shapely.Polygon(building.points_m) for building in shipped.buildings]
    assert all(block.is_valid and block.exterior.is_ccw for block in blocks)
    assert all(one.distance(other) > 10.0 for i, one in enumerate(blocks) for other in blocks[:i])
    assert all(building.height_m < gnb.height_m for building in shipped.buildings for gnb in shipped.gnb)


def test_roadside_units_stand_in_the_open(shipped: Field) -> None:
    places = shapely.points(
        np.column_stack(shipped.plane.to_xy(*np.array([(s.lon_deg, s.lat_deg) for s in shipped.rsu]).T))
    )
    for building in shipped.buildings:
        assert not shapely.Polygon(building.points_m).intersects(places).any()


def test_geojson_has_closed_rings() -> None:
    field = load_field("xiqing")
    rings = [f["geometry"]["coordinates"] for f in geojson(field)["features"] if f["properties"]["layer"] == "building"]
    assert len(rings) == len(field.buildings)
    for (ring,), building in zip(rings, field.buildings, strict=True):
        assert ring[0] == ring[-1]
        assert np.column_stack(field.plane.to_xy(*np.array(ring[:-1]).T)) == pytest.approx(building.points_m, abs=0.01)
