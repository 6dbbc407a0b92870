"""Link layers of capture files: what stands around a message in a pcap of each link type.

Numbers are those of the registry of link types of tcpdump.org.
"""

from __future__ import annotations

from v2x.errors import CodecError
from v2x.messages.envelope import ieee1609dot2, its, wsmp
from v2x.messages.envelope.cursor import Cursor

ETHERNET, USER0, EXPORTED_PDU = 1, 147, 252

_BROADCAST = b"\xff" * 6
_VLAN = 0x8100
#: Wireshark's exported PDUs begin with tags; this one names the dissector, 0 ends them (epan/exported_pdu.h).
_DISSECTOR_TAG, _END_TAG = 12, 0
_ITS = b"its\0"


def ethernet(packet: bytes, station: int) -> bytes:
    """A WSMP packet in an Ethernet frame to all; the sender's address is a local one made of its key."""
    source = b"\x02" + (station & 0xFFFFFFFFFF).to_bytes(5)
    return _BROADCAST + source + wsmp.ETHERTYPE.to_bytes(2) + packet


def exported_its(packet: bytes) -> bytes:
    """An ITS packet as an exported PDU that Wireshark hands to its dissector ``its``."""
    return _tag(_DISSECTOR_TAG, _ITS) + _tag(_END_TAG, b"") + packet


def message_frame(link_type: int, data: bytes) -> bytes:
    """The MessageFrame inside a captured packet.

    Raises
    ------
    CodecError
        If a layer is not understood, with its name and the byte.
    """
    if link_type == USER0:
        return data
    if link_type == EXPORTED_PDU:
        return its.decode(_inside_exported(data))
    if link_type != ETHERNET:
        raise CodecError(f"link type {link_type}, understood are {ETHERNET}, {USER0} and {EXPORTED_PDU}")
    return ieee1609dot2.decode(wsmp.decode(_inside_ethernet(data)).data).payload


def _inside_ethernet(data: bytes) -> bytes:
    cursor = Cursor(data, "Ethernet")
    cursor.take(12, "addresses")
    ethertype = int.from_bytes(cursor.take(2, "type"))
    if ethertype == _VLAN:
        cursor.take(2, "VLAN tag")
        ethertype = int.from_bytes(cursor.take(2, "type"))
    if ethertype != wsmp.ETHERTYPE:
        raise cursor.fault(f"type {ethertype:#06x}, only WSMP ({wsmp.ETHERTYPE:#06x}) is understood")
    return cursor.rest()


def _inside_exported(data: bytes) -> bytes:
    cursor = Cursor(data, "exported PDU")
    dissector = b""
    while True:
        tag, length = (int.from_bytes(cursor.take(2, "tag")) for _ in range(2))
        contents = cursor.take(length, f"tag {tag}")
        if tag == _END_TAG:
            break
        if tag == _DISSECTOR_TAG:
            dissector = contents
    if dissector.rstrip(b"\0") != _ITS.rstrip(b"\0"):
        raise cursor.fault(f"for dissector {dissector!r}, only 'its' is understood")
    return cursor.rest()


def _tag(tag: int, contents: bytes) -> bytes:
    return tag.to_bytes(2) + len(contents).to_bytes(2) + contents
