"""T/CSAE 157 (day 2): its frame, its types, and what they take from the dialects of T/CSAE 53."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest
from messages_kit import NOW_NS
from random_values import RandomValues

from v2x.errors import CodecError
from v2x.messages.codec import MAX_FRAME_BYTES
from v2x.messages.profile import get_profile


def _rows(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


#: Frames of ours whose bits and values another codec (pycrate) found the same with modules of other authors.
CHECKED = _rows(Path(__file__).parent / "data" / "csae_day2.jsonl")
DIALECTS = ("csae-a", "csae-b")
NUMBERS = {
    "test": 0, "RTCM": 10, "RSC": 11, "SSM": 12, "VIR": 13, "PAM": 14, "PSM": 15, "CLPMM": 16, "VPM": 17,
}  # fmt: skip
#: Reference path of one point: dialect A allows it, B does not.
ONE_POINT = {"activePath": [{"offsetLL": ("position-LL1", {"lon": 1, "lat": -1})}], "pathRadius": 30}
#: A test message with the bytes ab cd.
TEST = bytes.fromhex("80080000050a006af340")


def _rsc(path: dict) -> dict:
    lane = {"targetLane": {"upstreamNodeId": {"id": 1}, "downstreamNodeId": {"id": 2}}, "relatedPath": path}
    place = {"lat": 390_000_000, "long": 1_170_000_000}
    return {"msgCnt": 1, "id": bytes(8), "secMark": 0, "refPos": place, "laneCoordinates": [lane]}


@pytest.mark.parametrize("name", DIALECTS)
def test_the_frame_by_hand(name):
    codec = get_profile(name).codec
    data = codec.encode("test", {"msgCnt": 5, "userData": b"\xab"})
    # the frame's first extension in 7 bytes: no extension and number 0, then 4 bytes: 5, length - 1, ab, padding
    bits = "1 0000000 00000111 0 000000000000000 00000100 0000101 00000000000 10101011 000000".replace(" ", "")
    assert data == int(bits, 2).to_bytes(len(bits) // 8)
    assert codec.decode(data) == ("test", {"msgCnt": 5, "userData": b"\xab"})


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize("type_name", NUMBERS)
def test_every_type_has_its_number(name, type_name):
    codec = get_profile(name).codec
    values = RandomValues(Random(f"{name} {type_name}"))
    for _ in range(30):
        value = values.message(codec, type_name)
        data = codec.encode(type_name, value)
        at = 3 if data[1] & 0x80 else 2
        assert (data[0], int.from_bytes(data[at : at + 2])) == (0x80, NUMBERS[type_name])
        assert codec.peek(data) == codec.peek(data[:5]) == type_name
        assert codec.decode(data) == (type_name, value)
        assert codec.from_json(type_name, codec.to_json(type_name, value)) == value


@pytest.mark.parametrize("row", CHECKED, ids=lambda row: f"{row['profile']}-{row['type']}-{row['hex'][-6:]}")
def test_frames_that_another_codec_agrees_on(row):
    codec, data = get_profile(row["profile"]).codec, bytes.fromhex(row["hex"])
    type_name, value = codec.decode(data)
    assert type_name == row["type"]
    assert codec.to_json(type_name, value) == row["value"]
    assert codec.encode(type_name, codec.from_json(type_name, row["value"])) == data


def test_the_checked_frames_hold_every_type():
    assert {row["type"] for row in CHECKED} == {*NUMBERS, "MAP", "RSI"}


@pytest.mark.parametrize("name", DIALECTS)
def test_the_public_platoon_message(shared: Path, name):
    (row,) = (row for row in _rows(shared / "vectors" / "csae.jsonl") if row["type"] == "CLPMM")
    data, stated = bytes.fromhex(row["hex"]), row["decoded"]["msgFrameExt"]
    codec = get_profile(name).codec
    type_name, value = codec.decode(data)
    assert (type_name, stated["messageId"]) == ("CLPMM", NUMBERS["CLPMM"])
    assert (value["role"], value["status"], value["msgCnt"]) == ("leader", "navigating", 24)
    assert value["leadingExt"] == {"memberList": [{"vid": b"23330003"}], "capacity": 10, "openToJoin": True}
    assert codec.encode(type_name, value) == data
    assert data.hex().endswith(stated["value"])


def test_day_2_shares_the_types_of_its_dialect():
    value = _rsc(ONE_POINT)
    data = get_profile("csae-a").codec.encode("RSC", value)
    assert get_profile("csae-a").codec.decode(data) == ("RSC", value)
    with pytest.raises(CodecError, match="2 to 32") as caught:
        get_profile("csae-b").codec.encode("RSC", value)
    assert caught.value.path == "RSC.laneCoordinates[0].relatedPath.activePath"
    with pytest.raises(CodecError):
        get_profile("csae-b").codec.decode(data)


def test_names_are_qualified_by_the_family():
    csae, j2735 = get_profile("csae-b"), get_profile("j2735")
    for bare in ("SSM", "PSM", "RTCM"):
        assert csae.resolve(bare) == csae.resolve(f"csae.{bare}") == j2735.resolve(f"j2735.{bare}") == bare
        with pytest.raises(CodecError, match=f"unknown message type 'j2735.{bare}', expected one of csae.BSM"):
            csae.resolve(f"j2735.{bare}")


@pytest.mark.parametrize("type_name", ["SSM", "RSM", "PSM", "CLPMM", "VIR", "RSC"])
def test_any_valid_message_is_read_or_refused_by_the_model(type_name):
    profile, values = get_profile("csae-b"), RandomValues(Random(type_name))
    for _ in range(60):
        data = profile.codec.encode(type_name, values.message(profile.codec, type_name))
        try:
            read_as, message = profile.decode(data, NOW_NS)
        except CodecError as error:
            assert type_name in ("VIR", "RSC")
            assert "the model has nothing else" in error.reason
        else:
            assert (read_as, type(message)) == (type_name, profile.model_of(type_name))


# ---------------------------------------------------------------- frames that are none


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize(
    ("data", "peeked", "reason"),
    [
        (b"\x80", None, "out of data at bit 8"),
        (TEST[:4], "test", "out of data at bit 16"),
        (TEST + b"\x00", "test", "1 bytes after the end"),
        (TEST[:-1] + b"\x7f", "test", "first difference at bit 74"),
        (b"\x80\x06\x00\x63\x03\x02\x01\x02", None, "message 99 is not known"),
        (b"\x81\x02\x00\x00", None, "a message of a later edition is not known"),
    ],
)
def test_wrong_frames_are_refused(name, data, peeked, reason):
    codec = get_profile(name).codec
    assert codec.peek(data) == peeked
    with pytest.raises(CodecError, match=reason):
        codec.decode(data)


def test_an_error_inside_has_the_path_from_the_message():
    codec = get_profile("csae-b").codec
    value = {"msgCnt": 1, "id": bytes(8), "secMark": 0, "pid": bytes(17), "role": "tail", "status": "following"}
    data = codec.encode("CLPMM", value)
    # three bytes less, in the lengths of both open types too
    short = bytes([0x80, data[1] - 3, *data[2:4], data[4] - 3]) + data[5:-3]
    with pytest.raises(CodecError) as caught:
        codec.decode(short)
    assert str(caught.value) == f"CLPMM.pid: out of data at bit {8 * len(short)}"
    with pytest.raises(CodecError) as caught:
        codec.encode("CLPMM", {**value, "leadingExt": {"memberList": [], "capacity": 1, "openToJoin": False}})
    assert caught.value.path == "CLPMM.leadingExt.memberList"


def test_an_open_type_too_long_for_one_piece_is_refused():
    codec = get_profile("csae-b").codec

    def tolls(nodes: int, info: int) -> dict:
        road = {"tollInfo": {"tollRoad": [{"region": 1, "id": 2}] * nodes}} if nodes else {}
        said = {**road, "serviceInfo": bytes(info)}
        return {"pid": "freeflow", "paymentInfo": ("paymentInfoType1", said)}

    def message(info: int) -> dict:
        listed = [*[tolls(256, 512)] * 10, tolls(0, 512), tolls(0, info)]
        return {"msgCnt": 0, "payment": ("initialzation-request", {"time": {}, "id": bytes(8), "paymentList": listed})}

    room = MAX_FRAME_BYTES - len(codec.encode("VPM", message(1)))
    longest = codec.encode("VPM", message(1 + room))
    assert len(longest) == MAX_FRAME_BYTES
    assert codec.decode(longest) == ("VPM", message(1 + room))
    for more in range(1, 6):
        with pytest.raises(CodecError, match="no message is longer"):
            codec.encode("VPM", message(1 + room + more))


@pytest.mark.parametrize("name", DIALECTS)
def test_mutated_frames_raise_nothing_else(name):
    codec, random = get_profile(name).codec, Random(157)
    frames = [bytes.fromhex(row["hex"]) for row in CHECKED]
    refused = 0
    for _ in range(1000):
        data = bytearray(random.choice(frames))
        for _ in range(random.randint(1, 4)):
            data[random.randrange(len(data))] = random.randrange(256)
        del data[random.choice((len(data), random.randrange(len(data)))) :]
        try:
            type_name, value = codec.decode(bytes(data))
        except CodecError:
            refused += 1
        else:
            assert codec.encode(type_name, value) == data
    assert refused > 500
