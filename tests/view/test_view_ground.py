"""Where the map says that lights are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from shapely.geometry import Point, Polygon

from v2x.field.load import list_fields, load_field
from v2x.field.model import Field
from v2x.view import ground


@pytest.fixture(scope="module", params=list_fields())
def field(request: pytest.FixtureRequest) -> Field:
    return load_field(request.param)


@pytest.fixture(scope="module")
def heads(field: Field) -> list[dict[str, Any]]:
    return ground.heads(field, ground.lines_of(field))


def test_every_group_of_every_junction_has_a_place(field: Field, heads: list[dict[str, Any]]) -> None:
    drawn = {(head["junction"], head["group"]) for head in heads}
    assert drawn == {(junction.id, group) for junction in field.junctions for group in junction.signal_groups}


def test_stop_lines_end_lanes_of_the_network(field: Field, heads: list[dict[str, Any]]) -> None:
    """MAP geometry and drawn lanes come different ways to the plane; a stop line crosses the end of a lane."""
    ends = np.array([lane.points_m[-1] for lane in field.lanes if lane.kind in ("vehicle", "bike")])
    widest = max(lane.width_m for lane in field.lanes if lane.kind in ("vehicle", "bike"))
    for head in heads:
        for left, right in head["bars_m"] if head["kind"] != "crosswalk" else ():
            middle = np.mean([left, right], axis=0)
            assert np.hypot(*(ends - middle).T).min() < widest / 2.0  # half a lane away where two groups share it
            assert np.hypot(*np.subtract(left, right)) <= widest + 0.02


def test_countdowns_stand_before_the_stop_line(field: Field, heads: list[dict[str, Any]]) -> None:
    centres = {place["id"]: (place["x_m"], place["y_m"]) for place in ground.junctions(field, ground.lines_of(field))}
    for head in heads:
        away = lambda point, centre=centres[head["junction"]]: np.hypot(*np.subtract(point, centre))  # noqa: E731
        if head["kind"] != "crosswalk":
            assert away(head["label_m"]) > np.mean([away(np.mean(bar, axis=0)) for bar in head["bars_m"]])


def test_groups_that_share_a_lane_share_its_stop_line_in_order() -> None:
    """Seen by the driver, who drives east here: left turns are in the north."""
    field = load_field("dongli")
    junction = next(iter(field.intersections))
    lane = next(
        lane
        for lane in field.intersections[junction].lanes
        if lane.ingress and len({c.signal_group for c in lane.connections}) == 2
    )
    eastwards = np.array([[0.0, 0.0], [-50.0, 0.0]])
    first, second = ground._lights(lane, eastwards)
    assert (first.turns, second.turns) == (["straight"], ["right"])
    assert first.bar_m.tolist() == [[0.0, lane.width_m / 2], [0.0, 0.0]]
    assert second.bar_m.tolist() == [[0.0, 0.0], [0.0, -lane.width_m / 2]]
    assert first.label_m.tolist() == [-5.0, lane.width_m / 4]


def test_junctions_are_paved_around_their_middle(field: Field) -> None:
    for place in ground.junctions(field, ground.lines_of(field)):
        assert Polygon(place["outline_m"]).contains(Point(place["x_m"], place["y_m"]))
        assert place["name"]
