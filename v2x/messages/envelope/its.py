"""J2735 messages in the dress of their European sisters, for which stock Wireshark has a dissector.

ETSI TS 103 301 puts an ItsPduHeader of six bytes before the very bits of the J2735 value: MAPEM is a header and
MapData, and so on. One difference: ISO TS 19091 counts longitudes from one unit lower, so such a reader is off by
1e-7 deg.
"""

from __future__ import annotations

from v2x.messages.envelope.cursor import Cursor

#: DSRCmsgID -> messageID of ItsPduHeader (ETSI TS 102 894-2): MAP, SPAT, RTCM, SRM, SSM.
MESSAGE_IDS = {18: 5, 19: 4, 28: 13, 29: 9, 30: 10}
_DSRC_IDS = {its: dsrc for dsrc, its in MESSAGE_IDS.items()}

_VERSION = 2


def encode(frame: bytes, station: int) -> bytes | None:
    """A MessageFrame as an ITS packet from a station (32 bits); None for a message without a sister.

    Raises
    ------
    CodecError
        If the bytes are no MessageFrame, as far as its head says.
    """
    cursor = Cursor(frame, "MessageFrame")
    message_id = MESSAGE_IDS.get(int.from_bytes(cursor.take(2, "messageId")))
    if message_id is None:
        return None
    value = cursor.take(_read_length(cursor), "value")
    cursor.end()
    return bytes([_VERSION, message_id]) + (station & 0xFFFFFFFF).to_bytes(4) + value


def decode(packet: bytes) -> bytes:
    """An ITS packet as a MessageFrame; `CodecError` if J2735 has no such message."""
    cursor = Cursor(packet, "ITS")
    version = cursor.byte("protocolVersion")
    message_id = cursor.byte("messageID")
    cursor.take(4, "stationID")
    if message_id not in _DSRC_IDS:
        raise cursor.fault(f"message {message_id} of version {version} has no J2735 sister")
    value = cursor.rest()
    length = bytes([len(value)]) if len(value) < 0x80 else (0x8000 | len(value)).to_bytes(2)
    return _DSRC_IDS[message_id].to_bytes(2) + length + value


def _read_length(cursor: Cursor) -> int:
    """Length of an open type (X.691 11.9), which is never fragmented here."""
    first = cursor.byte("length")
    if first >= 0xC0:
        raise cursor.fault("a fragmented value")
    return first if first < 0x80 else (first & 0x3F) << 8 | cursor.byte("length")
