from __future__ import annotations

from pathlib import Path

import pytest
from messages_kit import PROFILES, crossroads, notices, signals, vehicle_states

from v2x.errors import CodecError
from v2x.messages.codec import MAX_FRAME_BYTES
from v2x.messages.profile import get_profile

SAFETY = {"partII-Id": 0}


def _frames(name):
    profile = get_profile(name)
    messages = (vehicle_states(), crossroads(), signals(), notices())
    return [profile.encode(message) for message in messages]


def _bsm(name="j2735"):
    profile = get_profile(name)
    return profile.codec, profile.codec.decode(profile.encode(vehicle_states())[1])[1]


# ---------------------------------------------------------------- values that do not fit


@pytest.mark.parametrize(
    ("member", "value", "reason"),
    [
        ("speed", 9000, "an integer from 0 to 8191"),
        ("speed", True, "got bool True"),
        ("speed", 1.0, "got float"),
        ("lat", 2_000_000_000, "an integer from -900000000"),
        ("id", b"\x01", "expected 4 bytes, got 1"),
        ("id", "01020304", "expected bytes"),
        ("transmission", "forward", "one of forwardGears"),
        ("brakes", None, "expected a dict"),
    ],
)
def test_a_wrong_value_is_named(member, value, reason):
    codec, bsm = _bsm()
    bsm["coreData"][member] = value
    with pytest.raises(CodecError, match=reason) as caught:
        codec.encode("BSM", bsm)
    assert caught.value.path == f"BSM.coreData.{member}"


def test_a_misspelt_key_is_an_error_with_its_path():
    codec, bsm = _bsm()
    bsm["coreData"]["accelSet"]["yawRate"] = bsm["coreData"]["accelSet"].pop("yaw")
    with pytest.raises(CodecError) as caught:
        codec.encode("BSM", bsm)
    assert str(caught.value) == "BSM.coreData.accelSet: unknown key 'yawRate', expected one of lat, long, vert, yaw"


def test_a_misspelt_optional_key_is_an_error_too():
    codec, bsm = _bsm("csae-a")
    with pytest.raises(CodecError, match="unknown key 'safteyExt'"):
        codec.encode("BSM", {**bsm, "safteyExt": {}})


def test_a_missing_member_is_named():
    codec, bsm = _bsm()
    del bsm["coreData"]["secMark"]
    with pytest.raises(CodecError, match=r"BSM\.coreData: 'secMark' is missing"):
        codec.encode("BSM", bsm)


@pytest.mark.parametrize(
    ("wheels", "reason"),
    [
        ((b"\x00", 4), "expected 5 bits"),
        ((b"\x00\x00", 5), "need 1 bytes, got 2"),
        ((b"\x04", 5), "bits set beyond"),
        (b"\x00", "number of bits"),
    ],
)
def test_bit_strings_must_be_whole(wheels, reason):
    codec, bsm = _bsm()
    bsm["coreData"]["brakes"]["wheelBrakes"] = wheels
    with pytest.raises(CodecError, match=reason):
        codec.encode("BSM", bsm)


def test_positions_in_lists_are_in_the_path():
    codec, bsm = _bsm()
    crumb = {"latOffset": 0, "lonOffset": 0, "elevationOffset": 0, "timeOffset": 1}
    history = {"crumbData": [crumb, {**crumb, "timeOffset": 0}]}
    bsm["partII"] = [{"partII-Id": 0, "partII-Value": {"pathHistory": history}}]
    with pytest.raises(CodecError) as caught:
        codec.encode("BSM", bsm)
    assert caught.value.path == "BSM.partII[0].partII-Value.pathHistory.crumbData[1].timeOffset"


def test_an_empty_list_is_an_error():
    codec, bsm = _bsm()
    with pytest.raises(CodecError, match="expected 1 to 8 elements, got 0"):
        codec.encode("BSM", {**bsm, "partII": []})


def test_names_are_ascii_and_not_empty():
    profile = get_profile("j2735")
    spat = profile.codec.decode(profile.encode(signals())[1])[1]
    for name, reason in (("", "1 to 63 characters"), ("x" * 64, "1 to 63"), ("友谊", "ASCII"), (b"x", "a string")):
        with pytest.raises(CodecError, match=reason):
            profile.codec.encode("SPAT", {**spat, "name": name})


def test_choices_and_types_must_exist():
    codec, bsm = _bsm()
    with pytest.raises(CodecError, match="did you mean 'SPAT'"):
        codec.encode("SPATT", bsm)
    profile = get_profile("j2735")
    tim = profile.codec.decode(profile.encode(notices())[1])[1]
    for msg_id, reason in ((("nothing", 1), "one of furtherInfoID, roadSignID"), ("furtherInfoID", "alternative")):
        tim["dataFrames"][0]["msgId"] = msg_id
        with pytest.raises(CodecError, match=reason):
            profile.codec.encode("TIM", tim)


def test_a_frame_too_long_for_one_open_type_is_refused():
    codec, bsm = _bsm()
    bsm["regional"] = [{"regionId": 1, "regExtValue": bytes(16_384)}]
    with pytest.raises(CodecError, match="no message is longer"):
        codec.encode("BSM", bsm)
    with pytest.raises(CodecError, match="no message is longer"):
        codec.decode(bytes(MAX_FRAME_BYTES + 1))


# ---------------------------------------------------------------- what asn1tools alone gets wrong


@pytest.mark.parametrize(
    ("bits", "value"), [(13, b"\x00\x08"), (14, b"\x00\x04"), (14, b"\x00\x00"), (3, b"\xa0"), (0, b"")]
)
def test_bit_strings_may_leave_their_extensible_size(bits, value):
    codec, bsm = _bsm()
    bsm["partII"] = [{**SAFETY, "partII-Value": {"events": (value, bits)}}]
    data = codec.encode("BSM", bsm)
    assert codec.decode(data) == ("BSM", bsm)


def test_a_jack_knife_by_hand():
    codec, bsm = _bsm()
    bsm["partII"] = [{**SAFETY, "partII-Value": {"events": (b"\x00\x04", 14)}}]
    # extension 0, presence 1000, size extended 1, length 14, bits 00000000000001, padding
    expected = int("0100010000111000000000000001", 2) << 4
    assert expected.to_bytes(4) in _shifted(codec.encode("BSM", bsm))


def _shifted(data):
    """The bytes at every bit offset, joined: open types of a BSM do not begin on a byte."""
    number = int.from_bytes(data)
    return b"".join((number << shift & (1 << 8 * len(data) + 8) - 1).to_bytes(len(data) + 1) for shift in range(8))


def test_additions_of_an_edition_are_kept_each_for_itself():
    codec, bsm = _bsm()
    supplemental = {"classification": 10, "schoolBus": {"flashingAmberLights": True, "flashingRedLights": False}}
    bsm["partII"] = [{"partII-Id": 2, "partII-Value": supplemental}]
    assert codec.decode(codec.encode("BSM", bsm)) == ("BSM", bsm)


def test_unknown_part_two_and_regions_are_relayed_as_bytes():
    codec, bsm = _bsm()
    bsm["partII"] = [{"partII-Id": 63, "partII-Value": b"\x01\x02"}]
    bsm["regional"] = [{"regionId": 200, "regExtValue": b"\xff"}]
    assert codec.decode(codec.encode("BSM", bsm)) == ("BSM", bsm)


# ---------------------------------------------------------------- bytes that are no message


@pytest.mark.parametrize("name", PROFILES)
def test_every_frame_decodes_to_itself(name):
    codec = get_profile(name).codec
    for type_name, data in _frames(name):
        got, value = codec.decode(data)
        assert got == type_name
        assert codec.encode(got, value) == data
        assert codec.encode(got, codec.from_json(got, codec.to_json(got, value))) == data


@pytest.mark.parametrize("name", PROFILES)
def test_every_truncation_is_an_error(name):
    codec = get_profile(name).codec
    for _, data in _frames(name):
        for length in range(0, len(data), max(1, len(data) // 50)):
            with pytest.raises(CodecError):
                codec.decode(data[:length])


def test_truncation_says_where():
    profile = get_profile("csae-a")
    data = profile.encode(signals())[1]
    with pytest.raises(CodecError, match=r"SPAT\.intersections\[0\]\.phases\[\d\]\..*: out of data at bit \d+"):
        profile.codec.decode(data[:40])
    profile = get_profile("j2735")
    bsm = profile.encode(vehicle_states())[1]
    # a frame whose length says 20 bytes: the content ends inside Part I
    with pytest.raises(CodecError, match=r"BSM\.coreData\.[\w.]+: out of data at bit 1\d\d$"):
        profile.codec.decode(bsm[:2] + bytes([20]) + bsm[3:23])


@pytest.mark.parametrize("name", PROFILES)
def test_trailing_bytes_are_an_error_with_the_offset(name):
    codec = get_profile(name).codec
    for type_name, data in _frames(name):
        with pytest.raises(CodecError, match=rf"{type_name}: 2 bytes after the end \(bit \d+\)"):
            codec.decode(data + b"\x00\x00")


def test_set_padding_bits_are_an_error():
    profile = get_profile("csae-a")
    data = profile.encode(vehicle_states())[1]
    with pytest.raises(CodecError, match="first difference at bit"):
        profile.codec.decode(data[:-1] + bytes([data[-1] | 1]))


def test_unknown_extensions_are_relayed():
    codec, bsm = _bsm()
    content = codec.encode("BSM", bsm)[3:]
    # extension bit set, then the bits of Part I, one unknown addition of one byte
    bits = f"{int.from_bytes(content):0{8 * len(content)}b}"
    part_one = bits[1:293]  # two presence bits and 290 bits of Part I
    extended = "1" + part_one + "000000010000000110101010"
    extended += "0" * (-len(extended) % 8)
    content = int(extended, 2).to_bytes(len(extended) // 8)
    data = b"\x00\x14" + bytes([len(content)]) + content
    assert codec.decode(data) == ("BSM", {**bsm, "...": 1, "...0": b"\xaa"})
    assert codec.encode(*codec.decode(data)) == data


@pytest.mark.parametrize(
    ("mine", "other"), [("csae-a", "csae-b"), ("csae-b", "csae-a"), ("j2735", "csae-a"), ("csae-a", "j2735")]
)
def test_another_dialect_is_no_message(mine, other):
    frames = dict(_frames(mine))
    for type_name in ("MAP",) if other.startswith("csae") and mine.startswith("csae") else frames:
        with pytest.raises(CodecError):
            get_profile(other).codec.decode(frames[type_name])


def test_bsm_and_spat_are_the_same_in_both_dialects():
    a, b = dict(_frames("csae-a")), dict(_frames("csae-b"))
    assert a["BSM"] == b["BSM"]
    assert a["SPAT"] == b["SPAT"]
    assert a["MAP"] != b["MAP"]


@pytest.mark.parametrize(
    ("data", "reason"), [("", "out of data"), ("00180100", "message 24 is not known"), ("8010", "later|out of data")]
)
def test_what_is_not_ours(data, reason):
    name = "csae-a" if data.startswith("80") else "j2735"
    with pytest.raises(CodecError, match=reason):
        get_profile(name).codec.decode(bytes.fromhex(data))


def test_modules_stay_within_their_line_length():
    root = Path(__file__).resolve().parents[2] / "asn1"
    files = sorted(root.rglob("*.asn"))
    assert len(files) > 18
    assert [(file.name, line) for file in files for line in file.read_text().splitlines() if len(line) > 120] == []


@pytest.mark.parametrize("name", ["j2735", "csae-a"])
def test_a_proven_frame_decodes_to_the_same_and_a_bad_one_is_still_no_frame(name: str) -> None:
    codec = get_profile(name).codec
    frame = get_profile(name).encode(signals())[1]
    assert codec.decode(frame, proven=True) == codec.decode(frame)
    for bad in (frame[:-4], frame + b"\0", b"\xff" * 40):
        with pytest.raises(CodecError):
            codec.decode(bad, proven=True)
