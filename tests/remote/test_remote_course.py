"""Courses against the curves that they were taken from: a straight, an arc, an S road, a ring."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.errors import InputError
from v2x.remote.course import Course

F64 = np.ndarray
#: Radius (0: straight) and metres or degrees, as in the prototype whose road this is.
S_ROAD = ((0, 80), (60, 90), (0, 40), (-60, 120), (0, 40), (80, 60), (-80, 60), (0, 120))
WINDOW_M = 4.0


class Curve:
    """Straights and arcs in closed form: (length, curvature) each."""

    def __init__(self, pieces: Sequence[tuple[float, float]]) -> None:
        lengths, self.curvatures = (np.array(column, float) for column in zip(*pieces, strict=True))
        self.starts = np.append(0.0, np.cumsum(lengths))
        self.headings = np.append(0.0, np.cumsum(lengths * self.curvatures))
        self.corners = np.zeros((len(pieces) + 1, 2))
        for row, end in enumerate(self.starts[1:]):
            self.corners[row + 1] = np.array(self._from(row, end)).T

    def _from(self, row: int, station: float) -> tuple[float, float]:
        kappa, way = self.curvatures[row], station - self.starts[row]
        chord = way * np.sinc(kappa * way / 2.0 / np.pi)
        course = self.headings[row] + kappa * way / 2.0
        return self.corners[row, 0] + chord * np.cos(course), self.corners[row, 1] + chord * np.sin(course)

    def at(self, stations: F64) -> tuple[F64, F64, F64, F64]:
        """x, y, heading, curvature."""
        rows = np.clip(np.searchsorted(self.starts, stations, side="right") - 1, 0, len(self.curvatures) - 1)
        x, y = np.array([self._from(row, s) for row, s in zip(rows, stations, strict=True)]).T
        kappa = self.curvatures[rows]
        return x, y, self.headings[rows] + kappa * (stations - self.starts[rows]), kappa

    def beside(self, stations: F64, offsets: F64) -> tuple[F64, F64]:
        x, y, heading, _ = self.at(stations)
        return x - offsets * np.sin(heading), y + offsets * np.cos(heading)

    @property
    def length(self) -> float:
        return float(self.starts[-1])

    def course(self, every_m: float = 0.25, **more: object) -> Course:
        stations = np.linspace(0.0, self.length, max(round(self.length / every_m), 1) + 1)
        return Course(np.array(self.at(stations)[:2]).T, **more)  # type: ignore[arg-type]


def s_road() -> Curve:
    return Curve([(a, 0.0) if r == 0 else (np.radians(a) * abs(r), 1.0 / r) for r, a in S_ROAD])


def ring(radius: float = 50.0) -> Course:
    angle = np.linspace(0.0, 2.0 * np.pi, 400)
    return Course(radius * np.array([np.cos(angle), np.sin(angle)]).T, closed=True)


def test_a_straight_is_exact_and_goes_on_beyond_its_ends() -> None:
    course = Course([(10.0, 5.0), (10.0, 5.0), (310.0, 405.0)])
    station, offset = np.array([-7.0, 0.0, 3.7, 250.0, 500.0, 520.0]), np.array([1.0, -2.0, 0.5, 30.0, 0.0, -4.0])
    x, y = 10.0 + 0.6 * station - 0.8 * offset, 5.0 + 0.8 * station + 0.6 * offset
    found = course.project(x, y, np.zeros(6, np.int64))
    assert course.length_m == pytest.approx(500.0)
    assert found.station_m == pytest.approx(station, abs=1e-9) and found.offset_m == pytest.approx(offset, abs=1e-9)
    assert found.segment.tolist() == [0, 0, 3, 249 + (found.segment[3] == 250), 499, 499]
    assert np.array(course.point_m(station)) == pytest.approx(np.array([10.0 + 0.6 * station, 5.0 + 0.8 * station]))
    assert course.heading_rad(station) == pytest.approx(np.arctan2(0.8, 0.6))
    assert np.abs(course.curvature_pm(station)).max() < 1e-12
    assert np.all(np.isinf(course.limit_mps(station)))


@pytest.mark.parametrize("radius", [12.0, 60.0, -60.0, 400.0])
def test_an_arc_is_met_within_its_bulge(radius: float) -> None:
    curve = Curve([(100.0, 1.0 / radius)])
    course, station = curve.course(), np.linspace(6.0, 94.0, 701)
    bulge_m = 1.0 / (8.0 * abs(radius)) + 2e-4  # and what the given polyline lacks itself
    x, y, heading, kappa = curve.at(station)
    assert np.hypot(*(np.array(course.point_m(station)) - [x, y])).max() < bulge_m
    assert np.abs(course.heading_rad(station) - heading).max() < 3e-4
    assert course.curvature_pm(station) == pytest.approx(kappa, rel=1e-3)
    for offset in (-3.0, -0.4, 0.0, 2.0):
        found = course.project(*curve.beside(station, np.full(701, offset)), course.segment_at(station))
        assert np.abs(found.offset_m - offset).max() < bulge_m
        assert np.abs(found.station_m - station).max() < 2e-3


def test_along_the_s_road_with_one_memory_and_with_another() -> None:
    """A walk with steps of 8 cm, its offset swaying by 2 m; and from segments some 30 m wrong either way."""
    curve = s_road()
    course = curve.course()
    station = np.arange(1.0, curve.length - 1.0, 0.08)
    offset = 2.0 * np.sin(station / 7.0)
    x, y = curve.beside(station, offset)
    segment = np.array([0])
    walked = []
    for k in range(len(station)):
        found = course.project(x[k : k + 1], y[k : k + 1], segment)
        segment = found.segment
        walked.append((found.station_m[0], found.offset_m[0]))
    at_once = course.project(x, y, course.segment_at(station))
    assert np.array_equal(np.array(walked).T, np.array(at_once[:2]))
    for error in (-30, 30):
        again = course.project(x, y, np.clip(at_once.segment + error, 0, round(course.length_m) - 1))
        assert np.array_equal(again.segment, at_once.segment)
    assert np.abs(at_once.offset_m - offset).max() < 0.005
    assert np.abs(at_once.station_m - station).max() < 0.03
    jumps = np.diff(at_once.station_m) / (station[1] - station[0])
    assert jumps.min() > 0.9 and jumps.max() < 1.1


@pytest.mark.parametrize(("every_m", "slack"), [(0.25, 0.01), (7.0, 0.35)])
def test_curvature_is_blurred_by_the_window_and_no_more(every_m: float, slack: float) -> None:
    """Of fine and of coarse polylines; the latter have all their turns at corners, and are no spikier for it."""
    curve = s_road()
    course, station = curve.course(every_m), np.arange(10.0, curve.length - 10.0, 0.1)
    kappa = curve.at(station)[3]
    smoothed = course.curvature_pm(station)
    entry = np.abs(station[:, None] - curve.starts[1:-1]).min(axis=1)
    reach = WINDOW_M + 1.0 + (0.0 if every_m < 1.0 else every_m)
    clear = entry > reach
    assert np.abs(smoothed - kappa)[clear].max() <= slack / 60.0 and clear.mean() > 0.5
    assert np.abs(smoothed).max() < (1.0 + slack) / 60.0
    if every_m < 1.0:
        at_entries = course.curvature_pm(curve.starts[1:-1])
        assert at_entries == pytest.approx((curve.curvatures[1:] + curve.curvatures[:-1]) / 2.0, abs=0.06 / 60.0)


def test_a_ring_counts_on_from_lap_to_lap() -> None:
    course = ring()
    station = np.arange(0.0, 2.5 * course.length_m, 0.9)
    angle = station / course.length_m * 2.0 * np.pi
    x, y = 49.0 * np.cos(angle), 49.0 * np.sin(angle)
    segment, walked = np.array([-1]), []
    for k in range(len(station)):
        found = course.project(x[k : k + 1], y[k : k + 1], segment)
        segment = found.segment
        walked.append((found.station_m[0], found.offset_m[0]))
    assert np.array(walked)[:, 0] == pytest.approx(station, abs=0.01)
    assert np.array(walked)[:, 1] == pytest.approx(1.0, abs=0.01)
    assert course.turn_rad == pytest.approx(2.0 * np.pi)
    assert course.heading_rad(station) == pytest.approx(angle + np.pi / 2.0, abs=0.005)
    assert course.curvature_pm(station) == pytest.approx(0.02, rel=4e-3)
    assert np.array(course.point_m(station)) == pytest.approx(np.array([x, y]) * 50.0 / 49.0, abs=0.01)
    before = course.project(np.array([50.0 * np.cos(-0.3)]), np.array([50.0 * np.sin(-0.3)]), np.array([0]))
    assert before.station_m[0] == pytest.approx(-15.0, abs=0.01) and before.segment[0] < 0


def test_a_ring_to_the_right_turns_the_other_way() -> None:
    angle = -np.linspace(0.0, 2.0 * np.pi, 300, endpoint=False)
    course = Course(30.0 * np.array([np.cos(angle), np.sin(angle)]).T, closed=True)
    assert course.turn_rad == pytest.approx(-2.0 * np.pi)
    assert course.curvature_pm(np.array([0.0, 77.0, 400.0])) == pytest.approx(-1.0 / 30.0, rel=5e-3)


def test_speed_limits_hold_from_their_point_on() -> None:
    course = Course([(0.0, 0.0), (100.0, 0.0), (150.0, 0.0)], limit_mps=[16.0, 8.0, 99.0])
    assert course.limit_mps(np.array([-5.0, 0.0, 99.5, 100.5, 149.0, 160.0])).tolist() == [16, 16, 16, 8, 8, 8]
    lap = Course([(0.0, 0.0), (90.0, 0.0), (0.0, 90.0)], closed=True, limit_mps=[5.0, 6.0, 7.0])
    way = np.array([1.0, 100.0, 220.0])
    assert lap.limit_mps(way).tolist() == lap.limit_mps(way + 3 * lap.length_m).tolist() == [5, 6, 7]


@given(st.floats(0.0, 1.0), st.floats(-20.0, 20.0), st.integers(-40, 40))
def test_whoever_is_put_beside_the_course_is_found_there(share: float, offset: float, error: int) -> None:
    course = s_road().course()
    station = np.array([share * course.length_m])
    x, y = course.point_m(station)
    heading = course.heading_rad(station)
    start = course.segment_at(np.clip(station + error, 0.0, course.length_m))
    found = course.project(x - offset * np.sin(heading), y + offset * np.cos(heading), start)
    assert found.station_m[0] == pytest.approx(station[0], abs=0.02 + 0.002 * abs(offset))
    assert found.offset_m[0] == pytest.approx(offset, abs=1e-3)


def test_who_is_nowhere_is_nowhere() -> None:
    """And a point beyond the centre of a bend has some place: nothing hangs."""
    course = ring(5.0)
    lost = course.project(np.array([np.nan, 0.0, 2.0]), np.array([0.0, 0.0, 30.0]), np.array([7, 8, 9]))
    assert np.isnan(lost.offset_m[0]) and lost.segment[0] == 7
    assert np.isfinite(np.array(lost[:2])[:, 1:]).all()


@pytest.mark.parametrize("points", [[], [(1.0, 2.0)], [(1.0, 2.0)] * 3, [(0.0, 0.0), (np.nan, 1.0)], [(1.0,), (2.0,)]])
def test_what_is_no_course_is_refused(points: list[tuple[float, ...]]) -> None:
    with pytest.raises(InputError):
        Course(points)
    with pytest.raises(InputError):
        Course([(0.0, 0.0), (1.0, 0.0)], closed=True)
