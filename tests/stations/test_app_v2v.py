"""FCW, EBW and EVW: vehicles heard by their BSMs, extrapolated to now, in the own lane or not."""

from __future__ import annotations

from typing import Any

import pytest
from app_kit import MS, STEP_NS, T0, Bench, bsm, driving
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.messages.model import VehicleEvent
from v2x.scenario.use_cases import use_case

FCW, EBW, EVW = (use_case(name).values for name in ("fcw", "ebw", "evw"))
OWN = driving(0.0, 14.0, east_m=0.0)


def warns(name: str, other: Any, own: Any = OWN, steps: int = 5) -> bool:
    """Whether an application warns of a vehicle whose BSMs arrive 20 ms after their instant."""

    def messages(now: int) -> tuple[Any, ...]:
        return (other(now - 20 * MS),)

    return bool(Bench(name).settle(own, messages, steps))


def ahead(gap_m: float, speed_mps: float = 0.0, **others: float) -> Any:
    """States of a vehicle, its rear so far ahead of the own front at `T0`."""
    east_m = others.pop("east_m", 0.0)
    return driving(-gap_m - 5.0, speed_mps, east_m=east_m, who=2, **others)


class TestForwardCollision:
    def test_a_standing_vehicle_in_time(self) -> None:
        need_m = 14.0 * FCW["reaction_s"] + 14.0**2 / (2 * FCW["brake_mps2"])
        assert warns("fcw", ahead(need_m))
        assert not warns("fcw", ahead(need_m + 14.0))

    def test_contact_is_two_seconds_away_from_30_kmh_on(self) -> None:
        """The pass rule: an alert at least 2.1 s before contact, less a tenth for its confirmation."""
        for speed_mps in (30 / 3.6, 50 / 3.6, 80 / 3.6):
            bench, own = Bench("fcw"), driving(0.0, speed_mps, east_m=0.0)
            stands = ahead(speed_mps * 5.0)
            begun = next(
                k
                for k in range(50)
                if bench.step(T0 + k * STEP_NS, own(T0 + k * STEP_NS), stands(T0 + k * STEP_NS)).alerts
            )
            assert 5.0 - begun / 10 >= 2.0

    @pytest.mark.parametrize(
        "other",
        [
            ahead(20.0, 14.0),  # as fast
            ahead(20.0, 20.0),  # faster
            ahead(20.0, 0.0, east_m=3.5),  # next lane
            ahead(20.0, 5.0, heading_deg=180.0),  # oncoming
            ahead(-30.0, 0.0),  # behind
            ahead(-3.0, 13.0),  # beside, whatever its place says
            ahead(20.0, 6.0, vehicle_class=40),  # a rider: VRUCW's business
        ],
    )
    def test_none_of_those_that_are_not_in_the_way(self, other: Any) -> None:
        assert not warns("fcw", other)

    def test_a_braking_leader_leaves_less_room(self) -> None:
        assert not warns("fcw", ahead(25.0, 14.0))
        assert warns("fcw", ahead(25.0, 14.0, accel_mps2=-6.0))

    def test_not_while_braking_already(self) -> None:
        assert not warns("fcw", ahead(35.0), driving(0.0, 14.0, east_m=0.0, accel_mps2=-4.0))

    @pytest.mark.parametrize("semi_major_m", [0.0, 0.6, 3.0])
    def test_the_most_likely_lane_decides_however_large_the_errors(self, semi_major_m: float) -> None:
        own = driving(0.0, 14.0, east_m=0.0, semi_major_m=semi_major_m)
        assert warns("fcw", ahead(25.0, east_m=1.7, semi_major_m=semi_major_m), own)
        assert not warns("fcw", ahead(25.0, east_m=1.8, semi_major_m=semi_major_m), own)

    def test_the_path_bends_with_the_turn_rate(self) -> None:
        turning = driving(0.0, 14.0, east_m=0.0, yaw_rate_dps=8.0)
        straight_on, in_the_bend = ahead(30.0), ahead(28.0, east_m=6.5)
        bench = Bench("fcw")
        bench.step(T0, turning(T0), straight_on(T0))
        assert not bench.step(T0 + STEP_NS, turning(T0 + STEP_NS), straight_on(T0 + STEP_NS)).alerts
        bench = Bench("fcw")
        bench.step(T0, turning(T0), in_the_bend(T0))
        assert bench.step(T0 + STEP_NS, turning(T0 + STEP_NS), in_the_bend(T0 + STEP_NS)).alerts

    def test_states_are_brought_to_now_and_forgotten(self) -> None:
        """An old state of a leader that drives off counts where it is now; a too old one does not count."""
        bench = Bench("fcw")
        leader = bsm(0.0, 20.0, who=2, speed_mps=20.0, utc_ns=T0 - 900 * MS)
        assert not bench.step(T0, OWN(T0), leader).alerts
        stands = bsm(0.0, 60.0, who=3, utc_ns=T0)
        end_ns = round(use_case("shared").values["max_age_s"] * 1e9)
        on = []
        for k in range(0, end_ns + 5 * STEP_NS, STEP_NS):
            near = driving(-30.0 + 14.0 * k / 1e9, 14.0, east_m=0.0)  # stays at 30 m
            on.append(bool(bench.step(T0 + k, near(T0 + k), *([stands] if k == 0 else [])).alerts))
        assert on[3] and on[end_ns // STEP_NS]
        hold = round(FCW["hold_s"] * 10)
        assert bench.step(T0 + end_ns + (5 + hold) * STEP_NS, near(T0 + end_ns + (5 + hold) * STEP_NS)).alerts == ()

    @settings(deadline=None)
    @given(st.floats(5.0, 30.0), st.floats(0.0, 30.0), st.floats(1.0, 200.0))
    def test_never_of_a_vehicle_that_gets_away_or_is_far(self, own_mps: float, lead_mps: float, gap_m: float) -> None:
        need_m = max(own_mps - lead_mps, 0.0) * FCW["reaction_s"]
        need_m += max(own_mps - lead_mps, 0.0) ** 2 / (2 * FCW["brake_mps2"])
        due = warns("fcw", ahead(gap_m, lead_mps), driving(0.0, own_mps, east_m=0.0), 2)
        closing = max(own_mps - lead_mps, 0.0) * 0.1
        if gap_m > need_m + closing + 0.1:
            assert not due
        elif own_mps - lead_mps > 0.5 and gap_m < need_m - 0.1 and gap_m - 2 * closing > 0:
            assert due


HARD: dict[str, float] = {"events": VehicleEvent.HARD_BRAKING, "accel_mps2": -6.0}


class TestEmergencyBrake:
    def test_a_flag_ahead_in_the_lane_at_the_second_look(self) -> None:
        assert not warns("ebw", ahead(40.0, 14.0, **HARD), steps=1)
        assert warns("ebw", ahead(40.0, 14.0, **HARD), steps=2)

    @pytest.mark.parametrize(
        "other",
        [
            ahead(40.0, 14.0, accel_mps2=-6.0),  # says nothing
            ahead(40.0, 14.0, events=VehicleEvent.HAZARD_LIGHTS),
            ahead(40.0, 14.0, **HARD, east_m=3.5),
            ahead(40.0, 14.0, **HARD, heading_deg=180.0),
            ahead(-30.0, 14.0, **HARD),
            ahead(-3.0, 14.0, **HARD),  # beside
            ahead(40.0, 6.0, **HARD, vehicle_class=40),
            ahead(14.0 * EBW["headway_s"] + 5.0, 14.0, **HARD),
        ],
    )
    def test_none_otherwise(self, other: Any) -> None:
        assert not warns("ebw", other)

    def test_stays_on_for_a_while(self) -> None:
        bench = Bench("ebw")
        assert bench.settle(OWN, lambda now: (ahead(40.0, 14.0, **HARD)(now),), 2)
        calm = ahead(40.0, 12.0)
        hold = round(EBW["hold_s"] * 10)
        on = [
            bool(bench.step(T0 + k * STEP_NS, OWN(T0 + k * STEP_NS), calm(T0 + k * STEP_NS)).alerts)
            for k in range(2, hold + 4)
        ]
        assert on[0] and not on[-1]


class TestEmergencyVehicle:
    @pytest.mark.parametrize(
        ("other", "side"),
        [
            (driving(100.0, 20.0, east_m=0.0, who=2, emergency=1), "behind"),
            (driving(-200.0, 10.0, east_m=3.5, who=2, emergency=1, heading_deg=180.0), "ahead"),
            (lambda now: bsm(150.0, 20.0, utc_ns=now, who=2, speed_mps=15.0, heading_deg=270.0, emergency=1), "right"),
        ],
    )
    def test_tells_from_where_it_comes(self, other: Any, side: str) -> None:
        (alert,) = Bench("evw").settle(OWN, lambda now: (other(now),), 5)
        assert alert.fields["from"] == side and alert.about == "2"

    def test_one_that_stands_ahead_counts(self) -> None:
        assert warns("evw", driving(-80.0, 0.0, east_m=0.0, who=2, emergency=1))

    @pytest.mark.parametrize(
        "other",
        [
            driving(100.0, 20.0, east_m=0.0, who=2, emergency=0),
            driving(100.0, 20.0, east_m=0.0, who=2),
            driving(100.0, 10.0, east_m=0.0, who=2, emergency=1),  # falls behind
            driving(-80.0, 10.0, east_m=0.0, who=2, emergency=1),  # drives ahead and is caught up with
            lambda now: bsm(
                30.0 + 12.0 * (now - T0) / 1e9, 100.0, utc_ns=now, who=2, speed_mps=12.0, heading_deg=90.0, emergency=1
            ),  # leaves on the other road
            driving(EVW["range_m"] + 50.0, 20.0, east_m=0.0, who=2, emergency=1),
        ],
    )
    def test_none_of_those_that_do_not_come(self, other: Any) -> None:
        assert not warns("evw", other)
