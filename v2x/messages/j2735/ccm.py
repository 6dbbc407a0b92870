"""CCM of SAE J2945/6: what it can say of a platoon. Table of fields: docs/messages.md.

The CCM serves control, not the management of platoons: it says how a vehicle is driven and whom it follows. A manoeuvre
(joining, leaving, dissolving) and the lists of a leader cannot be expressed. Not carried: ``platoon_id``, ``capacity``,
``open_to_join``, and of ``members`` all but the vehicle ahead. Motion is unavailable here: it is in the sender's BSM.
"""

from __future__ import annotations

from v2x.errors import CodecError
from v2x.messages.codec import Value
from v2x.messages.elements import to_accuracy
from v2x.messages.j2735.elements import to_temporary_id
from v2x.messages.model import NAN
from v2x.messages.model_cooperation import PlatoonManagement
from v2x.messages.timemark import minute_and_ms, stamp

_LIGHT_VEHICLE = 1
# DE_LongitudinalControlState: cooperative adaptive cruise control behind one or more vehicles; the meaning of the names
# is from memory
_FOLLOWING = ("caccOne", "caccMultiple")
_SAYABLE = ("following", "navigating", "unknown")

_MOTION_UNAVAILABLE: Value = {
    "lat": 900_000_001,
    "long": 1_800_000_001,
    "elev": -4096,
    "accuracy": to_accuracy(NAN, NAN, NAN),
    "transmission": "unavailable",
    "speed": 8191,
    "heading": 28800,
    "angle": 127,
    "accelSet": {"long": 2001, "lat": 2001, "vert": -127, "yaw": 0},
    "brakes": {
        "wheelBrakes": (b"\x80", 5),
        **dict.fromkeys(("traction", "abs", "scs", "brakeBoost", "auxBrakes"), "unavailable"),
    },
    "size": {"width": 0, "length": 0},
}


def to_asn1(message: PlatoonManagement) -> Value:
    """ASN.1 value of a CCM; `CodecError` names what cannot be expressed."""
    if message.status not in _SAYABLE:
        reason = f"'{message.status}' has no counterpart, expected one of {', '.join(_SAYABLE)}"
        raise CodecError(reason, path="status")
    for member in ("joining", "leaving"):
        if getattr(message, member):
            raise CodecError("a CCM lets nobody in or out", path=member)
    following = message.status == "following"
    extension: Value = {"longCntrlState": _FOLLOWING[0] if following else "unavailable"}
    ahead = _ahead(message)
    if following and ahead is not None:
        extension["targetId"] = to_temporary_id(ahead)
    return {
        "coreData": {
            "msgCnt": message.msg_count,
            "id": to_temporary_id(message.temporary_id),
            "secMark": minute_and_ms(message.utc_ns)[1],
            **_MOTION_UNAVAILABLE,
        },
        "partII": [{"partII-Id": _LIGHT_VEHICLE, "partII-Value": extension}],
    }


def _ahead(message: PlatoonManagement) -> int | None:
    """Identity of the vehicle ahead of the sender, None if the list of members does not tell it."""
    if message.temporary_id not in message.members[1:]:
        return None
    return message.members[message.members.index(message.temporary_id) - 1]


def from_asn1(value: Value, near_utc_ns: int) -> PlatoonManagement:
    """What a decoded CCM says of a platoon: whether its sender follows, and whom."""
    core = value["coreData"]
    own = int.from_bytes(core["id"])
    extension = _extension(value)
    following = extension.get("longCntrlState") in _FOLLOWING
    target = extension.get("targetId")
    return PlatoonManagement(
        msg_count=core["msgCnt"],
        temporary_id=own,
        utc_ns=stamp(None, core["secMark"], near_utc_ns),
        platoon_id=None,
        role="follower" if following else "free",
        status="following" if following else "unknown",
        members=(int.from_bytes(target), own) if following and target is not None else (),
    )


def _extension(value: Value) -> Value:
    """The part that says how a light vehicle or a truck is driven, empty if there is none."""
    for part in value.get("partII", ()):
        if isinstance(part["partII-Value"], dict) and "longCntrlState" in part["partII-Value"]:
            extension: Value = part["partII-Value"]
            return extension
    return {}
