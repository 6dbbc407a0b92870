"""SSM of T/CSAE 157: what a station's sensors perceive. Table of fields: docs/messages.md.

Animals are obstacles there, everything else a participant. Not in the model, and left out or ignored: the region that
is watched, paths and plans of road users, and traffic events.
"""

from __future__ import annotations

import math

from v2x.messages import scales
from v2x.messages.codec import Value
from v2x.messages.csae.offsets import Reference, reference_of
from v2x.messages.csae.perceived import from_participant, from_state, to_motion_confidence, to_participant, to_state
from v2x.messages.model import NAN
from v2x.messages.model_perception import PerceivedObject, PerceivedObjects, SenderKind
from v2x.messages.position import from_position, to_position
from v2x.messages.timemark import minute_and_ms, stamp

# DE_EquipmentType
_EQUIPMENT: dict[SenderKind, str] = {"unknown": "unknown", "roadside": "rsu", "vehicle": "obu", "vru": "vru"}
_SENDERS: dict[str, SenderKind] = {name: kind for kind, name in _EQUIPMENT.items()}
_ANIMAL = "animal-intrusion"
#: DE_SizeValue; it has no value for unavailable, so 0 stands for that, as in DF_VehicleSize (project choice).
_SIZE = scales.Scale("m", 0.1, 1, 1023, 0)


def to_asn1(message: PerceivedObjects) -> Value:
    """ASN.1 value of an SSM; `CodecError` names what cannot be expressed."""
    position = to_position("sender", message.lat_deg, message.lon_deg, message.elevation_m)
    reference, now_ns = reference_of(position, "sender"), message.utc_ns
    lists = {
        "participants": [_participant(seen, now_ns, reference) for seen in message.objects if seen.kind != "animal"],
        "obstacles": [_obstacle(seen, now_ns, reference) for seen in message.objects if seen.kind == "animal"],
    }
    return {
        "msgCnt": message.msg_count,
        "id": scales.identity("sender_id", message.sender_id, 8),
        "equipmentType": _EQUIPMENT[message.sender_kind],
        "secMark": minute_and_ms(now_ns)[1],
        "sensorPos": position,
        **{member: entries for member, entries in lists.items() if entries},
    }


def _participant(seen: PerceivedObject, now_ns: int, reference: Reference) -> Value:
    place = f"objects[{seen.id}]"
    return {
        "ptc": to_participant(place, seen, now_ns, reference),
        **_confidence("typeConfidence", place, seen),
    }


def _obstacle(seen: PerceivedObject, now_ns: int, reference: Reference) -> Value:
    place = f"objects[{seen.id}]"
    size = {
        "width": _SIZE.one(f"{place}.width_m", seen.width_m),
        "length": _SIZE.one(f"{place}.length_m", seen.length_m),
    }
    if not math.isnan(seen.height_m):
        size["height"] = _SIZE.one(f"{place}.height_m", seen.height_m)
    return {
        "obsType": _ANIMAL,
        "obsId": seen.id,
        **to_state(place, seen, now_ns, reference),
        **to_motion_confidence(place, seen),
        "size": size,
        **_confidence("objTypeConfidence", place, seen),
    }


def _confidence(member: str, place: str, seen: PerceivedObject) -> Value:
    """The optional member for the confidence of the kind, left out where unavailable."""
    if math.isnan(seen.kind_confidence):
        return {}
    return {member: scales.CONFIDENCE.one(f"{place}.kind_confidence", seen.kind_confidence)}


def from_asn1(value: Value, near_utc_ns: int) -> PerceivedObjects:
    """The objects of a decoded SSM, participants first; an obstacle that is no animal is of unknown kind."""
    ref_pos, now_ns = value["sensorPos"], stamp(None, value["secMark"], near_utc_ns)
    lat, lon, elevation = from_position(ref_pos)
    participants = [
        from_participant(each["ptc"], now_ns, ref_pos, _read_confidence(each, "typeConfidence"))
        for each in value.get("participants", ())
    ]
    obstacles = [_read_obstacle(each, now_ns, ref_pos) for each in value.get("obstacles", ())]
    return PerceivedObjects(
        msg_count=value["msgCnt"],
        utc_ns=now_ns,
        sender_id=int.from_bytes(value["id"]),
        sender_kind=_SENDERS.get(value["equipmentType"], "unknown"),
        lat_deg=lat,
        lon_deg=lon,
        elevation_m=elevation,
        objects=(*participants, *obstacles),
    )


def _read_obstacle(value: Value, now_ns: int, ref_pos: Value) -> PerceivedObject:
    size = value["size"]
    return PerceivedObject(
        id=value["obsId"],
        kind="animal" if value["obsType"] == _ANIMAL else "unknown",
        kind_confidence=_read_confidence(value, "objTypeConfidence"),
        width_m=_SIZE.si(size["width"]),
        length_m=_SIZE.si(size["length"]),
        height_m=_SIZE.si(size["height"]) if "height" in size else NAN,
        **from_state(value, value, now_ns, ref_pos),
    )


def _read_confidence(value: Value, member: str) -> float:
    return scales.CONFIDENCE.si(value[member]) if member in value else NAN
