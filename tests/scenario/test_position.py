"""Points of a scenario on the earth, whatever system they are given in."""

from __future__ import annotations

import pytest

from v2x.errors import InputError
from v2x.geo import Plane, wgs84_to_gcj02
from v2x.scenario.model import Position

LON, LAT = 117.06, 39.05
PLANE = Plane.tangent(LON, LAT)


def test_a_point_is_the_same_in_every_system() -> None:
    gcj_lon, gcj_lat = (float(degrees) for degrees in wgs84_to_gcj02(LON, LAT))
    points = (
        Position(crs="wgs84", lon_deg=LON, lat_deg=LAT),
        Position(crs="gcj02", lon_deg=gcj_lon, lat_deg=gcj_lat),
        Position(crs="local", x_m=0.0, y_m=0.0),
    )
    for point in points:
        assert point.lonlat(PLANE) == pytest.approx((LON, LAT), abs=1e-9)


def test_a_local_point_needs_a_plane_that_reaches_it() -> None:
    with pytest.raises(ValueError, match="metres, not degrees"):
        Position(crs="local", x_m=0.0, y_m=0.0).lonlat()
    with pytest.raises(InputError, match="not on the run's plane"):
        Position(crs="local", x_m=1e9, y_m=1e9).lonlat(PLANE)
