"""Positions: the coordinate systems an input may name, the projected plane, headings.

`wgs84` is what goes on the air. `gcj02` (the system of Chinese web maps) and `bd09` (Baidu's) are converted, never
guessed: GCJ-02 taken for WGS-84 is about 560 m off in Tianjin. `local` is metres on a tangent plane whose origin is
named.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pyproj import Transformer

F64 = NDArray[np.float64]
Crs = Literal["wgs84", "gcj02", "bd09", "local"]

# Krasovsky 1940, the ellipsoid of the GCJ-02 offset formula (public reverse engineering; the official text is secret).
_A_M, _EE = 6378245.0, 0.00669342162296594323
_WGS84_A_M, _WGS84_E2 = 6378137.0, 0.00669437999014
_BD_TWIST = np.pi * 3000.0 / 180.0

#: Half the piece of meridian whose course is the grid convergence, degrees (6 m).
_MERIDIAN_DEG = 5e-5


def _gcj_offset(lon_deg: F64, lat_deg: F64) -> tuple[F64, F64]:
    x, y = lon_deg - 105.0, lat_deg - 35.0
    wave = 20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x))
    north += (wave + 20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
    north += (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x))
    east += (wave + 20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
    east += (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    phi = np.radians(lat_deg)
    magic = 1.0 - _EE * np.sin(phi) ** 2
    d_lat = np.degrees(north / ((_A_M * (1 - _EE)) / (magic * np.sqrt(magic))))
    d_lon = np.degrees(east / (_A_M / np.sqrt(magic) * np.cos(phi)))
    return d_lon, d_lat


def wgs84_to_gcj02(lon_deg: ArrayLike, lat_deg: ArrayLike) -> tuple[F64, F64]:
    """Longitude and latitude in degrees from WGS-84 to GCJ-02 (valid in mainland China)."""
    lon, lat = np.asarray(lon_deg, float), np.asarray(lat_deg, float)
    d_lon, d_lat = _gcj_offset(lon, lat)
    return lon + d_lon, lat + d_lat


def gcj02_to_wgs84(lon_deg: ArrayLike, lat_deg: ArrayLike) -> tuple[F64, F64]:
    """Inverse of `wgs84_to_gcj02` by fixed-point iteration, exact to better than a millimetre."""
    lon, lat = np.asarray(lon_deg, float), np.asarray(lat_deg, float)
    out_lon, out_lat = lon, lat
    for _ in range(6):
        d_lon, d_lat = _gcj_offset(out_lon, out_lat)
        out_lon, out_lat = lon - d_lon, lat - d_lat
    return out_lon, out_lat


def bd09_to_wgs84(lon_deg: ArrayLike, lat_deg: ArrayLike) -> tuple[F64, F64]:
    """Longitude and latitude in degrees from BD-09 to WGS-84, within about a metre (its inverse is approximate)."""
    x, y = np.asarray(lon_deg, float) - 0.0065, np.asarray(lat_deg, float) - 0.006
    z = np.hypot(x, y) - 2e-5 * np.sin(y * _BD_TWIST)
    theta = np.arctan2(y, x) - 3e-6 * np.cos(x * _BD_TWIST)
    return gcj02_to_wgs84(z * np.cos(theta), z * np.sin(theta))


def in_china(lon_deg: ArrayLike, lat_deg: ArrayLike) -> NDArray[np.bool_]:
    """Where GCJ-02 and BD-09 are defined: the rectangle that the public formula is applied in; far out it diverges."""
    lon, lat = np.asarray(lon_deg, float), np.asarray(lat_deg, float)
    return (lon >= 72.004) & (lon <= 137.8347) & (lat >= 0.8293) & (lat <= 55.8271)


def to_wgs84(crs: Crs, lon_deg: ArrayLike, lat_deg: ArrayLike) -> tuple[F64, F64]:
    """Convert geographic coordinates of a named system; ``local`` has none and is a `ValueError`."""
    if crs == "wgs84":
        return np.asarray(lon_deg, float), np.asarray(lat_deg, float)
    if crs == "gcj02":
        return gcj02_to_wgs84(lon_deg, lat_deg)
    if crs == "bd09":
        return bd09_to_wgs84(lon_deg, lat_deg)
    raise ValueError("crs 'local' is metres, not degrees")


@dataclass(frozen=True)
class Plane:
    """The projected plane on which a run computes: x east, y north, metres.

    Attributes
    ----------
    projection
        PROJ string, e.g. ``+proj=utm +zone=50 +ellps=WGS84 +units=m``.
    offset_x_m, offset_y_m
        Added to projected coordinates to get plane coordinates (SUMO's ``netOffset``).
    """

    projection: str
    offset_x_m: float = 0.0
    offset_y_m: float = 0.0

    @classmethod
    def tangent(cls, lon_deg: float, lat_deg: float) -> Plane:
        """A local tangent plane (transverse Mercator of scale 1) with its origin at a WGS-84 point."""
        lon, lat = float(lon_deg), float(lat_deg)  # numpy's scalars have a repr that PROJ cannot read
        return cls(f"+proj=tmerc +lat_0={lat!r} +lon_0={lon!r} +k=1 +x_0=0 +y_0=0 +ellps=WGS84 +units=m")

    @cached_property
    def _transformer(self) -> Transformer:
        return Transformer.from_crs("EPSG:4326", self.projection, always_xy=True)

    def to_lonlat(self, x_m: ArrayLike, y_m: ArrayLike) -> tuple[F64, F64]:
        """Plane metres to WGS-84 degrees."""
        lon, lat = self._transformer.transform(
            np.asarray(x_m, float) - self.offset_x_m,
            np.asarray(y_m, float) - self.offset_y_m,
            direction="INVERSE",
        )
        return np.asarray(lon, float), np.asarray(lat, float)

    def to_xy(self, lon_deg: ArrayLike, lat_deg: ArrayLike) -> tuple[F64, F64]:
        """WGS-84 degrees to plane metres."""
        x, y = self._transformer.transform(np.asarray(lon_deg, float), np.asarray(lat_deg, float))
        return np.asarray(x, float) + self.offset_x_m, np.asarray(y, float) + self.offset_y_m

    def convergence_deg(self, lon_deg: ArrayLike, lat_deg: ArrayLike) -> F64:
        """Grid convergence at points: true heading = grid heading + convergence (degrees).

        The course of some metres of meridian; PROJ's own factors say the same within 1e-9 degrees at twice the cost.
        """
        lon, lat = np.asarray(lon_deg, float), np.asarray(lat_deg, float)
        x, y = self.to_xy(np.stack([lon, lon]), np.stack([lat - _MERIDIAN_DEG, lat + _MERIDIAN_DEG]))
        convergence: F64 = np.degrees(np.arctan2(x[0] - x[1], y[1] - y[0]))
        return convergence

    @property
    def middle_convergence_deg(self) -> float:
        """Grid convergence at (0, 0). On a field of a few kilometres it changes by some 0.02 degrees."""
        return float(self.convergence_deg(*self.to_lonlat(0.0, 0.0)))


def _radii_m(lat_deg: F64) -> tuple[F64, F64]:
    """Radii of the meridian and of the parallel."""
    phi = np.radians(lat_deg)
    w = 1.0 - _WGS84_E2 * np.sin(phi) ** 2
    return _WGS84_A_M * (1.0 - _WGS84_E2) / (w * np.sqrt(w)), _WGS84_A_M / np.sqrt(w) * np.cos(phi)


def apart(lon_deg: F64, lat_deg: F64, to_lon_deg: F64, to_lat_deg: F64) -> tuple[F64, F64]:
    """Way from WGS-84 points to others, metres true east and north: the inverse of `displace`."""
    meridian_m, parallel_m = _radii_m(lat_deg)
    return np.radians(to_lon_deg - lon_deg) * parallel_m, np.radians(to_lat_deg - lat_deg) * meridian_m


def displace(lon_deg: F64, lat_deg: F64, east_m: ArrayLike, north_m: ArrayLike) -> tuple[F64, F64]:
    """Move WGS-84 points by metres true east and north; first order, below 1 mm for moves up to 50 m."""
    meridian_m, parallel_m = _radii_m(lat_deg)
    return lon_deg + np.degrees(np.asarray(east_m) / parallel_m), lat_deg + np.degrees(np.asarray(north_m) / meridian_m)


def wrap_deg(angle_deg: ArrayLike) -> F64:
    """Angles folded to [0, 360)."""
    folded: F64 = np.mod(np.asarray(angle_deg, float), 360.0)
    return np.where(folded >= 360.0, 0.0, folded)


def turn_deg(from_deg: ArrayLike, to_deg: ArrayLike) -> F64:
    """Signed smallest turn from one heading to another, in [-180, 180); clockwise is positive."""
    difference = np.asarray(to_deg, float) - np.asarray(from_deg, float)
    return wrap_deg(difference + 180.0) - 180.0
