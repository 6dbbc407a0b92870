"""Perception, road users, requests, answers and platoons in the messages of SAE J2735: there and back."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from messages_kit import NOW_NS, floats, maybe
from models_kit import HALF_STEPS, assert_close
from random_values import RandomValues

from v2x.clock import NS_PER_MS, NS_PER_S, utc_ns
from v2x.errors import CodecError
from v2x.messages import confidence
from v2x.messages.j2735 import sdsm
from v2x.messages.j2735.elements import from_date_time, to_date_time
from v2x.messages.j2735.requests import from_service
from v2x.messages.model import NAN
from v2x.messages.model_cooperation import (
    PriorityRequest,
    RequestAction,
    RequesterRole,
    RequestStatus,
    RequestVerdict,
    SignalRequest,
    SignalRequestStatus,
)
from v2x.messages.model_perception import ObjectKind, PerceivedObject, PerceivedObjects, UserKind, VulnerableRoadUser
from v2x.messages.profile import get_profile

IDENTITIES = st.integers(0, 2**32 - 1)
COUNTS = st.integers(0, 127)
BYTES = st.integers(0, 255)
LANES = st.none() | st.integers(1, 255)
TIMES = st.integers(NOW_NS - 20 * NS_PER_S, NOW_NS + 20 * NS_PER_S)

#: Half a step on the air; sizes are drawn on their steps and come back as they were.
STEPS = {name: step for name, step in HALF_STEPS.items() if name not in ("width_m", "length_m", "height_m")} | {
    **{"radius_m": 0.5, "duration_s": 0.0005, "arrive_utc_ns": NS_PER_MS // 2},
}
#: An object is placed relative to the reference, 0.1 m a step north, east and down, and timed relative to the message.
OBJECT_STEPS = STEPS | {"lat_deg": 0.5e-6, "lon_deg": 0.8e-6, "kind_confidence": 0.005}


def _round_trip(message):
    profile = get_profile("j2735")
    type_name, data = profile.encode(message)
    assert profile.codec.encode(*profile.codec.decode(data)) == data
    read_as, got = profile.decode(data, NOW_NS + 3 * NS_PER_S)
    assert read_as == type_name
    return type_name, got


def _refused(message) -> str:
    with pytest.raises(CodecError) as caught:
        get_profile("j2735").encode(message)
    return str(caught.value)


@pytest.mark.parametrize("type_name", ["SDSM", "PSM", "SRM", "SSM", "PMM"])
def test_whatever_a_frame_says_is_a_message_or_a_codec_error(type_name):
    profile, random = get_profile("j2735"), Random(type_name)
    values, read = RandomValues(random, beyond=0.3), 0
    for _ in range(60):
        data = profile.codec.encode(type_name, values.message(profile.codec, type_name))
        try:
            message = profile.decode(data, NOW_NS)[1]
        except CodecError:
            continue
        assert isinstance(message, profile.model_of(type_name))
        read += 1
    assert read


# ---------------------------------------------------------------- SDSM

VEHICLE = PerceivedObject(9, "vehicle", NOW_NS, 39.001, 117.001, 10.0, 90.0)
SEEN = PerceivedObjects(1, NOW_NS, 77, "roadside", 39.0, 117.0, 3.0, (VEHICLE,))


@st.composite
def any_object(draw, elevations):
    kind = draw(st.sampled_from(get_args(ObjectKind)))
    size = {}
    if kind not in ("pedestrian", "cyclist") and draw(st.booleans()):
        step, height = (0.01, 0.05) if kind == "vehicle" else (0.1, 0.1)
        size = {
            "width_m": draw(st.integers(1, 1023)) * step,
            "length_m": draw(st.integers(1, 1023)) * step,
            "height_m": draw(st.just(NAN) | st.integers(1, 127).map(lambda steps: steps * height)),
        }
    return PerceivedObject(
        id=draw(st.integers(0, 65535)),
        kind=kind,
        utc_ns=NOW_NS + draw(st.integers(-1499, 1499)) * NS_PER_MS,
        lat_deg=39.0 + draw(floats(-0.02, 0.02)),
        lon_deg=117.0 + draw(floats(-0.02, 0.02)),
        speed_mps=draw(maybe(floats(0, 163.8))),
        heading_deg=draw(maybe(floats(0, 360))),
        elevation_m=draw(elevations),
        kind_confidence=draw(maybe(floats(0.01, 1.0))),
        position_confidence_m=draw(maybe(st.sampled_from([500.0, 2.0, 0.5, 0.01]))),
        speed_confidence_mps=draw(maybe(st.sampled_from([100.0, 1.0, 0.01]))),
        heading_confidence_deg=draw(maybe(st.sampled_from([10.0, 0.0125, 0.01]))),
        accel_long_mps2=draw(maybe(floats(-20, 20))),
        accel_lat_mps2=draw(maybe(floats(-20, 20))),
        yaw_rate_dps=draw(maybe(floats(-327, 327))),
        **size,
    )


@st.composite
def any_perception(draw):
    elevation_m = draw(maybe(floats(-400, 3000)))
    # without a height of the reference an object's cannot be said
    elevations = st.just(NAN) if math.isnan(elevation_m) else maybe(floats(-400, 3000))
    return PerceivedObjects(
        msg_count=draw(COUNTS),
        utc_ns=draw(st.integers(NOW_NS - 10**6, NOW_NS + 10**6)) // NS_PER_MS * NS_PER_MS,
        sender_id=draw(IDENTITIES),
        sender_kind=draw(st.sampled_from(["unknown", "roadside", "vehicle", "vru"])),
        lat_deg=39.0,
        lon_deg=117.0,
        elevation_m=elevation_m,
        objects=tuple(draw(st.lists(any_object(elevations), min_size=1, max_size=4))),
    )


@given(message=any_perception())
@settings(max_examples=60, deadline=None)
def test_perceived_objects_come_back(message):
    type_name, got = _round_trip(message)
    assert type_name == "SDSM"
    assert_close(replace(message, objects=()), replace(got, objects=()), STEPS)
    for one, other in zip(message.objects, got.objects, strict=True):
        assert_close(one, other, OBJECT_STEPS)


def test_offsets_are_north_east_down_and_a_past_measurement_is_positive():
    seen = replace(VEHICLE, lat_deg=39.0, lon_deg=117.001, elevation_m=5.0, utc_ns=NOW_NS - 100 * NS_PER_MS)
    (value,) = sdsm.to_asn1(replace(SEEN, objects=(seen,)))["objects"]
    common = value["detObjCommon"]
    assert common["measurementTime"] == 100
    # a thousandth of a degree of longitude at 39 degrees north is 86.6 m
    assert common["pos"] == {"offsetX": 0, "offsetY": 866, "offsetZ": -20}


def test_a_bound_is_never_sent_smaller_than_it_is():
    seen = replace(
        VEHICLE, position_confidence_m=0.51, speed_confidence_mps=0.11, heading_confidence_deg=1.01, accel_long_mps2=1.0
    )
    (got,) = _round_trip(replace(SEEN, objects=(seen,)))[1].objects
    assert (got.position_confidence_m, got.speed_confidence_mps, got.heading_confidence_deg) == (1.0, 1.0, 5.0)
    assert math.isnan(got.yaw_rate_dps)
    assert confidence.POSITION.name("x", 0.0) == "a1cm"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("utc_ns", NOW_NS - 1502 * NS_PER_MS),
        ("lat_deg", 39.1),
        ("position_confidence_m", 501.0),
        ("speed_mps", 200.0),
        ("kind_confidence", 0.0),
    ],
)
def test_an_object_that_cannot_be_said_is_an_error_with_its_place(field, value):
    assert f"SDSM.objects[9].{field}: cannot express" in _refused(
        replace(SEEN, objects=(replace(VEHICLE, **{field: value}),))
    )


def test_without_a_reference_there_are_no_offsets():
    assert "no reference point" in _refused(replace(SEEN, lat_deg=NAN))


# ---------------------------------------------------------------- PSM


@st.composite
def any_road_user(draw):
    accelerating = draw(st.booleans())
    return VulnerableRoadUser(
        msg_count=draw(COUNTS),
        temporary_id=draw(IDENTITIES),
        utc_ns=draw(TIMES),
        kind=draw(st.sampled_from(get_args(UserKind))),
        lat_deg=draw(maybe(floats(-90, 90))),
        lon_deg=draw(maybe(floats(-179.9, 180))),
        speed_mps=draw(maybe(floats(0, 163.8))),
        heading_deg=draw(maybe(floats(0, 360))),
        elevation_m=draw(maybe(floats(-409, 6143))),
        semi_major_m=draw(maybe(floats(0, 12.7))),
        semi_minor_m=draw(maybe(floats(0, 12.7))),
        orientation_deg=draw(maybe(floats(0, 360))),
        accel_long_mps2=draw(maybe(floats(-20, 20))) if accelerating else NAN,
        accel_lat_mps2=draw(maybe(floats(-20, 20))) if accelerating else NAN,
        yaw_rate_dps=draw(floats(-327, 327)) if accelerating else NAN,
        radius_m=draw(maybe(floats(0, 100))),
    )


@given(message=any_road_user())
@settings(max_examples=60, deadline=None)
def test_road_users_come_back(message):
    type_name, got = _round_trip(message)
    assert type_name == "PSM"
    assert_close(message, got, STEPS)


def test_an_identity_is_cut_to_32_bits_as_in_a_bsm():
    user = VulnerableRoadUser(1, 0x1234567890ABCDEF, NOW_NS, "cyclist", 39.0, 117.0, 3.0, 90.0)
    assert _round_trip(user)[1].temporary_id == 0x90ABCDEF
    assert "PSM.yaw_rate_dps: cannot express nan" in _refused(replace(user, accel_long_mps2=1.0))


# ---------------------------------------------------------------- SRM and SSM

ARRIVALS = st.none() | st.integers(NOW_NS, NOW_NS + 3600 * NS_PER_S)
DURATIONS = maybe(floats(0, 65.534))


@st.composite
def any_signal_request(draw):
    request = st.builds(
        PriorityRequest,
        id=BYTES,
        region=st.integers(0, 65535),
        intersection=st.integers(0, 65535),
        action=st.sampled_from(get_args(RequestAction)),
        in_lane=LANES,
        out_lane=LANES,
        arrive_utc_ns=ARRIVALS,
        duration_s=DURATIONS,
    )
    return SignalRequest(
        msg_count=draw(COUNTS),
        utc_ns=draw(TIMES),
        requester_id=draw(IDENTITIES),
        role=draw(st.sampled_from(get_args(RequesterRole))),
        lat_deg=draw(maybe(floats(-90, 90))),
        lon_deg=draw(maybe(floats(-179.9, 180))),
        speed_mps=draw(maybe(floats(0, 163.8))),
        heading_deg=draw(maybe(floats(0, 360))),
        requests=tuple(draw(st.lists(request, max_size=4))),
        elevation_m=draw(maybe(floats(-409, 6143))),
    )


@given(message=any_signal_request())
@settings(max_examples=60, deadline=None)
def test_signal_requests_come_back(message):
    type_name, got = _round_trip(message)
    assert type_name == "SRM"
    assert_close(message, got, STEPS)


@st.composite
def any_answers(draw):
    status = st.builds(
        RequestStatus,
        requester_id=IDENTITIES,
        request_id=BYTES,
        verdict=st.sampled_from(get_args(RequestVerdict)),
        request_count=COUNTS,
        in_lane=LANES,
        out_lane=LANES,
        arrive_utc_ns=ARRIVALS,
        duration_s=DURATIONS,
    )
    statuses = draw(st.lists(status, min_size=1, max_size=4))
    return SignalRequestStatus(draw(COUNTS), draw(TIMES), 1, draw(st.integers(0, 65535)), tuple(statuses))


@given(message=any_answers())
@settings(max_examples=60, deadline=None)
def test_answers_come_back(message):
    type_name, got = _round_trip(message)
    assert type_name == "SSM"
    assert_close(message, got, STEPS)


def test_a_duration_that_is_too_long_is_an_error():
    request = PriorityRequest(5, 1, 22, duration_s=66.0)
    message = SignalRequest(1, NOW_NS, 1, "bus", 39.0, 117.0, 5.0, 90.0, (request,))
    assert "SRM.requests[5].duration_s: cannot express 66.0 s" in _refused(message)


def test_an_arrival_needs_its_second():
    new_year_ns = utc_ns(datetime(2025, 1, 1, tzinfo=UTC))
    assert from_service({"minute": 0, "second": 500}, new_year_ns - NS_PER_S)[0] == new_year_ns + NS_PER_S // 2
    assert from_service({"minute": 0}, new_year_ns)[0] is None
    assert from_service({"minute": 0, "second": 65535, "duration": 65535}, new_year_ns)[0] is None


# ---------------------------------------------------------------- dates


@pytest.mark.parametrize(
    ("value", "expected_ns"),
    [
        (to_date_time(NOW_NS), NOW_NS),
        (to_date_time(NOW_NS) | {"offset": 480}, NOW_NS - 8 * 3600 * NS_PER_S),
        ({"second": 58_500}, NOW_NS + 377 * NS_PER_MS),
        (to_date_time(NOW_NS) | {"second": 65535}, NOW_NS - 58_123 * NS_PER_MS),
        (to_date_time(NOW_NS) | {"hour": 31, "second": 57_000}, NOW_NS - 1_123 * NS_PER_MS),
        ({}, NOW_NS),
    ],
)
def test_dates_with_and_without_gaps(value, expected_ns):
    assert from_date_time(value, NOW_NS) == expected_ns
