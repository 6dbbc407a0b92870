"""Platoons, and requests and answers at signals, in the messages of T/CSAE 157: there and back."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from messages_kit import NOW_NS, floats, maybe
from models_kit import IDENTITIES, assert_close, on_the_air, round_trip

from v2x.clock import NS_PER_S
from v2x.errors import CodecError
from v2x.messages import model_cooperation as cooperation
from v2x.messages.model_cooperation import (
    PlatoonManagement,
    PriorityRequest,
    RequestStatus,
    SignalRequest,
    SignalRequestStatus,
)
from v2x.messages.profile import get_profile

# ---------------------------------------------------------------- platoons

LEADER = PlatoonManagement(5, 11, NOW_NS, 2**130, "leader", "navigating", (11, 12), (13,), (), 8, True)


def test_a_leader_on_the_air():
    assert on_the_air(LEADER, "CLPMM") == {
        "msgCnt": 5,
        "id": bytes([0, 0, 0, 0, 0, 0, 0, 11]),
        "secMark": 58_123,
        "pid": b"\x04" + bytes(16),
        "role": "leader",
        "status": "navigating",
        "leadingExt": {
            "memberList": [{"vid": bytes(7) + b"\x0b"}, {"vid": bytes(7) + b"\x0c"}],
            "joiningList": [{"vid": bytes(7) + b"\x0d"}],
            "capacity": 8,
            "openToJoin": True,
        },
    }


@pytest.mark.parametrize(
    ("role", "status", "said"),
    [
        ("tail", "dissolving", ("tail", "beginToDissmiss")),
        ("free", "ask_to_join", ("free-vehicle", "askForJoining")),
        ("follower", "ask_to_leave", ("follower", "askForLeaving")),
    ],
)
def test_roles_and_states_on_the_air(role, status, said):
    message = PlatoonManagement(5, 11, NOW_NS, None, role, status)
    value = on_the_air(message, "CLPMM")
    assert (value["role"], value["status"], value["pid"]) == (*said, bytes(17))
    assert "leadingExt" not in value


@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_clpmm_comes_back(data):
    draw = data.draw
    members = tuple(draw(st.lists(IDENTITIES, max_size=4)))
    message = PlatoonManagement(
        msg_count=draw(st.integers(0, 127)),
        temporary_id=draw(IDENTITIES),
        utc_ns=NOW_NS + draw(st.integers(-20 * NS_PER_S, 20 * NS_PER_S)),
        platoon_id=draw(st.none() | st.integers(1, 2**136 - 1)),
        role=draw(st.sampled_from(get_args(cooperation.PlatoonRole))),
        status=draw(st.sampled_from([each for each in get_args(cooperation.PlatoonStatus) if each != "unknown"])),
        members=members,
        joining=tuple(draw(st.lists(IDENTITIES, max_size=2))) if members else (),
        leaving=tuple(draw(st.lists(IDENTITIES, max_size=2))) if members else (),
        capacity=draw(st.integers(1, 32)) if members else None,
        open_to_join=draw(st.booleans()) if members else None,
    )
    assert_close(message, round_trip(message, "CLPMM"))


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"status": "unknown"}, "status"),
        ({"platoon_id": 0}, "platoon_id"),
        ({"platoon_id": 2**136}, "platoon_id"),
        ({"members": ()}, "members"),
        ({"capacity": None}, "members"),
        ({"open_to_join": None}, "members"),
        ({"capacity": 33}, "leadingExt.capacity"),
        ({"members": tuple(range(33))}, "leadingExt.memberList"),
    ],
)
def test_what_a_platoon_message_cannot_express(changes, path):
    with pytest.raises(CodecError) as caught:
        get_profile("csae-b").encode(replace(LEADER, **changes))
    assert caught.value.path == f"CLPMM.{path}"


# ---------------------------------------------------------------- priority at signals

ASKED = PriorityRequest(9, 1, 22, "request", maneuver="left", arrive_utc_ns=NOW_NS + 12 * NS_PER_S, duration_s=6.0)
REQUEST = SignalRequest(4, NOW_NS, 11, "unknown", 39.0, 117.0, 13.9, 90.0, (ASKED,), 4.0)
GRANTED = RequestStatus(11, 0, "granted", in_lane=3, duration_s=18.0)
ANSWER = SignalRequestStatus(4, NOW_NS, 1, 22, (GRANTED,))


def test_a_request_on_the_air():
    node = {"region": 1, "id": 22}
    turn = {"remoteIntersection": {"id": 0}, "turn-direction": "maneuverLeftTurn"}
    priority = {"intersectionId": node, "requiredMov": turn, "estimatedArrivalTime": 1200}
    here = {"offsetLL": ("position-LL1", {"lon": 0, "lat": 0})}
    assert on_the_air(REQUEST, "VIR") == {
        "msgCnt": 4,
        "id": bytes(7) + b"\x0b",
        "secMark": 58_123,
        "refPos": {"lat": 390_000_000, "long": 1_170_000_000, "elevation": 40},
        "intAndReq": {
            "currentPos": {"pos": here, "speed": 695, "heading": 7200},
            "reqs": [{"reqID": 9, "status": "request", "info": ("signalPriority", priority), "lifeTime": 1800}],
        },
    }


@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_vir_comes_back(data):
    draw = data.draw
    requests = []
    for number in draw(st.lists(st.integers(0, 255), min_size=1, max_size=3, unique=True)):
        arrives = draw(st.booleans())
        requests.append(
            PriorityRequest(
                id=number,
                region=draw(st.integers(0, 65535)),
                intersection=draw(st.integers(0, 65535)),
                action=draw(st.sampled_from(["request", "cancel"])),
                maneuver=draw(st.none() | st.sampled_from(["straight", "left", "right", "uturn"])),
                arrive_utc_ns=NOW_NS + draw(st.integers(NS_PER_S, 300 * NS_PER_S)) if arrives else None,
                duration_s=draw(maybe(floats(0.01, 300))),
            )
        )
    message = replace(
        REQUEST,
        requester_id=draw(IDENTITIES),
        speed_mps=draw(maybe(floats(0, 163.8))),
        heading_deg=draw(maybe(floats(0, 360))),
        elevation_m=draw(maybe(floats(-400, 6000))),
        requests=tuple(requests),
    )
    assert_close(message, round_trip(message, "VIR"))


def test_an_update_is_the_same_request_sent_again():
    updated = replace(REQUEST, requests=(replace(ASKED, action="update"),))
    assert round_trip(updated, "VIR").requests[0].action == "request"


@pytest.mark.parametrize(
    ("status", "action"), [("unknown", "request"), ("comfirmed", "request"), ("complete", "cancel")]
)
def test_states_of_a_request_that_the_model_does_not_have(status, action):
    profile = get_profile("csae-b")
    _, value = profile.codec.decode(profile.encode(REQUEST)[1])
    value["intAndReq"]["reqs"][0]["status"] = status
    assert profile.decode(profile.codec.encode("VIR", value), NOW_NS)[1].requests[0].action == action


def test_other_intentions_are_not_in_the_model():
    profile = get_profile("csae-b")
    _, value = profile.codec.decode(profile.encode(REQUEST)[1])
    node = {"id": 3}
    lane_change = ("laneChange", {"upstreamNode": node, "downstreamNode": node, "targetLane": 2})
    value["intAndReq"]["reqs"][0]["info"] = lane_change
    with pytest.raises(CodecError, match="no request for priority"):
        profile.decode(profile.codec.encode("VIR", value), NOW_NS)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"requests": ()}, "intAndReq.reqs"),
        ({"lat_deg": math.nan}, "position"),
        ({"requests": (replace(ASKED, arrive_utc_ns=NOW_NS - NS_PER_S),)}, "requests[9].arrive_utc_ns"),
        ({"requests": (replace(ASKED, region=70_000),)}, "intAndReq.reqs[0].info.signalPriority.intersectionId.region"),
    ],
)
def test_what_a_request_cannot_express(changes, path):
    with pytest.raises(CodecError) as caught:
        get_profile("csae-b").encode(replace(REQUEST, **changes))
    assert caught.value.path == f"VIR.{path}"


@pytest.mark.parametrize(
    ("verdict", "bits"),
    [("granted", b"\x04\x00"), ("rejected", b"\x00\x20"), ("watch_other_traffic", b"\x00\x10")],
)
def test_an_answer_on_the_air(verdict, bits):
    message = replace(ANSWER, statuses=(replace(GRANTED, verdict=verdict),))
    link = {
        "upstreamNodeId": {"id": 0},
        "downstreamNodeId": {"region": 1, "id": 22},
        "referenceLanes": (b"\x10\x00", 16),
    }
    assert on_the_air(message, "RSC") == {
        "msgCnt": 4,
        "id": bytes([0, 0, 0, 0, 0, 1, 0, 22]),
        "secMark": 58_123,
        "refPos": {"lat": 900_000_001, "long": 1_800_000_001},
        "coordinates": [
            {
                "vehId": bytes(7) + b"\x0b",
                "driveSuggestion": {"suggestion": (bits, 14), "relatedLink": link, "lifeTime": 1800},
                "info": (b"\x01", 8),
            }
        ],
    }


@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_rsc_comes_back(data):
    draw = data.draw
    status = st.builds(
        RequestStatus,
        requester_id=IDENTITIES,
        request_id=st.just(0),
        verdict=st.sampled_from(["granted", "rejected", "watch_other_traffic"]),
        in_lane=st.none() | st.integers(1, 15),
        duration_s=maybe(floats(0.01, 600)),
    )
    message = replace(
        ANSWER,
        region=draw(st.integers(0, 65535)),
        intersection=draw(st.integers(0, 65535)),
        statuses=tuple(draw(st.lists(status, min_size=1, max_size=3))),
    )
    assert_close(message, round_trip(message, "RSC"))


def test_a_suggestion_lives_until_the_end_of_the_green():
    arriving = replace(GRANTED, arrive_utc_ns=NOW_NS + 5 * NS_PER_S)
    (got,) = round_trip(replace(ANSWER, statuses=(arriving,)), "RSC").statuses
    assert (got.arrive_utc_ns, got.duration_s) == (None, pytest.approx(23.0))


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"verdict": "processing"}, "statuses[0].verdict"),
        ({"in_lane": 16}, "statuses[0].in_lane"),
        ({"duration_s": -1.0}, "statuses[0].duration_s"),
    ],
)
def test_what_an_answer_cannot_express(changes, path):
    with pytest.raises(CodecError) as caught:
        get_profile("csae-b").encode(replace(ANSWER, statuses=(replace(GRANTED, **changes),)))
    assert caught.value.path == f"RSC.{path}"


def test_other_coordination_is_not_in_the_model():
    profile = get_profile("csae-b")
    _, value = profile.codec.decode(profile.encode(ANSWER)[1])
    (decision,) = value["coordinates"]
    elsewhere = {
        **decision["driveSuggestion"],
        "relatedLink": {"upstreamNodeId": {"id": 1}, "downstreamNodeId": {"id": 2}},
    }
    for others in ([{"vehId": bytes(8)}], [decision, {**decision, "driveSuggestion": elsewhere}]):
        with pytest.raises(CodecError, match="not decisions on signal priority at one intersection"):
            profile.decode(profile.codec.encode("RSC", {**value, "coordinates": others}), NOW_NS)
