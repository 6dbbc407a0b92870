"""RSC of T/CSAE 157: what it can say of answers to requests for priority. Table of fields: docs/messages.md.

The RSC coordinates vehicles and has no form for answers. A decision is sent as a suggestion how to drive, marked as one
about signal priority, and only three verdicts have one (project choice). Not carried: ``request_id``,
``request_count``, ``out_lane``, and the time of arrival: the end of the green is, as the life of the suggestion. Not in
the model, and left out or ignored: the place of the roadside unit, guidance along paths, and coordination of lanes.
"""

from __future__ import annotations

import math

from v2x.clock import NS_PER_S
from v2x.errors import CodecError
from v2x.messages import scales
from v2x.messages.codec import Value
from v2x.messages.csae.node_ids import NO_NODE, to_node
from v2x.messages.model import NAN
from v2x.messages.model_cooperation import RequestStatus, RequestVerdict, SignalRequestStatus
from v2x.messages.timemark import minute_and_ms, stamp

BitString = tuple[bytes, int]


def _bit(position: int, bits: int) -> BitString:
    """A BIT STRING with one bit set; bit 0 is the most significant."""
    size = -(-bits // 8)
    return (1 << 8 * size - 1 - position).to_bytes(size), bits


# DE_DriveBehavior: intersectionStraightThrough, stop, slow-down
_SUGGESTIONS: dict[RequestVerdict, BitString] = {
    "granted": _bit(5, 14),
    "rejected": _bit(10, 14),
    "watch_other_traffic": _bit(11, 14),
}
_VERDICTS: dict[BitString, RequestVerdict] = {suggestion: verdict for verdict, suggestion in _SUGGESTIONS.items()}
# CoordinationInfo: signalPriority
_SIGNAL_PRIORITY = _bit(7, 8)
# ReferenceLanes
_LANES, _LANE_BITS = range(1, 16), 16
_NODE_BITS = 16


def to_asn1(message: SignalRequestStatus) -> Value:
    """ASN.1 value of an RSC; `CodecError` names what cannot be expressed."""
    node = to_node(message.region, message.intersection)
    return {
        "msgCnt": message.msg_count,
        # the model has no identity of the roadside unit: that of its intersection (project choice)
        "id": scales.identity("intersection", message.region << _NODE_BITS | message.intersection, 8),
        "secMark": minute_and_ms(message.utc_ns)[1],
        "refPos": {"lat": scales.LATITUDE.unavailable, "long": scales.LONGITUDE.unavailable},
        "coordinates": [_coordination(status, node, message.utc_ns) for status in message.statuses],
    }


def _coordination(status: RequestStatus, node: Value, now_ns: int) -> Value:
    place = f"statuses[{status.request_id}]"
    if status.verdict not in _SUGGESTIONS:
        reason = f"'{status.verdict}' has no counterpart, expected one of {', '.join(_SUGGESTIONS)}"
        raise CodecError(reason, path=f"{place}.verdict")
    # where the lane comes from is mandatory and not in the model
    link: Value = {"upstreamNodeId": NO_NODE, "downstreamNodeId": node}
    if status.in_lane is not None:
        if status.in_lane not in _LANES:
            raise CodecError(f"cannot express lane {status.in_lane}, range 1 to 15", path=f"{place}.in_lane")
        link["referenceLanes"] = _bit(status.in_lane, _LANE_BITS)
    suggestion: Value = {
        "suggestion": _SUGGESTIONS[status.verdict],
        "relatedLink": link,
    }
    if not math.isnan(status.duration_s):
        away_s = 0.0 if status.arrive_utc_ns is None else (status.arrive_utc_ns - now_ns) / NS_PER_S
        suggestion["lifeTime"] = scales.TIME_OFFSET.one(f"{place}.duration_s", away_s + status.duration_s)
    return {
        "vehId": scales.identity(f"{place}.requester_id", status.requester_id, 8),
        "driveSuggestion": suggestion,
        "info": _SIGNAL_PRIORITY,
    }


def from_asn1(value: Value, near_utc_ns: int) -> SignalRequestStatus:
    """The decisions on signal priority in a decoded RSC; `CodecError` unless they are about one intersection."""
    decisions = [each for each in value.get("coordinates", ()) if _is_decision(each)]
    nodes = [each["driveSuggestion"]["relatedLink"]["downstreamNodeId"] for each in decisions]
    if not nodes or nodes != nodes[:1] * len(nodes):
        raise CodecError("not decisions on signal priority at one intersection, the model has nothing else")
    return SignalRequestStatus(
        msg_count=value["msgCnt"],
        utc_ns=stamp(None, value["secMark"], near_utc_ns),
        region=nodes[0].get("region", 0),
        intersection=nodes[0]["id"],
        statuses=tuple(_read(each["vehId"], each["driveSuggestion"]) for each in decisions),
    )


def _is_decision(coordination: Value) -> bool:
    suggestion: Value = coordination.get("driveSuggestion", {})
    said = "relatedLink" in suggestion and suggestion["suggestion"] in _VERDICTS
    return said and coordination.get("info") == _SIGNAL_PRIORITY


def _read(vehicle: bytes, suggestion: Value) -> RequestStatus:
    lanes = suggestion["relatedLink"].get("referenceLanes")
    return RequestStatus(
        requester_id=int.from_bytes(vehicle),
        request_id=0,
        verdict=_VERDICTS[suggestion["suggestion"]],
        in_lane=next((lane for lane in _LANES if lanes == _bit(lane, _LANE_BITS)), None),
        duration_s=scales.TIME_OFFSET.si(suggestion["lifeTime"]) if "lifeTime" in suggestion else NAN,
    )
