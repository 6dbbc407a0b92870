"""Events and emergency state of vehicles: Part II of J2735, safetyExt and emergencyExt of T/CSAE 53."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import asn1tools
import numpy as np
import pytest
from bsm_values import bsm_values
from messages_kit import NOW_NS, PROFILES, vehicle_states

from v2x.messages.model import VehicleEvent, VehicleStates
from v2x.messages.physical import from_physical, to_physical
from v2x.messages.profile import get_profile
from v2x.messages.sets import CSAE_A, CSAE_B, J2735

SETS = {"j2735": J2735, "csae-a": CSAE_A, "csae-b": CSAE_B}
#: Names of the standards, by the number of the flag.
FLAGS = {
    0: VehicleEvent.HAZARD_LIGHTS,
    1: VehicleEvent.STOP_LINE_VIOLATION,
    2: VehicleEvent.ABS,
    3: VehicleEvent.TRACTION_CONTROL,
    4: VehicleEvent.STABILITY_CONTROL,
    5: VehicleEvent.HAZARDOUS_MATERIALS,
    7: VehicleEvent.HARD_BRAKING,
    8: VehicleEvent.LIGHTS_CHANGED,
    9: VehicleEvent.WIPERS_CHANGED,
    10: VehicleEvent.FLAT_TIRE,
    11: VehicleEvent.DISABLED_VEHICLE,
    12: VehicleEvent.AIR_BAG_DEPLOYMENT,
}


def every_combination(rows: int = 300) -> VehicleStates:
    """All flags alone and together, with all emergency states, in no order."""
    rng = np.random.default_rng(11)
    sets = np.array([0, *VehicleEvent, sum(VehicleEvent)])
    return vehicle_states(
        speed_mps=np.arange(rows) / 10,
        events=rng.choice(sets, rows) | rng.choice(sets, rows) * (rng.random(rows) < 0.3),
        emergency=rng.integers(-1, 2, rows).astype(np.int8),
    )


def decoded(name: str, value: dict) -> VehicleStates:
    profile = get_profile(name)
    return profile.decode_vehicle_states([profile.codec.encode("BSM", value)], NOW_NS)


# ---------------------------------------------------------------- our frames


@pytest.mark.parametrize("name", PROFILES)
def test_many_rows_of_every_combination_are_those_of_the_strict_codec_and_come_back(name):
    profile, states = get_profile(name), every_combination()
    frames = profile.encode_vehicle_states(states)
    assert frames == [profile.codec.encode("BSM", value) for value in bsm_values(profile.family, states)]
    got = profile.decode_vehicle_states(frames, NOW_NS)
    assert got.events.tolist() == states.events.tolist()
    assert got.emergency.tolist() == states.emergency.tolist()


@pytest.mark.parametrize("name", PROFILES)
def test_a_shape_for_each_combination(name, monkeypatch):
    """Both ways only the first frame of a combination passes the strict codec."""
    profile, states = replace(get_profile(name)), every_combination()
    calls = []
    for task in ("encode", "decode"):
        strict = getattr(profile.codec, task)
        monkeypatch.setattr(profile.codec, task, lambda *data, strict=strict: calls.append(data) or strict(*data))
    profile.decode_vehicle_states(profile.encode_vehicle_states(states), NOW_NS)
    told = len(set(zip(states.events != 0, states.emergency >= 0, strict=True)))
    encoded = sum(len(data) == 2 for data in calls)
    assert (told, encoded) == (4, 4 + 4)  # each is encoded once more where its layout is measured for decoding
    assert len(calls) - encoded == 4


@pytest.mark.parametrize("name", PROFILES)
def test_the_bytes_of_asn1tools(name):
    """The ASN.1 compiler as it comes, which knows nothing of what is in Part II: it is encoded inside out."""
    asn1 = asn1tools.compile_files([str(path) for path in SETS[name].files()], "uper")
    profile, states = get_profile(name), every_combination(60)
    part_two = {0: "VehicleSafetyExtensions", 1: "SpecialVehicleExtensions"}
    for frame, value in zip(profile.encode_vehicle_states(states), bsm_values(profile.family, states), strict=True):
        for content in value.get("partII", ()):
            content["partII-Value"] = asn1.encode(part_two[content["partII-Id"]], content["partII-Value"])
        body = asn1.encode("BasicSafetyMessage", value)
        if name == "j2735":
            assert frame == asn1.encode("MessageFrame", {"messageId": 20, "value": body})
        else:
            assert frame == asn1.encode("MessageFrame", ("bsmFrame", value))


@pytest.mark.parametrize("name", PROFILES)
def test_who_tells_nothing_sends_nothing(name):
    value = get_profile(name).codec.decode(get_profile(name).encode_vehicle_states(vehicle_states())[0])[1]
    assert not {"partII", "safetyExt", "emergencyExt"} & value.keys()


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize(("number", "event"), FLAGS.items())
def test_flags_have_the_numbers_of_the_standards(name, number, event):
    profile = get_profile(name)
    (frame,) = profile.encode_vehicle_states(vehicle_states(events=np.array([event])))
    value = profile.codec.decode(frame)[1]
    extensions = value["partII"][0]["partII-Value"] if name == "j2735" else value["safetyExt"]
    data, bits = extensions["events"]
    assert (bits, f"{int.from_bytes(data):016b}".index("1")) == (13, number)


def test_the_flags_are_all():
    assert set(FLAGS.values()) == set(VehicleEvent)


# ---------------------------------------------------------------- frames of others


def _stated_events(text: str | dict) -> int:
    """Events of flags as public frames state them: hex, with or without their number."""
    digits = text["value"] if isinstance(text, dict) else text
    bits = "".join(f"{int(digit, 16):04b}" for digit in digits)
    return sum(event for number, event in FLAGS.items() if bits[number : number + 1] == "1")


def _stated(value: dict) -> tuple[int, int]:
    """Events and emergency state of a public frame."""
    contents = {part["partII-Id"]: part["partII-Value"] for part in value.get("partII", ())}
    safety = contents.get(0) or value.get("safetyExt") or {}
    alerts = contents.get(1, {}).get("vehicleAlerts", {})
    emergency = {"inUse": 1, "notInUse": 0}.get(alerts.get("sirenUse"), -1)
    return _stated_events(safety.get("events", "")), emergency


@pytest.mark.parametrize(
    ("file", "name", "said"),
    [
        # a jackknife, which is no event of the model, a hard braking, and an emergency vehicle that is not responding
        ("j2735.jsonl", "j2735", {(0, -1): 24, (VehicleEvent.HARD_BRAKING, -1): 1, (0, 0): 1}),
        ("csae.jsonl", "csae-a", {(0, -1): 2}),
    ],
)
def test_public_frames(shared: Path, file, name, said):
    rows = [json.loads(line) for line in (shared / "vectors" / file).read_text(encoding="utf-8").splitlines()]
    rows = [row for row in rows if row["type"] == "BSM"]
    frames, profile = [bytes.fromhex(row["hex"]) for row in rows], get_profile(name)
    got, _ = profile.vehicle_states_in(profile.decode_frames(frames), np.full(len(rows), NOW_NS))
    told = list(zip(got.events.tolist(), got.emergency.tolist(), strict=True))
    # a J2735 frame is stated under "value", a T/CSAE one under the name of its alternative
    assert told == [_stated(row["decoded"].get("value") or next(iter(row["decoded"].values()))) for row in rows]
    assert Counter(told) == said


def _safety(text: str) -> dict:
    """VehicleSafetyExtensions with flags as text."""
    return {"events": (int(text.ljust(-len(text) % 8 + len(text), "0"), 2).to_bytes(-(-len(text) // 8)), len(text))}


HARD = "0000000100000"
PATH = {"confidence": 100, "radiusOfCurve": 32767}
ALERTS = {"doNotUse": 3, "sirenUse": "inUse", "lightsUse": "unavailable", "multi": "multiVehicle"}


@pytest.mark.parametrize(
    ("contents", "events", "emergency"),
    [
        ([(0, {"pathPrediction": PATH})], 0, -1),
        ([(0, {**_safety(HARD), "pathPrediction": PATH, "lights": (b"\x80\x00", 9)})], VehicleEvent.HARD_BRAKING, -1),
        ([(2, {"classification": 60}), (0, _safety(HARD))], VehicleEvent.HARD_BRAKING, -1),
        ([(1, {"vehicleAlerts": ALERTS}), (2, {}), (0, _safety(HARD))], VehicleEvent.HARD_BRAKING, 1),
        ([(9, b"unknown"), (1, {"vehicleAlerts": {**ALERTS, "responseType": "pursuit"}})], 0, 1),
        ([(2, {})] * 7 + [(0, _safety(HARD))], VehicleEvent.HARD_BRAKING, -1),
        ([(1, {})], 0, -1),
    ],
)
def test_contents_of_part_two_in_any_order(contents, events, emergency):
    (value,) = bsm_values("j2735", vehicle_states())
    value["partII"] = [{"partII-Id": number, "partII-Value": content} for number, content in contents]
    got = decoded("j2735", value)
    assert (got.events.tolist(), got.emergency.tolist()) == ([events], [emergency])
    assert got.speed_mps == pytest.approx([13.88])


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize(
    ("text", "events"),
    [
        ("0" * 13, 0),
        ("1111111111111", sum(VehicleEvent)),  # the reserved flag is no event
        ("10000000000011", VehicleEvent.HAZARD_LIGHTS | VehicleEvent.AIR_BAG_DEPLOYMENT),  # and jackknife
        ("00000001" + "0" * 92, VehicleEvent.HARD_BRAKING),
        ("00000001", VehicleEvent.HARD_BRAKING),
        ("1", VehicleEvent.HAZARD_LIGHTS),
        ("1" * 200, sum(VehicleEvent)),
    ],
)
def test_strings_of_other_lengths(name, text, events):
    profile = get_profile(name)
    (value,) = bsm_values(profile.family, vehicle_states())
    if name == "j2735":
        value["partII"] = [{"partII-Id": 0, "partII-Value": _safety(text)}]
    else:
        value["safetyExt"] = _safety(text)
    assert decoded(name, value).events.tolist() == [events]


def test_frames_that_say_it_at_different_places_together():
    profile, frames = get_profile("j2735"), []
    for length, before in ((13, 0), (14, 1), (20, 2)):
        (value,) = bsm_values("j2735", vehicle_states())
        value["partII"] = [{"partII-Id": 2, "partII-Value": {}}] * before
        value["partII"] += [{"partII-Id": 0, "partII-Value": _safety(HARD.ljust(length, "0"))}]
        frames += [profile.codec.encode("BSM", value)] * 2 + profile.encode_vehicle_states(vehicle_states())
    got = profile.decode_vehicle_states(frames, NOW_NS)
    assert got.events.tolist() == [VehicleEvent.HARD_BRAKING] * 2 + [0] + ([VehicleEvent.HARD_BRAKING] * 2 + [0]) * 2


_LIGHTS = ("unavailable", "notInUse", "inUse", "yellowCautionLights", "schooldBusLights", "freqStops")


@pytest.mark.parametrize("siren", ["unavailable", "notInUse", "inUse", "reserved"])
@pytest.mark.parametrize("lights", _LIGHTS)
@pytest.mark.parametrize("name", PROFILES)
def test_siren_and_lights_decide(name, siren, lights):
    profile = get_profile(name)
    (value,) = bsm_values(profile.family, vehicle_states())
    told = {"sirenUse": siren, "lightsUse": lights}
    if name == "j2735":
        alerts = {"doNotUse": 0, **told, "multi": "unavailable"}
        value["partII"] = [{"partII-Id": 1, "partII-Value": {"vehicleAlerts": alerts}}]
    else:
        value["emergencyExt"] = told
    expected = 1 if "inUse" in told.values() else 0 if set(told.values()) != {"unavailable"} else -1
    assert decoded(name, value).emergency.tolist() == [expected]


@pytest.mark.parametrize(
    ("extension", "expected"),
    [
        ({}, -1),
        ({"responseType": "emergency"}, -1),
        ({"sirenUse": "inUse"}, 1),
        ({"lightsUse": "inUse"}, 1),
        ({"lightsUse": "notInUse", "responseType": "nonEmergency"}, 0),
    ],
)
def test_optional_members_of_the_chinese_extension(extension, expected):
    (value,) = bsm_values("csae", vehicle_states())
    got = decoded("csae-a", {**value, "emergencyExt": extension})
    assert got.emergency.tolist() == [expected]


# ---------------------------------------------------------------- columns and JSON


def test_rows_carry_the_columns():
    states = every_combination(9)
    assert states.row(4).events.tolist() == states.events[4:5].tolist()
    assert states.take(np.array([7, 2])).emergency.tolist() == states.emergency[[7, 2]].tolist()
    none = VehicleStates.none()
    assert (len(none.events), none.events.dtype, none.emergency.dtype) == (0, np.int64, np.int8)
    assert get_profile("j2735").encode_vehicle_states(none) == []


def test_json_may_leave_them_out():
    value = to_physical(vehicle_states(events=np.array([129]), emergency=np.array([1], np.int8)))
    assert (value.pop("events"), value.pop("emergency")) == (129, 1)
    got = from_physical(VehicleStates, value)
    assert (got.events.tolist(), got.emergency.tolist()) == ([0], [-1])
