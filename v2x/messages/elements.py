"""Frames of data that are the same in both families: accuracy of a position, acceleration, a road user's motion."""

from __future__ import annotations

import math
from typing import Any

from v2x.messages import scales
from v2x.messages.model import NAN
from v2x.messages.position import from_position


def to_accuracy(semi_major_m: float, semi_minor_m: float, orientation_deg: float) -> dict[str, Any]:
    """DF_PositionalAccuracy."""
    return {
        "semiMajor": scales.SEMI_AXIS.one("semi_major_m", semi_major_m),
        "semiMinor": scales.SEMI_AXIS.one("semi_minor_m", semi_minor_m),
        "orientation": scales.ORIENTATION.one("orientation_deg", orientation_deg),
    }


def from_accuracy(value: dict[str, Any]) -> tuple[float, float, float]:
    """Semi-axes and orientation of a DF_PositionalAccuracy."""
    return (
        scales.SEMI_AXIS.si(value["semiMajor"]),
        scales.SEMI_AXIS.si(value["semiMinor"]),
        scales.ORIENTATION.si(value["orientation"]),
    )


def to_acceleration(place: str, long_mps2: float, lat_mps2: float, yaw_rate_dps: float) -> dict[str, Any] | None:
    """DF_AccelerationSet4Way, None where all of it is unavailable.

    `CodecError` for accelerations without a yaw rate: the standards have no value for that.
    """
    if math.isnan(long_mps2) and math.isnan(lat_mps2) and math.isnan(yaw_rate_dps):
        return None
    return {
        "long": scales.ACCELERATION.one(f"{place}accel_long_mps2", long_mps2),
        "lat": scales.ACCELERATION.one(f"{place}accel_lat_mps2", lat_mps2),
        "vert": scales.VERTICAL_ACCELERATION.unavailable,
        "yaw": scales.YAW_RATE.one(f"{place}yaw_rate_dps", yaw_rate_dps),
    }


def from_acceleration(value: dict[str, Any] | None) -> tuple[float, float, float]:
    """Longitudinal and lateral acceleration and yaw rate of a DF_AccelerationSet4Way."""
    if value is None:
        return NAN, NAN, NAN
    return (
        scales.ACCELERATION.si(value["long"]),
        scales.ACCELERATION.si(value["lat"]),
        scales.YAW_RATE.si(value["yaw"]),
    )


def from_motion(position: dict[str, Any], accuracy: dict[str, Any], value: dict[str, Any]) -> dict[str, float]:
    """Where a road user is and how it moves, by field of the model.

    Parameters
    ----------
    position, accuracy
        Its Position3D and PositionalAccuracy.
    value
        The message: ``speed``, ``heading`` and, where it is told, ``accelSet``.
    """
    lat, lon, elevation = from_position(position)
    semi_major, semi_minor, orientation = from_accuracy(accuracy)
    long_mps2, lat_mps2, yaw_rate = from_acceleration(value.get("accelSet"))
    return {
        "lat_deg": lat,
        "lon_deg": lon,
        "elevation_m": elevation,
        "semi_major_m": semi_major,
        "semi_minor_m": semi_minor,
        "orientation_deg": orientation,
        "speed_mps": scales.SPEED.si(value["speed"]),
        "heading_deg": scales.HEADING.si(value["heading"]),
        "accel_long_mps2": long_mps2,
        "accel_lat_mps2": lat_mps2,
        "yaw_rate_dps": yaw_rate,
    }
