"""HLW, TJW, IVS and SLW: places that notices are about, and limits of lanes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from app_kit import STEP_NS, STRAIGHT, T0, Bench, S, announced, bsm, driving, lane, map_of, notice
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.scenario.use_cases import use_case

NOTICE_AGE_S = use_case("shared").values["notice_age_s"]
NORTH = np.array([[0.0, 0.0], [0.0, 50.0]])


def warns(name: str, place: Any, own: Any, steps: int = 5) -> bool:
    return bool(Bench(name).settle(own, lambda _: (announced(place),), steps))


def works(**fields: Any) -> Any:
    return notice("roadworks", 0.0, 0.0, path_m=NORTH, **fields)


class TestHazard:
    def test_a_stretch_on_the_way(self) -> None:
        (alert,) = Bench("hlw").settle(driving(60.0, 14.0, east_m=0.0), lambda _: (announced(works()),), 1)
        assert alert.fields == {"cause": "roadworks", "ahead_m": 57.5}

    def test_early_enough_to_stop(self) -> None:
        figures = use_case("hlw").values
        for speed_mps in (8.0, 14.0, 30.0):
            need_m = speed_mps * figures["reaction_s"] + speed_mps**2 / (2 * figures["brake_mps2"])
            assert warns("hlw", works(), driving(need_m + 2.4, speed_mps, east_m=0.0), 1)

    @pytest.mark.parametrize(
        "own",
        [
            driving(150.0, 14.0, east_m=0.0),  # far
            driving(60.0, 14.0, east_m=8.0),  # on another road
            driving(60.0, 14.0, east_m=0.0, heading_deg=180.0),  # driving off
            driving(-30.0, 14.0, east_m=0.0, heading_deg=180.0),  # in it, the other direction
            driving(-60.0, 14.0, east_m=0.0),  # past it
            driving(60.0, 0.5, east_m=0.0),  # standing
        ],
    )
    def test_none_of_what_is_not_on_the_way(self, own: Any) -> None:
        assert not warns("hlw", works(), own)

    def test_who_stops_on_the_way_is_not_told_again(self) -> None:
        bench = Bench("hlw")

        def own(now_ns: int) -> Any:
            k = (now_ns - T0) // STEP_NS
            return driving(60.0, 14.0, east_m=0.0)(T0) if k == 0 else driving(30.0, 0.0, east_m=0.0)(now_ns)

        on = [bench.step(T0 + k * STEP_NS, own(T0 + k * STEP_NS), announced(works())).alerts for k in range(60)]
        assert all(on)
        gone = driving(-60.0, 10.0, east_m=0.0)
        off = [bench.step(T0 + k * STEP_NS, gone(T0 + k * STEP_NS), announced(works())).alerts for k in range(60, 90)]
        assert not off[-1]

    def test_inside_until_the_end(self) -> None:
        assert warns("hlw", works(), driving(-20.0, 10.0, east_m=1.0), 1)

    def test_a_round_place(self) -> None:
        puddle = notice("slippery", 0.0, 0.0, radius_m=30.0)
        assert warns("hlw", puddle, driving(80.0, 14.0, east_m=10.0), 1)
        assert warns("hlw", puddle, driving(10.0, 14.0, east_m=10.0, heading_deg=90.0), 1)
        assert not warns("hlw", puddle, driving(60.0, 14.0, east_m=60.0), 1)
        assert not warns("hlw", puddle, driving(-60.0, 14.0, east_m=0.0), 1)

    @pytest.mark.parametrize("cause", ["congestion", "speed_limit", "sign_85"])
    def test_not_its_business(self, cause: str) -> None:
        assert not warns("hlw", notice(cause, 0.0, 0.0, path_m=NORTH), driving(60.0, 14.0, east_m=0.0))

    def test_one_alert_whoever_announces(self) -> None:
        own, both = driving(60.0, 14.0, east_m=0.0), (announced(works()), announced(works(), sender=4))
        assert len(Bench("hlw").settle(own, lambda _: both, 2)) == 1

    def test_only_while_in_force_and_heard(self) -> None:
        own = driving(60.0, 0.0, east_m=0.0)

        def moving(now: int) -> Any:
            return bsm(0.0, -60.0, utc_ns=now, who=1, speed_mps=14.0)

        assert not warns("hlw", works(end_utc_ns=T0 - S // 2), moving)
        bench = Bench("hlw")
        assert bench.step(T0, moving(T0), announced(works())).alerts
        silent = T0 + round(NOTICE_AGE_S * S)
        assert bench.step(silent, moving(silent)).alerts
        after = silent + STEP_NS + round(use_case("hlw").values["hold_s"] * S)
        assert not bench.step(after, moving(after)).alerts
        assert not bench.step(after, own(after)).alerts

    @settings(deadline=None)
    @given(st.floats(-80.0, 200.0), st.floats(-30.0, 30.0), st.floats(0.0, 359.9))
    def test_only_who_drives_in_its_direction(self, south_m: float, east_m: float, heading_deg: float) -> None:
        due = warns("hlw", works(), driving(south_m, 14.0, east_m=east_m, heading_deg=heading_deg), 1)
        same_way = min(heading_deg, 360.0 - heading_deg) <= use_case("shared").values["lane_way_deg"]
        on_the_road = abs(east_m) <= 3.5 and -52.5 <= south_m <= 86.5
        assert (
            due == (same_way and on_the_road)
            or min(abs(abs(east_m) - 3.5), abs(south_m + 52.5), abs(south_m - 86.5)) < 0.1
        )


def test_a_queue_is_told_before_its_tail_and_not_in_it() -> None:
    queue = notice("congestion", 0.0, 0.0, path_m=NORTH)
    assert warns("tjw", queue, driving(60.0, 14.0, east_m=0.0), 1)
    assert not warns("tjw", queue, driving(150.0, 14.0, east_m=0.0), 1)
    assert not warns("tjw", queue, driving(-10.0, 2.0, east_m=0.0), 1)
    assert not warns("tjw", works(), driving(60.0, 14.0, east_m=0.0), 1)


def test_signs_are_shown_once_near_and_in_their_zone() -> None:
    sign = notice("speed_limit", 0.0, 0.0, path_m=NORTH, speed_limit_mps=8.3, text="school")
    bench, own = Bench("ivs"), driving(200.0, 10.0, east_m=0.0)
    shown = []
    for k in range(320):
        alerts = bench.step(T0 + k * STEP_NS, own(T0 + k * STEP_NS), announced(sign)).alerts
        shown.append(bool(alerts))
        assert all(alert.fields["text"] == "school" for alert in alerts)
    assert not shown[90] and shown[105] and shown[240] and not shown[-1]
    assert np.count_nonzero(np.diff(np.array(shown, int)) > 0) == 1
    assert not warns("ivs", works(), driving(20.0, 10.0, east_m=0.0))


class TestSpeedLimit:
    def limit_told(self, own: Any, *messages: Any) -> list[float]:
        bench = Bench("slw")
        return [each.fields["limit_mps"] for each in bench.settle(own, lambda _: messages, 6)]

    def test_the_limit_of_the_lane(self) -> None:
        assert self.limit_told(driving(100.0, 15.0), map_of(STRAIGHT)) == [13.9]
        assert self.limit_told(driving(100.0, 14.0), map_of(STRAIGHT)) == []
        assert self.limit_told(driving(100.0, 15.0)) == []

    def test_beyond_the_intersection_where_the_map_tells_it(self) -> None:
        out = lane(20, 1.75, limit_mps=11.1, ingress=False)
        assert self.limit_told(driving(-50.0, 13.0), map_of(STRAIGHT, out)) == [11.1]

    def test_an_announced_limit_takes_its_place_inside_its_zone(self) -> None:
        sign = announced(notice("speed_limit", 1.75, -120.0, path_m=NORTH, speed_limit_mps=8.3))
        assert self.limit_told(driving(100.0, 10.0), map_of(STRAIGHT), sign) == [8.3]
        assert self.limit_told(driving(160.0, 10.0), map_of(STRAIGHT), sign) == []

    def test_of_lanes_in_question_the_highest(self) -> None:
        fast = lane(5, 5.25, limit_mps=16.7)
        assert self.limit_told(driving(100.0, 15.0), map_of(STRAIGHT, fast)) == [13.9]
        assert self.limit_told(driving(100.0, 15.0, semi_major_m=5.0), map_of(STRAIGHT, fast)) == []

    def test_within_a_second_and_clears(self) -> None:
        bench, fast, slow = Bench("slw"), driving(100.0, 15.0), driving(100.0, 10.0)
        on = [bool(bench.step(T0 + k * STEP_NS, fast(T0 + k * STEP_NS), map_of(STRAIGHT)).alerts) for k in range(10)]
        assert not on[0] and on[9]
        off = [bool(bench.step(T0 + k * STEP_NS, slow(T0 + k * STEP_NS)).alerts) for k in range(10, 25)]
        assert not off[-1]
