"""Every type of SAE J2735: random values, frames that must never change, editions."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest
from messages_kit import NOW_NS, signals
from random_values import RandomValues

from v2x.clock import NS_PER_S
from v2x.errors import CodecError
from v2x.messages.model import SignalGroup, SignalState
from v2x.messages.profile import get_profile
from v2x.messages.sets import J2735

GOLDEN = Path(__file__).parent / "data" / "golden-j2735.jsonl"
UNKNOWN_MARKS = {"j2735": 36_111, "j2735-2016": 36_001, "j2735-2020": 36_111, "j2735-2024": 36_111}


def _rows() -> list[dict]:
    return [json.loads(line) for line in GOLDEN.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("type_name", J2735.messages)
def test_random_values_come_back(type_name):
    codec, random = get_profile("j2735").codec, Random(type_name)
    values = RandomValues(random)
    for _ in range(30):
        value = values.message(codec, type_name)
        data = codec.encode(type_name, value)
        assert codec.decode(data) == (type_name, value)
        assert codec.from_json(type_name, json.loads(json.dumps(codec.to_json(type_name, value)))) == value


@pytest.mark.parametrize("type_name", J2735.messages)
def test_damaged_frames_are_codec_errors_or_other_messages(type_name):
    codec, random = get_profile("j2735").codec, Random(type_name)
    values = RandomValues(random)
    for _ in range(60):
        data = bytearray(codec.encode(type_name, values.message(codec, type_name)))
        for _ in range(random.randint(1, 3)):
            data[random.randrange(len(data))] ^= 1 << random.randrange(8)
        damaged = bytes(data[: random.randint(1, len(data))])
        try:
            found, value = codec.decode(damaged)
        except CodecError:
            continue
        assert codec.encode(found, value) == damaged


def test_every_type_has_frames_that_must_not_change():
    ours = {"PMM", "PCM"}  # tests/messages/data/golden.jsonl
    assert {row["type"] for row in _rows()} == J2735.messages.keys() - ours


@pytest.mark.parametrize("row", _rows(), ids=lambda row: f"{row['type']}-{row['note']}")
def test_frames_that_must_not_change(row):
    codec, data = get_profile("j2735").codec, bytes.fromhex(row["hex"])
    type_name, value = codec.decode(data)
    assert (type_name, codec.to_json(type_name, value)) == (row["type"], row["value"])
    assert codec.encode(type_name, codec.from_json(type_name, row["value"])) == data


# ---------------------------------------------------------------- editions


@pytest.mark.parametrize(("name", "unknown"), UNKNOWN_MARKS.items())
def test_an_unknown_end_is_the_sentinel_of_the_edition(name, unknown):
    profile = get_profile(name)
    data = profile.encode(signals())[1]
    groups = profile.codec.decode(data)[1]["intersections"][0]["states"]
    assert groups[2]["state-time-speed"][0]["timing"]["minEndTime"] == unknown
    assert profile.decode(data, NOW_NS)[1].groups[2] == SignalGroup(3, (SignalState("flashing_yellow", None, None),))


def _min_end_ns(name: str, mark: int) -> int | None:
    """What a profile reads from a SPAT of its own in which somebody has changed a TimeMark."""
    profile = get_profile(name)
    value = profile.codec.decode(profile.encode(signals())[1])[1]
    value["intersections"][0]["states"][0]["state-time-speed"][0]["timing"]["minEndTime"] = mark
    data = get_profile("j2735").codec.encode("SPAT", value)
    return profile.decode(data, NOW_NS)[1].groups[0].states[0].min_end_utc_ns


def test_tenths_behind_the_hour_are_a_leap_second_since_2020():
    hour_ns = 3600 * NS_PER_S
    next_hour_ns = (NOW_NS // hour_ns + 1) * hour_ns
    assert _min_end_ns("j2735-2020", 36_001) == next_hour_ns + NS_PER_S // 10
    assert _min_end_ns("j2735-2024", 36_005) == next_hour_ns + NS_PER_S // 2


def test_2016_ends_at_unknown():
    assert _min_end_ns("j2735-2016", 36_001) is None
    with pytest.raises(CodecError, match="minEndTime: expected an integer from 0 to 36001, got int 36005"):
        _min_end_ns("j2735-2016", 36_005)


def test_messages_without_a_time_mark_are_the_same_in_all_editions():
    for row in _rows():
        if row["type"] != "SPAT":
            assert get_profile("j2735-2016").codec.decode(bytes.fromhex(row["hex"]))[0] == row["type"]
