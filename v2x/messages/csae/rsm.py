"""RSM of T/CSAE 53: road users that the roadside perceives. Table of fields: docs/messages.md.

Not carried: ``kind_confidence``, and the time of the message, which is read as that of its newest object.
"""

from __future__ import annotations

from v2x.errors import CodecError
from v2x.messages import scales
from v2x.messages.codec import Value
from v2x.messages.csae.offsets import reference_of
from v2x.messages.csae.perceived import from_participant, to_participant
from v2x.messages.model_perception import PerceivedObjects
from v2x.messages.position import from_position, to_position


def to_asn1(message: PerceivedObjects) -> Value:
    """ASN.1 value of an RSM; `CodecError` names what cannot be expressed."""
    if message.sender_kind != "roadside":
        raise CodecError(f"'{message.sender_kind}' has no counterpart, an RSM is from the roadside", path="sender_kind")
    position = to_position("sender", message.lat_deg, message.lon_deg, message.elevation_m)
    reference = reference_of(position, "sender")
    return {
        "msgCnt": message.msg_count,
        "id": scales.identity("sender_id", message.sender_id, 8),
        "refPos": position,
        "participants": [
            to_participant(f"objects[{seen.id}]", seen, message.utc_ns, reference) for seen in message.objects
        ],
    }


def from_asn1(value: Value, near_utc_ns: int) -> PerceivedObjects:
    """The objects of a decoded RSM."""
    lat, lon, elevation = from_position(value["refPos"])
    objects = tuple(from_participant(each, near_utc_ns, value["refPos"]) for each in value["participants"])
    return PerceivedObjects(
        msg_count=value["msgCnt"],
        utc_ns=max(seen.utc_ns for seen in objects),
        sender_id=int.from_bytes(value["id"]),
        sender_kind="roadside",
        lat_deg=lat,
        lon_deg=lon,
        elevation_m=elevation,
        objects=objects,
    )
