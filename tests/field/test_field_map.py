"""Intersection geometry: true metres, outward, complete, and in step with the signals."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.field.geometry import cut, simplify, simplify_to
from v2x.field.load import load_field
from v2x.field.model import Field
from v2x.field.net import read_net
from v2x.field.signals import running_programs

GEOD = pyproj.Geod(ellps="WGS84")


def test_every_junction_has_a_geometry_with_its_number(shipped: Field) -> None:
    assert set(shipped.intersections) == {junction.id for junction in shipped.junctions}
    for junction in shipped.junctions:
        intersection = shipped.intersections[junction.id]
        assert (intersection.id, intersection.name) == (junction.number, junction.name)
        assert (intersection.lon_deg, intersection.lat_deg) == (junction.lon_deg, junction.lat_deg)
        assert [lane.id for lane in intersection.lanes] == list(range(1, len(intersection.lanes) + 1))
        assert len(intersection.lanes) <= 255


def test_lanes_lead_away_from_the_intersection_in_few_points(shipped: Field) -> None:
    for intersection in shipped.intersections.values():
        for lane in intersection.lanes:
            steps = np.hypot(*np.diff(lane.points_m, axis=0).T)
            assert 2 <= len(lane.points_m) <= 12
            assert steps.sum() <= 250.5
            if lane.kind != "crosswalk":
                near, far = np.hypot(*lane.points_m[0]), np.hypot(*lane.points_m[-1])
                assert near < 40.0
                assert far > near


def test_points_are_true_metres_on_the_network(shipped: Field) -> None:
    """From the reference point by geodesic to the same place as SUMO's lane, far end and true bearing included."""
    net = read_net(shipped.net_file)
    for intersection in shipped.intersections.values():
        for lane in intersection.lanes:
            if not lane.ingress or lane.kind == "crosswalk":
                continue
            east_m, north_m = lane.points_m[0]
            lon, lat, _ = GEOD.fwd(
                intersection.lon_deg,
                intersection.lat_deg,
                np.degrees(np.arctan2(east_m, north_m)),
                np.hypot(east_m, north_m),
            )
            ends = [candidate.shape[-1] for candidate in net.edges[lane.link].lanes]
            x, y = shipped.plane.to_xy(lon, lat)
            assert min(np.hypot(x - end[0], y - end[1]) for end in ends) < 0.01


def test_movements_match_their_lanes(shipped: Field) -> None:
    signalised = {junction.id: junction for junction in shipped.junctions if junction.signal_groups}
    for name, intersection in shipped.intersections.items():
        lanes = {lane.id: lane for lane in intersection.lanes}
        for lane in intersection.lanes:
            if lane.kind != "bike":  # a bike lane may end where the crossing road has none
                assert bool(lane.connections) == lane.ingress
            for connection in lane.connections:
                target = lanes[connection.to_lane]
                assert target.kind == lane.kind
                assert (connection.signal_group is not None) == (name in signalised)
                if connection.signal_group is not None:
                    assert connection.signal_group in signalised[name].signal_groups
                if lane.kind != "crosswalk":
                    assert not target.ingress
                    assert _turn(lane.points_m, target.points_m) == connection.maneuver
                if lane.kind == "bike":
                    assert connection.maneuver != "left"


def _turn(ingress: np.ndarray, egress: np.ndarray) -> str:
    into, out = ingress[0] - ingress[1], egress[1] - egress[0]
    turn = np.degrees(np.arctan2(into[0] * out[1] - into[1] * out[0], into @ out))  # left is positive
    return "straight" if abs(turn) < 45 else "left" if turn > 0 else "right"


def test_neighbours_know_each_other() -> None:
    field = load_field("xiqing")
    by_number = {intersection.id: intersection for intersection in field.intersections.values()}
    for intersection in by_number.values():
        for lane in intersection.lanes:
            for connection in lane.connections:
                if connection.remote is not None and lane.kind != "crosswalk":
                    assert intersection.id in {other.upstream for other in by_number[connection.remote].lanes}
    assert {lane.upstream for lane in by_number[22].lanes if lane.ingress and lane.kind == "vehicle"} == {
        12,
        21,
        23,
        32,
    }


def test_links_of_a_group_always_show_the_same_light(shipped: Field) -> None:
    net = read_net(shipped.net_file)
    programs = running_programs(net)
    for junction in shipped.junctions:
        links = [link for group in junction.signal_groups.values() for link in group]
        assert sorted(links) == sorted(net.signal_links(junction.id))
        assert len(junction.signal_groups) <= 16
        for group in junction.signal_groups.values():
            for _, state in programs[junction.id].phases:
                assert len({state[link] for link in group}) == 1


def test_crosswalks_have_lights_of_their_own(shipped: Field) -> None:
    for junction in shipped.junctions:
        lanes = [lane for lane in shipped.intersections[junction.id].lanes if lane.kind == "crosswalk"]
        if junction.signal_groups:
            assert len(lanes) >= 3
            assert all(lane.connections[0].signal_group for lane in lanes)


@given(st.lists(st.tuples(st.floats(-500, 500), st.floats(-500, 500)), min_size=2, max_size=30))
def test_simplified_lines_stay_within_the_tolerance(points: list[tuple[float, float]]) -> None:
    line = np.array(points)
    thinned = simplify(line, 1.0)
    for point in line:
        assert min(_distance(point, a, b) for a, b in pairwise(thinned)) < 1.0 + 1e-6
    assert len(simplify_to(line, 0.1, 5)) <= 5


def _distance(point: np.ndarray, start: np.ndarray, end: np.ndarray) -> float:
    """To the infinite line through start and end, the measure of Douglas and Peucker."""
    chord, offset = end - start, point - start
    length = np.hypot(*chord)
    return float(abs(chord[0] * offset[1] - chord[1] * offset[0]) / length if length else np.hypot(*offset))


@pytest.mark.parametrize(("length_m", "end"), [(3.0, (3.0, 0.0)), (7.0, (5.0, 2.0)), (99.0, (5.0, 5.0))])
def test_a_line_is_cut_at_its_length(length_m: float, end: tuple[float, float]) -> None:
    assert cut(np.array([[0.0, 0.0], [5.0, 0.0], [5.0, 5.0]]), length_m)[-1] == pytest.approx(end)
