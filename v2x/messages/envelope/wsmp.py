"""WAVE short messages: WSMP version 3 of IEEE 1609.3, the network header of SAE J2735 messages.

A network part (version, information elements on channel, rate, power) is followed by a transport part (PSID, length).
Layout and lengths were checked with a captured C-V2X frame and with Wireshark's dissector.
"""

from __future__ import annotations

from dataclasses import dataclass

from v2x.errors import CodecError
from v2x.messages.envelope import p_encoding
from v2x.messages.envelope.cursor import Cursor

#: Ethernet type of WSMP.
ETHERTYPE = 0x88DC

#: Information elements seen on the air: transmit power used, channel number, data rate.
TX_POWER, CHANNEL, DATA_RATE = 4, 15, 16

_VERSION = 3
_HAS_ELEMENTS = 0x08
#: Transport by PSID; the odd number announces information elements behind the PSID.
_PSID_TRANSPORT, _PSID_TRANSPORT_WITH_ELEMENTS = 0, 1
_MAX_LENGTH = 0x3FFF

#: (number, contents) in their order.
Elements = tuple[tuple[int, bytes], ...]


@dataclass(frozen=True)
class Wsm:
    """A WAVE short message.

    Attributes
    ----------
    psid
        Provider service identifier, the number (not its p-encoded form).
    data
        What it carries: an IEEE 1609.2 data unit.
    elements
        Information elements of the network header.
    transport_elements
        Those of the transport header.
    """

    psid: int
    data: bytes
    elements: Elements = ()
    transport_elements: Elements = ()

    def encode(self) -> bytes:
        """The packet; `CodecError` for what its lengths cannot hold."""
        head = bytes([_VERSION | (_HAS_ELEMENTS if self.elements else 0)])
        transport = _PSID_TRANSPORT_WITH_ELEMENTS if self.transport_elements else _PSID_TRANSPORT
        return b"".join(
            (
                head,
                _elements(self.elements),
                bytes([transport]),
                p_encoding.encode(self.psid),
                _elements(self.transport_elements),
                _length(len(self.data)),
                self.data,
            )
        )


def decode(packet: bytes) -> Wsm:
    """A packet as a WAVE short message; `CodecError` with the byte where it is wrong.

    Padding behind the message, which Ethernet adds to short frames, is dropped if it is zero.
    """
    cursor = Cursor(packet, "WSMP")
    head = cursor.byte("version")
    if head & 0x07 != _VERSION:
        raise cursor.fault(f"version {head & 0x07}, expected {_VERSION}")
    if head >> 4:
        raise cursor.fault(f"subtype {head >> 4}, only 0 carries messages")
    elements = _read_elements(cursor) if head & _HAS_ELEMENTS else ()
    transport = cursor.byte("transport")
    if transport not in (_PSID_TRANSPORT, _PSID_TRANSPORT_WITH_ELEMENTS):
        raise cursor.fault(f"transport {transport} does not address by PSID")
    psid = p_encoding.read(cursor)
    more = _read_elements(cursor) if transport == _PSID_TRANSPORT_WITH_ELEMENTS else ()
    data = cursor.take(_read_length(cursor), "WSM data")
    if cursor.rest().strip(b"\0"):
        raise cursor.fault("bytes after the end of the message")
    return Wsm(psid, data, elements, more)


def _length(value: int) -> bytes:
    """One byte below 128, else two that begin with the bits 10."""
    if value > _MAX_LENGTH:
        raise CodecError(f"{value} bytes, WSMP counts to {_MAX_LENGTH}", path="WSMP")
    return bytes([value]) if value < 0x80 else (0x8000 | value).to_bytes(2)


def _read_length(cursor: Cursor) -> int:
    first = cursor.byte("length")
    if first < 0x80:
        return first
    if first >= 0xC0:
        raise cursor.fault(f"no length begins with {first:#04x}")
    return (first & 0x3F) << 8 | cursor.byte("length")


def _elements(elements: Elements) -> bytes:
    if not elements:
        return b""
    parts = [bytes([number]) + _length(len(contents)) + contents for number, contents in elements]
    return _length(len(elements)) + b"".join(parts)


def _read_elements(cursor: Cursor) -> Elements:
    found = []
    for _ in range(_read_length(cursor)):
        number = cursor.byte("information element")
        found.append((number, cursor.take(_read_length(cursor), f"information element {number}")))
    return tuple(found)
