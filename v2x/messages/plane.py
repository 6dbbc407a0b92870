"""Metres around a reference point and degrees, for the offsets in MAP, RSI and TIM."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from v2x.errors import CodecError
from v2x.geo import Plane

F64 = NDArray[np.float64]


@lru_cache(maxsize=1024)
def _tangent(lat_deg: float, lon_deg: float) -> Plane:
    if not (abs(lat_deg) <= 90 and abs(lon_deg) <= 180):  # also refuses NaN
        raise CodecError(f"no reference point for metres: latitude {lat_deg}, longitude {lon_deg}")
    return Plane.tangent(lon_deg, lat_deg)


def to_degrees(reference: tuple[float, float], points_m: F64) -> F64:
    """(k, 2) metres east, north of a (latitude, longitude) as (k, 2) longitude, latitude in degrees."""
    lon, lat = _tangent(*reference).to_lonlat(points_m[:, 0], points_m[:, 1])
    return np.column_stack((lon, lat))


def to_metres(reference: tuple[float, float], degrees: F64) -> F64:
    """(k, 2) longitude, latitude in degrees as (k, 2) metres east, north of a (latitude, longitude)."""
    x, y = _tangent(*reference).to_xy(degrees[:, 0], degrees[:, 1])
    return np.column_stack((x, y))


def checked_path(name: str, points_m: F64, least: int, most: int) -> F64:
    """The points, if they are (k, 2), finite, and not too few or too many; else `CodecError`."""
    if points_m.ndim != 2 or points_m.shape[1] != 2 or not np.isfinite(points_m).all():
        raise CodecError("expected (k, 2) finite metres", path=name)
    if not least <= len(points_m) <= most:
        raise CodecError(f"a path of {len(points_m)} points, expected {least} to {most}", path=name)
    return points_m
