"""What the page is told."""

from __future__ import annotations

import json
from collections import Counter

import view_kit
from hypothesis import given
from hypothesis import strategies as st

from v2x.field.load import load_field
from v2x.messages.profile import get_profile
from v2x.traffic.base import SignalHead
from v2x.view.feed import LISTED, AlertNote, FrameNote, RsuSite, decoder, frame_rows, moment, still


def test_what_stands_still_is_json_and_keeps_chinese_names() -> None:
    told = json.loads(json.dumps(still(load_field("dongli"), [RsuSite("R", 1.234, 5.678, 400.0)], "题", 10**18)))
    assert told["title"] == "题"
    assert told["rsus"] == [{"name": "R", "x_m": 1.23, "y_m": 5.68, "range_m": 400.0}]
    assert told["junctions"][0]["name"] == "先锋东路/一经路"
    assert {lane["kind"] for lane in told["lanes"]} == {"vehicle", "bike", "sidewalk", "crossing"}
    assert told["start_utc_ms"] == 10**12
    assert abs(told["plane"]["convergence_deg"]) < 1.0


def test_a_recording_without_a_field_has_the_same_keys() -> None:
    bare, full = still(None, [], "a"), still(load_field("dongli"), [], "a")
    assert bare.keys() == full.keys()
    assert bare["lanes"] == bare["junctions"] == bare["heads"] == []


def test_a_moment_has_users_lights_counts_and_alerts() -> None:
    notes = [FrameNote(k, "pc5", kind, "a", b"\x01") for k, kind in enumerate(("BSM", "BSM", "MAP"))]
    head = SignalHead("J", {2: "red", 1: "green"}, {}, {2: 7_000})
    alert = AlertNote(5, "a", "fcw", "b", {"ttc_s": float("inf"), "speed_mps": 3.0})
    users = view_kit.snapshot(5, ["a", "ped"], ["car", "pedestrian"])
    told = moment(5, users, [head], notes, subjects={"a"}, alerts=[alert])
    assert told["users"]["id"] == ["a", "ped"] and told["users"]["kind"] == [0, 5]
    assert told["users"]["x_m"] == [500.0, 510.0] and told["users"]["speed_mps"] == [8.25, 8.25]
    assert told["subjects"] == ["a"]
    assert told["heads"] == {
        "J": {1: {"light": "green", "until_ns": None}, 2: {"light": "red", "until_ns": 7_000}},
    }
    assert told["counts"] == {"pc5/BSM": 2, "pc5/MAP": 1}
    assert told["alerts"][0]["fields"] == {"ttc_s": None, "speed_mps": 3.0}
    json.dumps({**told, "frames": frame_rows(list(enumerate(told["frames"])))}, allow_nan=False)


def test_an_empty_field_is_a_moment_too() -> None:
    told = moment(0, view_kit.snapshot(0, []), [], [])
    assert told["users"]["id"] == [] and told["counts"] == {} and told["frames"] == []


@given(st.lists(st.sampled_from(["BSM", "MAP", "SPAT"]), max_size=20), st.integers(0, 2 * LISTED))
def test_the_newest_of_each_type_are_listed_in_their_order(types: list[str], more: int) -> None:
    notes = [FrameNote(0, "pc5", kind, "a", b"") for kind in [*types, *["BSM"] * more]]
    rows = frame_rows(list(enumerate(notes)))
    numbers = [row["n"] for row in rows]
    assert numbers == sorted(numbers)
    for kind, count in Counter(note.type for note in notes).items():
        expected = [number for number, note in enumerate(notes) if note.type == kind][-LISTED:]
        assert [row["n"] for row in rows if row["type"] == kind] == expected
        assert len(expected) == min(count, LISTED)


def test_frames_are_decoded_or_said_to_be_broken() -> None:
    decode = decoder(get_profile("csae-a"))
    good, bad = decode(view_kit.spat(0, "red", 3_000_000_000)), decode(b"\xff\x00")
    assert good["type"] == "SPAT" and good["error"] is None
    assert good["value"]["intersections"][0]["intersectionId"] == {"region": 2, "id": 11}
    assert bad["value"] is None and bad["error"]
