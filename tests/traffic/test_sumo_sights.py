"""What steered vehicles see: gaps as measured by hand, stop lines, the end of their lane, neighbours."""

from __future__ import annotations

import numpy as np
import pytest
from steering_kit import CAR_M, ENGINES, INTO_TOWN, RING, STEP_S, convoy, drive, empty, of, steady

from v2x.clock import to_ns
from v2x.traffic.steered import Moved, Road

REACH_M = 250.0


@pytest.mark.parametrize("engine", ENGINES)
def test_gaps_go_from_bumper_to_bumper_and_the_rest_is_the_snapshots(engine: str) -> None:
    """Also to a car of SUMO's own ahead, whose drivers would keep 2.5 m."""
    other = {"id": "other", "route": list(RING.route), "depart_s": -1.0, "depart_at_m": 400.0}
    with empty(engine=engine, vehicles=(other,)) as traffic:
        traffic.start()
        lane = int(traffic._api.vehicle.getLaneID("other")[-1])
        traffic.place([convoy()], Road(RING.route, lane, 300.0), 0.0)
        names = convoy().names
        traffic.step(0)
        traffic.move([Moved(name, 2.0, 20.0, 0.7 + i) for i, name in enumerate(names)])
        snapshot = traffic.step(to_ns(STEP_S))
        sights = traffic.sights(snapshot, [*names, "nobody"], REACH_M)
        other_m = traffic._api.vehicle.getLanePosition("other")
    assert sights.present.tolist() == [True, True, True, False]
    assert sights.ahead.tolist() == ["other", "platoon0.0", "platoon0.1", ""]
    assert sights.gap_m[:3] == pytest.approx([other_m - CAR_M - 302.0, 10.0, 10.0], abs=1e-9)
    assert sights.ahead_speed_mps[0] == of(snapshot, "other", "speed_mps")
    assert sights.ahead_accel_mps2[:3].tolist() == [of(snapshot, "other", "accel_mps2"), 0.7, 1.7]
    assert sights.lane.tolist()[:3] == [f"K_1.K_2_{lane}"] * 3
    assert sights.allowed_mps[:3] == pytest.approx(120.0 / 3.6, abs=0.01)
    assert np.isinf(sights.stop_m).all() and np.isinf(sights.lane_left_m).all() and np.isnan(sights.allowed_mps[3])


def test_nobody_is_seen_beyond_reach_and_everybody_across_a_junction() -> None:
    """The first is past the end of the edge, the second before it."""
    with empty() as traffic:
        traffic.start()
        traffic.place([convoy(2, gap_m=60.0)], Road(RING.route, 1, 1600.0), 0.0)
        seen = drive(traffic, lambda k: steady(convoy(2).names), 50)
        near = traffic.sights(seen[-1], convoy(2).names, 59.0)
        far = traffic.sights(seen[-1], convoy(2).names, 61.0)
        assert of(seen[-1], "platoon0.0", "lane") == "K_2.K_1_1" and of(seen[-1], "platoon0.1", "lane") == "K_1.K_2_1"
    assert near.ahead.tolist() == ["", ""] and np.isinf(near.gap_m).all()
    assert far.ahead.tolist() == ["", "platoon0.0"] and far.gap_m[1] == pytest.approx(60.0, abs=1e-6)


def test_gaps_go_on_below_zero() -> None:
    with empty() as traffic:
        traffic.start()
        traffic.place([convoy(2, gap_m=1.0)], RING, 0.0)
        seen = drive(traffic, lambda k: [*steady(["platoon0.0"]), *steady(["platoon0.1"], 21.0)], 30)
        assert traffic.sights(seen[-1], ["platoon0.1"], REACH_M).gap_m == pytest.approx([-2.0], abs=1e-9)


def test_the_stop_line_of_the_next_closed_light() -> None:
    """J_24 turns to yellow and to red for the country road, and is green at last."""
    shown: dict[str, set[str]] = {}
    with empty("xiqing") as traffic:
        traffic.start()
        traffic.place([convoy(2)], Road(INTO_TOWN.route, 1, 2500.0), 0.0)
        end_m = traffic._api.lane.getLength("E2.J_24_1")
        far = traffic.sights(traffic.step(0), convoy(2).names, 40.0)
        assert np.isinf(far.stop_m).all()
        for k in range(1, 1000):
            traffic.move([Moved(name, 0.0, 0.0, 0.0) for name in convoy(2).names])
            snapshot = traffic.step(to_ns(STEP_S) * k)
            sights = traffic.sights(snapshot, convoy(2).names, REACH_M)
            state = traffic._api.trafficlight.getRedYellowGreenState("J_24")[2]
            shown.setdefault(state, set()).update(sights.stop.tolist())
            if sights.stop[0]:
                assert sights.stop_m == pytest.approx([end_m - 2500.0, end_m - 2500.0 + 14.55], abs=1e-9)
            else:
                assert np.isinf(sights.stop_m).all()
    assert shown == {"r": {"red"}, "y": {"yellow"}, "G": {""}}


def test_the_end_of_a_lane_that_turns_off() -> None:
    """Lane 2 goes left to J_34; the platoon goes straight on. On lane 1 nothing ends."""
    with empty("xiqing") as traffic:
        traffic.start()
        traffic.place([convoy(1)], Road(INTO_TOWN.route, 1, 2400.0), 0.0)
        end_m = traffic._api.lane.getLength("E2.J_24_2")
        seen = drive(traffic, lambda k: steady(["platoon0.0"], lane_change=int(k == 0)), 1)
        sights = [traffic.sights(seen[1], ["platoon0.0"], reach_m).lane_left_m[0] for reach_m in (100.0, REACH_M)]
        traffic.move(steady(["platoon0.0"], lane_change=-1))
        back = traffic.sights(traffic.step(2 * to_ns(STEP_S)), ["platoon0.0"], REACH_M)
    assert np.isinf(sights[0]) and sights[1] == pytest.approx(end_m - 2402.0)
    assert np.isinf(back.lane_left_m[0])


def test_it_sees_that_it_must_give_way_while_somebody_comes() -> None:
    """The slip road onto the ring joins it at K_1, where the ring has right of way."""
    ring = {"id": "other", "route": ["K_2.K_1", "K_1.K_2"], "depart_s": -1.0, "depart_at_m": 1690.0}
    told = []
    with empty(vehicles=(ring,)) as traffic:
        traffic.start()
        traffic.place([convoy(1, speed_mps=1.0)], Road(["U_22.K_1", "K_1.K_2"], 0, 120.0), 0.0)
        for k in range(80):
            snapshot = traffic.step(to_ns(STEP_S) * k)
            told.append(traffic.sights(snapshot, ["platoon0.0"], REACH_M).stop[0])
            traffic.move([Moved("platoon0.0", 0.1, 1.0, 0.0)])
    assert "yield" in told and told[-1] == ""


@pytest.mark.parametrize("engine", ENGINES)
def test_neighbours_to_the_left_and_right(engine: str) -> None:
    """Gaps of 10, 30 and 5 m abreast; outside the road there is nothing."""
    middle, left, right = (convoy(2, gap_m=gap_m, number=n) for n, gap_m in enumerate((10.0, 30.0, 5.0)))
    with empty(engine=engine) as traffic:
        traffic.start()
        traffic.place([middle, left, right], RING, 200.0)
        snapshot = drive(traffic, lambda k: [], 1)[-1]
        sides = {name: traffic.sides(snapshot, name) for name in ("platoon0.1", "platoon1.0", "platoon2.1", "nobody")}
    to_left, to_right = sides["platoon0.1"]
    assert to_left == (True, ("platoon1.0", pytest.approx(10.0), 20.0), ("platoon1.1", pytest.approx(15.45), 20.0))
    assert to_right == (True, ("platoon2.1", pytest.approx(0.45), 20.0), None)
    assert sides["platoon1.0"][0].has_lane is False and sides["platoon1.0"][1].has_lane is True
    assert sides["platoon2.1"][1] == sides["nobody"][0] == (False, None, None)
