"""Operators: what they want for what is on the screen, and what people add to it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from numpy.typing import NDArray
from straight_road import Straight

from v2x.errors import InputError
from v2x.remote.course import Course
from v2x.remote.operators import OPERATORS, build_operator
from v2x.remote.operators.base import Ahead, Seen
from v2x.remote.operators.human import Human
from v2x.remote.operators.remnant import SIGMA_RAD, TIME_S, remnant
from v2x.remote.sight import OnCourse
from v2x.remote.vehicle.bicycle import STEP_NS, Vehicles
from v2x.remote.vehicle.body import BODIES, Actuators

F64 = NDArray[np.float64]
NAMES = ("crossover", "pure_pursuit", "stanley", "two_level", "two_point")
L, V = 2.58, 10.0
MS = 1_000_000


def seen(ahead: Ahead, t_ms: int = 0, age_ms: int = 0, command_s: float = 0.0) -> Seen:
    n = ahead.offset_m.size
    captured_ns = np.full(n, (t_ms - age_ms) * MS)
    return Seen(t_ms * MS, captured_ns, ahead, np.full(n, V), np.full(n, command_s))


def straight(offset_m: float = 0.0, psi_rad: float = 0.0) -> Straight:
    return Straight(np.array([offset_m]), np.array([psi_rad]))


def wants(name: str, *screens: Ahead) -> float:
    """What an operator wants in the end, of screens 20 ms apart."""
    operator = build_operator(name, L)
    return float([operator.steer_rad(seen(ahead, 20 * k)) for k, ahead in enumerate(screens)][-1][0])


def on(course: Course, x_m: float, y_m: float, psi_rad: float) -> OnCourse:
    x, y, psi = (np.array([value]) for value in (x_m, y_m, psi_rad))
    place = course.project(x, y, np.zeros(1, np.int64))
    return OnCourse(course, x, y, psi, place.station_m, place.offset_m)


def ring(radius_m: float) -> Course:
    """An arc to the left from the origin, eastwards; ring enough for what is asked."""
    turn = np.linspace(0.0, 1.5 * np.pi, 4000)
    return Course(np.column_stack([radius_m * np.sin(turn), radius_m * (1.0 - np.cos(turn))]))


def test_all_are_known() -> None:
    assert tuple(OPERATORS.names()) == NAMES


@pytest.mark.parametrize("name", NAMES)
class TestEach:
    def test_nothing_to_do(self, name: str) -> None:
        assert wants(name, straight(), straight()) == 0.0

    @pytest.mark.parametrize(("offset_m", "psi_rad"), [(0.3, 0.0), (0.0, 0.02)])
    def test_back_to_the_road_from_either_side(self, name: str, offset_m: float, psi_rad: float) -> None:
        left = wants(name, straight(), straight(offset_m, psi_rad))
        right = wants(name, straight(), straight(-offset_m, -psi_rad))
        assert left < -1e-3
        assert right == pytest.approx(-left)

    def test_a_straight_course_is_a_straight_road(self, name: str) -> None:
        course = Course([[-50.0, 0.0], [200.0, 0.0]])
        poses = [(0.0, 0.2, 0.01), (0.2, 0.25, -0.02), (0.4, -0.1, 0.0)]
        on_course = wants(name, *(on(course, *pose) for pose in poses))
        assert on_course == pytest.approx(wants(name, *(straight(*pose[1:]) for pose in poses)))

    def test_figures_and_screens_are_each_ones_own(self, name: str) -> None:
        both = Straight(np.array([0.1, -0.2]), np.array([0.01, 0.02]))
        start = Straight(np.zeros(2), np.zeros(2))
        operator = build_operator(name, np.array([L, 3.0]))
        operator.steer_rad(seen(start))
        found = operator.steer_rad(seen(both, 20))
        for i, wheelbase in enumerate((L, 3.0)):
            alone = build_operator(name, wheelbase)
            alone.steer_rad(seen(straight()))
            expected = alone.steer_rad(seen(straight(both.offset_m[i], both.psi_rad[i]), 20))
            assert found[i] == expected[0]

    def test_a_figure_it_does_not_have(self, name: str) -> None:
        with pytest.raises(InputError, match=f"operator '{name}' has no 'reaktion_s', did you mean 'reaction_s'"):
            build_operator(name, L, reaktion_s=0.1)


def test_no_such_operator() -> None:
    with pytest.raises(InputError, match=r"unknown v2x\.operator 'stanly', did you mean 'stanley'"):
        build_operator("stanly", L)


@pytest.mark.parametrize(("name", "within"), [("pure_pursuit", 0.01), ("two_level", 0.01), ("crossover", 0.01)])
def test_in_a_bend_they_steer_as_it_bends(name: str, within: float) -> None:
    place = on(ring(60.0), 60.0 * np.sin(0.5), 60.0 * (1.0 - np.cos(0.5)), 0.5)
    assert wants(name, place) == pytest.approx(np.arctan(L / 60.0), rel=within)


def test_stanley_minds_the_front_axle() -> None:
    """With the rear axle on the road and the nose to the left: the heading, and the front axle's offset over v."""
    assert wants("stanley", straight(0.0, 0.1)) == pytest.approx(-0.1 - np.arctan(L * np.sin(0.1) / V))


class TestTwoPoint:
    def test_it_takes_over_as_it_finds_it(self) -> None:
        assert wants("two_point", straight(0.5)) == 0.0

    def test_its_near_angle_adds_up_to_a_limit(self) -> None:
        """The angle is -atan(3 / 6.2), of which 0.07 rad is minded; nothing else changes."""
        assert wants("two_point", *[straight(3.0)] * 51) == pytest.approx(0.4 * -0.07 * 3.0 / 16.0)

    def test_angles_that_change_count_with_their_gains(self) -> None:
        turned = -0.01
        expected = 0.4 * turned * (1.0 + 4.0 / 16.0 + 3.0 / 16.0 * 0.02)
        assert wants("two_point", straight(), straight(0.0, 0.01)) == pytest.approx(expected)


@pytest.mark.parametrize("name", NAMES)
def test_each_drives_through_a_bend(name: str) -> None:
    """Straight on, then a left turn of 60 m radius at 20 km/h, seen at once; within half of a lane less a car."""
    arc = np.linspace(0.0, 2.0, 300)[1:]
    bend = np.column_stack([40.0 + 60.0 * np.sin(arc), 60.0 * (1.0 - np.cos(arc))])
    course = Course(np.vstack([[[0.0, 0.0], [40.0, 0.0]], bend]))
    one = Vehicles([BODIES["bmw320i"]], [Actuators()], 20.0 / 3.6, np.inf)
    human = Human(build_operator(name, L), 1, STEP_NS)
    segment, worst_m = np.zeros(1, np.int64), 0.0
    for k in range(2400):
        place = course.project(one.x_m, one.y_m, segment)
        segment, worst_m = place.segment, max(worst_m, abs(float(place.offset_m[0])))
        ahead = OnCourse(course, one.x_m.copy(), one.y_m.copy(), one.psi_rad.copy(), *place[:2])
        t_ns = k * STEP_NS
        screen = Seen(t_ns, np.full(1, t_ns), ahead, one.speed_mps.copy(), np.zeros(1))
        one.move(human.steer(screen).steer_rad, np.zeros(1))
    assert place.station_m[0] > 120.0
    assert worst_m < 0.85


@dataclass(frozen=True)
class _Asked(Straight):
    """A straight road that keeps where its curvature was asked for."""

    at_m: list[float] = field(default_factory=list)

    def curvature_pm(self, distance_m: F64) -> F64:
        self.at_m.append(float(distance_m[0]))
        return super().curvature_pm(distance_m)


@pytest.mark.parametrize("training", [0.0, 0.5, 1.0])
def test_training_anticipates_the_network(training: float) -> None:
    """Own delays always, of the age of the frame and the commands' delay as much as it is trained."""
    road = _Asked(np.zeros(1), np.zeros(1))
    build_operator("two_level", L, training=training).steer_rad(seen(road, 1000, 200, 0.1))
    assert road.at_m == pytest.approx([V * (0.15 + 0.15 + training * 0.3)])


class TestHuman:
    def test_a_reaction_later(self) -> None:
        human = Human(build_operator("stanley", L, reaction_s=0.05), 1, 20 * MS)
        done = [human.steer(seen(straight(0.0, -0.01 * k), 20 * k, 7)) for k in range(6)]
        assert [float(each.steer_rad[0]) > 0.0 for each in done] == [False] * 4 + [True] * 2
        assert [int(each.captured_ns[0]) // MS for each in done] == [0, 0, 0, -7, 13, 33]

    def test_reactions_are_each_ones_own(self) -> None:
        both = Straight(np.full(2, 0.1), np.zeros(2))
        human = Human(build_operator("stanley", L, reaction_s=np.array([0.0, 0.3])), 2, 10 * MS)
        steer_rad = human.steer(seen(both)).steer_rad
        assert steer_rad[0] < 0.0 == steer_rad[1]

    def test_a_remnant_on_top(self) -> None:
        keys = np.array([7], np.uint64)
        human = Human(build_operator("stanley", L), 1, 20 * MS, remnant(keys, 1))
        expected = remnant(keys, 1)
        for k in range(3):
            assert human.steer(seen(straight(), 20 * k)).steer_rad[0] == expected.at(20 * k * MS)[0] != 0.0


def test_a_remnant_is_of_its_size_and_time() -> None:
    wander = remnant(np.arange(3000, dtype=np.uint64), 1)
    now = wander.at(0).copy()
    soon = wander.at(round(TIME_S * 1e9)).copy()
    assert now.std() == pytest.approx(SIGMA_RAD, rel=0.05)
    assert soon.std() == pytest.approx(SIGMA_RAD, rel=0.05)
    assert np.corrcoef(now, soon)[0, 1] == pytest.approx(np.exp(-1.0), abs=0.06)
