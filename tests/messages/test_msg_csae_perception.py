"""Perceived objects and vulnerable road users in the messages of T/CSAE 53 and 157: there and back."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import get_args

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from messages_kit import NOW_NS, floats, maybe
from models_kit import HALF_STEPS, IDENTITIES, assert_close, on_the_air, round_trip

from v2x.cli.main import cli
from v2x.clock import NS_PER_MS, NS_PER_S
from v2x.errors import CodecError
from v2x.messages import model_perception as perception
from v2x.messages.model_perception import PerceivedObject, PerceivedObjects, VulnerableRoadUser
from v2x.messages.physical import to_physical
from v2x.messages.profile import get_profile

#: Steps of the tables of confidence come back as they are.
BOUNDS = {
    "position_confidence_m": st.sampled_from([500.0, 10.0, 0.5, 0.01]),
    "speed_confidence_mps": st.sampled_from([100.0, 1.0, 0.01]),
    "heading_confidence_deg": st.sampled_from([10.0, 0.0125, 0.01]),
}
ROAD_USERS = ("unknown", "vehicle", "cyclist", "pedestrian")


@st.composite
def any_object(draw, number, kinds):
    moving = draw(st.booleans())
    accelerations = {"accel_long_mps2": maybe(floats(-20, 20)), "accel_lat_mps2": maybe(floats(-20, 20))}
    return PerceivedObject(
        id=number,
        kind=draw(st.sampled_from(kinds)),
        utc_ns=NOW_NS - draw(st.integers(-20 * NS_PER_S, 20 * NS_PER_S)),
        lat_deg=39.0 + draw(floats(-0.5, 0.5)),
        lon_deg=117.0 + draw(floats(-0.5, 0.5)),
        speed_mps=draw(maybe(floats(0, 163.8))),
        heading_deg=draw(maybe(floats(0, 360))),
        elevation_m=draw(maybe(floats(-400, 6000))),
        source=draw(st.sampled_from(get_args(perception.Source))),
        width_m=draw(maybe(floats(0.06, 10.23))),
        length_m=draw(maybe(floats(0.06, 40.95))),
        height_m=draw(maybe(floats(0.06, 6.35))),
        yaw_rate_dps=draw(floats(-327, 327)) if moving else math.nan,
        **{name: draw(strategy) if moving else math.nan for name, strategy in accelerations.items()},
        **{name: draw(maybe(strategy)) for name, strategy in BOUNDS.items()},
    )


@st.composite
def any_perception(draw, kinds=ROAD_USERS, least=1):
    numbers = draw(st.lists(st.integers(0, 65535), min_size=least, max_size=4, unique=True))
    return PerceivedObjects(
        msg_count=draw(st.integers(0, 127)),
        utc_ns=NOW_NS,
        sender_id=draw(IDENTITIES),
        sender_kind="roadside",
        lat_deg=39.0,
        lon_deg=117.0,
        elevation_m=draw(maybe(floats(-400, 6000))),
        objects=tuple(draw(any_object(number, kinds)) for number in numbers),
    )


def _assert_same(sent, got, steps=HALF_STEPS):
    assert_close(sent, got, skip=("objects", "utc_ns"))
    objects = {seen.id: seen for seen in got.objects}
    assert objects.keys() == {seen.id for seen in sent.objects}
    for seen in sent.objects:
        assert_close(seen, objects[seen.id], steps)


@pytest.mark.parametrize("name", ["csae-a", "csae-b"])
@given(message=any_perception(), identity=st.none() | IDENTITIES)
@settings(max_examples=30, deadline=None)
def test_rsm_comes_back(name, message, identity):
    first, *others = message.objects
    message = replace(message, objects=(replace(first, temporary_id=identity), *others))
    got = round_trip(message, "RSM", name)
    _assert_same(message, got)
    assert got.utc_ns == max(seen.utc_ns for seen in got.objects)


@given(
    message=any_perception(least=0),
    confidence=maybe(floats(0, 1)),
    sender=st.sampled_from(get_args(perception.SenderKind)),
)
@settings(max_examples=30, deadline=None)
def test_ssm_comes_back(message, confidence, sender):
    objects = tuple(replace(seen, kind_confidence=confidence) for seen in message.objects)
    message = replace(message, objects=objects, sender_kind=sender)
    got = round_trip(message, "SSM")
    _assert_same(message, got)
    assert abs(got.utc_ns - NOW_NS) <= NS_PER_MS // 2


@given(message=any_perception(kinds=("animal",)))
@settings(max_examples=30, deadline=None)
def test_animals_are_obstacles_of_an_ssm(message):
    coarse = dict.fromkeys(("width_m", "length_m", "height_m"), 0.05 + 1e-9)
    _assert_same(message, round_trip(message, "SSM"), steps=HALF_STEPS | coarse)


def _seen(**changes):
    seen = PerceivedObject(7, "vehicle", NOW_NS, 39.0001, 117.0001, 8.0, 90.0)
    changed = {name: changes.pop(name) for name in list(changes) if name in PerceivedObject.__dataclass_fields__}
    message = PerceivedObjects(3, NOW_NS, 77, "roadside", 39.0, 117.0, 4.0, (replace(seen, **changed),))
    return replace(message, **changes)


def _full(kind):
    """Everything that an object can say."""
    motion = {"accel_long_mps2": -1.0, "accel_lat_mps2": 0.5, "yaw_rate_dps": -2.5, "speed_confidence_mps": 0.1}
    return _seen(
        **motion,
        kind=kind,
        kind_confidence=0.9,
        source="radar",
        elevation_m=5.0,
        position_confidence_m=0.2,
        heading_confidence_deg=1.0,
        width_m=1.8,
        length_m=4.5,
        height_m=1.5,
    )


#: Members of road users and obstacles for `_full`.
STATE = {
    "source": "microwaveRadar",
    "secMark": 58_123,
    "pos": {"offsetLL": ("position-LL1", {"lon": 1000, "lat": 1000}), "offsetV": ("elevation", 50)},
    "posConfidence": {"pos": "a20cm"},
    "speed": 400,
    "heading": 7200,
    "accelSet": {"long": -100, "lat": 50, "vert": -127, "yaw": -250},
}
MOTION = {"speedCfd": "prec0-1ms", "headingCfd": "prec01deg"}


@pytest.mark.parametrize(
    ("kind", "said"),
    [("vehicle", "motor"), ("cyclist", "non-motor"), ("pedestrian", "pedestrian"), ("unknown", "unknown")],
)
def test_a_road_user_on_the_air(kind, said):
    message = _full(kind)
    message = replace(message, objects=(replace(message.objects[0], temporary_id=0x0102),))
    size = {"width": 180, "length": 450, "height": 30}
    participant = {
        "ptcType": said,
        "ptcId": 7,
        "id": bytes(6) + b"\x01\x02",
        **STATE,
        "motionCfd": MOTION,
        "size": size,
    }
    place = {"lat": 390_000_000, "long": 1_170_000_000, "elevation": 40}
    head = {"msgCnt": 3, "id": bytes(7) + b"\x4d"}
    assert on_the_air(message, "RSM") == {**head, "refPos": place, "participants": [participant]}
    assert on_the_air(message, "SSM") == {
        **head,
        "equipmentType": "rsu",
        "secMark": 58_123,
        "sensorPos": place,
        "participants": [{"ptc": participant, "typeConfidence": 180}],
    }


def test_an_animal_on_the_air():
    size = {"width": 18, "length": 45, "height": 15}
    obstacle = {"obsType": "animal-intrusion", "obsId": 7, **STATE, **MOTION, "size": size, "objTypeConfidence": 180}
    value = on_the_air(_full("animal"), "SSM")
    assert value["obstacles"] == [obstacle]
    assert "participants" not in value


def test_ssm_is_the_first_choice_for_perceived_objects():
    profile = get_profile("csae-a")
    assert profile.encode(_seen())[0] == "SSM"
    assert profile.encode(_seen(), "RSM")[0] == "RSM"
    with pytest.raises(CodecError, match="PerceivedObjects is not what PSM carries"):
        profile.encode(_seen(), "PSM")


@pytest.mark.parametrize(
    ("type_name", "changes", "path"),
    [
        ("RSM", {"kind": "animal"}, "RSM.objects[7].kind"),
        ("RSM", {"sender_kind": "vehicle"}, "RSM.sender_kind"),
        ("RSM", {"objects": ()}, "RSM.participants"),
        ("SSM", {"utc_ns": NOW_NS - 30 * NS_PER_S}, "SSM.objects[7].utc_ns"),
        ("SSM", {"id": 65536}, "SSM.participants[0].ptc.ptcId"),
        ("SSM", {"speed_mps": 164.0}, "SSM.objects[7].speed_mps"),
        ("SSM", {"accel_long_mps2": 1.0}, "SSM.objects[7].yaw_rate_dps"),
        ("SSM", {"position_confidence_m": 501.0}, "SSM.objects[7].position_confidence_m"),
        ("SSM", {"kind_confidence": 1.1}, "SSM.objects[7].kind_confidence"),
        ("SSM", {"height_m": 7.0}, "SSM.objects[7].height_m"),
        ("SSM", {"temporary_id": -1}, "SSM.objects[7].temporary_id"),
    ],
)
def test_what_a_perception_cannot_express(type_name, changes, path):
    with pytest.raises(CodecError) as caught:
        get_profile("csae-b").encode(_seen(**changes), type_name)
    assert caught.value.path == path


def test_the_command_line_encodes_what_it_is_told_to(tmp_path):
    file = tmp_path / "seen.jsonl"
    lines = [{"type": type_name, "value": to_physical(_seen())} for type_name in ("RSM", "csae.SSM")]
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    result = CliRunner().invoke(cli, ["encode", str(file), "--profile", "csae-b", "--values", "physical"])
    profile = get_profile("csae-b")
    assert result.stdout.split() == [profile.encode(_seen(), name)[1].hex() for name in ("RSM", "SSM")]


def test_a_bound_never_promises_more_than_the_sender_knows():
    got = round_trip(_seen(position_confidence_m=0.6, heading_confidence_deg=0.011), "RSM").objects[0]
    assert (got.position_confidence_m, got.heading_confidence_deg) == (1.0, 0.0125)


def test_a_roadside_unit_among_the_participants_is_of_unknown_kind():
    profile = get_profile("csae-b")
    _, value = profile.codec.decode(profile.encode(_seen(), "RSM")[1])
    value["participants"][0]["ptcType"] = "rsu"
    assert profile.decode(profile.codec.encode("RSM", value), NOW_NS)[1].objects[0].kind == "unknown"


# ---------------------------------------------------------------- vulnerable road users


@pytest.mark.parametrize(
    ("kind", "said"), [("cyclist", "aPEDALCYCLIST"), ("road_worker", "aROADWORKER"), ("unknown", "unavailable")]
)
def test_a_person_on_the_air(kind, said):
    message = VulnerableRoadUser(4, 0x0102, NOW_NS, kind, 39.0, 117.0, 1.2, 90.0, semi_major_m=0.5, radius_m=2.5)
    assert on_the_air(message, "PSM") == {
        "msgCnt": 4,
        "id": bytes(6) + b"\x01\x02",
        "secMark": 58_123,
        "pos": {"lat": 390_000_000, "long": 1_170_000_000},
        "posAccuracy": {"semiMajor": 10, "semiMinor": 255, "orientation": 65535},
        "speed": 60,
        "heading": 7200,
        "overallRadius": 25,
        "non-motorData": {"basicType": said},
    }


@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_psm_comes_back(data):
    draw = data.draw
    accelerations = (floats(-20, 20), floats(-20, 20), floats(-327, 327))
    moving = draw(st.booleans())
    long_mps2, lat_mps2, yaw_rate = (draw(each) if moving else math.nan for each in accelerations)
    message = VulnerableRoadUser(
        msg_count=draw(st.integers(0, 127)),
        temporary_id=draw(IDENTITIES),
        utc_ns=NOW_NS + draw(st.integers(-20 * NS_PER_S, 20 * NS_PER_S)),
        kind=draw(st.sampled_from(get_args(perception.UserKind))),
        lat_deg=draw(maybe(floats(-90, 90))),
        lon_deg=draw(maybe(floats(-179.9, 180))),
        speed_mps=draw(maybe(floats(0, 163.8))),
        heading_deg=draw(maybe(floats(0, 360))),
        elevation_m=draw(maybe(floats(-400, 6000))),
        semi_major_m=draw(maybe(floats(0, 12.7))),
        semi_minor_m=draw(maybe(floats(0, 12.7))),
        orientation_deg=draw(maybe(floats(0, 360))),
        accel_long_mps2=long_mps2,
        accel_lat_mps2=lat_mps2,
        yaw_rate_dps=yaw_rate,
        radius_m=draw(maybe(floats(0.06, 20))),
    )
    assert_close(message, round_trip(message, "PSM"))
