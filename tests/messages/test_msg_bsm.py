from __future__ import annotations

import numpy as np
import pytest
from bsm_values import bsm_values
from hypothesis import given, settings
from messages_kit import NOW_NS, PROFILES, any_vehicle_states, vehicle_states

from v2x.clock import NS_PER_MS, NS_PER_S
from v2x.errors import CodecError
from v2x.messages.motion import SCALED
from v2x.messages.profile import get_profile

#: How far a value may move: half a step of its scale (the frame says which), and floating point.
_TOLERANCE = {name: scale.lsb * 0.5 * (1 + 1e-6) + 1e-12 for name, scale in SCALED.items()}


def _turn(a, b):
    return np.abs((a - b + 180) % 360 - 180)


def _assert_same(sent, got, bits):
    for name, tolerance in _TOLERANCE.items():
        a, b = getattr(sent, name), getattr(got, name)
        assert (np.isnan(a) == np.isnan(b)).all(), name
        apart = _turn(a, b) if name in ("heading_deg", "orientation_deg", "lon_deg") else np.abs(a - b)
        assert np.nanmax(apart, initial=0.0) <= tolerance, name
    assert (got.msg_count == sent.msg_count).all()
    assert (got.temporary_id == sent.temporary_id & np.uint64(2**bits - 1)).all()
    for name in ("brake_applied", "events", "emergency"):
        assert (getattr(got, name) == getattr(sent, name)).all(), name
        assert getattr(got, name).dtype == getattr(sent, name).dtype, name
    assert (np.abs(got.utc_ns - sent.utc_ns) <= NS_PER_MS // 2).all()


@pytest.mark.parametrize("name", PROFILES)
@given(states=any_vehicle_states())
@settings(max_examples=60, deadline=None)
def test_states_come_back_within_half_a_step(name, states):
    profile = get_profile(name)
    frames = profile.encode_vehicle_states(states)
    got = profile.decode_vehicle_states(frames, NOW_NS)
    _assert_same(states, got, profile.temporary_id_bits)
    if profile.family == "csae":
        assert (got.vehicle_class == states.vehicle_class).all()


@pytest.mark.parametrize("name", PROFILES)
@given(states=any_vehicle_states())
@settings(max_examples=60, deadline=None)
def test_columns_give_the_bytes_that_the_codec_gives_row_by_row(name, states):
    profile = get_profile(name)
    frames = [profile.codec.encode("BSM", value) for value in bsm_values(profile.family, states)]
    assert profile.encode_vehicle_states(states) == frames


@pytest.mark.parametrize("name", PROFILES)
def test_many_rows_of_every_shape_keep_their_order(name):
    profile = get_profile(name)
    rng = np.random.default_rng(5)
    some = {name: np.where(rng.random(500) < 0.5, np.nan, 1.0) for name in ("elevation_m", "semi_minor_m")}
    nan = np.full(500, np.nan)
    states = vehicle_states(speed_mps=np.arange(500) / 10, semi_major_m=nan, orientation_deg=nan, **some)
    frames = [profile.codec.encode("BSM", value) for value in bsm_values(profile.family, states)]
    assert profile.encode_vehicle_states(states) == frames
    assert len({len(frame) for frame in frames}) == (4 if profile.family == "csae" else 1)


@pytest.mark.parametrize("name", PROFILES)
def test_one_row_alone_is_the_same_as_among_others(name):
    profile = get_profile(name)
    states = vehicle_states(speed_mps=np.array([1.0, 20.0, np.nan]), heading_deg=np.array([0.0, 359.999, 12.0]))
    together = profile.encode_vehicle_states(states)
    assert [profile.encode(states.row(i)) for i in range(3)] == [("BSM", frame) for frame in together]


@pytest.mark.parametrize("name", PROFILES)
def test_no_vehicles_no_frames(name):
    none = vehicle_states(speed_mps=np.zeros(0))
    assert get_profile(name).encode_vehicle_states(none) == []


def test_sentinels_of_part_one():
    nan = np.array([np.nan])
    missing = {name: nan for name in SCALED if name != "yaw_rate_dps"}
    (frame,) = get_profile("j2735").encode_vehicle_states(vehicle_states(**missing, brake_applied=np.array([-1])))
    core = get_profile("j2735").codec.decode(frame)[1]["coreData"]
    assert (core["lat"], core["long"], core["elev"]) == (900_000_001, 1_800_000_001, -4096)
    assert core["accuracy"] == {"semiMajor": 255, "semiMinor": 255, "orientation": 65535}
    assert (core["speed"], core["heading"], core["angle"], core["transmission"]) == (8191, 28800, 127, "unavailable")
    assert core["accelSet"] == {"long": 2001, "lat": 2001, "vert": -127, "yaw": -321}
    assert core["brakes"]["wheelBrakes"] == (b"\x80", 5)
    assert core["size"] == {"width": 0, "length": 0}


def test_optional_members_of_the_chinese_bsm_are_left_out():
    nan = np.array([np.nan])
    states = vehicle_states(elevation_m=nan, semi_major_m=nan, semi_minor_m=nan, orientation_deg=nan)
    (frame,) = get_profile("csae-a").encode_vehicle_states(states)
    value = get_profile("csae-a").codec.decode(frame)[1]
    assert "posAccuracy" not in value
    assert "elevation" not in value["pos"]


def test_braking_is_read_from_the_wheels_where_no_pedal_is_reported():
    profile = get_profile("csae-a")
    (value,) = bsm_values("csae", vehicle_states())
    for brakes, expected in [
        ({}, -1),
        ({"wheelBrakes": (b"\x40", 5)}, 1),
        ({"wheelBrakes": (b"\x00", 5)}, 0),
        ({"wheelBrakes": (b"\x80", 5)}, -1),
        ({"brakePadel": "off", "wheelBrakes": (b"\x40", 5)}, 0),
    ]:
        got = profile.decode(profile.codec.encode("BSM", {**value, "brakes": brakes}), NOW_NS)[1]
        assert got.brake_applied.tolist() == [expected]


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("speed_mps", 164.0),
        ("speed_mps", -0.1),
        ("lat_deg", 91.0),
        ("heading_deg", -1.0),
        ("elevation_m", 7000.0),
        ("width_m", 11.0),
        ("width_m", 0.001),
        ("length_m", 41.0),
        ("yaw_rate_dps", float("nan")),
        ("semi_major_m", -1.0),
        ("msg_count", 128),
        ("vehicle_class", 256),
        ("brake_applied", 2),
        ("events", 1 << 6),
        ("events", 1 << 13),
        ("events", -1),
        ("emergency", 2),
        ("emergency", -2),
    ],
)
def test_what_cannot_be_expressed_is_an_error_with_the_field(name, field, value):
    with pytest.raises(CodecError) as caught:
        get_profile(name).encode_vehicle_states(vehicle_states(**{field: np.array([value])}))
    assert caught.value.path == f"BSM.{field}"


@pytest.mark.parametrize("name", PROFILES)
def test_the_row_that_cannot_be_expressed_is_named_whatever_its_shape(name):
    elevation_m = np.array([np.nan, 1.0, np.nan, 2.0])
    with pytest.raises(CodecError, match=r"164\.0 m/s in row 3, range 0 to 163\.8") as caught:
        get_profile(name).encode_vehicle_states(
            vehicle_states(elevation_m=elevation_m, speed_mps=np.array([0.0, 1.0, 2.0, 164.0]))
        )
    assert caught.value.path == "BSM.speed_mps"


@pytest.mark.parametrize("name", PROFILES)
def test_accelerations_beyond_the_scale_have_the_meaning_that_the_standard_gives(name):
    profile = get_profile(name)
    states = vehicle_states(accel_long_mps2=np.array([35.0, -35.0]), accel_vert_mps2=np.array([40.0, -40.0]))
    got = profile.decode_vehicle_states(profile.encode_vehicle_states(states), NOW_NS)
    assert got.accel_long_mps2.tolist() == [20.0, -20.0]
    assert got.accel_vert_mps2 == pytest.approx([2.54 * 9.80665, -2.52 * 9.80665])


@pytest.mark.parametrize("name", PROFILES)
def test_several_rows_are_not_one_frame(name):
    with pytest.raises(CodecError, match="2 rows"):
        get_profile(name).encode(vehicle_states(speed_mps=np.array([1.0, 2.0])))


@pytest.mark.parametrize("name", PROFILES)
def test_a_minute_passes_between_sending_and_receiving(name):
    profile = get_profile(name)
    end_ns = NOW_NS // (60 * NS_PER_S) * 60 * NS_PER_S + 59_990 * NS_PER_MS
    frames = profile.encode_vehicle_states(vehicle_states(utc_ns=np.array([end_ns])))
    assert profile.decode_vehicle_states(frames, end_ns + 200 * NS_PER_MS).utc_ns[0] == end_ns
