"""Ways against the networks that they lead through, and slaloms against their formula."""

from __future__ import annotations

from functools import cache
from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.clock import SimClock, to_ns
from v2x.errors import InputError
from v2x.field.load import load_field
from v2x.field.net import Net, NetLane, read_net
from v2x.remote.course import Course
from v2x.remote.route_lanes import legs_of
from v2x.remote.slalom import slalom, slalom_curvature_pm, slalom_offset_m
from v2x.remote.vehicle.body import BODIES, Body
from v2x.remote.way import Way, way_of
from v2x.remote.way_line import AFTER_M, CHANGE_S, GIVE_M, LEAST_CHANGE_M
from v2x.scenario.model import SumoTraffic as SumoConfig
from v2x.traffic.steered import Convoy, Road
from v2x.traffic.sumo import SumoTraffic

F64 = np.ndarray
Named = tuple[str, tuple[str, ...], int, float]

TOWN: Named = ("xiqing", ("J_31.J_32", "J_32.J_22", "J_22.J_23", "J_23.J_13"), 3, 40.0)
SHUTTLE: Named = ("dongli", ("W3.J_31", "J_31.J_32", "J_32.J_22"), 2, 100.0)
STRAIGHT: Named = ("wangwenzhuang", ("A_W.A_M", "A_M.A_E"), 0, 40.0)
#: Two lanes to be changed at once, an all-way stop, and a road with an additional lane.
ROUND: Named = ("xiqing", ("J_12.J_22", "J_22.J_23", "J_23.J_33", "J_33.J_34", "J_34.J_24", "J_24.R1_nose"), 3, 10.0)
RAMP: Named = ("xiqing", ("R1.R1_nose", "R1_nose.R1_lane", "R1_lane.R2_lane", "R2_lane.R2_nose", "R2_nose.R2"), 0, 9.0)
#: Corners on streets themselves.
BLOCK: Named = ("wangwenzhuang", ("U_12.U_W", "U_W.U_22", "U_22.P_1", "P_1.D_1", "D_1.D_2", "D_2.P_1"), 2, 20.0)
ALL = (TOWN, SHUTTLE, STRAIGHT, ROUND, RAMP, BLOCK)


@cache
def net_of(name: str) -> Net:
    return read_net(load_field(name).net_file)


@cache
def way(field: str, route: tuple[str, ...], lane: int, start_at_m: float) -> Way:
    return way_of(load_field(field), route, lane, start_at_m)


def lane_of(net: Net, name: str) -> NetLane:
    edge, _, index = name.rpartition("_")
    return net.edges[edge].lanes[int(index)]


def length_m(shape: F64) -> float:
    return float(np.hypot(*np.diff(shape, axis=0).T).sum())


def distance_m(x: F64, y: F64, shape: F64) -> F64:
    """From points to a polyline."""
    best = np.full(x.shape, np.inf)
    for (ax, ay), (bx, by) in pairwise(shape.tolist()):
        u = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / max((bx - ax) ** 2 + (by - ay) ** 2, 1e-12)
        u = np.clip(u, 0.0, 1.0)
        best = np.minimum(best, np.hypot(x - ax - u * (bx - ax), y - ay - u * (by - ay)))
    return best


def in_order(names: tuple[str, ...]) -> list[str]:
    return [name for k, name in enumerate(names) if k == 0 or names[k - 1] != name]


@pytest.mark.parametrize("named", ALL)
def test_every_point_is_in_its_lane_and_away_from_bends_and_changes_in_its_middle(named: Named) -> None:
    found, net = way(*named), net_of(named[0])
    station = np.arange(0.0, found.course.length_m, 0.25)
    x, y = found.course.point_m(station)
    names = np.array(found.lanes(station), object)
    changing = found.lane_width_m(station) > 4.0  # no lane is as wide
    middle = 0
    for name in dict.fromkeys(names):
        lane, mine = lane_of(net, name), (names == name) & ~changing
        away = distance_m(x[mine], y[mine], lane.shape)
        assert (away <= 0.5 * lane.width_m).all() and (away <= 0.5).all()  # half a metre: chords of bends
        if not name.startswith(":"):
            apart = np.array([np.hypot(x[mine] - px, y[mine] - py) for px, py in lane.shape])
            far = (apart[[0, -1]] > 7.0).all(axis=0) & (apart[1:-1] > 25.0).all(axis=0)
            assert (away <= GIVE_M).all() and (away[far] <= 0.05).all()
            middle += int(far.sum())
    assert middle > 0.5 * len(station)


@pytest.mark.parametrize("named", ALL)
def test_the_lanes_are_those_of_the_route_each_connected_with_the_next(named: Named) -> None:
    found, net = way(*named), net_of(named[0])
    names = in_order(found.lane)
    edges = in_order(tuple(name.rpartition("_")[0] for name in names))
    assert [edge for edge in edges if not edge.startswith(":")] == list(named[1])
    assert names[0] == f"{named[1][0]}_{named[2]}"
    onward = {(c.origin, c.from_lane, c.target, c.to_lane) for c in net.connections}
    for here, there in pairwise(names):
        (origin, out), (target, into) = here.rsplit("_", 1), there.rsplit("_", 1)
        if origin.startswith(":") and not target.startswith(":"):
            assert (
                origin,
                int(out),
                target,
                int(into),
            ) in onward  # the last lane inside leads to where the way goes on
    assert all(lane_of(net, name).kind == "vehicle" for name in names)


@pytest.mark.parametrize("named", ALL)
def test_as_long_as_its_lanes(named: Named) -> None:
    found, net = way(*named), net_of(named[0])
    names, total, edges = in_order(found.lane), 0.0, set()
    for name in names:
        edge = name.rpartition("_")[0]
        if edge.startswith(":") or edge not in edges:  # of an edge on which lanes are changed one of them counts
            total += length_m(lane_of(net, name).shape)
        edges.add(edge)
    assert found.course.length_m == pytest.approx(total, rel=0.01)
    assert 0.0 < found.start_m == pytest.approx(named[3], rel=0.02)


@pytest.mark.parametrize("named", ALL)
def test_the_heading_is_continuous_and_no_bend_sharper_than_its_junction(named: Named) -> None:
    course = way(*named).course
    station = np.arange(0.0, course.length_m, 0.05)
    heading = course.heading_rad(station)
    assert np.abs(np.diff(heading)).max() < 0.05 * 0.35  # by no more than along an arc of 3 m
    assert 1.0 / np.abs(course.curvature_pm(station)).max() > 5.0
    x, y = course.point_m(station)
    moved = np.unwrap(np.arctan2(np.diff(y), np.diff(x)))
    assert np.abs(np.angle(np.exp(1j * (moved - heading[1:])))).max() < 0.15
    assert np.hypot(np.diff(x), np.diff(y)).max() < 0.0501


@pytest.mark.parametrize("named", ALL)
def test_limits_and_widths_are_the_lanes(named: Named) -> None:
    found, net = way(*named), net_of(named[0])
    station = np.arange(0.5, found.course.length_m, 1.0)
    near_joint = np.abs(station[:, None] - found.from_m).min(axis=1) < 1.01
    limit, width = found.course.limit_mps(station), found.lane_width_m(station)
    for row in np.flatnonzero(~near_joint).tolist():
        lane = lane_of(net, found.lanes(station[row : row + 1])[0])
        assert limit[row] == lane.speed_mps and width[row] == pytest.approx(lane.width_m)
    assert (~near_joint).mean() > 0.5


def test_two_lanes_are_changed_at_once_and_smoothly() -> None:
    """From lane 4 of an arterial, where the left turn ends, to lane 2, from which one turns right."""
    found, net = way(*ROUND), net_of("xiqing")
    width, speed = 3.5, 16.67
    begin = next(s for s, lane in zip(found.from_m, found.lane, strict=True) if lane.startswith("J_22.J_23")) + AFTER_M
    need = 2 * CHANGE_S * speed
    station = begin + need * np.linspace(0.02, 0.98, 49)
    from_old = distance_m(*found.course.point_m(station), lane_of(net, "J_22.J_23_4").shape)
    u = (station - begin) / need
    assert from_old == pytest.approx(2 * width * (10 * u**3 - 15 * u**4 + 6 * u**5), abs=0.02)
    row = found.row(station)
    # to the left as far as the border of the lane left, to the right as far as that of the lane taken
    assert found.left_m[row] == pytest.approx(from_old + width / 2.0, abs=0.05)
    assert found.right_m[row] == pytest.approx(2 * width - from_old + width / 2.0, abs=0.05)
    limits = 2 * width * 5.78 / need**2  # greatest second derivative of the polynomial
    assert np.abs(found.course.curvature_pm(station)).max() < 1.1 * limits
    assert found.lanes(station[24:25]) == ("J_22.J_23_3",)
    for at, lane in ((begin - 5.0, "J_22.J_23_4"), (begin + need + 5.0, "J_22.J_23_2")):
        assert found.lanes(np.array([at])) == (lane,)
        assert found.lane_width_m(np.array([at])) == pytest.approx(width)


@pytest.mark.parametrize("named", [TOWN, ROUND, RAMP, BLOCK])
def test_no_choice_of_lanes_has_fewer_changes(named: Named) -> None:
    """Against all chains of connections between lanes for cars, tried one by one."""
    name, route, lane, _ = named
    net = net_of(name)
    legs = legs_of(net, route, lane)
    choices = [
        [(c.from_lane, c.to_lane) for c in net.onward[here] if c.target == there and car(net, c)]
        for here, there in pairwise(route)
    ]
    least = min(
        sum(abs(out - into) for (_, into), (out, _) in pairwise([(0, lane), *chain])) for chain in product(*choices)
    )
    assert sum(len(leg.lanes) - 1 for leg in legs) == least


def car(net: Net, connection: Any) -> bool:
    lanes = net.edges[connection.origin].lanes[connection.from_lane], net.edges[connection.target].lanes
    return lanes[0].kind == "vehicle" and lanes[1][connection.to_lane].kind == "vehicle"


@pytest.mark.parametrize("named", [TOWN, SHUTTLE, STRAIGHT])
def test_sumo_puts_a_car_where_the_way_begins_and_takes_its_route(named: Named) -> None:
    field, route, lane, start_at_m = named
    config = SumoConfig(kind="sumo", warmup_s=1.0, scale=0.0)
    with SumoTraffic(config, load_field(field), SimClock(0, to_ns(0.1), to_ns(10.0)), 5, engine="libsumo") as traffic:
        traffic.start()
        traffic.place([Convoy(("ego",), ("car",), (), 5.0)], Road(route, lane, start_at_m), 0.0)
        snapshot = traffic.step(0)
        vehicle = traffic._api.vehicle
        assert tuple(vehicle.getRoute("ego")) == route and vehicle.isRouteValid("ego")
        row = snapshot.index_of("ego")
        front = snapshot.x_m[row], snapshot.y_m[row]
        length = snapshot.length_m[row]
    found = way(*named)
    x, y = found.course.point_m(np.array([found.start_m - length / 2.0]))
    assert np.hypot(x - front[0], y - front[1])[0] < 0.05


@pytest.mark.parametrize(
    ("field", "route", "lane", "start_at_m", "path", "said"),
    [
        ("xiqing", ["J_32.J_22", "J_22.J32"], 2, 80.0, "remote.route.1", "did you mean 'J_22.J_32'?"),
        ("xiqing", [":J_22_3"], 0, 80.0, "remote.route.0", "no street ':J_22_3'"),
        ("xiqing", ["J_32.J_22", "J_23.J_13"], 2, 80.0, "remote.route.1", "J_22.J_12, J_22.J_21, J_22.J_23"),
        ("xiqing", ["J_13.N3", "J_23.J_13"], 2, 80.0, "remote.route.1", "leads nowhere"),
        ("xiqing", ["J_32.J_22"], 1, 80.0, "remote.lane", "those are: 2, 3"),
        ("xiqing", ["J_32.J_22"], 4, 80.0, "remote.lane", "those are: 2, 3"),
        ("xiqing", ["J_32.J_22"], 2, 422.7, "remote.start_at_m", "422.6 m long"),
        ("xiqing", ["J_32.J_22"], 2, -1.0, "remote.start_at_m", "422.6 m long"),
        ("xiqing", ["J_32.J_22"], 2, float("nan"), "remote.start_at_m", "422.6 m long"),
        ("xiqing", ["J_22.J_23", "J_23.J_13"], 2, 500.0, "remote.start_at_m", "must be at least 40"),
        ("xiqing", [], 2, 80.0, "remote.route", "must have an edge"),
    ],
)
def test_what_is_no_way_is_refused(
    field: str, route: list[str], lane: int, start_at_m: float, path: str, said: str
) -> None:
    with pytest.raises(InputError) as caught:
        way_of(load_field(field), route, lane, start_at_m)
    assert caught.value.path == path and said in str(caught.value)


def test_with_little_room_lanes_are_changed_in_less() -> None:
    """One lane takes 64 m at the limit. Here 55 m are left, the last 30 m of which are to be kept free."""
    tight = way_of(load_field("xiqing"), ["J_32.J_22", "J_22.J_21"], 2, 422.58 - 30.0 - LEAST_CHANGE_M - 5.0)
    station = np.arange(0.0, 422.0, 0.5)
    wide = station[tight.lane_width_m(station) > 3.3]
    assert LEAST_CHANGE_M <= np.ptp(wide) + 1.0 <= LEAST_CHANGE_M + 6.0
    assert wide[0] >= tight.start_m and tight.lanes(np.array([400.0])) == ("J_32.J_22_3",)


def straight(half_m: float = 1.75) -> Way:
    course = Course([(0.0, 0.0), (120.0, 160.0)])
    return Way(course, 10.0, np.array([0.0]), np.array([half_m]), np.array([half_m]), ("a_0",))


@given(
    st.floats(20.0, 180.0), st.floats(-4.0, 4.0), st.floats(-1.5, 1.5), st.floats(1.0, 12.0), st.floats(0.5, 3.0),
    st.floats(-3.0, 3.0),
)  # fmt: skip
def test_excess_on_a_straight_road_is_that_of_the_corners(
    station: float, offset: float, psi: float, length: float, width: float, middle: float
) -> None:
    found = straight().lane_excess_m(np.array([station]), np.array([offset]), np.array([psi]), length, width, middle)
    corners = [offset + (middle + a * length) * np.sin(psi) + b * width * np.cos(psi) for a in (-0.5, 0.5)
               for b in (-0.5, 0.5)]  # fmt: skip
    assert found == pytest.approx([max(0.0, max(corners) - 1.75, -1.75 - min(corners))], abs=1e-6)


def test_excess_knows_left_from_right_and_is_zero_inside() -> None:
    one = straight()
    lane = Way(one.course, 0.0, np.array([0.0, 100.0]), np.array([1.5, 5.0]), np.array([1.5, 2.0]), ("a_0", "a_1"))
    station, offset = np.array([50.0, 50.0, 50.0, 150.0, 150.0]), np.array([0.5, 1.0, -1.25, 3.0, -1.25])
    assert lane.lane_excess_m(station, offset, np.zeros(5), 4.0, 2.0).tolist() == pytest.approx(
        [0.0, 0.5, 0.75, 0.0, 0.25]
    )
    assert lane.lanes(station) == ("a_0",) * 3 + ("a_1",) * 2
    assert lane.lane_width_m(station).tolist() == [3.0] * 3 + [7.0] * 2


@pytest.mark.parametrize("radius", [12.0, 30.0, -30.0])
def test_excess_in_a_bend_is_that_of_the_outer_corners_or_of_the_inner_side(radius: float) -> None:
    """A body along the tangent at its middle: corners sqrt((R + w/2)^2 + (l/2)^2) from the centre, its side R - w/2."""
    angle = np.linspace(0.0, 80.0 / abs(radius), 800)
    points = np.stack([abs(radius) * np.sin(angle), radius * (1.0 - np.cos(angle))], axis=1)
    course, length, width = Course(points), 5.0, 1.8
    outer = np.hypot(abs(radius) + width / 2.0, length / 2.0) - abs(radius)
    for half, expected in ((1.75, max(0.0, outer - 1.75)), (0.8, outer - 0.8)):
        lane = Way(course, 0.0, np.zeros(1), np.array([half]), np.array([half]), ("a_0",))
        found = lane.lane_excess_m(np.array([40.0]), np.zeros(1), np.zeros(1), length, width)
        assert found == pytest.approx([expected], abs=0.02)
    # well inside the bend, only the inner side reaches beyond
    aside = np.array([np.copysign(1.2, radius)])
    lane = Way(course, 0.0, np.zeros(1), np.array([1.75]), np.array([1.75]), ("a_0",))
    found = lane.lane_excess_m(np.array([40.0]), aside, np.zeros(1), length, width)
    assert found == pytest.approx([1.2 + width / 2.0 - 1.75], abs=0.02)


@given(st.integers(1, 12), st.floats(8.0, 40.0), st.floats(0.1, 2.0))
def test_a_slalom_passes_its_cones_in_turn_and_bends_no_more_than_stated(
    gates: int, spacing: float, amplitude: float
) -> None:
    start = 30.0
    cones = start + spacing * np.arange(1, gates + 1)
    aside = slalom_offset_m(cones, start, gates, spacing, amplitude)
    assert aside == pytest.approx(amplitude * (-1.0) ** np.arange(gates))
    end = start + (gates + 1) * spacing
    beyond = np.array([0.0, start, end, end + 50.0])
    assert slalom_offset_m(beyond, start, gates, spacing, amplitude) == pytest.approx(0.0, abs=1e-12)
    h = spacing / 400.0
    station = np.arange(start - 5.0 * h, end + 5.0 * h, h)
    y = slalom_offset_m(station, start, gates, spacing, amplitude)
    slope, bend = np.gradient(y, h), np.diff(y, 2) / h**2
    curvature = bend / (1.0 + slope[1:-1] ** 2) ** 1.5
    bound = slalom_curvature_pm(spacing, amplitude)
    assert np.abs(curvature).max() == pytest.approx(bound, rel=4e-3)
    assert np.abs(np.diff(bend)).max() < 0.05 * bound  # no step in it
    assert np.abs(y).max() <= amplitude * (1.0 + 1e-12)


def test_the_shipped_slalom_is_within_its_bound_and_inside_the_lane() -> None:
    base = way(*STRAIGHT)
    found = slalom(base, 340.0, 8, 25.0, 0.9)
    station = np.arange(320.0, 600.0, 0.1)
    bound = slalom_curvature_pm(25.0, 0.9)
    assert bound == pytest.approx(0.01421, abs=1e-5)
    # the course blurs curvature over a window of 8 m: by a factor of sin(4 k) / (4 k), k = pi / 25 m
    assert np.abs(found.course.curvature_pm(station)).max() == pytest.approx(bound * np.sinc(4.0 / 25.0), rel=0.02)
    cones = np.array(base.course.point_m(340.0 + 25.0 * np.arange(1, 9)))
    seen = found.course.project(*cones, found.course.segment_at(340.0 + 25.0 * np.arange(1, 9)))
    assert seen.offset_m == pytest.approx(-0.9 * (-1.0) ** np.arange(8), abs=0.01)
    none = np.zeros(len(station))
    assert found.lane_excess_m(station, none, none, 4.5, 1.6).max() == 0.0
    wide = found.lane_excess_m(station, none, none, 1.0, 2.2)
    assert wide.max() == pytest.approx(0.9 + 1.1 - 3.75 / 2.0, abs=0.03)
    assert found.start_m == pytest.approx(base.start_m)
    assert found.course.length_m > base.course.length_m + 0.5
    assert found.course.limit_mps(station) == pytest.approx(22.22)


def test_a_slalom_that_does_not_fit_is_refused() -> None:
    base = way(*STRAIGHT)
    for start, path in ((-1.0, "start_at_m"), (470.0, "start_at_m"), (float("nan"), "start_at_m")):
        with pytest.raises(InputError, match=r"must be from 0 to 4\d\d") as caught:
            slalom(base, start, 8, 25.0, 1.0)
        assert caught.value.path == f"remote.slalom.{path}"
    with pytest.raises(InputError, match="there is no room"):
        slalom(base, 0.0, 30, 25.0, 1.0)
    with pytest.raises(InputError, match=r"must be less than 1\.6") as caught:
        slalom(base, 100.0, 8, 5.0, 1.6)
    assert caught.value.path == "remote.slalom.amplitude_m"


@pytest.mark.parametrize("named", [TOWN, SHUTTLE, ROUND])
@pytest.mark.parametrize("body", BODIES.values(), ids=list(BODIES))
def test_cars_whose_rear_axle_keeps_to_the_way_are_inside_its_lanes(named: Named, body: Body) -> None:
    found = way(*named)
    station = np.arange(body.rear_m, found.course.length_m - body.length_m, 0.5)
    none = np.zeros(len(station))
    assert found.lane_excess_m(station, none, none, body.length_m, body.width_m, body.rear_m).max() == 0.0
    wide = found.lane_excess_m(station, none, none, body.length_m, body.width_m + 2.0, body.rear_m)
    assert wide.max() > 0.3  # there is not as much room as that
