"""The message sets: which modules, which messages, what their frames look like."""

from __future__ import annotations

from typing import Any

from v2x.messages.codec import MessageSet

_J2735_IDS = {18: "MapData", 19: "SPAT", 20: "BasicSafetyMessage", 31: "TravelerInformation"}
_J2735_PART2 = {0: "VehicleSafetyExtensions", 1: "SpecialVehicleExtensions", 2: "SupplementalVehicleExtensions"}


def _peek_csae(head: bytes) -> Any:
    """A set bit announces an extension of the frame (phase II), else three bits number the alternative."""
    if not head or head[0] & 0x80:
        return None
    index = head[0] >> 4
    return _CSAE_FRAMES[index] if index < len(_CSAE_FRAMES) else None


_CSAE_FRAMES = ("bsmFrame", "mapFrame", "rsmFrame", "spatFrame", "rsiFrame")

#: SAE J2735; the 2016 and later editions have the same bits for these messages.
J2735 = MessageSet(
    folder="j2735",
    modules=("frame", "common", "nodes", "itis", "bsm", "bsm-part2", "map", "spat", "tim"),
    messages={
        "BSM": (20, "BasicSafetyMessage"),
        "MAP": (18, "MapData"),
        "SPAT": (19, "SPAT"),
        "TIM": (31, "TravelerInformation"),
    },
    open_types={
        ("messageId", "value"): _J2735_IDS,
        ("partII-Id", "partII-Value"): _J2735_PART2,
        ("regionId", "regExtValue"): {},  # regional extensions are relayed as bytes
    },
    wrap=lambda key, value: {"messageId": key, "value": value},
    unwrap=lambda frame: (frame["messageId"], frame["value"]),
    peek=lambda head: int.from_bytes(head) & 0x7FFF if len(head) == 2 else None,
)


def _csae(dialect: str) -> MessageSet:
    return MessageSet(
        folder="csae",
        modules=("frame", "common", "bsm", "map", "spat", "rsm", "rsi", f"dialect-{dialect}"),
        messages={
            "BSM": ("bsmFrame", "BasicSafetyMessage"),
            "MAP": ("mapFrame", "MapData"),
            "RSM": ("rsmFrame", "RoadsideSafetyMessage"),
            "SPAT": ("spatFrame", "SPAT"),
            "RSI": ("rsiFrame", "RoadSideInformation"),
        },
        open_types={},
        wrap=lambda key, value: (key, value),
        unwrap=lambda frame: frame,
        peek=_peek_csae,
    )


#: T/CSAE 53-2020 in the two dialects seen in the field.
CSAE_A, CSAE_B = _csae("a"), _csae("b")
