"""PMM, the platoon management message of this project, for SAE J2735, which has none. Fields: docs/messages.md."""

from __future__ import annotations

from v2x.messages import scales
from v2x.messages.codec import Value
from v2x.messages.j2735.elements import to_temporary_id
from v2x.messages.model_cooperation import PlatoonManagement, PlatoonRole, PlatoonStatus
from v2x.messages.timemark import minute_and_ms, stamp

_ROLES: dict[str, PlatoonRole] = {"free": "free", "leader": "leader", "follower": "follower", "tail": "tail"}
_STATUSES: dict[PlatoonStatus, str] = {
    "unknown": "unknown",
    "navigating": "navigating",
    "dissolving": "dissolving",
    "ask_to_join": "askToJoin",
    "joining": "joining",
    "following": "following",
    "ask_to_leave": "askToLeave",
    "leaving": "leaving",
}
_STATUS_OF: dict[str, PlatoonStatus] = {name: status for status, name in _STATUSES.items()}
_PLATOON_BYTES = 17


def to_asn1(message: PlatoonManagement) -> Value:
    """ASN.1 value of a PMM; `CodecError` names what cannot be expressed."""
    value: Value = {
        "msgCnt": message.msg_count,
        "id": to_temporary_id(message.temporary_id),
        "secMark": minute_and_ms(message.utc_ns)[1],
        "role": message.role,
        "status": _STATUSES[message.status],
    }
    if message.platoon_id is not None:
        value["platoon"] = scales.identity("platoon_id", message.platoon_id, _PLATOON_BYTES)
    for name in ("members", "joining", "leaving"):
        if identities := getattr(message, name):
            value[name] = [to_temporary_id(identity) for identity in identities]
    told = {"capacity": message.capacity, "openToJoin": message.open_to_join}
    return value | {name: entry for name, entry in told.items() if entry is not None}


def from_asn1(value: Value, near_utc_ns: int) -> PlatoonManagement:
    """What a decoded PMM says; a role of a later edition is free, a status unknown."""
    platoon = value.get("platoon")
    return PlatoonManagement(
        msg_count=value["msgCnt"],
        temporary_id=int.from_bytes(value["id"]),
        utc_ns=stamp(None, value["secMark"], near_utc_ns),
        platoon_id=None if platoon is None else int.from_bytes(platoon),
        role=_ROLES.get(value["role"], "free"),
        status=_STATUS_OF.get(value["status"], "unknown"),
        members=_identities(value, "members"),
        joining=_identities(value, "joining"),
        leaving=_identities(value, "leaving"),
        capacity=value.get("capacity"),
        open_to_join=value.get("openToJoin"),
    )


def _identities(value: Value, member: str) -> tuple[int, ...]:
    return tuple(int.from_bytes(each) for each in value.get(member, ()))
