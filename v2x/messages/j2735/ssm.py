"""SSM of SAE J2735: answers to signal requests. Table of fields: docs/messages.md."""

from __future__ import annotations

from v2x.errors import CodecError
from v2x.messages.codec import Value
from v2x.messages.j2735.elements import to_temporary_id
from v2x.messages.j2735.requests import from_access, from_service, to_access, to_service
from v2x.messages.model_cooperation import RequestStatus, RequestVerdict, SignalRequestStatus
from v2x.messages.timemark import minute_and_ms, stamp

# DE_PrioritizationResponseStatus
_STATUS: dict[RequestVerdict, str] = {
    "unknown": "unknown",
    "requested": "requested",
    "processing": "processing",
    "watch_other_traffic": "watchOtherTraffic",
    "granted": "granted",
    "rejected": "rejected",
    "max_presence": "maxPresence",
    "locked": "reserviceLocked",
}
_VERDICTS: dict[str, RequestVerdict] = {name: verdict for verdict, name in _STATUS.items()}


def to_asn1(message: SignalRequestStatus) -> Value:
    """ASN.1 value of an SSM; `CodecError` names what cannot be expressed."""
    minute, ms = minute_and_ms(message.utc_ns)
    return {
        "timeStamp": minute,
        "second": ms,
        "sequenceNumber": message.msg_count,
        "status": [
            {
                "sequenceNumber": message.msg_count,
                "id": {"region": message.region, "id": message.intersection},
                "sigStatus": [_package(f"statuses[{i}]", status) for i, status in enumerate(message.statuses)],
            }
        ],
    }


def _package(place: str, status: RequestStatus) -> Value:
    value: Value = {
        "requester": {
            "id": ("entityID", to_temporary_id(status.requester_id)),
            "request": status.request_id,
            "sequenceNumber": status.request_count,
        },
        "inboundOn": to_access(status.in_lane),
        **to_service(place, status.arrive_utc_ns, status.duration_s),
        "status": _STATUS[status.verdict],
    }
    if status.out_lane is not None:
        value["outboundOn"] = to_access(status.out_lane)
    return value


def from_asn1(value: Value, near_utc_ns: int) -> SignalRequestStatus:
    """Answers of a decoded SSM.

    Raises
    ------
    CodecError
        Unless it is of one intersection (the model has one) and every answer says to whom.
    """
    if len(value["status"]) != 1:
        raise CodecError(f"{len(value['status'])} intersections, the model has one", path="status")
    now_ns = stamp(value.get("timeStamp"), value["second"], near_utc_ns)
    (place,) = value["status"]
    return SignalRequestStatus(
        msg_count=place["sequenceNumber"],
        utc_ns=now_ns,
        region=place["id"].get("region", 0),
        intersection=place["id"]["id"],
        statuses=tuple(_read_package(i, package, now_ns) for i, package in enumerate(place["sigStatus"])),
    )


def _read_package(number: int, value: Value, now_ns: int) -> RequestStatus:
    requester = value.get("requester")
    if requester is None:
        raise CodecError("an answer to nobody", path=f"status[0].sigStatus[{number}].requester")
    identity = requester["id"][1]
    arrive_ns, duration_s = from_service(value, now_ns)
    return RequestStatus(
        requester_id=int.from_bytes(identity) if isinstance(identity, bytes) else identity,
        request_id=requester["request"],
        verdict=_VERDICTS.get(value["status"], "unknown"),
        request_count=requester["sequenceNumber"],
        in_lane=from_access(value["inboundOn"]),
        out_lane=from_access(value.get("outboundOn")),
        arrive_utc_ns=arrive_ns,
        duration_s=duration_s,
    )
