"""Offsets of T/CSAE 53: 1e-7 degrees from a reference position (not chained), in the smallest form that holds them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from v2x.errors import CodecError
from v2x.messages import scales
from v2x.messages.plane import to_degrees, to_metres
from v2x.messages.position import to_position

F64 = NDArray[np.float64]

#: Alternatives of DF_PositionOffsetLL and how far they reach, 1e-7 degrees.
_FORMS = (
    ("position-LL1", 2048),
    ("position-LL2", 8192),
    ("position-LL3", 32768),
    ("position-LL4", 131072),
    ("position-LL5", 2097152),
    ("position-LL6", 8388608),
)
_ABSOLUTE = "position-LatLon"
# DF_VerticalOffset: alternatives and their value for unavailable
_VERTICAL_UNAVAILABLE = {f"offset{i}": -(2 ** (5 + i)) for i in range(1, 7)}

Reference = tuple[int, int]


def reference_of(position: dict[str, int], place: str) -> Reference:
    """Raw latitude and longitude of a DF_Position3D, which must be available."""
    if not _available(position["lat"], position["long"]):
        raise CodecError("offsets need a reference position", path=place)
    return position["lat"], position["long"]


def _available(lat_raw: int, lon_raw: int) -> bool:
    return lat_raw != scales.LATITUDE.unavailable and lon_raw != scales.LONGITUDE.unavailable


def to_offset(lon_raw: int, lat_raw: int, reference: Reference) -> tuple[str, dict[str, int]]:
    """DF_PositionOffsetLL of a point in 1e-7 degrees."""
    d_lat, d_lon = lat_raw - reference[0], lon_raw - reference[1]
    for form, reach in _FORMS:
        if -reach <= min(d_lat, d_lon) and max(d_lat, d_lon) < reach:
            return form, {"lon": d_lon, "lat": d_lat}
    return _ABSOLUTE, {"lon": lon_raw, "lat": lat_raw}


def from_offset(offset: tuple[str, dict[str, int]], reference: Reference) -> tuple[int, int]:
    """(longitude, latitude) in 1e-7 degrees of a DF_PositionOffsetLL."""
    form, value = offset
    base = (0, 0) if form == _ABSOLUTE else reference
    return base[1] + value["lon"], base[0] + value["lat"]


def to_point(place: str, lat_deg: float, lon_deg: float, elevation_m: float, reference: Reference) -> dict[str, Any]:
    """DF_PositionOffsetLLV of a place; its elevation is absolute, and left out where unavailable."""
    position = to_position(place, lat_deg, lon_deg, elevation_m)
    lat, lon = reference_of(position, place)
    value: dict[str, Any] = {"offsetLL": to_offset(lon, lat, reference)}
    if "elevation" in position:
        value["offsetV"] = ("elevation", position["elevation"])
    return value


def from_point(point: dict[str, Any], reference: dict[str, int]) -> tuple[float, float, float]:
    """Latitude, longitude and elevation of a DF_PositionOffsetLLV, from the DF_Position3D that it is relative to."""
    base = (reference["lat"], reference["long"])
    if point["offsetLL"][0] != _ABSOLUTE and not _available(*base):
        return float("nan"), float("nan"), elevation_of(point, reference)
    lon, lat = from_offset(point["offsetLL"], base)
    return scales.LATITUDE.si(lat), scales.LONGITUDE.si(lon), elevation_of(point, reference)


def to_path(name: str, points_m: F64, centre: tuple[float, float], reference: Reference) -> list[dict[str, Any]]:
    """DF_PositionOffsetLLV of each point of a path.

    Parameters
    ----------
    name
        Field, for the error.
    points_m
        (k, 2) metres east, north of ``centre``.
    centre
        Latitude and longitude, degrees.
    reference
        Raw position that the offsets are from.
    """
    degrees = to_degrees(centre, points_m)
    lon, lat = scales.LONGITUDE.to_raw(name, degrees[:, 0]), scales.LATITUDE.to_raw(name, degrees[:, 1])
    return [{"offsetLL": to_offset(x, y, reference)} for x, y in zip(lon.tolist(), lat.tolist(), strict=True)]


def from_path(points: Iterable[dict[str, Any]], centre: tuple[float, float], reference: Reference) -> F64:
    """(k, 2) metres east, north of ``centre`` of DF_PositionOffsetLLV values."""
    raw = np.array([from_offset(point["offsetLL"], reference) for point in points], float)
    return to_metres(centre, raw * scales.LONGITUDE.lsb)


def elevation_of(point: dict[str, Any], reference: dict[str, int]) -> float:
    """Elevation in metres of a DF_PositionOffsetLLV: absolute or relative to the reference, NaN where unavailable."""
    if "offsetV" not in point:
        return float("nan")
    form, value = point["offsetV"]
    if form == "elevation":
        return scales.ELEVATION.si(value)
    base = reference.get("elevation", scales.ELEVATION.unavailable)
    if value == _VERTICAL_UNAVAILABLE[form] or base == scales.ELEVATION.unavailable:
        return float("nan")
    return scales.ELEVATION.si(base + value)
