"""A predictive display: where it shows the vehicle, how wrong it is, and what it leaves to the operator."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from straight_road import Straight

from v2x.remote.course import Course
from v2x.remote.operators import build_operator
from v2x.remote.operators.base import Ahead, Seen
from v2x.remote.operators.human import Human
from v2x.remote.operators.predictive import Foreseen, PredictiveDisplay, moved
from v2x.remote.sight import OnCourse
from v2x.remote.vehicle.bicycle import Vehicles
from v2x.remote.vehicle.body import BODIES, Actuators

F64 = NDArray[np.float64]
CAR = BODIES["bmw320i"]
L, MS, V = CAR.wheelbase_m, 1_000_000, 30.0 / 3.6


def ones(value: float) -> F64:
    return np.array([value])


def on(course: Course, x_m: float, y_m: float, psi_rad: float, near_m: float) -> OnCourse:
    x, y = ones(x_m), ones(y_m)
    place = course.project(x, y, course.segment_at(ones(near_m)))
    return OnCourse(course, x, y, ones(psi_rad), place.station_m, place.offset_m)


def winding() -> Course:
    """Straight on for 40 m and then bends of 60 m radius to either side, for 100 m each."""
    way_m = np.arange(0.0, 640.0, 0.5)
    curvature = np.where(way_m < 40.0, 0.0, np.where((way_m - 40.0) % 200.0 < 100.0, 1.0, -1.0) / 60.0)
    heading = np.cumsum(curvature) * 0.5
    return Course(np.column_stack([np.cumsum(np.cos(heading)), np.cumsum(np.sin(heading))]) * 0.5)


COURSE = winding()


def screen(t_ms: int, age_ms: int, ahead: Ahead, command_s: float = 0.0) -> Seen:
    return Seen(t_ms * MS, np.array([(t_ms - age_ms) * MS]), ahead, ones(V), ones(command_s))


def display(mismatch: float = 0.0, to_arrival: bool = True, lag_s: float = 0.15) -> PredictiveDisplay:
    return PredictiveDisplay(L, lag_s, mismatch, 1, 20 * MS, to_arrival=to_arrival)


class TestMoved:
    @settings(max_examples=60, deadline=None)
    @given(
        st.floats(10.0, 400.0), st.floats(-1.0, 1.0), st.floats(-0.2, 0.2), st.floats(0.0, 12.0), st.floats(-1.5, 1.5),
        st.floats(-0.3, 0.3),
    )  # fmt: skip
    def test_it_is_what_the_course_looks_like_from_there(
        self, station_m: float, offset_m: float, psi: float, forward_m: float, left_m: float, turned: float
    ) -> None:
        heading = float(COURSE.heading_rad(ones(station_m))[0])
        (x,), (y,) = COURSE.point_m(ones(station_m))
        x, y, psi = x - offset_m * np.sin(heading), y + offset_m * np.cos(heading), heading + psi
        before = on(COURSE, x, y, psi, station_m)
        x += forward_m * np.cos(psi) - left_m * np.sin(psi)
        y += forward_m * np.sin(psi) + left_m * np.cos(psi)
        there = on(COURSE, x, y, psi + turned, station_m + forward_m)
        found = moved(before, ones(forward_m), ones(left_m), ones(turned))
        assert found.offset_m == pytest.approx(there.offset_m, abs=2e-3)
        for distance in (ones(0.0), ones(15.0)):
            assert found.heading_rad(distance) == pytest.approx(there.heading_rad(distance), abs=2e-3)
            assert found.curvature_pm(distance) == pytest.approx(there.curvature_pm(distance), abs=1e-4)
            assert np.array(found.point_m(distance)) == pytest.approx(np.array(there.point_m(distance)), abs=1e-2)

    def test_on_a_straight_road_by_hand(self) -> None:
        """Heading 0.1 rad to the left, 0.5 m off; 10 m along that heading, and then half a turn less."""
        before = Straight(ones(0.5), ones(0.1))
        found = moved(before, ones(10.0), ones(0.0), ones(0.05))
        assert found.offset_m == pytest.approx(0.5 + 10.0 * np.sin(0.1))
        assert found.heading_rad(ones(7.0)) == pytest.approx(0.15)


@dataclass
class _Driven:
    """A vehicle under commands that arrive a constant while after they were sent, and what was shown of it."""

    found: list[Foreseen] = field(default_factory=list)
    there: list[OnCourse] = field(default_factory=list)


def driven(shows: PredictiveDisplay, age_ms: int, way_ms: int, to_arrival: bool, speed_mps: float = V) -> _Driven:
    """Commands swing to and fro; what is shown 50 times a second, and how the vehicle saw it at that time."""
    one, out = Vehicles([CAR], [Actuators()], speed_mps, inf), _Driven()
    commands: deque[tuple[int, float]] = deque([(-1, 0.0)])
    poses: list[OnCourse] = []
    road = Course([[-10.0, 0.0], [500.0, 0.0]])
    for k in range(800):
        t_ms = 10 * k
        poses.append(on(road, float(one.x_m[0]), float(one.y_m[0]), float(one.psi_rad[0]), 10.0))
        if t_ms % 20 == 0:
            steer = 0.05 * np.sin(0.003 * t_ms)
            shows.sent(t_ms * MS, ones(steer))
            commands.append((t_ms + way_ms, steer))
            if t_ms >= age_ms:
                seen = screen(t_ms, age_ms, poses[(t_ms - age_ms) // 10], way_ms / 1000.0)
                out.found.append(shows.show(seen))
        while len(commands) > 1 and commands[1][0] <= t_ms:
            commands.popleft()
        one.move(ones(commands[0][1]), np.zeros(1))
    first = age_ms // 10 + (age_ms // 10) % 2
    later = way_ms // 10 if to_arrival else 0
    out.there = poses[first + later :: 2]
    return out


class TestShown:
    @pytest.mark.parametrize("to_arrival", [False, True])
    @pytest.mark.parametrize(("age_ms", "way_ms"), [(0, 0), (100, 40), (500, 200)])
    def test_a_model_that_is_right_shows_where_the_vehicle_is(self, age_ms: int, way_ms: int, to_arrival: bool) -> None:
        """Now, or when a command sent now arrives: to some centimetres, of up to 6 m driven."""
        run = driven(display(to_arrival=to_arrival), age_ms, way_ms, to_arrival)
        pairs = list(zip(run.found, run.there, strict=False))
        assert len(pairs) > 300
        for found, there in pairs:
            assert found.ahead.offset_m == pytest.approx(there.offset_m, abs=0.01)
            assert found.ahead.heading_rad(ones(0.0)) == pytest.approx(there.heading_rad(ones(0.0)), abs=2e-3)

    def test_what_is_wrong_grows_with_the_age(self) -> None:
        """Held at 0.05 rad, a wheelbase of 15 % too much turns by 1 - 1/1.15 too little: so much of v/L delta t."""
        wrong = {}
        for age_ms in (200, 400):
            shows = display(0.15, lag_s=0.0)
            shows.sent(0, ones(0.05))
            ahead = shows.show(screen(3000, age_ms, Straight(ones(0.0), ones(0.0)))).ahead
            turned = V / L * np.tan(0.05) * age_ms / 1000.0
            assert ahead.heading_rad(ones(0.0)) == pytest.approx(turned / 1.15)
            wrong[age_ms] = V * (age_ms / 1000.0) * 0.5 * turned - float(ahead.offset_m[0])
        assert wrong[400] == pytest.approx(4.0 * wrong[200], rel=0.02)
        assert wrong[400] == pytest.approx(0.5 * V / L * 0.05 * V * 0.16 * (1.0 - 1.0 / 1.15), rel=0.02)

    def test_each_its_own(self) -> None:
        """Wheelbases, mismatches, lags, ages and ways of two; each is shown as it would be alone."""
        figures = np.array([[2.5, 3.0], [0.1, 0.3], [0.0, 0.2]])
        both = PredictiveDisplay(figures[0], figures[1], figures[2], 2, 20 * MS)
        road, ages_ms = Straight(np.array([0.1, -0.2]), np.array([0.0, 0.1])), np.array([100, 350])
        steers = np.column_stack([np.full(100, 0.03), np.linspace(0.0, -0.1, 100)])
        for k, steer in enumerate(steers):
            both.sent(20 * k * MS, steer)
        seen = Seen(2000 * MS, 2000 * MS - ages_ms * MS, road, np.array([8.0, 12.0]), np.array([0.05, 0.1]))
        found = both.show(seen).ahead
        for i in range(2):
            alone = PredictiveDisplay(*figures[:, i], 1, 20 * MS)
            for k, steer in enumerate(steers):
                alone.sent(20 * k * MS, steer[i : i + 1])
            one = Straight(road.offset_m[i : i + 1], road.psi_rad[i : i + 1])
            part = [column[i : i + 1] for column in (seen.captured_ns, seen.speed_mps, seen.command_s)]
            expected = alone.show(Seen(seen.t_ns, part[0], one, *part[1:])).ahead
            assert found.offset_m[i] == expected.offset_m[0]
            assert found.heading_rad(np.zeros(2))[i] == expected.heading_rad(ones(0.0))[0]


@dataclass(frozen=True)
class _Asked(Straight):
    """A straight road that keeps where its curvature was asked for."""

    at_m: list[float] = field(default_factory=list)

    def curvature_pm(self, distance_m: F64) -> F64:
        self.at_m.append(float(distance_m[0]))
        return super().curvature_pm(distance_m)


class TestNoDelayCountsTwice:
    @pytest.mark.parametrize("to_arrival", [False, True])
    def test_the_trained_anticipate_only_what_the_display_has_left(self, to_arrival: bool) -> None:
        """0.2 s of age and 0.1 s of a command's way: the place looked at is the same, whoever does the moving on."""
        road = _Asked(ones(0.0), ones(0.0))
        trained = build_operator("two_level", L, training=1.0)
        seen = screen(1000, 200, road, 0.1)
        trained.steer_rad(seen)
        shown = display(to_arrival=to_arrival).show(seen)
        trained.steer_rad(shown)
        assert road.at_m == pytest.approx([V * (0.3 + 0.3)] * 2)
        assert float(shown.command_s[0]) == (0.0 if to_arrival else 0.1)

    def test_the_time_of_the_picture_stays_true(self) -> None:
        human = Human(build_operator("two_level", L, reaction_s=0.0), 1, 20 * MS)
        shown = display().show(screen(1000, 200, Straight(ones(0.0), ones(0.0)), 0.1))
        assert human.steer(shown).captured_ns == np.array([800 * MS])
        assert float(shown.frame_age_s[0]) == 0.0

    def test_a_very_old_picture_is_moved_on_only_so_far(self) -> None:
        """By 2 s; the rest is left to the operator."""
        shown = display(to_arrival=False).show(screen(9000, 2500, Straight(ones(0.3), ones(0.0))))
        assert shown.frame_age_s == pytest.approx(0.5)
        assert shown.ahead.along_m == pytest.approx(2.0 * V)


def lateral_rms_m(delay_ms: int, mismatch: float | None) -> float:
    """A two-level operator through the bends at 30 km/h, pictures late by 70 % of a delay, commands by the rest."""
    one, way_ms = Vehicles([CAR], [Actuators()], V, inf), round(0.3 * delay_ms / 10) * 10
    shows = None if mismatch is None else PredictiveDisplay(L, 0.15, mismatch, 1, 20 * MS)
    human = Human(build_operator("two_level", L), 1, 20 * MS)
    commands: deque[tuple[int, F64]] = deque([(-1, np.zeros(1))])
    pictures: deque[tuple[int, OnCourse]] = deque()
    segment, offsets = np.zeros(1, np.int64), []
    for k in range(6000):
        t_ms = 10 * k
        place = COURSE.project(one.x_m, one.y_m, segment)
        segment = place.segment
        if place.station_m[0] > 600.0 or abs(place.offset_m[0]) > 5.0:
            break
        offsets.append(float(place.offset_m[0]))
        pictures.append((t_ms, OnCourse(COURSE, one.x_m.copy(), one.y_m.copy(), one.psi_rad.copy(), *place[:2])))
        while len(pictures) > 1 and pictures[1][0] <= t_ms - (delay_ms - way_ms):
            pictures.popleft()
        if t_ms % 20 == 0:
            taken_ms, ahead = pictures[0]
            seen: Seen = screen(t_ms, t_ms - taken_ms, ahead, way_ms / 1000.0)
            steer = human.steer(seen if shows is None else shows.show(seen)).steer_rad
            commands.append((t_ms + way_ms, steer))
            if shows is not None:
                shows.sent(t_ms * MS, steer)
        while len(commands) > 1 and commands[1][0] <= t_ms:
            commands.popleft()
        one.move(commands[0][1], np.zeros(1))
    return float(np.sqrt(np.mean(np.square(offsets)))) if abs(offsets[-1]) < 3.0 else inf


def test_it_flattens_what_a_delay_costs() -> None:
    """At 600 ms one hardly drives 30 km/h; a right model takes all of that away, one wrong by 15 % most of it."""
    bare, wrong, right = (
        [lateral_rms_m(delay_ms, mismatch) for delay_ms in (0, 300, 600)] for mismatch in (None, 0.15, 0.0)
    )
    assert bare[0] < 0.04 < 0.15 < bare[1] < bare[2] / 4.0
    assert right == pytest.approx([bare[0]] * 3, rel=0.05)  # nothing is shown twice where nothing is late
    assert wrong[0] == pytest.approx(bare[0], rel=0.05)
    assert wrong[0] < wrong[1] < bare[1] / 2.0
    assert wrong[1] < wrong[2] < bare[2] / 5.0
