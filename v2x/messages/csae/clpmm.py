"""CLPMM of T/CSAE 157: management of platoons. Table of fields: docs/messages.md."""

from __future__ import annotations

from v2x.errors import CodecError
from v2x.messages import scales
from v2x.messages.codec import Value
from v2x.messages.model_cooperation import PlatoonManagement, PlatoonRole, PlatoonStatus
from v2x.messages.timemark import minute_and_ms, stamp

# RoleInPlatooning
_ROLES: dict[PlatoonRole, str] = {"leader": "leader", "follower": "follower", "tail": "tail", "free": "free-vehicle"}
_ROLE_OF: dict[str, PlatoonRole] = {name: role for role, name in _ROLES.items()}
# StatusInPlatooning; nothing says unknown
_STATUSES: dict[PlatoonStatus, str] = {
    "navigating": "navigating",
    "dissolving": "beginToDissmiss",
    "ask_to_join": "askForJoining",
    "joining": "joining",
    "following": "following",
    "ask_to_leave": "askForLeaving",
    "leaving": "leaving",
}
_STATUS_OF: dict[str, PlatoonStatus] = {name: status for status, name in _STATUSES.items()}
_PLATOON_BYTES, _VEHICLE_BYTES = 17, 8
#: Number of the platoon that a vehicle in none sends (project choice).
_NO_PLATOON = 0


def to_asn1(message: PlatoonManagement) -> Value:
    """ASN.1 value of a CLPMM; `CodecError` names what cannot be expressed."""
    if message.status not in _STATUSES:
        reason = f"'{message.status}' has no counterpart, expected one of {', '.join(_STATUSES)}"
        raise CodecError(reason, path="status")
    if message.platoon_id == _NO_PLATOON:
        raise CodecError("0 is the number of no platoon", path="platoon_id")
    platoon = _NO_PLATOON if message.platoon_id is None else message.platoon_id
    value: Value = {
        "msgCnt": message.msg_count,
        "id": scales.identity("temporary_id", message.temporary_id, _VEHICLE_BYTES),
        "secMark": minute_and_ms(message.utc_ns)[1],
        "pid": scales.identity("platoon_id", platoon, _PLATOON_BYTES),
        "role": _ROLES[message.role],
        "status": _STATUSES[message.status],
    }
    leading = _leading(message)
    return value | {"leadingExt": leading} if leading else value


def _leading(message: PlatoonManagement) -> Value:
    """DF_MemberManagement, empty if there is nothing to manage; members, capacity and openness go together."""
    told = {
        "memberList": _vehicles("members", message.members),
        "joiningList": _vehicles("joining", message.joining),
        "leavingList": _vehicles("leaving", message.leaving),
        "capacity": message.capacity,
        "openToJoin": message.open_to_join,
    }
    value = {name: entry for name, entry in told.items() if entry not in (None, [])}
    missing = [name for name in ("memberList", "capacity", "openToJoin") if name not in value]
    if value and missing:
        raise CodecError(f"a leader's list needs {', '.join(missing)} too", path="members")
    return value


def _vehicles(name: str, identities: tuple[int, ...]) -> list[Value]:
    return [{"vid": scales.identity(name, identity, _VEHICLE_BYTES)} for identity in identities]


def from_asn1(value: Value, near_utc_ns: int) -> PlatoonManagement:
    """What a decoded CLPMM says; a role of a later edition is free, a status unknown."""
    leading: Value = value.get("leadingExt", {})
    platoon = int.from_bytes(value["pid"])
    return PlatoonManagement(
        msg_count=value["msgCnt"],
        temporary_id=int.from_bytes(value["id"]),
        utc_ns=stamp(None, value["secMark"], near_utc_ns),
        platoon_id=None if platoon == _NO_PLATOON else platoon,
        role=_ROLE_OF.get(value["role"], "free"),
        status=_STATUS_OF.get(value["status"], "unknown"),
        members=_identities(leading, "memberList"),
        joining=_identities(leading, "joiningList"),
        leaving=_identities(leading, "leavingList"),
        capacity=leading.get("capacity"),
        open_to_join=leading.get("openToJoin"),
    )


def _identities(leading: Value, member: str) -> tuple[int, ...]:
    return tuple(int.from_bytes(each["vid"]) for each in leading.get(member, ()))
