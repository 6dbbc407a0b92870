"""What the BSMs of both families share: the columns of `VehicleStates` as integers, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from v2x.errors import CodecError
from v2x.messages import scales
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

# DE_BrakeAppliedStatus by ``brake_applied``: all wheels, none, or the bit that says unavailable
_WHEELS = {1: (b"\x78", 5), 0: (b"\x00", 5), -1: (b"\x80", 5)}
_UNAVAILABLE_BIT, _WHEEL_BITS = 0x80, 0x78


def raw_columns(states: VehicleStates, id_bytes: int) -> dict[str, list[Any]]:
    """Every field as a list of Python integers (``id`` as bytes, ``wheels`` as a bit string), all ranges checked.

    Raises
    ------
    CodecError
        Names the field, the row and the value that cannot be expressed.
    """
    columns: dict[str, list[Any]] = {}
    for name, scale in SCALED.items():
        values = getattr(states, name)
        raw = scales.longitude_raw(name, values) if name == "lon_deg" else scale.to_raw(name, values)
        columns[name] = raw.tolist()
    columns["msg_count"] = _in_range("msg_count", states.msg_count, 0, 127)
    columns["vehicle_class"] = _in_range("vehicle_class", states.vehicle_class, 0, 255)
    columns["sec_mark"] = ms_of_minute(states.utc_ns).tolist()
    packed = states.temporary_id.astype(">u8").tobytes()
    columns["id"] = [packed[end - id_bytes : end] for end in range(8, len(packed) + 1, 8)]
    applied = _in_range("brake_applied", states.brake_applied, -1, 1)
    columns["wheels"] = [_WHEELS[one] for one in applied]
    columns["brake_applied"] = applied
    return columns


def _in_range(name: str, values: NDArray[np.integer[Any]], low: int, high: int) -> list[int]:
    bad = (values < low) | (values > high)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise CodecError(f"cannot express {int(values[row])} in row {row}, range {low} to {high}", path=name)
    numbers: list[int] = values.tolist()
    return numbers


def states_of(rows: Sequence[Raw], near_utc_ns: int) -> VehicleStates:
    """`VehicleStates` of decoded messages, one dict of integers a row under the names of `raw_columns`."""

    def column(name: str) -> I64:
        return np.array([row[name] for row in rows], np.int64)

    return VehicleStates(
        msg_count=column("msg_count"),
        temporary_id=np.array([int.from_bytes(row["id"]) for row in rows], np.uint64),
        utc_ns=from_ms_of_minute(column("sec_mark"), near_utc_ns),
        brake_applied=np.array([row["brake_applied"] for row in rows], np.int8),
        vehicle_class=column("vehicle_class"),
        **{name: scale.to_si(column(name)) for name, scale in SCALED.items()},
    )


def brake_of_wheels(wheels: tuple[bytes, int]) -> int:
    """``brake_applied`` of a DE_BrakeAppliedStatus: -1 unavailable, else whether any wheel brakes."""
    bits = wheels[0][0]
    if bits & _UNAVAILABLE_BIT:
        return -1
    return 1 if bits & _WHEEL_BITS else 0
