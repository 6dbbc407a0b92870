"""SRM of SAE J2735. Table of fields: docs/messages.md.

Not carried: ``PriorityRequest.maneuver`` (the lanes say it).
"""

from __future__ import annotations

import math

from v2x.errors import CodecError
from v2x.messages import scales
from v2x.messages.codec import Value
from v2x.messages.j2735.elements import to_temporary_id
from v2x.messages.j2735.requests import from_access, from_service, to_access, to_service
from v2x.messages.model import NAN
from v2x.messages.model_cooperation import PriorityRequest, RequestAction, RequesterRole, SignalRequest
from v2x.messages.position import from_position, to_position
from v2x.messages.timemark import minute_and_ms, stamp

# DE_BasicVehicleRole
_ROLES: dict[RequesterRole, str] = {
    "car": "basicVehicle",
    "bus": "transit",
    "truck": "truck",
    "emergency": "emergency",
    "police": "police",
    "fire": "fire",
    "ambulance": "ambulance",
    "unknown": "none-unknown",
}
_KNOWN_ROLES: dict[str, RequesterRole] = {name: role for role, name in _ROLES.items()} | {"publicTransport": "bus"}
# DE_PriorityRequestType
_TYPES: dict[RequestAction, str] = {
    "request": "priorityRequest",
    "update": "priorityRequestUpdate",
    "cancel": "priorityCancellation",
}
_ACTIONS: dict[str, RequestAction] = {name: action for action, name in _TYPES.items()}


def to_asn1(message: SignalRequest) -> Value:
    """ASN.1 value of an SRM; `CodecError` names what cannot be expressed."""
    minute, ms = minute_and_ms(message.utc_ns)
    value: Value = {
        "timeStamp": minute,
        "second": ms,
        "sequenceNumber": message.msg_count,
        "requestor": {
            "id": ("entityID", to_temporary_id(message.requester_id)),
            "type": {"role": _ROLES[message.role]},
            "position": _position(message),
        },
    }
    if message.requests:
        value["requests"] = [_package(request) for request in message.requests]
    return value


def _position(message: SignalRequest) -> Value:
    value: Value = {"position": to_position("position", message.lat_deg, message.lon_deg, message.elevation_m)}
    if not math.isnan(message.heading_deg):
        value["heading"] = scales.HEADING.one("heading_deg", message.heading_deg)
    if not math.isnan(message.speed_mps):
        speed = scales.SPEED.one("speed_mps", message.speed_mps)
        value["speed"] = {"transmisson": "unavailable", "speed": speed}
    return value


def _package(request: PriorityRequest) -> Value:
    asked: Value = {
        "id": {"region": request.region, "id": request.intersection},
        "requestID": request.id,
        "requestType": _TYPES[request.action],
        "inBoundLane": to_access(request.in_lane),
    }
    if request.out_lane is not None:
        asked["outBoundLane"] = to_access(request.out_lane)
    return {"request": asked, **to_service(f"requests[{request.id}]", request.arrive_utc_ns, request.duration_s)}


def from_asn1(value: Value, near_utc_ns: int) -> SignalRequest:
    """Requests of a decoded SRM; `CodecError` for a kind of request that the model does not have."""
    now_ns = stamp(value.get("timeStamp"), value["second"], near_utc_ns)
    requestor = value["requestor"]
    identity = requestor["id"][1]
    vector: Value = requestor.get("position", {})
    lat, lon, elevation = from_position(vector["position"]) if vector else (NAN, NAN, NAN)
    return SignalRequest(
        msg_count=value.get("sequenceNumber", 0),
        utc_ns=now_ns,
        requester_id=int.from_bytes(identity) if isinstance(identity, bytes) else identity,
        role=_KNOWN_ROLES.get(requestor.get("type", {}).get("role"), "unknown"),
        lat_deg=lat,
        lon_deg=lon,
        speed_mps=scales.SPEED.si(vector["speed"]["speed"]) if "speed" in vector else NAN,
        heading_deg=scales.HEADING.si(vector["heading"]) if "heading" in vector else NAN,
        requests=tuple(_read_package(package, now_ns) for package in value.get("requests", ())),
        elevation_m=elevation,
    )


def _read_package(value: Value, now_ns: int) -> PriorityRequest:
    asked = value["request"]
    action = _ACTIONS.get(asked["requestType"])
    if action is None:
        reason = f"a request of type '{asked['requestType']}' is not in the model"
        raise CodecError(reason, path=f"requests[{asked['requestID']}].requestType")
    arrive_ns, duration_s = from_service(value, now_ns)
    return PriorityRequest(
        id=asked["requestID"],
        region=asked["id"].get("region", 0),
        intersection=asked["id"]["id"],
        action=action,
        in_lane=from_access(asked["inBoundLane"]),
        out_lane=from_access(asked.get("outBoundLane")),
        arrive_utc_ns=arrive_ns,
        duration_s=duration_s,
    )
