"""VIR of T/CSAE 157: what it can say of requests for priority at signals. Table of fields: docs/messages.md.

Not carried: ``role``, ``in_lane`` and ``out_lane``. Not in the model, and left out or ignored: planned paths, and
requests for anything else.
"""

from __future__ import annotations

import math

from v2x.clock import NS_PER_S
from v2x.errors import CodecError
from v2x.messages import scales
from v2x.messages.codec import Value
from v2x.messages.csae.node_ids import NO_NODE, to_node
from v2x.messages.csae.offsets import reference_of, to_offset
from v2x.messages.model import NAN, Maneuver
from v2x.messages.model_cooperation import PriorityRequest, RequestAction, SignalRequest
from v2x.messages.position import from_position, to_position
from v2x.messages.timemark import minute_and_ms, stamp

# ReqStatus: a request that changes is sent again under its number; what is confirmed is still wanted, what is complete
# is not any more
_STATUSES: dict[RequestAction, str] = {"request": "request", "update": "request", "cancel": "cancel"}
_ENDED = ("cancel", "complete")
# DE_Maneuver
_TURNS: dict[Maneuver, str] = {
    "straight": "maneuverStraight",
    "left": "maneuverLeftTurn",
    "right": "maneuverRightTurn",
    "uturn": "maneuverUTurn",
}
_MANEUVERS: dict[str, Maneuver] = {name: maneuver for maneuver, name in _TURNS.items()}
_NS_PER_STEP = NS_PER_S // 100


def to_asn1(message: SignalRequest) -> Value:
    """ASN.1 value of a VIR; `CodecError` names what cannot be expressed."""
    position = to_position("position", message.lat_deg, message.lon_deg, message.elevation_m)
    lat, lon = reference_of(position, "position")
    here: Value = {
        "pos": {"offsetLL": to_offset(lon, lat, (lat, lon))},
        "speed": scales.SPEED.one("speed_mps", message.speed_mps),
        "heading": scales.HEADING.one("heading_deg", message.heading_deg),
    }
    return {
        "msgCnt": message.msg_count,
        "id": scales.identity("requester_id", message.requester_id, 8),
        "secMark": minute_and_ms(message.utc_ns)[1],
        "refPos": position,
        "intAndReq": {"currentPos": here, "reqs": [_request(each, message.utc_ns) for each in message.requests]},
    }


def _request(request: PriorityRequest, now_ns: int) -> Value:
    """DF_DriveRequest; it lives until the green is no longer needed."""
    place = f"requests[{request.id}]"
    asked: Value = {
        "intersectionId": to_node(request.region, request.intersection),
        "requiredMov": {"remoteIntersection": NO_NODE},  # where it leads to is mandatory and not in the model
    }
    value: Value = {
        "reqID": request.id,
        "status": _STATUSES[request.action],
        "info": ("signalPriority", asked),
    }
    if request.maneuver is not None:
        asked["requiredMov"]["turn-direction"] = _TURNS[request.maneuver]
    until_s = 0.0
    if request.arrive_utc_ns is not None:
        away_s = (request.arrive_utc_ns - now_ns) / NS_PER_S
        asked["estimatedArrivalTime"] = scales.TIME_OFFSET.one(f"{place}.arrive_utc_ns", away_s)
        until_s = scales.TIME_OFFSET.si(asked["estimatedArrivalTime"])
    if not math.isnan(request.duration_s):
        value["lifeTime"] = scales.TIME_OFFSET.one(f"{place}.duration_s", until_s + request.duration_s)
    return value


def from_asn1(value: Value, near_utc_ns: int) -> SignalRequest:
    """The requests for priority at signals in a decoded VIR; `CodecError` if there are none."""
    asked = [
        (each, each["info"][1])
        for each in value["intAndReq"].get("reqs", ())
        if "info" in each and each["info"][0] == "signalPriority"
    ]
    if not asked:
        raise CodecError("no request for priority at a signal, the model has nothing else", path="intAndReq")
    lat, lon, elevation = from_position(value["refPos"])
    now_ns = stamp(None, value["secMark"], near_utc_ns)
    here = value["intAndReq"].get("currentPos", {})
    return SignalRequest(
        msg_count=value["msgCnt"],
        utc_ns=now_ns,
        requester_id=int.from_bytes(value["id"]),
        role="unknown",
        lat_deg=lat,
        lon_deg=lon,
        speed_mps=scales.SPEED.si(here["speed"]) if "speed" in here else NAN,
        heading_deg=scales.HEADING.si(here["heading"]) if "heading" in here else NAN,
        requests=tuple(_read_request(*each, now_ns) for each in asked),
        elevation_m=elevation,
    )


def _read_request(value: Value, asked: Value, now_ns: int) -> PriorityRequest:
    until_s = _seconds(asked, "estimatedArrivalTime")
    arrives = not math.isnan(until_s)
    return PriorityRequest(
        id=value["reqID"],
        region=asked["intersectionId"].get("region", 0),
        intersection=asked["intersectionId"]["id"],
        action="cancel" if value["status"] in _ENDED else "request",
        maneuver=_MANEUVERS.get(asked["requiredMov"].get("turn-direction", "")),
        arrive_utc_ns=now_ns + asked["estimatedArrivalTime"] * _NS_PER_STEP if arrives else None,
        duration_s=_seconds(value, "lifeTime") - (until_s if arrives else 0.0),
    )


def _seconds(value: Value, member: str) -> float:
    """An optional DE_TimeOffset, NaN where unavailable."""
    return scales.TIME_OFFSET.si(value[member]) if member in value else NAN
