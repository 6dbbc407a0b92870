"""PSM of T/CSAE 157: people on foot, on bicycles, at road works. Table of fields: docs/messages.md."""

from __future__ import annotations

from v2x.messages import scales
from v2x.messages.codec import Value
from v2x.messages.elements import from_motion, to_acceleration, to_accuracy
from v2x.messages.model_perception import UserKind, VulnerableRoadUser
from v2x.messages.position import to_position
from v2x.messages.timemark import minute_and_ms, stamp

# DE_PersonalDeviceUserType
_TYPES: dict[UserKind, str] = {
    "unknown": "unavailable",
    "pedestrian": "aPEDESTRIAN",
    "cyclist": "aPEDALCYCLIST",
    "road_worker": "aROADWORKER",
    "animal": "anANIMAL",
}
_KINDS: dict[str, UserKind] = {name: kind for kind, name in _TYPES.items()}
#: ``overallRadius``; 0 says that there is no group (project choice).
_RADIUS = scales.Scale("m", 0.1, 1, 200, 0)


def to_asn1(message: VulnerableRoadUser) -> Value:
    """ASN.1 value of a PSM; `CodecError` names what cannot be expressed."""
    value: Value = {
        "msgCnt": message.msg_count,
        "id": scales.identity("temporary_id", message.temporary_id, 8),
        "secMark": minute_and_ms(message.utc_ns)[1],
        "pos": to_position("position", message.lat_deg, message.lon_deg, message.elevation_m),
        "posAccuracy": to_accuracy(message.semi_major_m, message.semi_minor_m, message.orientation_deg),
        "speed": scales.SPEED.one("speed_mps", message.speed_mps),
        "heading": scales.HEADING.one("heading_deg", message.heading_deg),
        "overallRadius": _RADIUS.one("radius_m", message.radius_m),
        "non-motorData": {"basicType": _TYPES[message.kind]},
    }
    acceleration = to_acceleration("", message.accel_long_mps2, message.accel_lat_mps2, message.yaw_rate_dps)
    return value if acceleration is None else value | {"accelSet": acceleration}


def from_asn1(value: Value, near_utc_ns: int) -> VulnerableRoadUser:
    """The road user of a decoded PSM; one that names no millisecond holds when it arrived."""
    return VulnerableRoadUser(
        msg_count=value["msgCnt"],
        temporary_id=int.from_bytes(value["id"]),
        utc_ns=stamp(None, value["secMark"], near_utc_ns),
        kind=_KINDS.get(value["non-motorData"]["basicType"], "unknown"),
        radius_m=_RADIUS.si(value["overallRadius"]),
        **from_motion(value["pos"], value["posAccuracy"], value),
    )
