"""GLOSA: the speed that meets a green, within [v_min, limit], never on promises that were not made."""

from __future__ import annotations

import pytest
from app_kit import (
    LEFT,
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

from v2x.messages.model import Connection, SignalGroup, SignalPhases, SignalState
from v2x.scenario.use_cases import use_case

FIGURES = use_case("glosa").values
LIMIT = 13.9


def advice(south_m: float, phases: SignalPhases, *lanes: object, east_m: float = 1.75, **own: float) -> float | None:
    own_at = driving(south_m, 12.0, east_m=east_m, **own)
    geometry = map_of(*(lanes or (STRAIGHT,)))  # type: ignore[arg-type]
    return Bench("glosa").step(T0, own_at(T0), geometry, phases).speed_mps


def signal(*lights: tuple[object, float]) -> SignalPhases:
    return spat(group(4, *lights))  # type: ignore[arg-type]


def test_the_limit_where_the_green_is_met_anyway() -> None:
    assert advice(102.5, signal(("green", 30.0), ("red", 60.0))) == pytest.approx(LIMIT)


def test_slower_where_the_red_ends_later_with_room_for_the_queue() -> None:
    got = advice(102.5, signal(("red", 9.0), ("green", 30.0)))
    assert got == pytest.approx(100.0 / (9.0 + FIGURES["queue_s"]), rel=1e-3)


def test_the_next_green_where_this_one_is_missed() -> None:
    got = advice(202.5, signal(("green", 5.0), ("yellow", 8.0), ("red", 15.0), ("green", 40.0)))
    assert got == pytest.approx(200.0 / (15.0 + FIGURES["queue_s"]), rel=1e-3)


@pytest.mark.parametrize(
    "phases",
    [
        signal(("red", 40.0), ("green", 60.0)),  # slower than one would advise
        signal(("green", 2.0), ("red", 60.0)),  # missed, and no other is told
        spat(SignalGroup(4, (SignalState("green", T0, None),))),  # promises nothing
        spat(group(5, ("green", 30.0))),  # not our group
    ],
)
def test_none_where_no_green_can_be_met(phases: SignalPhases) -> None:
    assert advice(102.5, phases) is None


@pytest.mark.parametrize("south_m", [5.0, 251.0 + FIGURES["reach_m"], -20.0])
def test_none_too_near_too_far_and_beyond(south_m: float) -> None:
    assert advice(south_m, signal(("green", 30.0))) is None


def test_none_where_the_lane_cannot_be_told_and_the_lights_differ() -> None:
    both = spat(group(4, ("red", 9.0), ("green", 30.0)), group(5, ("green", 30.0)))
    assert advice(102.5, both, STRAIGHT, LEFT) is not None
    assert advice(102.5, both, STRAIGHT, LEFT, semi_major_m=5.0) is None


def test_a_lane_once_known_is_kept_while_the_vehicle_may_be_in_it() -> None:
    both = spat(group(4, ("red", 9.0), ("green", 30.0)), group(5, ("green", 30.0)))
    bench, geometry = Bench("glosa"), map_of(STRAIGHT, LEFT)
    sure, unsure = driving(102.5, 12.0, east_m=1.75), driving(102.5, 12.0, east_m=0.0, semi_major_m=5.0)
    in_left = driving(102.5, 12.0, east_m=-1.75)
    speeds = [bench.step(T0, own_at(T0), geometry, both).speed_mps for own_at in (unsure, sure, unsure, in_left)]
    assert speeds == [None, *[pytest.approx(100.0 / (9.0 + FIGURES["queue_s"]), rel=1e-3)] * 2, pytest.approx(LIMIT)]


def test_straight_on_counts_in_a_lane_that_also_turns() -> None:
    shared = lane(3, 5.25, Connection("right", 23, 6), Connection("straight", 22, 4))
    phases = spat(group(4, ("red", 9.0), ("green", 30.0)), group(6, ("green", 30.0)))
    assert advice(102.5, phases, shared, east_m=5.25) == pytest.approx(100.0 / (9.0 + FIGURES["queue_s"]), rel=1e-3)


def test_uncertain_changes_are_taken_at_their_worst() -> None:
    states = (
        SignalState("red", T0 - S, T0 + 6 * S, T0 + 10 * S, T0 + 7 * S),
        SignalState("green", T0 + 7 * S, T0 + 20 * S, T0 + 40 * S, T0 + 30 * S),
    )
    got = advice(102.5, spat(SignalGroup(4, states)))
    assert got == pytest.approx(100.0 / (10.0 + FIGURES["queue_s"]), rel=1e-3)


def test_the_log_tells_when_advice_begins_changes_and_ends() -> None:
    bench, geometry = Bench("glosa"), map_of(STRAIGHT)
    own_at = driving(102.5, 12.0)
    slow, free = signal(("red", 9.0), ("green", 30.0)), signal(("green", 30.0))
    for k, phases in enumerate([slow, slow, free, spat()]):
        bench.step(T0 + k * STEP_NS, own_at(T0 + k * STEP_NS), geometry, phases)
    assert [kind for kind, _ in bench.events] == ["glosa.advice", "glosa.advice", "glosa.end"]
    assert bench.events[0][1]["intersection"] == 22


@settings(deadline=None)
@given(st.floats(20.0, 240.0), st.floats(0.5, 40.0), st.floats(1.0, 40.0))
def test_who_follows_the_advice_arrives_on_green(to_line_m: float, red_s: float, green_s: float) -> None:
    got = advice(to_line_m + 2.5, signal(("red", red_s), ("green", red_s + green_s)))
    if got is None:
        slowest_s = to_line_m / FIGURES["min_mps"]
        window = (red_s + FIGURES["queue_s"], red_s + green_s - FIGURES["end_s"])
        assert window[0] > slowest_s - 0.01 or max(window[0], to_line_m / LIMIT) > window[1] - 0.01
    else:
        assert FIGURES["min_mps"] <= got <= LIMIT + 1e-9
        assert red_s + FIGURES["queue_s"] - 0.01 <= to_line_m / got <= red_s + green_s - FIGURES["end_s"] + 0.01
