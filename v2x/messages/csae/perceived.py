"""What RSM of T/CSAE 53 and SSM of T/CSAE 157 share: perceived road users. Table of fields: docs/messages.md."""

from __future__ import annotations

import math
from typing import Any

from v2x.clock import NS_PER_MS
from v2x.errors import CodecError
from v2x.messages import confidence, scales
from v2x.messages.codec import Value
from v2x.messages.csae.offsets import Reference, from_point, to_point
from v2x.messages.elements import from_acceleration, to_acceleration
from v2x.messages.model import NAN
from v2x.messages.model_perception import ObjectKind, PerceivedObject, Source
from v2x.messages.timemark import minute_and_ms, stamp

# DE_ParticipantType
_TYPES: dict[ObjectKind, str] = {
    "unknown": "unknown",
    "vehicle": "motor",
    "cyclist": "non-motor",
    "pedestrian": "pedestrian",
}
_KINDS: dict[str, ObjectKind] = {name: kind for kind, name in _TYPES.items()}
# DE_SourceType
_SOURCE_TYPES: dict[Source, str] = {
    "unknown": "unknown",
    "self": "selfinfo",
    "v2x": "v2x",
    "video": "video",
    "radar": "microwaveRadar",
    "loop": "loop",
    "lidar": "lidar",
    "fused": "integrated",
}
_SOURCES: dict[str, Source] = {name: source for source, name in _SOURCE_TYPES.items()}
# a DE_DSecond is read as the instant nearest to the message's, so the two may not be further apart
_HALF_MINUTE_MS = 30_000


def to_participant(place: str, seen: PerceivedObject, now_ns: int, reference: Reference) -> Value:
    """DF_ParticipantData.

    Parameters
    ----------
    place
        Where in the message, for errors.
    seen
        The road user.
    now_ns
        Time of the message, UTC.
    reference
        Raw position that offsets are from.

    Raises
    ------
    CodecError
        Names what cannot be expressed.
    """
    if seen.kind not in _TYPES:
        raise CodecError(f"'{seen.kind}' has no counterpart, expected one of {', '.join(_TYPES)}", path=f"{place}.kind")
    value: Value = {
        "ptcType": _TYPES[seen.kind],
        "ptcId": seen.id,
        **to_state(place, seen, now_ns, reference),
        "size": {
            "width": scales.VEHICLE_WIDTH.one(f"{place}.width_m", seen.width_m),
            "length": scales.VEHICLE_LENGTH.one(f"{place}.length_m", seen.length_m),
        },
    }
    if not math.isnan(seen.height_m):
        value["size"]["height"] = scales.VEHICLE_HEIGHT.one(f"{place}.height_m", seen.height_m)
    motion = to_motion_confidence(place, seen)
    if motion:
        value["motionCfd"] = motion
    if seen.temporary_id is not None:
        value["id"] = scales.identity(f"{place}.temporary_id", seen.temporary_id, 8)
    return value


def to_state(place: str, seen: PerceivedObject, now_ns: int, reference: Reference) -> Value:
    """The members that road users and obstacles share: source, time, position, speed, heading, acceleration."""
    age_ms = round(now_ns / NS_PER_MS) - round(seen.utc_ns / NS_PER_MS)
    if abs(age_ms) >= _HALF_MINUTE_MS:
        reason = f"cannot express {age_ms} ms before the message, less than +-{_HALF_MINUTE_MS}"
        raise CodecError(reason, path=f"{place}.utc_ns")
    position = confidence.POSITION.name(f"{place}.position_confidence_m", seen.position_confidence_m)
    value: Value = {
        "source": _SOURCE_TYPES[seen.source],
        "secMark": minute_and_ms(seen.utc_ns)[1],
        "pos": to_point(place, seen.lat_deg, seen.lon_deg, seen.elevation_m, reference),
        "posConfidence": {"pos": position},
        "speed": scales.SPEED.one(f"{place}.speed_mps", seen.speed_mps),
        "heading": scales.HEADING.one(f"{place}.heading_deg", seen.heading_deg),
    }
    acceleration = to_acceleration(f"{place}.", seen.accel_long_mps2, seen.accel_lat_mps2, seen.yaw_rate_dps)
    return value if acceleration is None else value | {"accelSet": acceleration}


def to_motion_confidence(place: str, seen: PerceivedObject) -> Value:
    """The members of DF_MotionConfidenceSet that are available."""
    value: Value = {}
    if not math.isnan(seen.speed_confidence_mps):
        value["speedCfd"] = confidence.SPEED.name(f"{place}.speed_confidence_mps", seen.speed_confidence_mps)
    if not math.isnan(seen.heading_confidence_deg):
        value["headingCfd"] = confidence.HEADING.name(f"{place}.heading_confidence_deg", seen.heading_confidence_deg)
    return value


def from_participant(value: Value, now_ns: int, ref_pos: Value, kind_confidence: float = NAN) -> PerceivedObject:
    """The road user of a DF_ParticipantData; of a kind that the model does not have (a roadside unit), unknown."""
    size = value["size"]
    return PerceivedObject(
        id=value["ptcId"],
        kind=_KINDS.get(value["ptcType"], "unknown"),
        kind_confidence=kind_confidence,
        temporary_id=int.from_bytes(value["id"]) if "id" in value else None,
        width_m=scales.VEHICLE_WIDTH.si(size["width"]),
        length_m=scales.VEHICLE_LENGTH.si(size["length"]),
        height_m=scales.VEHICLE_HEIGHT.si(size["height"]) if "height" in size else NAN,
        **from_state(value, value.get("motionCfd", {}), now_ns, ref_pos),
    )


def from_state(value: Value, motion_confidence: Value, now_ns: int, ref_pos: Value) -> dict[str, Any]:
    """By field of `PerceivedObject`, the members that road users and obstacles share."""
    lat, lon, elevation = from_point(value["pos"], ref_pos)
    long_mps2, lat_mps2, yaw_rate = from_acceleration(value.get("accelSet"))
    return {
        "utc_ns": stamp(None, value["secMark"], now_ns),
        "lat_deg": lat,
        "lon_deg": lon,
        "speed_mps": scales.SPEED.si(value["speed"]),
        "heading_deg": scales.HEADING.si(value["heading"]),
        "elevation_m": elevation,
        "source": _SOURCES.get(value["source"], "unknown"),
        "position_confidence_m": confidence.POSITION.bound(value["posConfidence"]["pos"]),
        "speed_confidence_mps": confidence.SPEED.bound(motion_confidence.get("speedCfd", "")),
        "heading_confidence_deg": confidence.HEADING.bound(motion_confidence.get("headingCfd", "")),
        "accel_long_mps2": long_mps2,
        "accel_lat_mps2": lat_mps2,
        "yaw_rate_dps": yaw_rate,
    }
