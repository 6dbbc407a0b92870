"""Which lanes a rectangle reaches into, against polygons."""

from __future__ import annotations

from math import cos, pi, sin

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Polygon, box

from v2x.field.model import LaneShape
from v2x.traffic.lane_strips import LaneStrips

CAR = (4.6, 1.8)


def lane(name: str, *points: tuple[float, float], kind: str = "vehicle", width_m: float = 3.5) -> LaneShape:
    return LaneShape(name, name[0], kind, width_m, np.array(points))


#: Two lanes to the east, one back, a cycle lane; and a bend of one more.
ROAD = LaneStrips(
    [
        lane("a", (0.0, 0.0), (60.0, 0.0), (100.0, 0.0)),
        lane("b", (0.0, 3.5), (100.0, 3.5)),
        lane("c", (100.0, 7.0), (0.0, 7.0)),
        lane("d", (0.0, -2.75), (100.0, -2.75), kind="bike", width_m=2.0),
        lane("e", (0.0, -5.0), (100.0, -5.0), kind="sidewalk"),
        lane("f", (200.0, 0.0), (220.0, 0.0), (220.0, 20.0)),
    ]
)


def test_shares_depths_and_directions() -> None:
    a, b = ROAD.under(50.0, 1.2, 0.0, *CAR)
    assert (a.lane, b.lane) == ("a", "b") and (a.heading_rad, b.heading_rad) == (0.0, 0.0)
    assert (a.depth_m, b.depth_m) == pytest.approx((1.75 - 0.3, 1.2 + 0.9 - 1.75))
    assert (b.rear, b.front) == pytest.approx((0.477, 0.523))
    _, c = ROAD.under(50.0, 4.8, 0.0, *CAR)
    assert (
        c.lane == "c" and abs(c.heading_rad) == pytest.approx(pi) and (c.rear, c.front) == pytest.approx((0.477, 0.523))
    )
    assert [each.lane for each in ROAD.under(50.0, -5.0, 0.0, *CAR)] == []
    assert [each.lane for each in ROAD.under(50.0, 60.0, 0.0, *CAR)] == []


def test_round_a_bend_and_over_the_ends() -> None:
    (f,) = ROAD.under(220.0, 10.0, pi / 2.0, *CAR)
    assert (f.rear, f.front) == pytest.approx(((30.0 - 2.3) / 40.0, (30.0 + 2.3) / 40.0))
    assert f.heading_rad == pytest.approx(pi / 2.0)
    (a,) = ROAD.under(101.0, 0.0, 0.0, *CAR)
    assert a.front == pytest.approx(1.0, abs=0.006) and a.rear == pytest.approx(0.987)
    assert list(ROAD.under(102.4, 0.0, 0.0, *CAR)) == []


@settings(deadline=None)
@given(st.floats(5.0, 95.0), st.floats(-8.0, 12.0), st.floats(-pi, pi))
def test_it_is_in_a_lane_as_deep_as_its_polygon(x_m: float, y_m: float, heading_rad: float) -> None:
    """Corners are among the points looked at, and those between them half a metre apart."""
    ahead, left = np.array([cos(heading_rad), sin(heading_rad)]), np.array([-sin(heading_rad), cos(heading_rad)])
    corners = [
        [x_m, y_m] + a * CAR[0] / 2.0 * ahead + b * CAR[1] / 2.0 * left for a, b in ((1, 1), (-1, 1), (-1, -1), (1, -1))
    ]
    found = {each.lane: each for each in ROAD.under(x_m, y_m, heading_rad, *CAR)}
    for name, middle_m, width_m in (("a", 0.0, 3.5), ("b", 3.5, 3.5), ("c", 7.0, 3.5), ("d", -2.75, 2.0)):
        part = Polygon(corners).intersection(box(0.0, middle_m - width_m / 2.0, 100.0, middle_m + width_m / 2.0))
        if part.is_empty or part.area < 1e-6:
            assert name not in found or found[name].depth_m < 1e-3
            continue
        low, high = part.bounds[1] - middle_m, part.bounds[3] - middle_m
        depth_m = width_m / 2.0 - (0.0 if low < 0.0 < high else min(abs(low), abs(high)))
        assert name in found and found[name].depth_m == pytest.approx(depth_m, abs=0.3)
        assert found[name].depth_m <= depth_m + 1e-9
