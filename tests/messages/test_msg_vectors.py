"""Frames of other senders, and a few of our own that must never change."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from messages_kit import NOW_NS

from v2x.errors import CodecError
from v2x.messages.codec import Codec
from v2x.messages.profile import get_profile

DATA = Path(__file__).parent / "data"


def _rows(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _plain(value, identifier=str):
    """Bit strings as bare hex, whichever form they are in; relative object identifiers through a function."""
    if isinstance(value, dict):
        if value.keys() == {"value", "length"} and isinstance(value["value"], str):
            return value["value"]
        return {
            name: identifier(entry) if name == "relRdAuthID" else _plain(entry, identifier)
            for name, entry in value.items()
        }
    return [_plain(entry, identifier) for entry in value] if isinstance(value, list) else value


def _dotted(text: str) -> str:
    """Our bytes of a relative object identifier in the form that vectors state them in."""
    arcs, arc = [], 0
    for byte in bytes.fromhex(text):
        arc = arc << 7 | byte & 0x7F
        if not byte & 0x80:
            arcs.append(str(arc))
            arc = 0
    return ".".join(arcs)


def _assert_golden(codec: Codec, row: dict, stated):
    data = bytes.fromhex(row["hex"])
    type_name, value = codec.decode(data)
    assert type_name == row["type"]
    assert _plain(codec.to_json(type_name, value), _dotted) == _plain(stated)
    assert codec.encode(type_name, value) == data
    assert codec.encode(type_name, codec.from_json(type_name, codec.to_json(type_name, value))) == data


def test_public_j2735_vectors(shared: Path):
    codec = get_profile("j2735").codec
    rows = _rows(shared / "vectors" / "j2735.jsonl")
    for row in rows:
        _assert_golden(codec, row, row["decoded"]["value"])
    assert len(rows) == 59


def test_public_csae_vectors(shared: Path):
    codec = get_profile("csae-a").codec
    # of day 2 the bytes are stated, not the values: test_msg_csae_day2.py
    rows = [row for row in _rows(shared / "vectors" / "csae.jsonl") if "msgFrameExt" not in row["decoded"]]
    for row in rows:
        (stated,) = row["decoded"].values()
        _assert_golden(codec, row, stated)
    assert len(rows) == 6


@pytest.mark.parametrize(
    ("kind", "valid"), [("BSM", True), ("RSM", True), ("SPAT", True), ("MAP", False), ("RSI", False)]
)
def test_public_csae_vectors_under_the_other_dialect(shared: Path, kind, valid):
    codec = get_profile("csae-b").codec
    for row in _rows(shared / "vectors" / "csae.jsonl"):
        if row["type"] != kind:
            continue
        if valid:
            assert codec.decode(bytes.fromhex(row["hex"]))[0] == kind
        else:
            with pytest.raises(CodecError):
                codec.decode(bytes.fromhex(row["hex"]))


@pytest.mark.parametrize("row", _rows(DATA / "golden.jsonl"), ids=lambda row: f"{row['profile']}-{row['note']}")
def test_our_own_vectors(row):
    _assert_golden(get_profile(row["profile"]).codec, row, row["value"])


@pytest.mark.parametrize("name", ["j2735", "csae-a", "csae-b"])
@pytest.mark.parametrize("note", ["bsm", "bsm-unavailable"])
def test_our_own_bsms_from_columns(name, note):
    (row,) = (row for row in _rows(DATA / "golden.jsonl") if (row["profile"], row["note"]) == (name, note))
    data, profile = bytes.fromhex(row["hex"]), get_profile(name)
    states = profile.decode_vehicle_states([data, data], NOW_NS)
    assert profile.encode_vehicle_states(states) == [data, data]
