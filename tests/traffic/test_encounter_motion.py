"""Paths, scripts and rectangles against numbers got another way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Polygon
from shapely.affinity import rotate, translate

from v2x.traffic.encounters.motion import Motion, Motions, Path, Paths, Rectangles, touching


def test_a_script_is_the_integral_of_its_accelerations() -> None:
    motion = Motion.cruise(10.0, way_m=5.0, at_s=2.0).then(4.0, -4.0, 2.0).then(9.0, 1.5, 8.0)
    t_s = np.arange(0.0, 20.0, 1e-3)
    way_m, speed_mps, accel_mps2 = (column[:, 0] for column in Motions([motion]).at(t_s))
    wanted = np.select([t_s < 4.0, t_s < 6.0, t_s < 9.0, t_s < 13.0], [0.0, -4.0, 0.0, 1.5], 0.0)
    assert np.count_nonzero(accel_mps2 != wanted) <= 4  # rounding at the changes
    assert np.allclose(speed_mps, 10.0 + np.cumsum(wanted) * 1e-3, atol=0.02)
    assert np.allclose(way_m, -15.0 + np.cumsum(speed_mps) * 1e-3, atol=0.05)


def test_scripts_of_different_length_stand_together() -> None:
    long, short = Motion.cruise(10.0, way_m=0.0).then(1.0, -2.0, 0.0), Motion.cruise(3.0, way_m=7.0)
    way_m, speed_mps, _ = Motions([long, short]).at(100.0)
    assert way_m.tolist() == [10.0 + 25.0, 307.0] and speed_mps.tolist() == [0.0, 3.0]


@pytest.mark.parametrize("heading_deg", [0.0, 90.0, 217.0])
def test_a_corner_turns_right_by_a_quarter(heading_deg: float) -> None:
    """Heading and curvature are those of the points; the way is their length."""
    path = Paths([Path(3.0, -2.0, np.radians(heading_deg), turn_at_m=-20.0, radius_m=15.0)])
    way_m = np.arange(-40.0, 40.0, 0.01)
    x_m, y_m, heading_rad, curvature = (column[:, 0] for column in path.at(way_m[:, None]))
    dx_m, dy_m = np.diff(x_m), np.diff(y_m)
    assert np.allclose(np.hypot(dx_m, dy_m), 0.01, atol=1e-7)
    between = (heading_rad[1:] + heading_rad[:-1]) / 2.0
    assert np.allclose(np.sin(np.arctan2(dx_m, dy_m) - between), 0.0, atol=1e-4)
    assert heading_rad[-1] - heading_rad[0] == pytest.approx(np.pi / 2.0)
    assert np.sum(curvature) * 0.01 == pytest.approx(np.pi / 2.0, rel=2e-3)


def test_a_straight_path_passes_its_point() -> None:
    x_m, y_m, heading_rad, curvature = Paths([Path(3.0, -2.0, np.pi / 2.0)]).at(np.array([10.0]))
    assert (x_m[0], y_m[0], heading_rad[0], curvature[0]) == pytest.approx((13.0, -2.0, np.pi / 2.0, 0.0))


_size = st.tuples(st.floats(0.3, 10.0), st.floats(0.3, 3.0))
_pose = st.tuples(st.floats(-8.0, 8.0), st.floats(-8.0, 8.0), st.floats(0.0, 6.3))


def _polygon(pose: tuple[float, float, float], size: tuple[float, float]) -> Polygon:
    """Heading is clockwise from north: a rectangle along north, turned the other way round."""
    half_l, half_w = size[0] / 2.0, size[1] / 2.0
    corners = Polygon([(-half_w, -half_l), (half_w, -half_l), (half_w, half_l), (-half_w, half_l)])
    return translate(rotate(corners, -pose[2], origin=(0, 0), use_radians=True), pose[0], pose[1])


@given(_pose, _size, _pose, _size)
def test_touching_is_what_polygons_say(
    pose: tuple[float, float, float],
    size: tuple[float, float],
    other_pose: tuple[float, float, float],
    other_size: tuple[float, float],
) -> None:
    one = Rectangles(*(np.array([value]) for value in (*pose, *size)))
    other = Rectangles(*(np.array([value]) for value in (*other_pose, *other_size)))
    apart_m = _polygon(pose, size).distance(_polygon(other_pose, other_size))
    overlap_m2 = _polygon(pose, size).intersection(_polygon(other_pose, other_size)).area
    if apart_m > 1e-6 or overlap_m2 > 1e-6:  # just touching is a matter of rounding
        assert bool(touching(one, other)[0]) == (apart_m == 0.0)
        assert bool(touching(other, one)[0]) == (apart_m == 0.0)
