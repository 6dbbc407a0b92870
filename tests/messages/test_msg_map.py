from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from messages_kit import NOW_NS, PROFILES, any_map, crossroads

from v2x.clock import NS_PER_S
from v2x.errors import CodecError
from v2x.messages.model import Connection, Lane
from v2x.messages.profile import get_profile

#: Half a centimetre, and half of 1e-7 degrees (1.11 cm of latitude), along each axis; plus rounding of floats.
_POINT_M = {"j2735": 0.006, "csae-a": 0.0061, "csae-b": 0.0061}


def _round_trip(name, message):
    profile = get_profile(name)
    type_name, data = profile.encode(message)
    assert type_name == "MAP"
    assert profile.codec.encode(*profile.codec.decode(data)) == data
    got = profile.decode(data, NOW_NS + 3 * NS_PER_S)
    assert got[0] == "MAP"
    return got[1]


def _near(a, b, step):
    return (np.isnan(a) and np.isnan(b)) or abs(a - b) <= step / 2 * 1.001 + 1e-12


def _assert_lane(sent: Lane, got: Lane, tolerance_m: float):
    assert got.kind == sent.kind
    assert got.points_m.shape == sent.points_m.shape
    assert np.abs(got.points_m - sent.points_m).max() <= tolerance_m
    assert _near(sent.width_m, got.width_m, 0.01)
    assert _near(sent.speed_limit_mps, got.speed_limit_mps, 0.02)


def _partition(lanes, key):
    groups = {}
    for lane in lanes:
        groups.setdefault(key(lane), set()).add(lane.id)
    return sorted(map(sorted, groups.values()))


@given(message=any_map())
@settings(max_examples=60, deadline=None)
def test_j2735_map_comes_back(message):
    got = _round_trip("j2735", message)
    (sent_place,), (place,) = message.intersections, got.intersections
    assert got.revision == message.revision
    assert abs(got.utc_ns - message.utc_ns) < 60 * NS_PER_S
    assert (place.region, place.id, place.name) == (sent_place.region, sent_place.id, sent_place.name)
    assert abs(place.lat_deg - sent_place.lat_deg) <= 0.51e-7
    assert abs(place.lon_deg - sent_place.lon_deg) <= 0.51e-7
    assert _near(sent_place.elevation_m, place.elevation_m, 0.1)
    assert [lane.id for lane in place.lanes] == [lane.id for lane in sent_place.lanes]
    for sent, lane in zip(sent_place.lanes, place.lanes, strict=True):
        # a step of over 327 m goes by way of latitude and longitude, 1.1 cm
        _assert_lane(sent, lane, 0.02)
        assert lane.ingress == sent.ingress
        assert lane.connections == tuple(replace(each, remote=None) for each in sent.connections)
    same = _partition(sent_place.lanes, lambda lane: (lane.ingress, lane.link))
    assert _partition(place.lanes, lambda lane: lane.link) == same


@pytest.mark.parametrize("name", ["csae-a", "csae-b"])
@given(message=any_map())
@settings(max_examples=40, deadline=None)
def test_csae_map_comes_back_but_for_the_exits(name, message):
    got = _round_trip(name, message)
    (sent_place,), (place,) = message.intersections, got.intersections
    assert got.msg_count == message.msg_count
    entries = {lane.id: lane for lane in sent_place.lanes if lane.ingress or lane.kind == "crosswalk"}
    assert {lane.id for lane in place.lanes} == set(entries)
    for lane in place.lanes:
        sent = entries[lane.id]
        tolerance_m = _POINT_M[name] + 0.0061  # the reference point is rounded too
        _assert_lane(sent, lane, tolerance_m)
        assert lane.connections == sent.connections
        assert lane.upstream == sent.upstream
        assert lane.road == sent.road
    same = _partition(entries.values(), lambda lane: (lane.link, lane.upstream))
    assert _partition(place.lanes, lambda lane: lane.link) == same


@pytest.mark.parametrize("name", PROFILES)
def test_a_crossroads_fits_a_frame(name):
    _, data = get_profile(name).encode(crossroads())
    assert len(data) < 1100  # a WSM takes 1400 bytes, security with a certificate up to 240


def test_nodes_take_the_smallest_form_and_errors_do_not_add_up():
    points = np.cumsum([[0.004, 0.0]] * 60, axis=0)
    steps = np.array([[0, 0], [5.11, 0], [15.3, 0], [35, 0], [75, 0], [150, 0], [470, 0], [1000, 0]])
    place = crossroads().intersections[0]
    lanes = (Lane(1, "vehicle", True, points, 3.0), Lane(2, "vehicle", True, steps, 3.0))
    message = replace(crossroads(), intersections=(replace(place, lanes=lanes),))
    profile = get_profile("j2735")
    value = profile.codec.decode(profile.encode(message)[1])[1]
    forms = [node["delta"][0] for node in value["intersections"][0]["laneSet"][1]["nodeList"][1]]
    assert forms == ["node-XY1", "node-XY1", "node-XY2", "node-XY3", "node-XY4", "node-XY5", "node-XY6", "node-LatLon"]
    got = _round_trip("j2735", message).intersections[0]
    assert np.abs(got.lanes[0].points_m - points).max() <= 0.0051
    assert np.abs(got.lanes[1].points_m - steps).max() <= 0.015


def test_points_of_the_chinese_map_run_downstream():
    profile = get_profile("csae-a")
    value = profile.codec.decode(profile.encode(crossroads())[1])[1]
    link = value["nodes"][0]["inLinks"][0]  # from the north: downstream is southward
    for points in (link["points"], link["lanes"][0]["points"]):
        lats = [point["posOffset"]["offsetLL"][1]["lat"] for point in points]
        assert lats == sorted(lats, reverse=True)
    assert link["linkWidth"] == 3 * 350 + 250
    assert link["upstreamNodeId"] == {"region": 1, "id": 101}
    assert {"remoteIntersection": {"region": 1, "id": 100}, "phaseId": 2} in link["movements"]
    assert link["speedLimits"] == [{"type": "vehicleMaxSpeed", "speed": 833}]
    assert [lane["laneID"] for lane in link["lanes"]] == [1, 2, 3, 51]


def test_crosswalks_lead_both_ways():
    profile = get_profile("j2735")
    value = profile.codec.decode(profile.encode(crossroads())[1])[1]
    walk = next(lane for lane in value["intersections"][0]["laneSet"] if lane["laneID"] == 71)
    assert walk["laneAttributes"]["directionalUse"] == (b"\xc0", 2)
    assert walk["laneAttributes"]["laneType"][0] == "crosswalk"


def test_chinese_names_are_left_out():
    place = replace(crossroads().intersections[0], name="友谊南路")
    for name in PROFILES:
        assert _round_trip(name, replace(crossroads(), intersections=(place,))).intersections[0].name == ""


def _with_lane(**changes):
    place = crossroads().intersections[0]
    return replace(crossroads(), intersections=(replace(place, lanes=(replace(place.lanes[0], **changes),)),))


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"points_m": np.zeros((1, 2))}, "points_m"),
        ({"points_m": np.zeros((64, 2))}, "points_m"),
        ({"points_m": np.array([[0.0, np.nan], [1.0, 1.0]])}, "points_m"),
        ({"width_m": 400.0}, "width_m"),
        ({"speed_limit_mps": 200.0}, "speed_limit_mps"),
        ({"id": 256}, "laneID"),
        ({"connections": (Connection("left", 1, 256),)}, "[0]"),
        ({"connections": tuple(Connection("left", i) for i in range(17))}, "connectsTo"),
    ],
)
def test_what_cannot_be_expressed_is_an_error_with_the_field(name, changes, path):
    with pytest.raises(CodecError) as caught:
        get_profile(name).encode(_with_lane(**changes))
    assert path in caught.value.path


def _lane_bits(name, frame):
    """AllowedManeuvers of the first lane and of its connections, as 12 digits."""
    value = get_profile(name).codec.decode(frame)[1]
    lanes = value["intersections"][0]["laneSet"] if name == "j2735" else value["nodes"][0]["inLinks"][0]["lanes"]
    said = [lanes[0]["maneuvers"], *(each["connectingLane"]["maneuver"] for each in lanes[0]["connectsTo"])]
    return [f"{int.from_bytes(data) >> 4:0{bits}b}" for data, bits in said]


@pytest.mark.parametrize("name", PROFILES)
class TestTurnsOnRed:
    """DE_AllowedManeuvers, the same 12 bits in both families: left 1, right 2; on red left 4, right 5."""

    def test_each_has_its_bit_and_the_lane_those_of_all(self, name):
        ways = (Connection("left", 1, 1, on_red=True), Connection("right", 2, 2, on_red=True), Connection("right", 3))
        frame = get_profile(name).encode(_with_lane(connections=ways))[1]
        assert _lane_bits(name, frame) == ["011011000000", "010010000000", "001001000000", "001000000000"]
        assert _round_trip(name, _with_lane(connections=ways)).intersections[0].lanes[0].connections == ways

    def test_nothing_else_changes(self, name):
        """Two bits of the frame: one of the lane, one of its connection."""
        frames = [
            get_profile(name).encode(_with_lane(connections=(Connection("right", 2, 2, on_red=on_red),)))[1]
            for on_red in (False, True)
        ]
        stopped, allowed = (int.from_bytes(frame) for frame in frames)
        assert len(frames[0]) == len(frames[1])
        assert stopped & ~allowed == 0 and (stopped ^ allowed).bit_count() == 2

    @pytest.mark.parametrize("bits", [b"\x00\x00", b"\x04\x00", b"\x84\x00", b"\x48\x00", None])
    def test_a_bit_counts_for_its_own_turn_only(self, name, bits):
        profile = get_profile(name)
        value = profile.codec.decode(profile.encode(_with_lane(connections=(Connection("right", 2, 2),)))[1])[1]
        lanes = value["intersections"][0]["laneSet"] if name == "j2735" else value["nodes"][0]["inLinks"][0]["lanes"]
        lane = lanes[0]["connectsTo"][0]["connectingLane"]
        lane.pop("maneuver") if bits is None else lane.update(maneuver=(bits, 12))
        (place,) = profile.decode(profile.codec.encode("MAP", value), NOW_NS)[1].intersections
        assert place.lanes[0].connections[0].on_red is (bits == b"\x48\x00")

    @pytest.mark.parametrize("maneuver", ["straight", "uturn"])
    def test_only_turns(self, name, maneuver):
        with pytest.raises(CodecError, match="only left and right turns") as caught:
            get_profile(name).encode(_with_lane(connections=(Connection(maneuver, 1, on_red=True),)))
        assert caught.value.path.endswith("lanes[1].on_red")


def test_dialect_b_has_fewer_connections():
    message = _with_lane(connections=tuple(Connection("left", i) for i in range(9)))
    assert get_profile("csae-a").encode(message)
    with pytest.raises(CodecError, match="1 to 8 elements"):
        get_profile("csae-b").encode(message)


def test_lanes_that_the_model_does_not_have_are_refused_not_guessed():
    profile = get_profile("j2735")
    value = profile.codec.decode(profile.encode(crossroads())[1])[1]
    lane = value["intersections"][0]["laneSet"][0]
    lane["nodeList"] = ("computed", {"referenceLaneId": 2, "offsetXaxis": ("small", 350), "offsetYaxis": ("small", 0)})
    with pytest.raises(CodecError, match="computed"):
        profile.decode(profile.codec.encode("MAP", value), NOW_NS)
    lane["nodeList"] = value["intersections"][0]["laneSet"][1]["nodeList"]
    lane["laneAttributes"]["laneType"] = ("median", (b"\x00\x00", 16))
    with pytest.raises(CodecError, match="median"):
        profile.decode(profile.codec.encode("MAP", value), NOW_NS)
