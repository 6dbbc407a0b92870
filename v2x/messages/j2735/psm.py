"""PSM of SAE J2735. Table of fields: docs/messages.md."""

from __future__ import annotations

import math

from v2x.messages import scales
from v2x.messages.codec import Value
from v2x.messages.elements import from_motion, to_acceleration, to_accuracy
from v2x.messages.j2735.elements import to_temporary_id
from v2x.messages.model import NAN
from v2x.messages.model_perception import UserKind, VulnerableRoadUser
from v2x.messages.position import to_position
from v2x.messages.timemark import minute_and_ms, stamp

# DE_PersonalDeviceUserType
_TYPES: dict[UserKind, str] = {
    "unknown": "unavailable",
    "pedestrian": "aPEDESTRIAN",
    "cyclist": "aPEDALCYCLIST",
    "road_worker": "aPUBLICSAFETYWORKER",
    "animal": "anANIMAL",
}
_KINDS: dict[str, UserKind] = {name: kind for kind, name in _TYPES.items()}
#: DE_PersonalClusterRadius.
_RADIUS = scales.Scale("m", 1.0, 0, 100)


def to_asn1(message: VulnerableRoadUser) -> Value:
    """ASN.1 value of a PSM; `CodecError` names what cannot be expressed."""
    value: Value = {
        "basicType": _TYPES[message.kind],
        "secMark": minute_and_ms(message.utc_ns)[1],
        "msgCnt": message.msg_count,
        "id": to_temporary_id(message.temporary_id),
        "position": to_position("position", message.lat_deg, message.lon_deg, message.elevation_m),
        "accuracy": to_accuracy(message.semi_major_m, message.semi_minor_m, message.orientation_deg),
        "speed": scales.SPEED.one("speed_mps", message.speed_mps),
        "heading": scales.HEADING.one("heading_deg", message.heading_deg),
    }
    acceleration = to_acceleration("", message.accel_long_mps2, message.accel_lat_mps2, message.yaw_rate_dps)
    if acceleration is not None:
        value["accelSet"] = acceleration
    if not math.isnan(message.radius_m):
        value["clusterRadius"] = _RADIUS.one("radius_m", message.radius_m)
    return value


def from_asn1(value: Value, near_utc_ns: int) -> VulnerableRoadUser:
    """The road user of a decoded PSM; one that names no millisecond holds when it arrived."""
    return VulnerableRoadUser(
        msg_count=value["msgCnt"],
        temporary_id=int.from_bytes(value["id"]),
        utc_ns=stamp(None, value["secMark"], near_utc_ns),
        kind=_KINDS.get(value["basicType"], "unknown"),
        radius_m=_RADIUS.si(value["clusterRadius"]) if "clusterRadius" in value else NAN,
        **from_motion(value["position"], value["accuracy"], value),
    )
