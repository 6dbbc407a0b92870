"""Control messages of platooning: CCM, PCM, and the BSM that stands in where there is neither."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from messages_kit import NOW_NS, control_states, floats, maybe, signals, vehicle_states

from v2x.clock import NS_PER_MS, NS_PER_S
from v2x.errors import CodecError
from v2x.messages.model_control import ControlStates, LongitudinalMode
from v2x.messages.profile import get_profile

NAMES = ("j2735", "j2735-2016", "csae-a", "csae-b")
#: Field -> half a step, without further digits and with them.
HALF_STEPS = {
    **{"lat_deg": (0.5e-7, 0.5e-11), "lon_deg": (0.5e-7, 0.5e-11), "heading_deg": (0.00625, 0.5e-6)},
    **{"speed_mps": (0.01, 0.5e-6), "accel_mps2": (0.005, 0.5e-6), "desired_accel_mps2": (0.005, 0.5e-6)},
    **{"length_m": (0.005, 0.005), "separation_m": (0.05, 0.005)},
}
#: Not in a BSM.
CONTROL_ONLY = {"desired_accel_mps2": np.nan, "heavy": -1, "mode": 0, "target_id": 0, "separation_m": np.nan}

_DTYPES = {"temporary_id": np.uint64, "target_id": np.uint64, "heavy": np.int8, "mode": np.int8}
_COLUMNS = {
    "msg_count": st.integers(0, 127),
    "temporary_id": st.integers(0, 2**64 - 1),
    "utc_ns": st.integers(NOW_NS - 20 * NS_PER_S, NOW_NS + 20 * NS_PER_S),
    "lat_deg": maybe(floats(-90, 90)),
    "lon_deg": maybe(floats(-180, 180)),
    "speed_mps": maybe(floats(0, 163.8)),
    "heading_deg": maybe(floats(0, 360)),
    "accel_mps2": maybe(floats(-20, 20)),
    "desired_accel_mps2": maybe(floats(-20, 20)),
    "length_m": maybe(floats(0.01, 40.95)),
    "heavy": st.sampled_from([-1, 0, 1]),
    "mode": st.sampled_from(LongitudinalMode).map(int),
    "target_id": st.just(0) | st.integers(0, 2**64 - 1),
    "separation_m": maybe(floats(0, 200)),
}
#: Ours in tests/messages/data/golden.jsonl, where test_msg_vectors.py has their values.
GOLDEN = [
    row
    for row in map(json.loads, (Path(__file__).parent / "data" / "golden.jsonl").read_text("utf-8").splitlines())
    if row["type"] in ("CCM", "PCM") or row["note"] == "bsm-for-control"
]
#: More than are written one by one.
MANY = 30


@st.composite
def any_control_states(draw):
    rows = draw(st.integers(1, 4))
    columns = {
        name: np.array(draw(st.lists(strategy, min_size=rows, max_size=rows)), _DTYPES.get(name))
        for name, strategy in _COLUMNS.items()
    }
    return ControlStates(**columns)


def _read(profile, frames, near_ns=NOW_NS):
    found = profile.decode_frames(frames)
    return profile.control_states_in(found, np.full(len(frames), near_ns))


def _expected(profile, states, fine):
    """What of the states a receiver can know."""
    mask = np.uint64((1 << profile.temporary_id_bits) - 1)
    told = replace(states, temporary_id=states.temporary_id & mask, target_id=states.target_id & mask)
    if not fine:
        told = replace(told, utc_ns=(states.utc_ns + NS_PER_MS // 2) // NS_PER_MS * NS_PER_MS)
    if profile.name == "j2735-2016" and not fine:
        return replace(told, **{name: np.full(len(states), value) for name, value in CONTROL_ONLY.items()})
    if profile.name == "j2735" and not fine:  # a vehicle that says nothing is sent as a light one
        return replace(told, heavy=np.maximum(states.heavy, 0))
    return told


def _assert_close(got, expected, fine):
    for field in fields(expected):
        is_, was = getattr(got, field.name), getattr(expected, field.name)
        if field.name not in HALF_STEPS:
            assert is_.tolist() == was.tolist(), field.name
            continue
        assert np.isnan(is_).tolist() == np.isnan(was).tolist(), field.name
        off = np.abs(is_ - was)
        if field.name in ("heading_deg", "lon_deg"):  # 360 is 0, -180 is 180
            off = np.minimum(off, 360 - off)
        assert np.nanmax(off, initial=0) <= HALF_STEPS[field.name][fine] * (1 + 1e-6) + 1e-13, field.name


@pytest.mark.parametrize("fine", [False, True])
@pytest.mark.parametrize("name", NAMES)
@given(states=any_control_states())
@settings(max_examples=40, deadline=None)
def test_what_is_said_is_heard_within_half_a_step(name, fine, states):
    profile = get_profile(name)
    _, frames = profile.encode_control(states, fine=fine)
    got, rows = _read(profile, frames, NOW_NS + 5 * NS_PER_S)
    assert rows.tolist() == list(range(len(states)))
    _assert_close(got, _expected(profile, states, fine), fine)


@pytest.mark.parametrize("fine", [False, True])
@pytest.mark.parametrize("name", NAMES)
@given(states=any_control_states())
@settings(max_examples=20, deadline=None)
def test_few_and_many_are_what_the_strict_codec_makes_of_each(name, fine, states):
    profile = get_profile(name)
    type_name, frames = profile.encode_control(states, fine=fine)
    assert [profile.codec.encode(*profile.codec.decode(frame)) for frame in frames] == frames
    assert {profile.codec.peek(frame) for frame in frames} == {type_name}
    which = np.resize(np.arange(len(states)), MANY)
    assert profile.encode_control(states.take(which), fine=fine) == (type_name, [frames[row] for row in which])
    again, _ = _read(profile, frames)
    assert profile.encode_control(again, fine=fine)[1] == frames


def test_types():
    sent = {
        name: [get_profile(name).encode_control(control_states(), fine=fine)[0] for fine in (0, 1)] for name in NAMES
    }
    assert sent == {
        "j2735": ["CCM", "PCM"],
        "j2735-2016": ["BSM", "PCM"],
        "csae-a": ["PCM", "PCM"],
        "csae-b": ["PCM", "PCM"],
    }


@pytest.mark.parametrize("name", NAMES)
def test_no_rows(name):
    profile = get_profile(name)
    assert profile.encode_control(ControlStates.none())[1] == []
    states, rows = _read(profile, [])
    assert (len(states), len(rows)) == (0, 0)


# ---------------------------------------------------------------- the content by hand


def test_a_ccm_by_hand():
    codec = get_profile("j2735").codec
    leader = control_states(mode=np.array([LongitudinalMode.CRUISE]), target_id=np.array([0], np.uint64))
    leader = replace(leader, separation_m=np.array([np.nan]), heavy=np.array([1]))
    (first,), (second,) = (get_profile("j2735").encode_control(each)[1] for each in (leader, control_states()))
    value = codec.decode(first)[1]
    assert value["coreData"]["accelSet"] == {"long": -125, "lat": 2001, "vert": -127, "yaw": 0}
    assert (value["coreData"]["speed"], value["coreData"]["secMark"]) == (694, 58123)
    truck = {"longCntrlState": "cc", "desiredAccel": -150, "separationDist": 2001}
    assert value["partII"] == [{"partII-Id": 2, "partII-Value": truck}]
    car = {"longCntrlState": "caccMultiple", "accelForecast": -150, "seperationDist": 75}
    car["targetId"] = bytes.fromhex("87654321")
    assert codec.decode(second)[1]["partII"] == [{"partII-Id": 1, "partII-Value": car}]


def test_further_digits_by_hand():
    codec = get_profile("csae-a").codec
    odd = control_states(
        utc_ns=np.array([NOW_NS - 1]),
        speed_mps=np.array([13.883_001]),
        heading_deg=np.array([359.999]),
        desired_accel_mps2=np.array([np.nan]),
        lon_deg=np.array([-180.0]),
    )
    value = codec.decode(get_profile("csae-a").encode_control(odd, fine=True)[1][0])[1]
    assert (value["speed"], value["heading"], value["desiredAccel"], value["long"]) == (694, 0, 2001, 1_800_000_000)
    assert (value["secMark"], value["target"], value["kind"]) == (58123, bytes.fromhex("fedcba0987654321"), "light")
    further = {"time": -1, "lat": 0, "long": 0, "speed": 3001, "heading": -1000, "accel": 0, "desiredAccel": 0}
    assert value["further"] == further
    assert "further" not in codec.decode(get_profile("csae-a").encode_control(odd)[1][0])[1]


@pytest.mark.parametrize(("name", "number"), [("j2735", 255), ("csae-a", 32767), ("csae-b", 32767)])
def test_the_number_in_the_frame(name, number):
    (data,) = get_profile(name).encode_control(control_states(), fine=True)[1]
    at = 0 if name == "j2735" else 2
    assert int.from_bytes(data[at : at + 2]) == number


@pytest.mark.parametrize("row", GOLDEN, ids=lambda row: f"{row['profile']}-{row['note']}")
def test_frames_that_must_not_change_from_columns(row):
    profile, data = get_profile(row["profile"]), bytes.fromhex(row["hex"])
    states, _ = _read(profile, [data, data])
    fine = "fine" in row["note"]
    assert profile.encode_control(states, fine=fine) == (row["type"], [data, data])
    assert states.desired_accel_mps2[0] == pytest.approx(np.nan if row["type"] == "BSM" else -1.5, nan_ok=True)
    assert states.speed_mps[0] == pytest.approx(13.883_001 if fine else 13.88, abs=1e-9)


# ---------------------------------------------------------------- what others send


def test_control_among_other_messages():
    profile = get_profile("j2735")
    _, ccms = profile.encode_control(control_states(speed_mps=[1.0, 2.0], heavy=[0, 1]))
    _, pcms = profile.encode_control(control_states(speed_mps=[3.0]), fine=True)
    bsm, spat = profile.encode_vehicle_states(vehicle_states())[0], profile.encode(signals())[1]
    states, rows = _read(profile, [pcms[0], bsm, ccms[1], b"\x00", spat, ccms[0]])
    assert rows.tolist() == [0, 2, 5]
    assert states.speed_mps.tolist() == [3.0, 2.0, 1.0]
    assert states.heavy.tolist() == [0, 1, 0]


def test_a_message_without_a_time_is_left_out_and_refused_alone():
    profile = get_profile("csae-b")
    _, frames = profile.encode_control(control_states(speed_mps=[1.0, 2.0, 3.0]))
    value = profile.codec.decode(frames[1])[1]
    frames[1] = profile.codec.encode("PCM", value | {"secMark": 65535})
    states, rows = _read(profile, frames)
    assert rows.tolist() == [0, 2]
    assert states.speed_mps.tolist() == [1.0, 3.0]
    with pytest.raises(CodecError, match="names no millisecond") as caught:
        profile.decode(frames[1], NOW_NS)
    assert caught.value.path == "PCM.secMark"


def test_a_ccm_of_another_sender():
    """Its parts in any order, with what the model does not hold; a state of a later edition."""
    profile = get_profile("j2735")
    value = profile.codec.decode(profile.encode_control(control_states())[1][0])[1]
    truck = {"longCntrlState": "...0", "roadGrade": 3, "desiredAccel": 12, "maneuverID": 9}
    parts = [
        {"partII-Id": 0, "partII-Value": {"events": (b"\x00\x00", 13)}},
        {"partII-Id": 2, "partII-Value": truck},
        {"partII-Id": 7, "partII-Value": b"\x01\x02"},
    ]
    data = profile.codec.encode("CCM", value | {"partII": parts})
    states, rows = _read(profile, [data])
    assert rows.tolist() == [0]
    assert (states.heavy[0], states.mode[0], states.target_id[0]) == (1, LongitudinalMode.UNKNOWN, 0)
    assert states.desired_accel_mps2[0] == pytest.approx(0.12)
    assert np.isnan(states.separation_m[0])
    bare, _ = _read(profile, [profile.codec.encode("CCM", {"coreData": value["coreData"]})])
    assert (bare.heavy[0], bare.mode[0]) == (-1, LongitudinalMode.UNKNOWN)
    assert np.isnan(bare.desired_accel_mps2[0])


def test_an_edition_without_ccm_reads_bsms():
    profile = get_profile("j2735-2016")
    states, rows = _read(profile, profile.encode_vehicle_states(vehicle_states(speed_mps=[5.0, 6.0])))
    assert rows.tolist() == [0, 1]
    assert states.speed_mps.tolist() == [5.0, 6.0]
    assert states.accel_mps2.tolist() == [-1.25, -1.25]
    assert np.isnan(states.desired_accel_mps2).all()


# ---------------------------------------------------------------- what cannot be said


@pytest.mark.parametrize(
    ("field", "value", "place"),
    [
        ("speed_mps", 163.82, "speed_mps"),
        ("msg_count", 128, "msg_count"),
        ("heavy", 2, "heavy"),
        ("mode", 9, "mode"),
        ("lat_deg", 91.0, "lat_deg"),
    ],
)
@pytest.mark.parametrize("name", NAMES)
def test_an_error_names_field_and_row(name, field, value, place):
    states = control_states(speed_mps=np.full(3, 1.0))
    states = replace(states, **{field: np.array([*getattr(states, field)[:2], value])})
    profile = get_profile(name)
    with pytest.raises(CodecError, match="in row 2") as caught:
        profile.encode_control(states)
    assert caught.value.path == f"{profile.control.type_name}.{place}"


def test_beyond_20_mps2_there_are_no_further_digits():
    hard = control_states(desired_accel_mps2=np.array([-25.0]))
    profile = get_profile("j2735")
    assert _read(profile, profile.encode_control(hard)[1])[0].desired_accel_mps2.tolist() == [-20.0]
    with pytest.raises(CodecError, match="-5000000 in row 0") as caught:
        profile.encode_control(hard, fine=True)
    assert caught.value.path == "PCM.further.desiredAccel"


# ---------------------------------------------------------------- as messages of the model


@pytest.mark.parametrize("name", NAMES)
def test_one_is_a_message_of_the_model(name):
    profile = get_profile(name)
    type_name, data = profile.encode(control_states())
    assert (type_name, [data]) == profile.encode_control(control_states())
    read_as, got = profile.decode(data, NOW_NS)
    assert read_as == type_name
    assert type(got) is profile.model_of(type_name)
    assert profile.encode(control_states(), "PCM")[0] == "PCM"
    with pytest.raises(CodecError, match="2 rows, a frame holds one"):
        profile.encode(control_states(speed_mps=[1.0, 2.0]))


def test_a_damaged_frame_is_refused():
    profile = get_profile("csae-a")
    data = profile.encode(control_states())[1]
    with pytest.raises(CodecError, match="PCM"):
        profile.decode(data + b"\x00", NOW_NS)
