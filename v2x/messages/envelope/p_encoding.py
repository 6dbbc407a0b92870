"""P-encoding of application identifiers (IEEE 1609.12, ISO 17419): PSID and AID in one to four bytes.

The number of leading ones of the first byte says how many bytes follow. Each length begins where the shorter one ends,
so every number has one form. Registries print the encoded form as ``0pE0-00-00-17``; vendors' manuals often print it as
if it were the number (0xE0000017 for 0x204097). Here an identifier is always the number.
"""

from __future__ import annotations

from v2x.errors import CodecError
from v2x.messages.envelope.cursor import Cursor

#: Smallest number of each length, in bytes from one.
_FIRST = (0, 0x80, 0x4080, 0x204080)
#: Leading bits of each length, in place.
_LEAD = (0, 0x80 << 8, 0xC0 << 16, 0xE0 << 24)

#: Largest number that has a form.
MAX_ID = 0x1020407F


def encode(number: int) -> bytes:
    """An identifier in its p-encoded form; `CodecError` if it has none."""
    if not 0 <= number <= MAX_ID:
        raise CodecError(f"an application identifier is from 0 to {MAX_ID:#x}, got {number}")
    octets = max(length for length, first in enumerate(_FIRST, 1) if number >= first)
    return (number - _FIRST[octets - 1] | _LEAD[octets - 1]).to_bytes(octets)


def read(cursor: Cursor) -> int:
    """The identifier that stands next; `CodecError` where no form begins like that."""
    lead = cursor.byte("application identifier")
    octets = next((length for length in range(1, 5) if not lead & (0x100 >> length)), 0)
    if not octets:
        raise cursor.fault(f"no application identifier begins with {lead:#04x}")
    encoded = int.from_bytes(bytes([lead]) + cursor.take(octets - 1, "application identifier"))
    return encoded - _LEAD[octets - 1] + _FIRST[octets - 1]
