"""VRUCW: people in the way and people whose way crosses it, told by the roadside, by themselves or by a BSM."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from app_kit import HERE, MS, NAN, STEP_NS, T0, Bench, S, at, bsm, driving, walker
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.messages.model_perception import PerceivedObject, PerceivedObjects, VulnerableRoadUser
from v2x.scenario.use_cases import use_case

FIGURES = use_case("vrucw").values
OWN = driving(0.0, 10.0, east_m=0.0)


def walks(east_m: float, north_m: float, speed_mps: float, heading_deg: float, **fields: Any) -> Any:
    """Messages about a walker who goes east (90) or west (270), 50 ms old."""

    def messages(now: int) -> tuple[Any, ...]:
        seen_ns = now - 50 * MS
        way_m = speed_mps * (seen_ns - T0) / S * (1 if heading_deg == 90.0 else -1)
        return (walker(east_m + way_m, north_m, speed_mps, heading_deg, utc_ns=seen_ns, **fields),)

    return messages


def warns(messages: Any, own: Any = OWN, steps: int = 3) -> bool:
    return bool(Bench("vrucw").settle(own, messages, steps))


def test_somebody_who_steps_into_the_way() -> None:
    """At 10 m/s and 23 m the front is there in 2 s; at 1.2 m/s and 3 m beside, so is the walker."""
    (alert,) = Bench("vrucw").settle(OWN, walks(3.0, 23.0, 1.2, 270.0), 3)
    assert alert.about == "9/5" and 1.5 < alert.fields["ttc_s"] < 2.0


def test_at_least_two_seconds_before() -> None:
    for speed_mps in (5.0, 10.0, 15.0):
        own, bench = driving(0.0, speed_mps, east_m=0.0), Bench("vrucw")
        away_m = speed_mps * 5.0 + 2.8
        stands = walks(0.0, away_m, 0.0, 90.0)
        begun = next(
            k
            for k in range(50)
            if bench.step(T0 + k * STEP_NS, own(T0 + k * STEP_NS), *stands(T0 + k * STEP_NS)).alerts
        )
        assert 5.0 - begun / 10 >= 2.0


@pytest.mark.parametrize(
    "messages",
    [
        walks(4.0, 23.0, 0.0, 270.0),  # waits at the kerb
        walks(4.0, 23.0, 1.2, 90.0),  # walks away
        walks(15.0, 23.0, 1.2, 270.0),  # crosses long after
        walks(0.0, 80.0, 0.0, 90.0),  # far
        walks(0.0, -20.0, 0.0, 90.0),  # behind
        walks(3.0, 23.0, 1.2, 0.0),  # walks along
    ],
)
def test_none_of_those_out_of_the_way(messages: Any) -> None:
    assert not warns(messages)


def test_not_while_braking_for_them_already() -> None:
    near = walks(0.0, 18.0, 0.0, 90.0)
    assert warns(near)
    assert not warns(near, driving(0.0, 10.0, east_m=0.0, accel_mps2=-5.0))


def test_a_crossing_errs_by_the_stated_accuracy_but_the_kerb_stays_the_kerb() -> None:
    """With errors of 2 m a crossing is expected sooner and longer; who stands beside the way still does not matter."""
    late = walks(6.2, 23.0, 1.2, 270.0)
    assert not warns(late) and warns(late, driving(0.0, 10.0, east_m=0.0, semi_major_m=2.0))
    assert not warns(walks(3.0, 23.0, 0.0, 270.0), driving(0.0, 10.0, east_m=0.0, semi_major_m=2.0))


def rides(east_m: float, heading_deg: float, **fields: Any) -> Any:
    """Messages about a rider ahead who goes along the road at 6 m/s."""
    return lambda now: (walker(east_m, 20.0, 6.0, heading_deg, utc_ns=now, **fields),)


@pytest.mark.parametrize("heading_deg", [0.0, 3.0, 357.0, 180.0])
def test_who_rides_along_the_road_crosses_nothing(heading_deg: float) -> None:
    """A noisy heading is no crossing, and a noisy place no rider in the way; one who is surely ahead in it is."""
    assert not warns(rides(2.0, heading_deg, heading_confidence_deg=5.0))
    assert not warns(rides(0.0, heading_deg, heading_confidence_deg=5.0, position_confidence_m=6.0))
    assert warns(rides(0.0, heading_deg, heading_confidence_deg=5.0, position_confidence_m=1.0))


def test_a_rider_who_turns_into_the_way_crosses_it() -> None:
    """At 10 degrees to the left, which is more than the heading may err."""
    assert not warns(rides(3.5, 350.0, heading_confidence_deg=15.0))
    assert warns(rides(3.5, 350.0, heading_confidence_deg=5.0))


def test_a_persons_own_message_and_a_bicycles_bsm_count() -> None:
    def psm(now: int) -> tuple[Any, ...]:
        return (VulnerableRoadUser(1, 77, now, "pedestrian", *at(0.0, 20.0), NAN, NAN),)

    (alert,) = Bench("vrucw").settle(OWN, psm, 3)
    assert alert.about == "4d"
    assert warns(lambda now: (bsm(0.0, 20.0, utc_ns=now, who=8, vehicle_class=40),))
    assert not warns(lambda now: (bsm(0.0, 20.0, utc_ns=now, who=8, vehicle_class=10),))


def test_one_person_heard_in_two_ways_is_one() -> None:
    def both(now: int) -> tuple[Any, ...]:
        psm = VulnerableRoadUser(1, 77, now, "pedestrian", *at(0.0, 20.0), NAN, NAN)
        return psm, walker(0.0, 20.3, 0.0, 90.0, utc_ns=now, temporary_id=77)

    assert len(Bench("vrucw").settle(OWN, both, 3)) == 1


def test_a_rider_is_not_warned_of_himself() -> None:
    def seen(now: int) -> tuple[Any, ...]:
        rider = PerceivedObject(5, "cyclist", now, *at(0.0, 3.0), 5.0, 0.0, temporary_id=1)
        return (PerceivedObjects(0, now, 9, "roadside", *HERE, NAN, (rider,)),)

    assert not warns(seen, driving(0.0, 6.0, east_m=0.0, vehicle_class=40))


def test_vehicles_that_the_roadside_sees_are_not_its_business() -> None:
    def seen(now: int) -> tuple[Any, ...]:
        car = PerceivedObject(5, "vehicle", now, *at(0.0, 20.0), 0.0, 0.0)
        return (PerceivedObjects(0, now, 9, "roadside", *HERE, NAN, (car,)),)

    assert not warns(seen)


def test_a_car_that_a_mast_takes_for_a_rider_is_a_car() -> None:
    def joined(now: int) -> tuple[Any, ...]:
        return bsm(0.0, 20.0, utc_ns=now, who=77, vehicle_class=10), walker(0.0, 20.0, 0.0, 0.0, temporary_id=77)

    assert not warns(joined)


def test_who_walks_out_of_the_way_does_not_turn_back_but_who_comes_may_hurry() -> None:
    """The front is there in 2 s, the way 1.8 m wide to either side: one leaves it at 1.6 s, one enters it at 2.9 s."""
    assert not warns(walks(0.0, 23.0, 1.1, 90.0))
    assert warns(walks(5.2, 23.0, 1.2, 270.0))


def test_old_words_are_brought_to_now_and_then_forgotten() -> None:
    """Heard once, a second ago, of a walker 1.2 m before the way: he is in it now."""
    bench = Bench("vrucw")
    bench.step(T0, OWN(T0), walker(3.5, 28.0, 1.2, 270.0))
    on = [bool(bench.step(T0 + k * STEP_NS, OWN(T0 + k * STEP_NS)).alerts) for k in range(1, 20)]
    assert on[6] and not on[-1]


@settings(deadline=None)
@given(st.floats(2.0, 20.0), st.floats(-20.0, 20.0), st.floats(5.0, 100.0), st.floats(-2.0, 2.0))
def test_only_of_those_it_could_meet(own_mps: float, east_m: float, north_m: float, across_mps: float) -> None:
    """Against the straight motion of both in small steps, with the window on either side."""
    bench, own = Bench("vrucw"), driving(0.0, own_mps, east_m=0.0)
    for k in range(2):
        heading = 90.0 if across_mps >= 0 else 270.0
        seen = walker(east_m + across_mps * k / 10, north_m, abs(across_mps), heading, utc_ns=T0 + k * STEP_NS)
        alerts = bench.step(T0 + k * STEP_NS, own(T0 + k * STEP_NS), seen).alerts
    if alerts:
        gap_m = north_m - 0.1 * own_mps - 2.8
        brake_m = own_mps * FIGURES["reaction_s"] + own_mps**2 / (2 * FIGURES["brake_mps2"])
        assert gap_m <= max(own_mps * FIGURES["early_s"], brake_m) + 1e-3
        from_s, until_s = gap_m / own_mps - FIGURES["window_s"], (gap_m + 5.6) / own_mps + FIGURES["window_s"]
        times = np.arange(from_s, until_s, 0.02)
        beside_m = np.abs(east_m + across_mps * (0.1 + times))
        assert beside_m.min() <= 1.0 + 0.3 + FIGURES["margin_m"] + 0.05
