from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS, Geod, Proj, Transformer

from v2x.geo import (
    Plane,
    bd09_to_wgs84,
    displace,
    gcj02_to_wgs84,
    to_wgs84,
    turn_deg,
    wgs84_to_gcj02,
    wrap_deg,
)

GEOD = Geod(ellps="WGS84")
UTM50 = "+proj=utm +zone=50 +ellps=WGS84 +datum=WGS84 +units=m +no_defs"
DONGLI, XIQING = (117.36, 39.08), (117.06, 39.056)
MAINLAND = {"lon": st.floats(85.0, 125.0), "lat": st.floats(22.0, 48.0)}


def _metres(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    return float(GEOD.inv(lon1, lat1, lon2, lat2)[2])


# ------------------------------------------------------------------ GCJ-02, BD-09


def test_gcj02_check_value_of_tianjin_south_station() -> None:
    lon, lat = gcj02_to_wgs84(117.060808, 39.056892)
    assert (round(float(lon), 6), round(float(lat), 6)) == (117.054469, 39.055806)


@pytest.mark.parametrize(("lon", "lat"), [DONGLI, XIQING, (117.2677, 38.8827)])
def test_gcj02_is_about_560_m_off_in_tianjin(lon: float, lat: float) -> None:
    g_lon, g_lat = wgs84_to_gcj02(lon, lat)
    east, north = _metres(lon, lat, float(g_lon), lat), _metres(lon, lat, lon, float(g_lat))
    assert 540 < east < 570 and 85 < north < 130
    assert g_lon > lon and g_lat > lat


@given(**MAINLAND)
def test_gcj02_inverse_is_exact_to_a_millimetre(lon: float, lat: float) -> None:
    back = gcj02_to_wgs84(*wgs84_to_gcj02(lon, lat))
    assert _metres(lon, lat, float(back[0]), float(back[1])) < 1e-3


def _wgs84_to_bd09(lon: float, lat: float) -> tuple[float, float]:
    """Baidu's forward formula as published by reverse engineering."""
    x, y = (float(v) for v in wgs84_to_gcj02(lon, lat))
    twist = np.pi * 3000.0 / 180.0
    z = np.hypot(x, y) + 2e-5 * np.sin(y * twist)
    theta = np.arctan2(y, x) + 3e-6 * np.cos(x * twist)
    return z * np.cos(theta) + 0.0065, z * np.sin(theta) + 0.006


@given(**MAINLAND)
def test_bd09_comes_back_within_two_metres(lon: float, lat: float) -> None:
    back = bd09_to_wgs84(*_wgs84_to_bd09(lon, lat))
    assert _metres(lon, lat, float(back[0]), float(back[1])) < 2.0


def test_crs_is_named_never_guessed() -> None:
    lon, lat = np.array([117.06]), np.array([39.05])
    assert to_wgs84("wgs84", lon, lat)[0] == lon
    assert np.array_equal(to_wgs84("gcj02", lon, lat), gcj02_to_wgs84(lon, lat))
    assert np.array_equal(to_wgs84("bd09", lon, lat), bd09_to_wgs84(lon, lat))
    with pytest.raises(ValueError, match="metres"):
        to_wgs84("local", lon, lat)


# ------------------------------------------------------------------ planes


@given(lon=st.floats(116.5, 118.0), lat=st.floats(38.5, 39.5))
def test_plane_agrees_with_pyproj_and_inverts(lon: float, lat: float) -> None:
    plane = Plane(UTM50, offset_x_m=-530399.30, offset_y_m=-4325181.80)
    x, y = plane.to_xy(lon, lat)
    easting, northing = Transformer.from_crs("EPSG:4326", "EPSG:32650", always_xy=True).transform(lon, lat)
    assert (float(x), float(y)) == pytest.approx((easting - 530399.30, northing - 4325181.80), abs=1e-6)
    back = plane.to_lonlat(x, y)
    assert _metres(lon, lat, float(back[0]), float(back[1])) < 1e-6


def test_tangent_plane_is_metric_and_north_up_at_its_origin() -> None:
    plane = Plane.tangent(*DONGLI)
    for azimuth in range(0, 360, 30):
        lon, lat, _ = GEOD.fwd(*DONGLI, azimuth, 500.0)
        x, y = plane.to_xy(lon, lat)
        assert float(np.hypot(x, y)) == pytest.approx(500.0, abs=1e-3)
        assert abs(float(turn_deg(np.degrees(np.arctan2(x, y)), azimuth))) < 2e-3
    assert float(plane.convergence_deg(*DONGLI)) == pytest.approx(0.0, abs=1e-9)


def test_tangent_plane_takes_numpy_scalars() -> None:
    """The repr of a numpy 2 scalar is not a number to PROJ."""
    plane = Plane.tangent(np.float64(DONGLI[0]), np.float64(DONGLI[1]))
    assert plane == Plane.tangent(*DONGLI)
    assert np.allclose(plane.to_xy(*DONGLI), 0.0, atol=1e-6)


@pytest.mark.parametrize(("place", "expected_deg"), [(DONGLI, 0.22), (XIQING, 0.03)])
def test_grid_convergence_has_the_right_size_and_sign(place: tuple[float, float], expected_deg: float) -> None:
    """East of the zone's central meridian grid north lies east of true north: true = grid + convergence."""
    plane = Plane(UTM50)
    convergence = float(plane.convergence_deg(*place))
    assert convergence == pytest.approx(expected_deg, abs=0.012)
    for true_deg in (0.0, 77.0, 200.0):
        lon, lat, _ = GEOD.fwd(*place, true_deg, 10.0)
        (x0, x1), (y0, y1) = plane.to_xy([place[0], lon], [place[1], lat])
        grid_deg = np.degrees(np.arctan2(x1 - x0, y1 - y0))
        assert abs(float(turn_deg(grid_deg + convergence, true_deg))) < 1e-3


def test_convergence_takes_columns() -> None:
    plane = Plane(UTM50)
    lon, lat = np.array([DONGLI[0], XIQING[0]]), np.array([DONGLI[1], XIQING[1]])
    expected = [Proj(CRS(UTM50)).get_factors(a, b).meridian_convergence for a, b in zip(lon, lat, strict=True)]
    assert plane.convergence_deg(lon, lat) == pytest.approx(expected, rel=0, abs=1e-9)


def test_planes_take_empty_columns() -> None:
    """A step without vehicles."""
    plane, nothing = Plane(UTM50), np.zeros(0)
    for column in (*plane.to_xy(nothing, nothing), *plane.to_lonlat(nothing, nothing)):
        assert column.shape == (0,)
    assert plane.convergence_deg(nothing, nothing).shape == (0,)


@given(azimuth=st.floats(0, 360), distance=st.floats(0, 50))
def test_displace_is_good_to_a_millimetre(azimuth: float, distance: float) -> None:
    east, north = distance * np.sin(np.radians(azimuth)), distance * np.cos(np.radians(azimuth))
    lon, lat = displace(np.array([DONGLI[0]]), np.array([DONGLI[1]]), [east], [north])
    exact = GEOD.fwd(*DONGLI, azimuth, distance)
    assert _metres(float(lon[0]), float(lat[0]), exact[0], exact[1]) < 1e-3


# ------------------------------------------------------------------ angles


@given(st.floats(-1e6, 1e6))
def test_wrap_stays_in_range(angle: float) -> None:
    folded = float(wrap_deg(angle))
    assert 0.0 <= folded < 360.0
    assert abs(float(turn_deg(folded, angle))) < 1e-9


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_turn_is_the_short_way(a: float, b: float) -> None:
    turn = float(turn_deg(a, b))
    assert -180.0 <= turn < 180.0
    assert abs(float(turn_deg(a + turn, b))) < 1e-6


def test_angle_edges() -> None:
    assert float(wrap_deg(-1e-20)) == 0.0
    assert float(turn_deg(350.0, 10.0)) == 20.0
    assert float(turn_deg(10.0, 350.0)) == -20.0
    assert float(turn_deg(0.0, 180.0)) == -180.0
    assert float(turn_deg(0.0, -180.0 - 2.8e-14)) == -180.0  # np.mod alone answers +180 here
