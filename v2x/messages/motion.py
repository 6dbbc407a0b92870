"""What the BSMs of both families share: the columns of `VehicleStates` as integers, and back."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from v2x.errors import CodecError
from v2x.messages import scales
from v2x.messages.bits import RawColumn
from v2x.messages.model import VehicleEvent, VehicleStates
from v2x.messages.shapes import Wanted
from v2x.messages.timemark import DSECOND_UNAVAILABLE, ms_of_minute

I64 = NDArray[np.int64]

#: Field of `VehicleStates` -> scale, for the fields that are plain numbers.
SCALED = {
    "lat_deg": scales.LATITUDE,
    "lon_deg": scales.LONGITUDE,
    "elevation_m": scales.ELEVATION,
    "semi_major_m": scales.SEMI_AXIS,
    "semi_minor_m": scales.SEMI_AXIS,
    "orientation_deg": scales.ORIENTATION,
    "speed_mps": scales.SPEED,
    "heading_deg": scales.HEADING,
    "accel_long_mps2": scales.ACCELERATION,
    "accel_lat_mps2": scales.ACCELERATION,
    "accel_vert_mps2": scales.VERTICAL_ACCELERATION,
    "yaw_rate_dps": scales.YAW_RATE,
    "width_m": scales.VEHICLE_WIDTH,
    "length_m": scales.VEHICLE_LENGTH,
}

_SCALES = scales.ScaleTable(SCALED)

# DE_BrakeAppliedStatus is five bits, first: unavailable, then one a wheel; by ``brake_applied`` none, all, unavailable
_WHEEL_BITS, _UNAVAILABLE_BIT = 0b01111, 0b10000
_WHEELS = np.array([0, _WHEEL_BITS, _UNAVAILABLE_BIT])  # -1 is the last
# the way back: whether any wheel brakes
_BRAKE_OF_WHEELS = np.array([-1 if bits & _UNAVAILABLE_BIT else int(bits > 0) for bits in range(32)], np.int8)
# DE_BrakePedalStatus of T/CSAE 53 is unavailable, off, on
_PEDAL_APPLIED = np.array([-1, 0, 1], np.int8)

#: Bits of VehicleEventFlags in front of its extension marker.
EVENT_BITS = 13
_EVENTS = sum(VehicleEvent)
# the first bit of a string is the highest of its raw integer and the lowest of a set of events: the same table leads
# there and back, also without the reserved bit, which is the middle one
_TURNED = _EVENTS & np.bitwise_or.reduce(
    [(np.arange(1 << EVENT_BITS) >> i & 1) << EVENT_BITS - 1 - i for i in range(EVENT_BITS)]
)

# sirenUse and lightsUse begin with unavailable, notInUse, inUse; other lights are no emergency vehicle's
_UNAVAILABLE, _IN_USE = 0, 2

_RANGES = scales.RangeTable(
    {"msg_count": (0, 127), "vehicle_class": (0, 255), "brake_applied": (-1, 1), "emergency": (-1, 1)}
)

#: Columns that `states_of` needs -> raw integer of a message that leaves the member out.
ABSENT = {
    **{name: scale.unavailable or 0 for name, scale in SCALED.items()},
    **{"msg_count": 0, "id": 0, "sec_mark": DSECOND_UNAVAILABLE, "vehicle_class": 0},
    **{"wheels": _UNAVAILABLE_BIT, "pedal": 0},
    **{"siren": _UNAVAILABLE, "lights": _UNAVAILABLE, "events": 0},
}
#: Where among them the time is.
SEC_MARK = [*ABSENT].index("sec_mark")


def raw_columns(states: VehicleStates, id_bits: int) -> dict[str, RawColumn]:
    """The blanks of both families' forms as raw integers, all ranges checked.

    Parameters
    ----------
    states
        n vehicles.
    id_bits
        How many of the identity's low bits the family carries.

    Returns
    -------
    dict
        Under the names of `VehicleStates`, and ``id``, ``sec_mark``, ``wheels``, ``pedal``, ``siren``, ``lights``,
        ``response``; ``has_elevation``, ``has_accuracy``, ``has_events`` and ``has_emergency`` are False where all of
        it is unavailable.

    Raises
    ------
    CodecError
        Names the field, the row and the value that cannot be expressed.
    """
    numbers = _SCALES.to_raw([getattr(states, name) for name in SCALED])
    raw: dict[str, RawColumn] = dict(zip(SCALED, numbers, strict=True))
    _RANGES.check([states.msg_count, states.vehicle_class, states.brake_applied, states.emergency])
    raw |= {"msg_count": states.msg_count, "vehicle_class": states.vehicle_class}
    raw["sec_mark"] = ms_of_minute(states.utc_ns)
    raw["id"] = states.temporary_id & np.uint64((1 << id_bits) - 1)
    raw["wheels"], raw["pedal"] = _WHEELS[states.brake_applied], states.brake_applied + 1
    raw["has_elevation"] = ~np.isnan(states.elevation_m)
    no_accuracy = np.isnan(states.semi_major_m) & np.isnan(states.semi_minor_m) & np.isnan(states.orientation_deg)
    raw["has_accuracy"] = ~no_accuracy
    return raw | _part_two(states)


def _part_two(states: VehicleStates) -> dict[str, RawColumn]:
    """The columns of what a BSM may leave out: events and emergency state."""
    unknown = states.events & ~_EVENTS
    if unknown.any():
        row = int(np.flatnonzero(unknown)[0])
        raise CodecError(f"cannot express {int(states.events[row])} in row {row}, no set of events", path="events")
    in_use = states.emergency + 1
    return {
        "events": _TURNED[states.events],
        "has_events": states.events != 0,
        "siren": in_use,
        "lights": in_use,
        "response": states.emergency,  # notInUseOrNotEquipped, emergency
        "has_emergency": states.emergency >= 0,
    }


def wanted(leaves: Mapping[str, tuple[str, ...]]) -> Wanted:
    """What `states_of` needs, with the leaves that each column is read from; none for what a family does not carry."""
    return Wanted(leaves, ABSENT, {"events": EVENT_BITS})


def states_of(columns: I64, utc_ns: I64) -> VehicleStates:
    """`VehicleStates` of raw integers.

    Parameters
    ----------
    columns
        (columns of `ABSENT`, n).
    utc_ns
        (n,) their times.
    """
    raw = dict(zip(ABSENT, columns, strict=True))
    applied = _PEDAL_APPLIED[raw["pedal"]]
    return VehicleStates(
        msg_count=raw["msg_count"],
        temporary_id=raw["id"].view(np.uint64),
        utc_ns=utc_ns,
        brake_applied=np.where(applied == -1, _BRAKE_OF_WHEELS[raw["wheels"]], applied),
        vehicle_class=raw["vehicle_class"],
        events=_TURNED[raw["events"]],
        emergency=_emergency_of(raw["siren"], raw["lights"]),
        **dict(zip(SCALED, _SCALES.to_si(columns[: len(SCALED)]), strict=True)),
    )


def _emergency_of(siren: I64, lights: I64) -> NDArray[np.int8]:
    """``emergency`` of sirenUse and lightsUse: -1 where both are unavailable, else whether one is in use."""
    in_use = ((siren == _IN_USE) | (lights == _IN_USE)).astype(np.int8)
    return np.where(siren | lights == _UNAVAILABLE, np.int8(-1), in_use)
