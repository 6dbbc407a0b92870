"""The octet before a network header on PC5: which family of protocols it belongs to.

3GPP TS 24.386 lets a non-IP packet begin with its family; a captured C-V2X frame begins with 1 (IEEE 1609).
"""

from __future__ import annotations

from v2x.messages.envelope.cursor import Cursor

#: Family of the network header that follows.
IEEE_1609, ISO, ETSI, CCSA = 1, 2, 3, 4


def encode(family: int, packet: bytes) -> bytes:
    """A packet with its family before it."""
    return bytes([family]) + packet


def decode(data: bytes) -> tuple[int, bytes]:
    """(family, packet); `CodecError` for an unknown family."""
    cursor = Cursor(data, "PC5")
    family = cursor.byte("family")
    if family not in (IEEE_1609, ISO, ETSI, CCSA):
        raise cursor.fault(f"unknown family {family}")
    return family, cursor.rest()
