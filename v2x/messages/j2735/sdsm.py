"""SDSM of SAE J3224: perceived objects. Table of fields: docs/messages.md.

Not carried: ``source`` and ``temporary_id`` of an object (the standard has neither), and the size of people. Axes,
signs and the 95 % of confidences are as CARMA takes them from the standard, whose text was not at hand.
"""

from __future__ import annotations

import math

import numpy as np

from v2x.clock import NS_PER_MS
from v2x.errors import CodecError
from v2x.messages import confidence, scales
from v2x.messages.codec import Value
from v2x.messages.elements import from_acceleration, to_acceleration, to_accuracy
from v2x.messages.j2735.elements import from_date_time, to_date_time, to_temporary_id
from v2x.messages.model import NAN
from v2x.messages.model_perception import ObjectKind, PerceivedObject, PerceivedObjects, SenderKind
from v2x.messages.plane import to_degrees, to_metres
from v2x.messages.position import from_position, to_position

_EQUIPMENT: dict[SenderKind, str] = {"unknown": "unknown", "roadside": "rsu", "vehicle": "obu", "vru": "vru"}
_SENDERS: dict[str, SenderKind] = {name: kind for kind, name in _EQUIPMENT.items()}
# DE_ObjectType; what kind of vulnerable road user it is stands in DE_PersonalDeviceUserType
_TYPES: dict[ObjectKind, str] = {
    "unknown": "unknown",
    "vehicle": "vehicle",
    "cyclist": "vru",
    "pedestrian": "vru",
    "animal": "animal",
}
_USERS: dict[ObjectKind, str] = {"cyclist": "aPEDALCYCLIST", "pedestrian": "aPEDESTRIAN"}
_KINDS: dict[str, ObjectKind] = {
    "vehicle": "vehicle",
    "animal": "animal",
    "aPEDALCYCLIST": "cyclist",
    "aPEDESTRIAN": "pedestrian",
    "aPUBLICSAFETYWORKER": "pedestrian",
    "anANIMAL": "animal",
}

#: DE_ClassificationConfidence; 0 is unknown, 101 unavailable.
_PERCENT = scales.Scale("", 0.01, 1, 100, 101)
#: DE_ObjectDistance.
_DISTANCE = scales.Scale("m", 0.1, -32767, 32767)
#: DE_VehicleHeight and DE_SizeValue; that 0 is unavailable, as for the other sizes of a vehicle, is a project choice.
_HEIGHT = scales.Scale("m", 0.05, 1, 127, 0)
_SIZE = scales.Scale("m", 0.1, 1, 1023, 0)
_LONGEST_MS = 1500


def to_asn1(message: PerceivedObjects) -> Value:
    """ASN.1 value of an SDSM; `CodecError` names what cannot be expressed."""
    reference = to_position("reference", message.lat_deg, message.lon_deg, message.elevation_m)
    now_ns = (message.utc_ns + NS_PER_MS // 2) // NS_PER_MS * NS_PER_MS
    return {
        "msgCnt": message.msg_count,
        "sourceID": to_temporary_id(message.sender_id),
        "equipmentType": _EQUIPMENT[message.sender_kind],
        "sDSMTimeStamp": to_date_time(now_ns),
        "refPos": reference,
        "refPosXYConf": to_accuracy(NAN, NAN, NAN),
        "objects": [_object(seen, from_position(reference), now_ns) for seen in message.objects],
    }


def _object(seen: PerceivedObject, reference: tuple[float, float, float], now_ns: int) -> Value:
    place = f"objects[{seen.id}]"
    position = confidence.POSITION.name(f"{place}.position_confidence_m", seen.position_confidence_m)
    common: Value = {
        "objType": _TYPES[seen.kind],
        "objTypeCfd": _PERCENT.one(f"{place}.kind_confidence", seen.kind_confidence),
        "objectID": seen.id,
        "measurementTime": _age_ms(place, seen.utc_ns, now_ns),
        "timeConfidence": "unavailable",
        "pos": _offset(place, seen, reference),
        "posConfidence": {"pos": position, "elevation": "unavailable"},
        "speed": scales.SPEED.one(f"{place}.speed_mps", seen.speed_mps),
        "speedConfidence": confidence.SPEED.name(f"{place}.speed_confidence_mps", seen.speed_confidence_mps),
        "heading": scales.HEADING.one(f"{place}.heading_deg", seen.heading_deg),
        "headingConf": confidence.HEADING.name(f"{place}.heading_confidence_deg", seen.heading_confidence_deg),
        **_acceleration(place, seen),
    }
    details = _details(place, seen)
    return {"detObjCommon": common} if details is None else {"detObjCommon": common, "detObjOptData": details}


def _age_ms(place: str, t_ns: int, now_ns: int) -> int:
    """DE_MeasurementTimeOffset: positive before the time of the message."""
    age_ms = (now_ns - t_ns + NS_PER_MS // 2) // NS_PER_MS
    if abs(age_ms) > _LONGEST_MS:
        reason = f"cannot express {age_ms} ms before the message, range {-_LONGEST_MS} to {_LONGEST_MS}"
        raise CodecError(reason, path=f"{place}.utc_ns")
    return age_ms


def _offset(place: str, seen: PerceivedObject, reference: tuple[float, float, float]) -> Value:
    """DF_PositionOffsetXYZ: north, east, down."""
    lat, lon, elevation = reference
    ((east, north),) = to_metres((lat, lon), np.array([[seen.lon_deg, seen.lat_deg]]))
    value = {
        "offsetX": _DISTANCE.one(f"{place}.lat_deg", north),
        "offsetY": _DISTANCE.one(f"{place}.lon_deg", east),
    }
    down = elevation - seen.elevation_m
    return value if math.isnan(down) else value | {"offsetZ": _DISTANCE.one(f"{place}.elevation_m", down)}


def _acceleration(place: str, seen: PerceivedObject) -> Value:
    """The accelerations; a yaw rate that is not available is 0 with a confidence that says so (project choice)."""
    yaw_known = not math.isnan(seen.yaw_rate_dps)
    if not yaw_known and math.isnan(seen.accel_long_mps2) and math.isnan(seen.accel_lat_mps2):
        return {}
    yaw_rate = seen.yaw_rate_dps if yaw_known else 0.0
    value: Value = {"accel4way": to_acceleration(f"{place}.", seen.accel_long_mps2, seen.accel_lat_mps2, yaw_rate)}
    return value if yaw_known else value | {"accCfdYaw": "unavailable"}


def _details(place: str, seen: PerceivedObject) -> tuple[str, Value] | None:
    """What depends on the kind of object; a size needs both width and length."""
    if seen.kind in _USERS:
        return "detVRU", {"basicType": _USERS[seen.kind]}
    if math.isnan(seen.width_m) or math.isnan(seen.length_m):
        return None
    if seen.kind == "vehicle":
        vehicle: Value = {
            "size": {
                "width": scales.VEHICLE_WIDTH.one(f"{place}.width_m", seen.width_m),
                "length": scales.VEHICLE_LENGTH.one(f"{place}.length_m", seen.length_m),
            }
        }
        if not math.isnan(seen.height_m):
            vehicle["height"] = _HEIGHT.one(f"{place}.height_m", seen.height_m)
        return "detVeh", vehicle
    size = {
        "width": _SIZE.one(f"{place}.width_m", seen.width_m),
        "length": _SIZE.one(f"{place}.length_m", seen.length_m),
    }
    if not math.isnan(seen.height_m):
        size["height"] = _SIZE.one(f"{place}.height_m", seen.height_m)
    no_confidence = {"widthConfidence": "unavailable", "lengthConfidence": "unavailable"}
    return "detObst", {"obstSize": size, "obstSizeConfidence": no_confidence}


def from_asn1(value: Value, near_utc_ns: int) -> PerceivedObjects:
    """Objects of a decoded SDSM; `CodecError` where its reference position is unavailable."""
    now_ns = from_date_time(value["sDSMTimeStamp"], near_utc_ns)
    lat, lon, elevation = from_position(value["refPos"])
    return PerceivedObjects(
        msg_count=value["msgCnt"],
        utc_ns=now_ns,
        sender_id=int.from_bytes(value["sourceID"]),
        sender_kind=_SENDERS.get(value["equipmentType"], "unknown"),
        lat_deg=lat,
        lon_deg=lon,
        elevation_m=elevation,
        objects=tuple(_read_object(seen, (lat, lon, elevation), now_ns) for seen in value["objects"]),
    )


def _read_object(value: Value, reference: tuple[float, float, float], now_ns: int) -> PerceivedObject:
    common: Value = value["detObjCommon"]
    form, details = value.get("detObjOptData", ("", {}))
    offset = common["pos"]
    lat, lon, elevation = reference
    metres = np.array([[_DISTANCE.si(offset["offsetY"]), _DISTANCE.si(offset["offsetX"])]])
    ((object_lon, object_lat),) = to_degrees((lat, lon), metres)
    long_mps2, lat_mps2, yaw_rate = from_acceleration(common.get("accel4way"))
    width_m, length_m, height_m = _read_size(form, details)
    return PerceivedObject(
        id=common["objectID"],
        kind=_KINDS.get(details.get("basicType", "") if common["objType"] == "vru" else common["objType"], "unknown"),
        utc_ns=now_ns - common["measurementTime"] * NS_PER_MS,
        lat_deg=float(object_lat),
        lon_deg=float(object_lon),
        speed_mps=scales.SPEED.si(common["speed"]),
        heading_deg=scales.HEADING.si(common["heading"]),
        elevation_m=elevation - _DISTANCE.si(offset["offsetZ"]) if "offsetZ" in offset else NAN,
        kind_confidence=_PERCENT.si(common["objTypeCfd"]) if common["objTypeCfd"] else NAN,
        position_confidence_m=confidence.POSITION.bound(common["posConfidence"]["pos"]),
        speed_confidence_mps=confidence.SPEED.bound(common["speedConfidence"]),
        heading_confidence_deg=confidence.HEADING.bound(common["headingConf"]),
        accel_long_mps2=long_mps2,
        accel_lat_mps2=lat_mps2,
        yaw_rate_dps=NAN if common.get("accCfdYaw") == "unavailable" and yaw_rate == 0 else yaw_rate,
        width_m=width_m,
        length_m=length_m,
        height_m=height_m,
    )


def _read_size(form: str, details: Value) -> tuple[float, float, float]:
    """Width, length and height of the details that an object has."""
    if form == "detVeh":
        size = details.get("size", {"width": 0, "length": 0})
        return (
            scales.VEHICLE_WIDTH.si(size["width"]),
            scales.VEHICLE_LENGTH.si(size["length"]),
            _HEIGHT.si(details.get("height", 0)),
        )
    if form == "detObst":
        size = details["obstSize"]
        return _SIZE.si(size["width"]), _SIZE.si(size["length"]), _SIZE.si(size.get("height", 0))
    return NAN, NAN, NAN
