"""DSMP: the network header of T/CSAE messages (YD/T 3707).

The published text is paid and was not read; the layout follows descriptions of a vendor's stack and is **unverified**.
That stack's adaptation byte before DSMP has the number that 3GPP gives to CCSA's family of protocols: the two are taken
as the same byte (`v2x.messages.envelope.pc5`).
"""

from __future__ import annotations

from dataclasses import dataclass

from v2x.errors import CodecError
from v2x.messages.envelope import p_encoding
from v2x.messages.envelope.cursor import Cursor

_VERSION = 0
_HAS_EXTENSION = 0x10


@dataclass(frozen=True)
class Dsm:
    """A dedicated short message: application identifier and contents (a secured message)."""

    aid: int
    data: bytes

    def encode(self) -> bytes:
        """The packet; `CodecError` if the contents are too long."""
        if len(self.data) > 0xFFFF:
            raise CodecError(f"{len(self.data)} bytes, DSMP counts to 65535", path="DSMP")
        return bytes([_VERSION << 5]) + p_encoding.encode(self.aid) + len(self.data).to_bytes(2) + self.data


def decode(packet: bytes) -> Dsm:
    """A packet as a message; `CodecError` with the byte where it is wrong."""
    cursor = Cursor(packet, "DSMP")
    head = cursor.byte("version")
    if head >> 5 != _VERSION:
        raise cursor.fault(f"version {head >> 5}, expected {_VERSION}")
    if head & _HAS_EXTENSION:
        raise cursor.fault("a header extension, whose form is not known here")
    aid = p_encoding.read(cursor)
    data = cursor.take(int.from_bytes(cursor.take(2, "length")), "DSM data")
    cursor.end()
    return Dsm(aid, data)
