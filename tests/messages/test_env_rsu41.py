"""Immediate-forward text of roadside units: as V2X-Hub writes it, and what is wrong with a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.errors import InputError
from v2x.messages.envelope.rsu41 import MODES, Forward, read, write

TEXT = """\
Version=0.7
Type=SPAT
PSID=0x8002
Priority=7
TxMode=CONT
TxChannel=183
TxInterval=0
DeliveryStart=
DeliveryStop=
Signature=False
Encryption=False
Payload=00130AFF
"""
MESSAGE = Forward("SPAT", 0x8002, bytes.fromhex("00130AFF"))

words = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="#"), min_size=1)
messages = st.builds(
    Forward,
    type=words,
    psid=st.integers(0, 2**32 - 1),
    payload=st.binary(min_size=1),
    priority=st.integers(0, 7),
    mode=st.sampled_from(MODES),
    channel=st.integers(0, 255),
    interval_ms=st.integers(0, 2**32 - 1),
    start=st.just("") | words,
    stop=st.just("") | words,
    sign=st.booleans(),
    encrypt=st.booleans(),
)


def test_the_text_is_that_of_v2x_hub() -> None:
    assert write(MESSAGE) == TEXT
    assert read(TEXT) == MESSAGE


@given(messages)
def test_messages_come_back(message: Forward) -> None:
    assert read(write(message)) == message


def test_loose_texts_are_read() -> None:
    lines = [line.replace("=", " = ") for line in TEXT.splitlines() if not line.startswith("Delivery")]
    loose = "# from the depot\r\n\r\n" + "\r\n".join(reversed(lines)).replace("TxMode", "TXMODE")
    assert read(loose) == MESSAGE
    assert read(TEXT.replace("0x8002", "32770")) == MESSAGE


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("Type=SPAT", "Type", 2, "expected Key=value"),
        ("Type=SPAT", "Type=", 2, "Type: empty"),
        ("Version=0.7", "Version=1.0", 1, "version '1.0', expected 0.7"),
        ("PSID=0x8002", "PSID=80-02", 3, "PSID: expected a number, got '80-02'"),
        ("Priority=7", "Priority=8", 4, "from 0 to 7"),
        ("TxMode=CONT", "TxMode=FULL", 5, "expected CONT or ALT"),
        ("TxChannel=183", "TxChanel=183", 6, "unknown key 'TxChanel', did you mean 'TxChannel'"),
        ("TxInterval=0", "TxInterval=-1", 7, "from 0 to"),
        ("Signature=False", "Signature=no", 10, "expected True or False"),
        ("Encryption=False", "Signature=True", 11, "stands twice"),
        ("Payload=00130AFF", "Payload=0x00", 12, "not hexadecimal"),
        ("Payload=00130AFF", "Payload=", 12, "Payload: empty"),
    ],
)
def test_errors_name_the_line(old: str, new: str, line: int, reason: str) -> None:
    with pytest.raises(InputError) as caught:
        read(TEXT.replace(old, new))
    assert caught.value.line == line
    assert reason in str(caught.value)


def test_missing_keys_are_named() -> None:
    with pytest.raises(InputError, match="PSID, Payload missing"):
        read("\n".join(line for line in TEXT.splitlines() if line[:4] not in ("PSID", "Payl")))
