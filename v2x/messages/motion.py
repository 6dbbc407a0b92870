"""What the BSMs of both families share: the columns of `VehicleStates` as integers, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from v2x.errors import CodecError
from v2x.messages import scales
from v2x.messages.columnar import RawColumn
from v2x.messages.model import VehicleStates
from v2x.messages.timemark import from_ms_of_minute, ms_of_minute

I64 = NDArray[np.int64]
Raw = dict[str, Any]

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

# DE_BrakeAppliedStatus is five bits, first: unavailable, then one a wheel; by ``brake_applied`` none, all, unavailable
_WHEEL_BITS, _UNAVAILABLE_BIT = 0b01111, 0b10000
_WHEELS = np.array([0, _WHEEL_BITS, _UNAVAILABLE_BIT])  # -1 is the last
#: DE_BrakePedalStatus of T/CSAE 53 -> ``brake_applied``, in the order of the enumeration.
PEDAL = {"unavailable": -1, "off": 0, "on": 1}


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
        Under the names of `VehicleStates`, and ``id``, ``sec_mark``, ``wheels``, ``pedal``; ``has_elevation`` and
        ``has_accuracy`` are False where all of it is unavailable.

    Raises
    ------
    CodecError
        Names the field, the row and the value that cannot be expressed.
    """
    raw: dict[str, RawColumn] = {}
    for name, scale in SCALED.items():
        values = getattr(states, name)
        raw[name] = scales.longitude_raw(name, values) if name == "lon_deg" else scale.to_raw(name, values)
    raw["msg_count"] = _in_range("msg_count", states.msg_count, 0, 127)
    raw["vehicle_class"] = _in_range("vehicle_class", states.vehicle_class, 0, 255)
    raw["sec_mark"] = ms_of_minute(states.utc_ns)
    raw["id"] = states.temporary_id & np.uint64((1 << id_bits) - 1)
    applied = _in_range("brake_applied", states.brake_applied, -1, 1)
    raw["wheels"], raw["pedal"] = _WHEELS[applied], applied - PEDAL["unavailable"]
    raw["has_elevation"] = ~np.isnan(states.elevation_m)
    no_accuracy = np.isnan(states.semi_major_m) & np.isnan(states.semi_minor_m) & np.isnan(states.orientation_deg)
    raw["has_accuracy"] = ~no_accuracy
    return raw


def _in_range(name: str, values: NDArray[np.integer[Any]], low: int, high: int) -> NDArray[np.integer[Any]]:
    bad = (values < low) | (values > high)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise CodecError(f"cannot express {int(values[row])} in row {row}, range {low} to {high}", path=name)
    return values


def states_of(rows: Sequence[Raw], near_utc_ns: int) -> VehicleStates:
    """`VehicleStates` of decoded messages, one dict a row: what the form reads, and ``brake_applied``.

    A number that is not there is unavailable.
    """

    def column(name: str, absent: int | None = None) -> I64:
        return np.array([row.get(name, absent) for row in rows], np.int64)

    return VehicleStates(
        msg_count=column("msg_count"),
        temporary_id=np.array([int.from_bytes(row["id"]) for row in rows], np.uint64),
        utc_ns=from_ms_of_minute(column("sec_mark"), near_utc_ns),
        brake_applied=np.array([row["brake_applied"] for row in rows], np.int8),
        vehicle_class=column("vehicle_class"),
        **{name: scale.to_si(column(name, scale.unavailable)) for name, scale in SCALED.items()},
    )


def brake_of_wheels(wheels: tuple[bytes, int]) -> int:
    """``brake_applied`` of a DE_BrakeAppliedStatus: -1 unavailable, else whether any wheel brakes."""
    data, bits = wheels
    status = int.from_bytes(data) >> 8 * len(data) - bits
    if status & _UNAVAILABLE_BIT:
        return -1
    return 1 if status & _WHEEL_BITS else 0
