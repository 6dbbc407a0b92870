"""The manoeuvre that ends a drive nobody drives any more: how far, how straight, and who is behind and ahead."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from straight_road import Straight

from v2x.clock import NS_PER_S
from v2x.errors import InputError
from v2x.remote.around import View
from v2x.remote.course import Course
from v2x.remote.follower import Follower, gentle_mps2
from v2x.remote.minimal_risk import MinimalRisk, Plan, Reason, State, stopping_m
from v2x.remote.sensed import Sensed
from v2x.remote.sensors import Sensors
from v2x.remote.sight import OnCourse
from v2x.remote.vehicle.bicycle import STEP_NS, Vehicles
from v2x.remote.vehicle.body import BODIES, Actuators
from v2x.scenario.model_radar import IdealRadar, NoisyRadar, Radar

CAR, ACTUATORS, PLAN = BODIES["bmw320i"], Actuators(), Plan()
DT = STEP_NS / NS_PER_S
ROAD = Straight(np.zeros(1), np.zeros(1))
EXACT, NOISY = IdealRadar(kind="ideal"), NoisyRadar(kind="noisy")


def car(speed_mps: float, dynamic_from_mps: float = np.inf) -> Vehicles:
    return Vehicles([CAR], [ACTUATORS], speed_mps, dynamic_from_mps)


def begin(accel_mps2: float = 0.0, plan: Plan = PLAN, steer_rad: float = 0.0) -> MinimalRisk:
    return MinimalRisk(plan, CAR.wheelbase_m, ACTUATORS, steer_rad, accel_mps2)


def behind(gap_m: float, rate_mps: float) -> Sensed:
    return Sensed(follower_gap_m=gap_m, follower_rate_mps=rate_mps)


def bend(radius_m: float, straight_m: float) -> Course:
    """Straight on to the east, then to the left."""
    arc = np.linspace(0.0, 4.0, 600)[1:]
    turn = np.column_stack([straight_m + radius_m * np.sin(arc), radius_m * (1.0 - np.cos(arc))])
    return Course(np.vstack([[[0.0, 0.0], [straight_m, 0.0]], turn]))


class TestStopping:
    @pytest.mark.parametrize("kmh", [15.0, 30.0, 50.0, 80.0, 120.0])
    @pytest.mark.parametrize("brake_mps2", [2.0, 3.0, 4.0])
    def test_the_way_is_that_of_the_formula(self, kmh: float, brake_mps2: float) -> None:
        plan = Plan(brake_mps2=brake_mps2, least_mps2=1.0)
        one, manoeuvre = car(kmh / 3.6), begin(plan=plan)
        for k in range(6000):
            steer_rad, accel_mps2 = manoeuvre.step(k * STEP_NS, float(one.speed_mps[0]), ROAD)
            if manoeuvre.state is State.STOPPED:
                break
            one.move(np.array([steer_rad]), np.array([accel_mps2]))
        expected_m = stopping_m(kmh / 3.6, plan.delay_s(ACTUATORS), brake_mps2)
        assert manoeuvre.state is State.STOPPED
        assert 0.93 < float(one.x_m[0]) / expected_m <= 1.1  # at 15 km/h the lag has no time to count in full

    def test_the_formula_by_hand(self) -> None:
        """50 km/h, half a second of the watchdog, 3 m/s^2: 6.94 m and 32.15 m."""
        assert stopping_m(50.0 / 3.6, 0.5, 3.0) == pytest.approx(6.944 + 32.15, abs=0.01)
        assert PLAN.delay_s(ACTUATORS) == pytest.approx(0.15 + 0.4 + 0.15)

    def test_it_stands_and_holds(self) -> None:
        manoeuvre = begin()
        manoeuvre.step(0, 5.0, Straight(np.array([0.3]), np.zeros(1)))
        held = manoeuvre.step(STEP_NS, 0.0, ROAD)
        assert manoeuvre.state is State.STOPPED
        assert manoeuvre.step(2 * STEP_NS, 0.5, ROAD) == held
        assert held[0] < 0.0 > held[1]

    def test_braking_builds_up_at_the_jerk_from_what_was_in_force(self) -> None:
        for before, first in ((0.7, 0.0), (-1.0, -1.0), (-4.0, -4.0)):
            manoeuvre = begin(before)
            asked = [manoeuvre.step(k * STEP_NS, 14.0, ROAD)[1] for k in range(60)]
            assert asked[0] == first
            assert np.abs(np.diff(asked)).max() == pytest.approx(PLAN.jerk_mps3 * DT)
            assert asked[-1] == pytest.approx(-3.0)

    @pytest.mark.parametrize(
        "figures", [{"least_mps2": 4.0}, {"least_mps2": 0.0}, {"brake_mps2": 7.0}], ids=["least", "zero", "most"]
    )
    def test_braking_out_of_order(self, figures: dict[str, float]) -> None:
        with pytest.raises(InputError, match="braking has to be in order"):
            Plan(**figures)


def stops_in_a_bend(
    before_m: float, frozen: bool, kmh: float = 50.0, off_m: float = 0.0, dynamic_from_mps: float = np.inf
) -> float:
    """Greatest distance from a course with a bend of 60 m radius; the manoeuvre begins so far before the bend."""
    course = bend(60.0, 200.0)
    start = np.array([200.0 - before_m])
    one = car(kmh / 3.6, dynamic_from_mps)
    (one.x_m[:], one.y_m[:]), one.psi_rad[:] = course.point_m(start), course.heading_rad(start)
    one.x_m[:] -= off_m * np.sin(one.psi_rad)
    one.y_m[:] += off_m * np.cos(one.psi_rad)
    last = np.arctan(CAR.wheelbase_m * course.curvature_pm(start))
    one.steer_rad[:] = last
    segment, worst_m = course.segment_at(start), 0.0
    manoeuvre = begin(plan=Plan(tracks_path=not frozen), steer_rad=float(last[0]))
    for k in range(2000):
        place = course.project(one.x_m, one.y_m, segment)
        segment, worst_m = place.segment, max(worst_m, abs(float(place.offset_m[0])))
        ahead = OnCourse(course, one.x_m.copy(), one.y_m.copy(), one.psi_rad.copy(), *place[:2])
        steer_rad, accel_mps2 = manoeuvre.step(k * STEP_NS, float(one.speed_mps[0]), ahead)
        if manoeuvre.state is State.STOPPED:
            return worst_m
        one.move(np.array([steer_rad]), np.array([accel_mps2]))
    raise AssertionError("it never stops")


class TestTracking:
    @pytest.mark.parametrize("before_m", [30.0, 10.0, 0.0, -10.0, -40.0])
    @pytest.mark.parametrize("off_m", [-0.3, 0.0, 0.3])
    @pytest.mark.parametrize("dynamic_from_mps", [np.inf, 2.0])
    def test_it_keeps_to_the_bend(self, before_m: float, off_m: float, dynamic_from_mps: float) -> None:
        """50 km/h into and in a bend of 60 m: within half of what a lane of 3.5 m has beside a car of 1.8 m."""
        assert stops_in_a_bend(before_m, frozen=False, off_m=off_m, dynamic_from_mps=dynamic_from_mps) <= 0.85

    def test_frozen_steering_leaves_the_lane(self) -> None:
        """Straight on for 30 m beside a bend that has begun: 30^2 / 120 m, and more than ten times what is tracked."""
        frozen_m = stops_in_a_bend(5.0, frozen=True)
        assert frozen_m > 5.0
        assert frozen_m > 10.0 * stops_in_a_bend(5.0, frozen=False)


def followed(
    plan: Plan, kmh: float, headway_s: float, reaction_s: float, brake_mps2: float
) -> tuple[float, float, set[Reason]]:
    """Least gap and least time to collision with a follower at the same speed, and what decided."""
    one, manoeuvre = car(kmh / 3.6), begin(plan=plan)
    his_m, his_mps = -2.0 - headway_s * kmh / 3.6, kmh / 3.6
    least_m, ttc_s, reasons = np.inf, np.inf, set()
    for k in range(3000):
        own_m, own_mps = float(one.x_m[0]), float(one.speed_mps[0])
        gap_m = own_m - his_m
        least_m = min(least_m, gap_m)
        if his_mps > own_mps:
            ttc_s = min(ttc_s, gap_m / (his_mps - own_mps))
        command = manoeuvre.step(k * STEP_NS, own_mps, ROAD, behind(gap_m, own_mps - his_mps))
        reasons.add(manoeuvre.reason)
        one.move(np.array([command[0]]), np.array([command[1]]))
        slower_mps = max(0.0, his_mps - (brake_mps2 if k * DT >= reaction_s else 0.0) * DT)
        his_m, his_mps = his_m + 0.5 * (his_mps + slower_mps) * DT, slower_mps
        if own_mps == his_mps == 0.0:
            break
    return least_m, ttc_s, reasons


class TestFollower:
    def test_somebody_close_behind_makes_it_gentler(self) -> None:
        """0.3 s behind, who reacts after 1.5 s and brakes as is taken for granted: unminded he would run into it."""
        he = Follower(reaction_s=1.5)
        least_m, ttc_s, reasons = followed(Plan(follower=he), 50.0, 0.3, 1.5, he.brake_mps2)
        bold_m, _, _ = followed(Plan(least_mps2=3.0, follower=he), 50.0, 0.3, 1.5, he.brake_mps2)
        assert Reason.FOLLOWER in reasons
        assert least_m >= he.margin_m
        assert ttc_s >= he.ttc_s
        assert bold_m < 0.0

    def test_somebody_far_behind_does_not(self) -> None:
        _, ttc_s, reasons = followed(PLAN, 50.0, 3.0, 1.0, 3.4)
        assert reasons == {Reason.PLAN}
        assert ttc_s > PLAN.follower.ttc_s

    def test_it_is_never_gentler_than_the_least(self) -> None:
        manoeuvre = begin()
        asked = [manoeuvre.step(k * STEP_NS, 14.0, ROAD, behind(3.0, -8.0))[1] for k in range(100)]
        assert asked[-1] == pytest.approx(-PLAN.least_mps2)

    def test_he_has_seen_the_brake_lights(self) -> None:
        """His reaction is used up while the manoeuvre lasts, and begins anew with somebody new."""
        times = np.arange(150) * STEP_NS
        same, new = begin(), begin()
        kept = [same.step(int(t), 14.0, ROAD, behind(12.0, 0.0))[1] for t in times][-1]
        for t in times[:-1]:
            new.step(int(t), 14.0, ROAD)
        assert kept == pytest.approx(-PLAN.brake_mps2)
        new.step(int(times[-1]), 14.0, ROAD, behind(12.0, 0.0))
        assert (same.reason, new.reason) == (Reason.PLAN, Reason.FOLLOWER)

    @pytest.mark.parametrize(("own", "behind", "gap"), [(14.0, 14.0, 11.0), (10.0, 12.0, 20.0), (20.0, 20.0, 18.0)])
    def test_the_bound_is_where_the_gap_is_just_left(self, own: float, behind: float, gap: float) -> None:
        """By hand: while he reacts, both after that, and equal speeds or standstill; without a time to collision."""
        he = Follower(reaction_s=0.8, brake_mps2=4.0, margin_m=1.0, ttc_s=0.0)
        braking = gentle_mps2(own, behind, gap, 0.0, he, 0.5, 9.0)
        assert 0.5 < braking < 9.0
        t = np.arange(0.0, 30.0, 1e-3)
        own_m = np.cumsum(np.maximum(own - braking * t, 0.0)) * 1e-3
        his_m = np.cumsum(np.maximum(behind - 4.0 * np.maximum(t - 0.8, 0.0), 0.0)) * 1e-3
        assert (gap + own_m - his_m).min() == pytest.approx(1.0, abs=0.1)

    @settings(max_examples=60, deadline=None)
    @given(st.floats(3.0, 25.0), st.floats(-3.0, 5.0), st.floats(3.0, 60.0), st.floats(0.0, 1.5))
    def test_more_room_never_means_less_braking(self, own: float, faster: float, gap: float, seen_s: float) -> None:
        def bound(gap_m: float, faster_mps: float) -> float:
            return gentle_mps2(own, max(own + faster_mps, 0.0), gap_m, seen_s, Follower(), 1.5, 3.0)

        assert 1.5 <= bound(gap, faster) <= 3.0
        assert bound(gap + 5.0, faster) >= bound(gap, faster) - 2e-3
        assert bound(gap, faster + 1.0) <= bound(gap, faster) + 2e-3

    def test_a_follower_who_does_not_brake_at_all(self) -> None:
        with pytest.raises(InputError, match="more than 0"):
            Follower(brake_mps2=0.0)


def blocked(
    kmh: float, gap_m: float, ahead_mps: float, ahead_brake_mps2: float, radar: Radar = EXACT, seed: int = 1
) -> tuple[float, set[Reason]]:
    """Least gap to a vehicle ahead that brakes, and what decided."""
    one, manoeuvre, reasons = car(kmh / 3.6), begin(), set()
    sensors = Sensors(radar, 1, seed)
    his_m, least_m = gap_m, np.inf
    for k in range(3000):
        own_m, own_mps = float(one.x_m[0]), float(one.speed_mps[0])
        least_m = min(least_m, his_m - own_m)
        view = View(k * STEP_NS, own_m, gap_m=his_m - own_m, ahead_mps=ahead_mps, ahead=7)
        command = manoeuvre.step(k * STEP_NS, own_mps, ROAD, sensors.look(k * STEP_NS, view, own_mps))
        reasons.add(manoeuvre.reason)
        one.move(np.array([command[0]]), np.array([command[1]]))
        slower_mps = max(0.0, ahead_mps - ahead_brake_mps2 * DT)
        his_m, ahead_mps = his_m + 0.5 * (ahead_mps + slower_mps) * DT, slower_mps
        if own_mps == ahead_mps == 0.0:
            break
    return least_m, reasons


class TestAhead:
    def test_something_that_stands_takes_more(self) -> None:
        """From 50 km/h 42 m are needed as planned; 32 m are there."""
        least_m, reasons = blocked(50.0, 32.0, 0.0, 0.0)
        assert Reason.AHEAD in reasons
        assert 0.5 < least_m < 4.0

    def test_something_that_brakes_hard_takes_more(self) -> None:
        least_m, reasons = blocked(50.0, 15.0, 50.0 / 3.6, 5.0)
        assert Reason.AHEAD in reasons
        assert least_m > 0.5

    @pytest.mark.parametrize("seed", range(5))
    def test_a_noisy_radar_does_not_run_into_it_either(self, seed: int) -> None:
        assert blocked(50.0, 32.0, 0.0, 0.0, NOISY, seed)[0] > 0.0
        assert blocked(50.0, 15.0, 50.0 / 3.6, 5.0, NOISY, seed)[0] > 0.0

    def test_something_that_goes_on_does_not(self) -> None:
        assert blocked(50.0, 15.0, 50.0 / 3.6, 1.0)[1] == {Reason.PLAN}

    def test_it_goes_before_whoever_is_behind(self) -> None:
        manoeuvre = begin()
        sensed = behind(3.0, -8.0)._replace(ahead_gap_m=20.0, ahead_rate_mps=-14.0)
        asked = [manoeuvre.step(k * STEP_NS, 14.0, ROAD, sensed)[1] for k in range(3)]
        assert manoeuvre.reason is Reason.AHEAD
        assert asked[-1] == -PLAN.most_mps2
