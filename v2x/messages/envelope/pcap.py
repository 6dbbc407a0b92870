"""Classic pcap files: read with either byte order and clock, written with nanoseconds."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from v2x.clock import NS_PER_S
from v2x.errors import CodecError, InputError
from v2x.messages.envelope import capture

#: First four bytes of a file -> (byte order, nanoseconds per tick).
_MAGIC = {
    bytes.fromhex("a1b2c3d4"): (">", 1000),
    bytes.fromhex("d4c3b2a1"): ("<", 1000),
    bytes.fromhex("a1b23c4d"): (">", 1),
    bytes.fromhex("4d3cb2a1"): ("<", 1),
}
_PCAPNG = bytes.fromhex("0a0d0d0a")
_FILE, _PACKET = "HHiIII", "IIII"
#: Longest packet that is believed; also what a written file announces (tcpdump's own limit).
_MAX_BYTES = 262_144


@dataclass(frozen=True)
class Captured:
    """A packet of a capture.

    Attributes
    ----------
    number
        Counted from 1, as Wireshark does.
    t_ns
        When it was captured, nanoseconds of UTC since 1970.
    frame
        The MessageFrame in it, None if it was not understood.
    error
        Why not, else None.
    """

    number: int
    t_ns: int
    frame: bytes | None
    error: CodecError | None = None


def is_pcap(head: bytes) -> bool:
    """Whether a file that begins so is a capture, of either format."""
    return head[:4] in _MAGIC or head[:4] == _PCAPNG


def read_pcap(path: Path) -> Iterator[Captured]:
    """The packets of a capture with the MessageFrames in them.

    Raises
    ------
    InputError
        If the file cannot be read, is no classic pcap or ends within a packet. A packet that is not understood is not
        an error of the file: it comes with its own.
    """
    try:
        with path.open("rb") as file:
            yield from read_packets(file, path)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=path) from error


class PcapWriter:
    """Writes a capture packet by packet.

    Parameters
    ----------
    file
        Empty, and stays open.
    link_type
        Of all packets.

    Attributes
    ----------
    count
        Packets so far.
    """

    def __init__(self, file: BinaryIO, link_type: int) -> None:
        self._file, self.count = file, 0
        file.write(bytes.fromhex("4d3cb2a1") + struct.pack("<" + _FILE, 2, 4, 0, 0, _MAX_BYTES, link_type))

    def write(self, t_ns: int, data: bytes) -> None:
        """A packet, and when it was, nanoseconds of UTC since 1970."""
        self._file.write(struct.pack("<" + _PACKET, *divmod(t_ns, NS_PER_S), len(data), len(data)) + data)
        self.count += 1


def write_pcap(file: BinaryIO, link_type: int, packets: Iterable[tuple[int, bytes]]) -> int:
    """Write (nanoseconds of UTC since 1970, packet) pairs; returns how many."""
    writer = PcapWriter(file, link_type)
    for t_ns, data in packets:
        writer.write(t_ns, data)
    return writer.count


def read_packets(file: BinaryIO, path: Path) -> Iterator[Captured]:
    """As `read_pcap`, from an open file; ``path`` is for errors."""
    order, tick_ns, link_type = _head(file, path)
    head = struct.Struct(order + _PACKET)
    number = 0
    while start := file.read(head.size):
        number += 1
        broken = InputError(f"damaged or cut off in packet {number}", file=path)
        if len(start) < head.size:
            raise broken
        seconds, ticks, kept, whole = head.unpack(start)
        data = file.read(kept) if kept <= _MAX_BYTES else b""
        if len(data) < kept:
            raise broken
        t_ns = seconds * NS_PER_S + ticks * tick_ns
        try:
            if kept < whole:
                raise CodecError(f"only {kept} of {whole} bytes were captured")
            yield Captured(number, t_ns, capture.message_frame(link_type, data))
        except CodecError as error:
            yield Captured(number, t_ns, None, error)


def _head(file: BinaryIO, path: Path) -> tuple[str, int, int]:
    """Byte order, nanoseconds per tick, link type."""
    magic = file.read(4)
    if magic == _PCAPNG:
        raise InputError("pcapng is not read; convert it: editcap -F pcap IN OUT", file=path)
    if magic not in _MAGIC:
        raise InputError("not a pcap file", file=path)
    order, tick_ns = _MAGIC[magic]
    rest = file.read(struct.calcsize(order + _FILE))
    if len(rest) < struct.calcsize(order + _FILE):
        raise InputError("cut off in the file header", file=path)
    *_, link_type = struct.unpack(order + _FILE, rest)
    return order, tick_ns, link_type & 0xFFFF  # the upper half tells of checksums
