"""DF_Position3D, the same in both families but for the regional part of SAE J2735, which the model does not have."""

from __future__ import annotations

import math

from v2x.messages import scales
from v2x.messages.model import NAN


def to_position(place: str, lat_deg: float, lon_deg: float, elevation_m: float) -> dict[str, int]:
    """DF_Position3D; elevation is left out where unavailable."""
    value = {
        "lat": scales.LATITUDE.one(f"{place}.lat_deg", lat_deg),
        "long": scales.LONGITUDE.one(f"{place}.lon_deg", lon_deg),
    }
    if not math.isnan(elevation_m):
        value["elevation"] = scales.ELEVATION.one(f"{place}.elevation_m", elevation_m)
    return value


def from_position(value: dict[str, int]) -> tuple[float, float, float]:
    """Latitude, longitude and elevation of a DF_Position3D."""
    elevation = value.get("elevation")
    return (
        scales.LATITUDE.si(value["lat"]),
        scales.LONGITUDE.si(value["long"]),
        NAN if elevation is None else scales.ELEVATION.si(elevation),
    )
