"""The message sets: which modules, which messages, what their frames look like."""

from __future__ import annotations

from typing import Any

from v2x.messages.codec import MessageSet

#: Short name -> (DSRCmsgID, ASN.1 type).
_J2735_MESSAGES = {
    "MAP": (18, "MapData"),
    "SPAT": (19, "SPAT"),
    "BSM": (20, "BasicSafetyMessage"),
    "EVA": (22, "EmergencyVehicleAlert"),
    "ICA": (23, "IntersectionCollision"),
    "RSA": (27, "RoadSideAlert"),
    "RTCM": (28, "RTCMcorrections"),
    "SRM": (29, "SignalRequestMessage"),
    "SSM": (30, "SignalStatusMessage"),
    "TIM": (31, "TravelerInformation"),
    "PSM": (32, "PersonalSafetyMessage"),
    "RSM": (33, "RoadSafetyMessage"),
    "CCM": (40, "CooperativeControlMessage"),
    "SDSM": (41, "SensorDataSharingMessage"),
    # ours (asn1/platooning.asn), from the top of the range 240 to 255 for tests, which CARMA fills from the bottom
    "PMM": (254, "PlatoonManagementMessage"),
    "PCM": (255, "PlatoonControlMessage"),
}
_J2735_PART2 = {0: "VehicleSafetyExtensions", 1: "SpecialVehicleExtensions", 2: "SupplementalVehicleExtensions"}
_J2735_CCM_PART2 = {0: "VehicleSafetyExtensions", 1: "LightVehicleCCMExtensions", 2: "HeavyTruckCCMExtensions"}

#: T/CSAE 53 (day 1): alternatives of the frame, in their order.
_CSAE_DAY1 = {
    "BSM": ("bsmFrame", "BasicSafetyMessage"),
    "MAP": ("mapFrame", "MapData"),
    "RSM": ("rsmFrame", "RoadsideSafetyMessage"),
    "SPAT": ("spatFrame", "SPAT"),
    "RSI": ("rsiFrame", "RoadSideInformation"),
}
_CSAE_FRAMES = tuple(member for member, _ in _CSAE_DAY1.values())

#: T/CSAE 157 (day 2): numbers in the frame's extension.
_CSAE_DAY2 = {
    "test": (0, "TestMsg"),
    "RTCM": (10, "RTCMcorrections"),
    "RSC": (11, "RoadsideCoordination"),
    "SSM": (12, "SensorSharingMsg"),
    "VIR": (13, "VehIntentionAndRequest"),
    "PAM": (14, "PAMData"),
    "PSM": (15, "PersonalSafetyMessage"),
    "CLPMM": (16, "CLPMM"),
    "VPM": (17, "VehiclePaymentMessage"),
}
#: Ours (asn1/platooning.asn): the last number of the extension, whose own are given from the bottom.
_CSAE_OWN = {"PCM": (32767, "PlatoonControlMessage")}
_CSAE_EXTENDED = _CSAE_DAY2 | _CSAE_OWN
_CSAE_EXTENSION = "msgFrameExt"


def _wrap_csae(key: str | int, value: Any) -> Any:
    return (_CSAE_EXTENSION, {"messageId": key, "value": value}) if isinstance(key, int) else (key, value)


def _unwrap_csae(frame: tuple[str, Any]) -> tuple[Any, Any]:
    member, value = frame
    return (value["messageId"], value["value"]) if member == _CSAE_EXTENSION else (member, value)


def _peek_csae(head: bytes) -> Any:
    """Three bits number the alternative; behind 0x80 and a length of one or two bytes stands the number of day 2."""
    if not head:
        return None
    if not head[0] & 0x80:
        index = head[0] >> 4
        return _CSAE_FRAMES[index] if index < len(_CSAE_FRAMES) else None
    at = 3 if len(head) > 1 and head[1] & 0x80 else 2
    number = head[at : at + 2]
    return int.from_bytes(number) & 0x7FFF if head[0] == 0x80 and len(number) == 2 else None


_OWN_MODULE = "platooning"
_J2735_MODULES = (
    "frame", "common", "nodes", "itis", "bsm", "bsm-part2", "map", "spat", "tim", "alerts", "ccm", "psm", "rsm", "rtcm",
    "sdsm", "srm", "ssm",
)  # fmt: skip


def _j2735(edition: int) -> MessageSet:
    return MessageSet(
        modules=(*(f"j2735/{module}" for module in (*_J2735_MODULES, f"edition-{edition}")), _OWN_MODULE),
        messages=_J2735_MESSAGES,
        open_types={
            ("messageId", "value"): dict(_J2735_MESSAGES.values()),
            ("partII-Id", "partII-Value"): _J2735_PART2,
            ("CCMPartIIcontent", "partII-Id", "partII-Value"): _J2735_CCM_PART2,
            ("regionId", "regExtValue"): {},  # regional extensions are relayed as bytes
        },
        wrap=lambda key, value: {"messageId": key, "value": value},
        unwrap=lambda frame: (frame["messageId"], frame["value"]),
        peek=lambda head: int.from_bytes(head[:2]) & 0x7FFF if len(head) > 1 else None,
        outer=lambda _: 1,
    )


#: SAE J2735 of 2020 and 2024, which differ only in what extension markers allow to add, and of 2016. Messages and
#: additions of 2024 are known in each: an edition's own senders never use them.
J2735, J2735_2016 = _j2735(2020), _j2735(2016)


_CSAE_MODULES = (
    "frame", "common", "bsm", "map", "map-phase2", "spat", "rsm", "rsi", "planning", "ssm", "clpmm", "psm", "vir",
    "rsc", "pam", "vpm", "payment", "rtcm", "test",
)  # fmt: skip


def _csae(dialect: str) -> MessageSet:
    return MessageSet(
        modules=(*(f"csae/{module}" for module in (*_CSAE_MODULES, f"dialect-{dialect}")), _OWN_MODULE),
        messages={**_CSAE_DAY1, **_CSAE_EXTENDED},
        open_types={("messageId", "value"): dict(_CSAE_EXTENDED.values())},
        wrap=_wrap_csae,
        unwrap=_unwrap_csae,
        peek=_peek_csae,
        outer=lambda key: 2 if isinstance(key, int) else 1,
    )


#: T/CSAE 53-2020 in the two dialects seen in the field, with T/CSAE 157-2020 on top of each. Day 2 takes what it shares
#: (reference paths, dates, full position vectors) from the dialect it is compiled with, as one set of modules must;
#: all day-2 modules seen in public are on B.
CSAE_A, CSAE_B = _csae("a"), _csae("b")
