"""What the MAPs of both families share: kinds of lane, manoeuvres, speed limits, names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from v2x.errors import CodecError
from v2x.messages import scales
from v2x.messages.model import NAN, Connection, LaneKind, Maneuver

BitString = tuple[bytes, int]

#: Kind of limit that both families use for the general one.
SPEED_LIMIT_TYPE = "vehicleMaxSpeed"

# kind of lane -> alternative of DF_LaneTypeAttributes and its number of bits, none set
_LANE_TYPES: dict[LaneKind, tuple[str, int]] = {
    "vehicle": ("vehicle", 8),
    "bike": ("bikeLane", 16),
    "crosswalk": ("crosswalk", 16),
}
_KINDS: dict[str, LaneKind] = {name: kind for kind, (name, _) in _LANE_TYPES.items()}

# DE_AllowedManeuvers: bit 0 is the most significant of 12
_MANEUVERS: dict[Maneuver, int] = {"straight": 0, "left": 1, "right": 2, "uturn": 3}
_ON_RED: dict[Maneuver, int] = {"left": 4, "right": 5}
_MANEUVER_BITS = 12


def lane_type(kind: LaneKind) -> tuple[str, BitString]:
    """DF_LaneTypeAttributes of a kind of lane."""
    name, bits = _LANE_TYPES[kind]
    return name, (bytes(bits // 8), bits)


def kind_of(value: tuple[str, BitString]) -> LaneKind:
    """Kind of lane of a DF_LaneTypeAttributes; `CodecError` for those that the model does not have."""
    kind = _KINDS.get(value[0])
    if kind is None:
        raise CodecError(f"a lane of type '{value[0]}' is not in the model", path="laneType")
    return kind


def maneuver_bits(place: str, connections: Iterable[Connection]) -> BitString:
    """DE_AllowedManeuvers of all the connections together; `CodecError` if one other than a turn goes on red."""
    bits = 0
    for connection in connections:
        bits |= 0x8000 >> _MANEUVERS[connection.maneuver]
        if connection.on_red:
            bits |= 0x8000 >> _on_red_bit(place, connection.maneuver)
    return bits.to_bytes(2), _MANEUVER_BITS


def _on_red_bit(place: str, maneuver: Maneuver) -> int:
    if maneuver not in _ON_RED:
        raise CodecError(f"only left and right turns can be allowed on red, not '{maneuver}'", path=f"{place}.on_red")
    return _ON_RED[maneuver]


def maneuvers_of(value: BitString | None) -> Maneuver:
    """The manoeuvre of a connection: the first that is allowed, straight where none is said."""
    bits = 0 if value is None else int.from_bytes(value[0])
    allowed = [maneuver for maneuver, bit in _MANEUVERS.items() if bits & 0x8000 >> bit]
    return allowed[0] if allowed else "straight"


def on_red_of(value: BitString | None) -> bool:
    """Whether the manoeuvre of a connection may be made on red: what has no bit set is prohibited in both families."""
    bit = _ON_RED.get(maneuvers_of(value))
    return value is not None and bit is not None and bool(int.from_bytes(value[0]) & 0x8000 >> bit)


def maximum_speed(limits: Iterable[Mapping[str, Any]]) -> float:
    """The general limit of a DF_SpeedLimitList in m/s, NaN without one."""
    for limit in limits:
        if limit["type"] == SPEED_LIMIT_TYPE:
            return scales.SPEED.si(limit["speed"])
    return NAN


def ascii_name(member: str, text: str) -> dict[str, str]:
    """The optional member for a name, or nothing.

    Names are IA5String: one with Chinese characters cannot be sent and is left out. It only describes; ids identify.
    """
    return {member: text} if text and text.isascii() else {}
