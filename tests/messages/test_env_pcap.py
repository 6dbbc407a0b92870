"""Capture files: every byte order and clock, every link type, and what is wrong with a file or a packet."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.errors import CodecError, InputError
from v2x.messages.envelope import capture, ieee1609dot2, its
from v2x.messages.envelope.pcap import Captured, is_pcap, read_pcap, write_pcap
from v2x.messages.envelope.wsmp import Wsm

FRAME = bytes.fromhex("001425") + bytes(37)
T_NS = 1_772_413_200_123_456_789


def written(link_type: int, *packets: tuple[int, bytes]) -> bytes:
    file = io.BytesIO()
    assert write_pcap(file, link_type, packets) == len(packets)
    return file.getvalue()


@pytest.fixture
def read(tmp_path: Path):
    def read(content: bytes) -> list[Captured]:
        path = tmp_path / "some.pcap"
        path.write_bytes(content)
        assert is_pcap(content)
        return list(read_pcap(path))

    return read


def test_written_is_read(read) -> None:
    packets = read(written(capture.USER0, (T_NS, FRAME), (T_NS + 5, b"\x01")))
    assert packets == [Captured(1, T_NS, FRAME), Captured(2, T_NS + 5, b"\x01")]


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize(("magic", "ticks"), [(0xA1B2C3D4, 123_456), (0xA1B23C4D, 123_456_789)])
def test_byte_orders_and_clocks(read, order: str, magic: int, ticks: int) -> None:
    head = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, capture.USER0)
    packet = struct.pack(order + "IIII", T_NS // 10**9, ticks, len(FRAME), len(FRAME)) + FRAME
    (got,) = read(head + packet)
    assert got.frame == FRAME
    assert got.t_ns == (T_NS if ticks == 123_456_789 else T_NS // 1000 * 1000)


def test_ethernet_with_and_without_a_vlan(read) -> None:
    plain = capture.ethernet(Wsm(0x20, ieee1609dot2.unsecured(FRAME)).encode(), 77)
    tagged = plain[:12] + bytes.fromhex("8100a005") + plain[12:]
    assert [packet.frame for packet in read(written(capture.ETHERNET, (0, plain), (1, tagged)))] == [FRAME, FRAME]


@given(st.sampled_from(sorted(its.MESSAGE_IDS)), st.binary(max_size=300), st.integers(0, 2**64 - 1))
@settings(max_examples=50)
def test_sisters_come_back(number: int, value: bytes, station: int) -> None:
    length = bytes([len(value)]) if len(value) < 128 else (0x8000 | len(value)).to_bytes(2)
    frame = number.to_bytes(2) + length + value
    packet = its.encode(frame, station)
    assert packet is not None
    assert capture.message_frame(capture.EXPORTED_PDU, capture.exported_its(packet)) == frame


def test_a_bsm_has_no_sister() -> None:
    assert its.encode(FRAME, 1) is None
    with pytest.raises(CodecError, match="message 2 of version 2 has no J2735 sister"):
        its.decode(bytes.fromhex("02020000000100"))


@pytest.mark.parametrize(
    ("link_type", "packet", "reason"),
    [
        (capture.ETHERNET, bytes(12) + b"\x08\x00" + bytes(40), "type 0x0800, only WSMP"),
        (capture.ETHERNET, bytes(5), "addresses needs 12 bytes"),
        (capture.EXPORTED_PDU, bytes.fromhex("000c000469700000 00000000"), "for dissector b'ip"),
        (capture.EXPORTED_PDU, bytes.fromhex("000c0004"), "tag 12 needs 4 bytes"),
        (105, FRAME, "link type 105"),
    ],
)
def test_what_is_not_understood_does_not_end_the_file(read, link_type: int, packet: bytes, reason: str) -> None:
    bad, _ = read(written(link_type, (0, packet), (1, packet)))
    assert (bad.number, bad.frame) == (1, None)
    assert reason in str(bad.error)


@given(st.sampled_from([capture.ETHERNET, capture.EXPORTED_PDU]), st.binary(max_size=20), st.binary(max_size=80))
@settings(max_examples=300)
def test_any_packet_is_a_frame_or_an_error(link_type: int, head: bytes, rest: bytes) -> None:
    start = bytes.fromhex("000c0004" + "69747300" + "00000000")
    packets = [
        head + rest,
        bytes(12) + b"\x88\xdc" + rest,
        bytes(12) + b"\x88\xdc\x03\x00\x20\x28\x03" + rest,
        start + rest,
    ]
    for packet in packets:
        try:
            capture.message_frame(link_type, packet)
        except CodecError:
            continue


def test_a_packet_kept_in_part(read) -> None:
    content = written(capture.USER0) + struct.pack("<IIII", 1, 2, 3, 50) + b"abc"
    assert "only 3 of 50 bytes" in str(read(content)[0].error)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not a pcap file"),
        (b"001425", "not a pcap file"),
        (bytes.fromhex("0a0d0d0a1c000000"), "pcapng is not read"),
        (written(1)[:20], "cut off in the file header"),
        (written(147, (0, FRAME))[:-1], "cut off in packet 1"),
        (written(147, (0, FRAME)) + bytes(7), "cut off in packet 2"),
        (written(147) + struct.pack("<IIII", 0, 0, 2**31, 2**31), "damaged or cut off in packet 1"),
    ],
)
def test_files_that_are_wrong(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "bad.pcap"
    path.write_bytes(content)
    with pytest.raises(InputError, match=reason) as caught:
        list(read_pcap(path))
    assert caught.value.file == path


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        list(read_pcap(tmp_path / "none"))
