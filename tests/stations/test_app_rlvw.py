"""Red light violation warning: due in time, silent where it may go, whatever the lane and the errors."""

from __future__ import annotations

from typing import Any

import pytest
from app_kit import (
    ARROW_RIGHT,
    LEFT,
    RED,
    ROUND_RIGHT,
    STEP_NS,
    STRAIGHT,
    T0,
    Bench,
    S,
    driving,
    group,
    lane,
    map_of,
    spat,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.messages.model import Connection, Lane, MapData, SignalGroup, SignalPhases, SignalState
from v2x.scenario.use_cases import use_case

FIGURES = use_case("rlvw").values
GREEN = spat(group(4, ("green", 30.0), ("yellow", 33.0), ("red", 60.0)))


def warned(own_at: Any, phases: SignalPhases, *lanes: Any, steps: int = 4) -> bool:
    """Whether it warns within some steps."""
    geometry = map_of(*(lanes or (STRAIGHT,)))
    return bool(Bench("rlvw").settle(own_at, lambda _: (geometry, phases), steps))


def warning_m(speed_mps: float) -> float:
    return speed_mps * FIGURES["reaction_s"] + speed_mps**2 / (2 * FIGURES["brake_mps2"])


def test_warns_of_a_red_ahead_with_its_figures() -> None:
    (alert,) = Bench("rlvw").settle(driving(30.0, 14.0), lambda _: (map_of(STRAIGHT), RED), 3)
    assert alert.application == "rlvw" and alert.about == "3/22"
    # the front is 2.5 m before the centre, which has driven 0.2 s
    assert alert.fields["to_line_m"] == pytest.approx(30.0 - 2.5 - 2.8, abs=0.06)
    assert alert.fields["needed_mps2"] == pytest.approx(14.0**2 / 2 / 24.7, abs=0.01)


def test_leaves_a_driver_time_to_react_and_brake() -> None:
    """Driving up from afar, it begins where the assumed driver still just stops, and not before."""
    bench, geometry = Bench("rlvw"), map_of(STRAIGHT)
    own_at = driving(120.0, 14.0)
    begun = None
    for k in range(80):
        now = T0 + k * STEP_NS
        if bench.step(now, own_at(now), geometry, RED).alerts:
            begun = 120.0 - 2.5 - 1.4 * k
            break
    assert begun is not None
    assert warning_m(14.0) - 3.5 <= begun <= warning_m(14.0)


@pytest.mark.parametrize(("semi_major_m", "due"), [(0.0, False), (2.0, True)])
def test_an_uncertain_place_is_warned_earlier(semi_major_m: float, due: bool) -> None:
    """When it looks last, the front is 1.5 m too far for a warning: less than the bound of the error."""
    south_m = warning_m(14.0) + 2.5 + 1.5 + 14.0 * 0.2
    assert warned(driving(south_m, 14.0, semi_major_m=semi_major_m), RED, steps=3) is due


@pytest.mark.parametrize(
    ("phases", "due"),
    [
        (GREEN, False),
        (spat(group(4, ("red", 1.0), ("green", 20.0))), False),  # green at the arrival
        (spat(group(4, ("green", 0.5), ("yellow", 1.0), ("red", 20.0))), True),  # red by then
        (spat(group(4, ("yellow", 20.0))), False),
        (spat(group(5, ("red", 30.0))), False),  # says nothing of our group
        (spat(group(4, ("red", 30.0)), revision=2), False),  # of another MAP
    ],
)
def test_the_light_at_the_arrival_counts(phases: SignalPhases, due: bool) -> None:
    assert warned(driving(30.0, 14.0), phases) is due


def test_a_red_without_a_known_end_lasts() -> None:
    assert warned(driving(30.0, 14.0), spat(SignalGroup(4, (SignalState("red", T0 - S, None),))))


@pytest.mark.parametrize(("south_m", "speed_mps"), [(120.0, 14.0), (-5.0, 14.0), (20.0, 1.0)])
def test_not_far_away_nor_beyond_the_line_nor_creeping(south_m: float, speed_mps: float) -> None:
    assert not warned(driving(south_m, speed_mps), RED)


def test_not_while_the_driver_stops_anyway_but_on_once_told() -> None:
    assert not warned(driving(30.0, 14.0, accel_mps2=-4.5), RED)
    bench, geometry = Bench("rlvw"), map_of(STRAIGHT)
    free, braking = driving(30.0, 14.0), driving(30.0, 14.0, accel_mps2=-6.0)
    for k in range(3):
        bench.step(T0 + k * STEP_NS, free(T0 + k * STEP_NS), geometry, RED)
    assert bench.step(T0 + 3 * STEP_NS, braking(T0 + 3 * STEP_NS)).alerts


def test_once_told_the_lights_count_and_not_the_lane() -> None:
    """A driver who brakes in a lane that also turns right, and strays to the next lane, is still told; until green."""
    bench, geometry = Bench("rlvw"), map_of(ROUND_RIGHT, LEFT)
    fast = driving(25.0, 14.0, east_m=5.25)
    assert bench.settle(fast, lambda _: (geometry, RED), 3)
    for k, own_at in enumerate([driving(20.0, 6.0, east_m=5.25), driving(20.0, 6.0, east_m=-1.75)], 3):
        assert bench.step(T0 + k * STEP_NS, own_at(T0), geometry, RED).alerts
    soon = spat(group(4, ("red", 1.0), ("green", 20.0)), group(5, ("red", 30.0)))
    for k in range(5, 12):
        alerts = bench.step(T0 + k * STEP_NS, driving(20.0, 6.0, east_m=5.25)(T0), geometry, soon).alerts
    assert not alerts


def test_ends_on_standstill() -> None:
    bench, geometry = Bench("rlvw"), map_of(STRAIGHT)
    moving, standing = driving(12.0, 14.0), driving(5.0, 0.0)
    assert bench.settle(moving, lambda _: (geometry, RED), 4)
    later = T0 + S
    assert not bench.step(later + STEP_NS, standing(later), geometry, RED).alerts


def test_ends_beyond_the_line() -> None:
    bench, geometry = Bench("rlvw"), map_of(STRAIGHT)
    own_at = driving(12.0, 14.0)
    on = [bool(bench.step(T0 + k * STEP_NS, own_at(T0 + k * STEP_NS), geometry, RED).alerts) for k in range(20)]
    hold = round(FIGURES["hold_s"] / 0.1)
    assert on[2] and on[6] and not any(on[8 + hold :])  # the front crosses the line at 0.68 s


class TestTurnRule:
    """Regulation art. 38: round red lets right turns go, a red arrow does not."""

    near = staticmethod(driving(10.0, 7.0, east_m=5.25))
    red = spat(*(group(number, ("red", 30.0), ("green", 50.0)) for number in (4, 6, 7)))
    shared = lane(3, 5.25, Connection("straight", 22, 4), Connection("right", 23, 4, on_red=True))
    elsewhere = lane(9, -30.0, Connection("right", 24, 7, on_red=True))

    def test_a_right_turner_under_a_round_red_may_go(self) -> None:
        assert not warned(self.near, self.red, self.shared)
        assert warned(driving(10.0, 7.0), self.red, STRAIGHT, self.shared)

    def test_who_is_too_fast_to_turn_is_not_turning(self) -> None:
        assert warned(driving(25.0, 14.0, east_m=5.25), self.red, self.shared)

    @pytest.mark.parametrize(("semi_major_m", "due"), [(0.0, True), (2.0, False)])
    def test_an_uncertain_place_leaves_more_room_to_slow_down(self, semi_major_m: float, due: bool) -> None:
        """From 10 m/s to the speed of a turn within 12 m: too late, unless it may be 15."""
        own_at = driving(14.5 + 2.0, 10.0, east_m=5.25, semi_major_m=semi_major_m)
        assert warned(own_at, self.red, self.shared, steps=3) is due

    @pytest.mark.parametrize("turn", [ARROW_RIGHT, ROUND_RIGHT])
    def test_a_turn_that_is_not_marked_must_not_go(self, turn: Lane) -> None:
        """Whatever its group looks like, as long as the MAP marks others."""
        assert warned(self.near, self.red, turn, self.elsewhere)

    def test_a_turn_that_is_marked_may_go_whatever_its_group_looks_like(self) -> None:
        assert not warned(self.near, self.red, lane(4, 5.25, Connection("right", 23, 6, on_red=True)))

    def test_a_turn_without_a_group_may_go(self) -> None:
        free = lane(3, 5.25, Connection("straight", 22, 4), Connection("right", 23, None))
        assert not warned(self.near, self.red, free)
        assert not warned(self.near, self.red, free, self.elsewhere)


class TestTurnRuleWhereNothingIsMarked:
    """Some senders mark no turn at all: the lamp is judged by the groups."""

    near = staticmethod(driving(10.0, 7.0, east_m=5.25))

    def test_a_group_shared_with_straight_on_is_a_round_lamp(self) -> None:
        assert not warned(self.near, RED, ROUND_RIGHT)

    def test_a_group_of_its_own_is_an_arrow(self) -> None:
        arrow = spat(group(6, ("red", 30.0), ("green", 50.0)), group(4, ("red", 30.0)))
        assert warned(self.near, arrow, ARROW_RIGHT, STRAIGHT)

    def test_a_group_of_its_own_that_yields_on_green_is_no_arrow(self) -> None:
        lamp = spat(group(6, ("red", 30.0), ("permissive_green", 50.0)))
        assert not warned(self.near, lamp, ARROW_RIGHT)


class TestLanes:
    """The lane decides, as far as it can be told."""

    mixed = spat(group(4, ("red", 30.0), ("green", 50.0)), group(5, ("green", 30.0), ("red", 50.0)))

    def test_each_lane_has_its_light(self) -> None:
        assert warned(driving(30.0, 14.0), self.mixed, STRAIGHT, LEFT)
        assert not warned(driving(30.0, 14.0, east_m=-1.75), self.mixed, STRAIGHT, LEFT)

    def test_silent_where_the_stated_accuracy_cannot_tell_the_lanes(self) -> None:
        vague = driving(30.0, 14.0, semi_major_m=5.0)
        assert not warned(vague, self.mixed, STRAIGHT, LEFT)
        assert warned(vague, RED, STRAIGHT, LEFT)  # both red: the lane does not matter

    def test_the_other_direction_is_not_ours(self) -> None:
        assert not warned(driving(30.0, 14.0, heading_deg=180.0), RED, STRAIGHT)

    def test_long_maps_arrive_in_parts(self) -> None:
        parts: list[MapData] = [map_of(STRAIGHT, fragment=(1, 2)), map_of(LEFT, fragment=(2, 2))]
        bench = Bench("rlvw")
        assert bench.settle(driving(30.0, 14.0), lambda now: (parts[now // STEP_NS % 2], RED), 4)


def test_old_signals_and_old_own_states_are_not_used() -> None:
    bench, geometry = Bench("rlvw"), map_of(STRAIGHT)
    own_at = driving(30.0, 14.0)
    late = T0 + round(use_case("shared").values["signal_age_s"] * S) + STEP_NS
    bench.step(T0, own_at(T0), geometry, RED)
    moved = driving(30.0 + 14.0 * (late - T0) / S, 14.0)
    for k in range(3):
        assert not bench.step(late + k * STEP_NS, moved(late + k * STEP_NS)).alerts
        assert not bench.step(late + k * STEP_NS, own_at(T0), RED).alerts


@settings(deadline=None)
@given(st.floats(3.0, 25.0), st.floats(0.0, 60.0), st.floats(-4.0, 4.0))
def test_only_a_red_within_reach_is_warned_of(speed_mps: float, beyond_m: float, east_m: float) -> None:
    """Whatever the speed and the place: never from further away than needed, never on green."""
    far = driving(warning_m(speed_mps) + 2.5 + speed_mps + beyond_m, speed_mps, east_m=east_m)
    assert not warned(far, RED)
    assert not warned(driving(warning_m(speed_mps) / 2 + 2.5, speed_mps, east_m=east_m), GREEN)
