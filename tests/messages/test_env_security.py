"""IEEE 1609.2 and YD/T 3957 data units: against pycrate, signed and verified, and whatever the bytes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycrate_asn1dir.ITS_IEEE1609_2 import Ieee1609Dot2

from v2x.clock import NS_PER_S, utc_ns
from v2x.errors import CodecError
from v2x.messages.envelope import ieee1609dot2, ydt3957
from v2x.messages.envelope.identities import Identities
from v2x.messages.envelope.ieee1609dot2 import Header
from v2x.messages.envelope.signing import Identity, Verifier
from v2x.messages.envelope.timescale import time64, utc_of_time64

START_NS = utc_ns(datetime(2026, 3, 2, 1, 0, tzinfo=UTC))
NOW = time64(START_NS + 7 * NS_PER_S)
FRAME = bytes.fromhex("001425") + bytes(range(37))

headers = st.builds(
    Header,
    st.integers(0, 0x10204080),
    st.none() | st.integers(0, 2**64 - 1),
    st.none() | st.integers(0, 2**64 - 1),
    st.none()
    | st.tuples(st.integers(-900000000, 900000001), st.integers(-1799999999, 1800000001), st.integers(0, 65535)),
)


@pytest.fixture(scope="module")
def identities() -> Identities:
    return Identities(7, START_NS)


@pytest.fixture(scope="module")
def vehicle(identities: Identities) -> Identity:
    return identities.of(12345, 0x20)


@pytest.fixture
def verifier(identities: Identities) -> Verifier:
    return Verifier(identities.root.certificate)


def canonical(data: bytes) -> bytes:
    """What pycrate makes of a unit that it has read."""
    unit = Ieee1609Dot2.Ieee1609Dot2Data
    unit.from_coer(data)
    again: bytes = unit.to_coer()
    return again


def test_unsecured() -> None:
    data = ieee1609dot2.unsecured(FRAME)
    assert data == bytes.fromhex("038028") + FRAME
    unit = ieee1609dot2.decode(data)
    assert (unit.payload, unit.header, unit.signer) == (FRAME, None, b"")


@given(payload=st.binary(max_size=300), header=headers, attach=st.booleans())
@settings(max_examples=60, deadline=None)
def test_signed_units_come_back_and_pycrate_reads_them(payload: bytes, header: Header, attach: bool) -> None:
    data = Identities(1, START_NS).of(3, header.psid).sign(payload, header, attach=attach)
    unit = ieee1609dot2.decode(data)
    assert (unit.payload, unit.header) == (payload, header)
    assert isinstance(unit.signer, bytes) != attach
    assert canonical(data) == data


def test_certificates_are_what_pycrate_makes_of_them(identities: Identities, vehicle: Identity) -> None:
    for certificate in (identities.root.certificate, vehicle.certificate):
        Ieee1609Dot2.Certificate.from_coer(certificate.data)
        assert Ieee1609Dot2.Certificate.to_coer() == certificate.data


def test_a_chain_is_verified(vehicle: Identity, verifier: Verifier) -> None:
    by_digest = vehicle.sign(FRAME, Header(0x20, NOW), attach=False)
    with pytest.raises(CodecError, match=f"unknown certificate {vehicle.certificate.digest.hex()}"):
        verifier.verify(ieee1609dot2.decode(by_digest))
    full = vehicle.sign(FRAME, Header(0x20, NOW), attach=True)
    assert verifier.verify(ieee1609dot2.decode(full)).digest == vehicle.certificate.digest
    assert verifier.verify(ieee1609dot2.decode(by_digest)).value == vehicle.certificate.value  # learnt


def test_signing_is_repeatable(identities: Identities, vehicle: Identity) -> None:
    again = Identities(7, START_NS).of(12345, 0x20)
    header = Header(0x20, NOW)
    assert again.sign(FRAME, header, attach=True) == vehicle.sign(FRAME, header, attach=True)
    others = {identities.of(station, psid).certificate.digest for station in range(5) for psid in (0x20, 0x82)}
    assert len(others) == 10


@pytest.mark.parametrize("place", ["payload", "time", "signature"])
def test_a_changed_unit_is_refused(vehicle: Identity, verifier: Verifier, place: str) -> None:
    data = bytearray(vehicle.sign(FRAME, Header(0x20, NOW), attach=True))
    # a byte of the frame, the last of the generation time, the last of s
    offset = {"payload": 12, "time": data.index(NOW.to_bytes(8)) + 7, "signature": len(data) - 1}[place]
    data[offset] ^= 1
    with pytest.raises(CodecError, match="the signature is wrong"):
        verifier.verify(ieee1609dot2.decode(bytes(data)))


def test_who_may_not_sign(identities: Identities, vehicle: Identity, verifier: Verifier) -> None:
    def refused(data: bytes, reason: str) -> None:
        with pytest.raises(CodecError, match=reason):
            verifier.verify(ieee1609dot2.decode(data))

    refused(ieee1609dot2.unsecured(FRAME), "not signed")
    refused(vehicle.sign(FRAME, Header(0x82, NOW), attach=True), "does not permit application 0x82")
    refused(vehicle.sign(FRAME, Header(0x20), attach=True), "no time of generation")
    late = time64(START_NS + 3 * 86_400 * NS_PER_S)
    refused(vehicle.sign(FRAME, Header(0x20, late), attach=True), "outside the validity")
    stranger = Identities(8, START_NS).of(12345, 0x20)
    refused(stranger.sign(FRAME, Header(0x20, NOW), attach=True), "another issuer")
    forged = {**stranger.certificate.value, "issuer": vehicle.certificate.value["issuer"]}
    tbs = ieee1609dot2.to_be_signed(FRAME, Header(0x20, NOW))
    refused(ieee1609dot2.signed(tbs, [forged], (bytes(32), bytes(32))), "the signature is wrong")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("", "."),
        ("0382", "82"),
        ("0480", "."),
        ("0380050011", "."),
        ("03800100ff", "1 bytes after the end"),
        ("0380810100", "canonical"),
        ("0381", "."),
    ],
)
def test_what_is_no_unit(data: str, reason: str) -> None:
    with pytest.raises(CodecError, match=reason) as caught:
        ieee1609dot2.decode(bytes.fromhex(data))
    assert len(str(caught.value)) < 200


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_mutated_units_are_units_or_errors(data: Any) -> None:
    identity = Identities(1, START_NS).of(3, 0x20)
    for original, decode in (
        (identity.sign(FRAME, Header(0x20, NOW), attach=data.draw(st.booleans())), ieee1609dot2.decode),
        (ydt3957.sized(FRAME, 111, NOW, attach=data.draw(st.booleans())), ydt3957.decode),
    ):
        mutated = bytearray(original[: data.draw(st.integers(0, len(original)))])
        for _ in range(data.draw(st.integers(0, 3))):
            if mutated:
                mutated[data.draw(st.integers(0, len(mutated) - 1))] = data.draw(st.integers(0, 255))
        try:
            decode(bytes(mutated))
        except CodecError:
            continue


def test_ydt_messages_come_back() -> None:
    assert ydt3957.decode(ydt3957.unsecured(FRAME)).payload == FRAME
    digest, full = (ydt3957.sized(FRAME, 111, NOW, attach=attach) for attach in (False, True))
    message = ydt3957.decode(digest)
    assert (message.payload, message.aid) == (FRAME, 111)
    assert message.value["payload"][1]["tbs"]["headerInfo"]["genTime"] == NOW
    assert ydt3957.decode(full).payload == FRAME
    assert len(full) - len(digest) > 100


@pytest.mark.parametrize(
    ("moment", "seconds"),
    [
        (datetime(2004, 1, 1, tzinfo=UTC), 0),
        (datetime(2004, 1, 2, tzinfo=UTC), 86_400),
        (datetime(2006, 1, 1, tzinfo=UTC), 731 * 86_400 + 1),
        # as Wireshark prints the generation time of an exported frame
        (datetime(2026, 3, 2, 0, 59, 30, tzinfo=UTC), 699_497_975),
    ],
)
def test_time_counts_leap_seconds(moment: datetime, seconds: int) -> None:
    assert time64(utc_ns(moment)) == seconds * 1_000_000
    assert utc_of_time64(seconds * 1_000_000) == utc_ns(moment)


@given(st.integers(utc_ns(datetime(2004, 1, 1, tzinfo=UTC)) // 1000, 2**62 // 1000))
def test_times_come_back(microseconds: int) -> None:
    assert utc_of_time64(time64(microseconds * 1000)) == microseconds * 1000
