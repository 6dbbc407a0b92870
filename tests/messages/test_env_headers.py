"""Application identifiers, WSMP, DSMP and the PC5 octet: both ways, and whatever the bytes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.errors import CodecError
from v2x.messages.envelope import dsmp, ieee1609dot2, p_encoding, pc5, wsmp
from v2x.messages.envelope.cursor import Cursor

#: Number -> p-encoded form, as in the registry of ISO 5345.
REGISTERED = {
    0x20: "20", 0x7F: "7f", 0x80: "8000", 0x82: "8002", 0x90: "8010", 0x026E: "81ee", 0x407F: "bfff",
    0x4080: "c00000", 0x084081: "c80001", 0x204080: "e0000000", 0x204097: "e0000017", 0x1020407F: "efffffff",
}  # fmt: skip

elements = st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=200)), max_size=4).map(tuple)
psids = st.integers(0, p_encoding.MAX_ID)


@pytest.mark.parametrize(("number", "form"), REGISTERED.items())
def test_registered_identifiers(number: int, form: str) -> None:
    assert p_encoding.encode(number).hex() == form
    assert p_encoding.read(Cursor(bytes.fromhex(form), "")) == number


@given(number=psids)
def test_identifiers_come_back(number: int) -> None:
    cursor = Cursor(p_encoding.encode(number), "")
    assert p_encoding.read(cursor) == number
    assert cursor.left == 0


@pytest.mark.parametrize("number", [-1, 0x10204080])
def test_identifiers_without_a_form(number: int) -> None:
    with pytest.raises(CodecError, match="from 0 to"):
        p_encoding.encode(number)


@pytest.mark.parametrize(
    ("form", "reason"), [("f0000000", "begins with 0xf0"), ("e000", "needs 3 bytes"), ("", "0 are")]
)
def test_no_identifiers(form: str, reason: str) -> None:
    with pytest.raises(CodecError, match=reason):
        p_encoding.read(Cursor(bytes.fromhex(form), ""))


@given(psid=psids, data=st.binary(max_size=300), head=elements, transport=elements)
def test_short_messages_come_back(psid: int, data: bytes, head: wsmp.Elements, transport: wsmp.Elements) -> None:
    message = wsmp.Wsm(psid, data, head, transport)
    assert wsmp.decode(message.encode()) == message
    assert wsmp.decode(message.encode() + bytes(20)) == message  # Ethernet fills short frames up


def test_long_messages_have_two_bytes_of_length() -> None:
    assert wsmp.Wsm(0x20, bytes(209)).encode()[:6].hex() == "03002080d100"
    with pytest.raises(CodecError, match="counts to 16383"):
        wsmp.Wsm(0x20, bytes(16384)).encode()


@pytest.mark.parametrize(
    ("packet", "reason"),
    [
        ("", "version needs 1 bytes"),
        ("02", "version 2, expected 3"),
        ("13", "subtype 1"),
        ("0b01", "information element"),
        ("0b0110c0", "no length begins with 0xc0"),
        ("03022001", "transport 2 does not address by PSID"),
        ("0300200500", "WSM data needs 5 bytes, 1 are left"),
        ("0300200100ff", "after the end"),
    ],
)
def test_what_is_no_short_message(packet: str, reason: str) -> None:
    with pytest.raises(CodecError, match=reason) as caught:
        wsmp.decode(bytes.fromhex(packet))
    assert caught.value.path == "WSMP"
    assert "at byte" in str(caught.value)


@given(packet=st.binary(max_size=60))
def test_any_bytes_are_a_message_or_an_error(packet: bytes) -> None:
    for decode in (wsmp.decode, dsmp.decode, pc5.decode):
        try:
            decode(packet)
        except CodecError:
            continue


@given(aid=psids, data=st.binary(max_size=300))
def test_dedicated_short_messages_come_back(aid: int, data: bytes) -> None:
    assert dsmp.decode(dsmp.Dsm(aid, data).encode()) == dsmp.Dsm(aid, data)


@pytest.mark.parametrize(
    ("packet", "reason"),
    [("20", "version 1"), ("10", "header extension"), ("006f0002aa", "needs 2"), ("006f0000aa", "1 bytes")],
)
def test_what_is_no_dedicated_short_message(packet: str, reason: str) -> None:
    with pytest.raises(CodecError, match=reason):
        dsmp.decode(bytes.fromhex(packet))


def test_a_captured_stack_is_parsed_and_built_again(shared: Path) -> None:
    """PC5 octet, WSMP with four information elements, unsecured IEEE 1609.2, BSM of a unit in the field."""
    rows = map(json.loads, (shared / "vectors" / "j2735.jsonl").read_text(encoding="utf-8").splitlines())
    frame = bytes.fromhex(next(row["hex"] for row in rows if row["path"].endswith("bsm-stack.bin")))
    packet = bytes.fromhex("010b040f01ac10010c04019419010700 2080d1 038081cd") + frame
    family, rest = pc5.decode(packet)
    message = wsmp.decode(rest)
    unit = ieee1609dot2.decode(message.data)
    assert (family, message.psid, unit.header) == (pc5.IEEE_1609, 0x20, None)
    assert dict(message.elements) == {
        wsmp.CHANNEL: b"\xac",
        wsmp.DATA_RATE: b"\x0c",
        wsmp.TX_POWER: b"\x94",
        25: b"\x07",
    }
    assert unit.payload == frame
    again = wsmp.Wsm(message.psid, ieee1609dot2.unsecured(unit.payload), message.elements)
    assert pc5.encode(family, again.encode()) == packet
