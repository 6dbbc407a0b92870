"""Vehicles that somebody else drives: they go exactly as told, wherever they are, and others mind them."""

from __future__ import annotations

import numpy as np
import pytest
from steering_kit import ENGINES, INTO_TOWN, RING, STEP_S, convoy, drive, empty, of, steady

from v2x.clock import to_ns
from v2x.rng import Stream
from v2x.traffic.steered import Convoy, Moved, Road
from v2x.traffic.sumo import SumoTraffic


def went_m(traffic: SumoTraffic, name: str) -> float:
    """SUMO's odometer, along the route; since the vehicle was placed."""
    return float(traffic._api.vehicle.getDistance(name))


@pytest.mark.parametrize("engine", ENGINES)
def test_over_a_thousand_steps_way_and_speed_are_those_ordered(engine: str) -> None:
    """Ways and end speeds that no driver would choose, through both junctions of the ring, some above the limit."""
    names = convoy().names
    speeds = 20.0 + 30.0 * Stream(7, "speeds").uniform(np.arange(3000, dtype=np.uint64)).reshape(1000, 3)
    ways = STEP_S * (speeds - 2.0)
    with empty(engine=engine) as traffic:
        traffic.start()
        traffic.place([convoy()], RING, 0.0)
        lanes = set()
        for k in range(1000):
            snapshot = traffic.step(to_ns(STEP_S) * k)
            rows = [snapshot.index_of(name) for name in names]
            lanes |= set(snapshot.lane)
            if k:
                assert np.abs(snapshot.speed_mps[rows] - speeds[k - 1]).max() < 1e-9
                assert np.array_equal(snapshot.accel_mps2[rows], [0.0, 0.1, 0.2])
                went = np.array([went_m(traffic, name) for name in names])
                assert np.abs(went - ways[:k].sum(axis=0)).max() < 1e-6
            traffic.move([Moved(name, ways[k, i], speeds[k, i], 0.1 * i) for i, name in enumerate(names)])
        assert {note["kind"] for note in traffic.notes()} <= {"traffic.collision"}
        assert traffic.statistics()["teleports"] == 0
    assert lanes >= {"K_1.K_2_1", ":K_2_0_1", "K_2.K_1_1", ":K_1_1_1"}


def test_it_stands_starts_with_a_jerk_and_goes_faster_than_any_car() -> None:
    """With an engine that lags it goes less far in its first steps than at constant acceleration from standstill."""
    t_s = STEP_S * np.arange(1, 301)
    way_m, speed_mps = 1.5 * t_s**3 / 6.0, 1.5 * t_s**2 / 2.0
    speed_mps = np.minimum(speed_mps, 70.0)
    steps_m = np.diff(way_m, prepend=0.0).clip(max=7.0)

    def moves(k: int) -> list[Moved]:
        still = k < 20
        return [Moved("platoon0.0", *(0.0, 0.0, 0.0) if still else (steps_m[k - 20], speed_mps[k - 20], 0.5))]

    with empty() as traffic:
        traffic.start()
        traffic.place([convoy(1, speed_mps=0.0)], RING, 0.0)
        seen = drive(traffic, moves, 200)
        assert went_m(traffic, "platoon0.0") == pytest.approx(steps_m[:180].sum(), abs=1e-6)
        assert traffic.notes() == []
    told = [0.0] * 21 + speed_mps[:180].tolist()
    assert [of(each, "platoon0.0", "speed_mps") for each in seen] == pytest.approx(told, abs=1e-9)
    assert told[-1] == 70.0


def test_who_stands_too_long_is_teleported_like_others_and_that_is_noted() -> None:
    with empty(time_to_teleport_s=10.0) as traffic:
        traffic.start()
        traffic.place([convoy(1, speed_mps=0.0)], RING, 0.0)
        seen = drive(traffic, lambda k: [Moved("platoon0.0", 0.0, 0.0, 0.0)], 120)
        kinds = [note["kind"] for note in traffic.notes()]
        assert traffic.statistics()["teleports"] == 1 and kinds == ["traffic.not_as_told"]
    assert of(seen[95], "platoon0.0", "x_m") == of(seen[0], "platoon0.0", "x_m")


def test_without_an_order_it_goes_on_at_its_speed() -> None:
    with empty() as traffic:
        traffic.start()
        traffic.place([convoy(1)], RING, 0.0)
        seen = drive(traffic, lambda k: steady(["platoon0.0"], 30.0) if k == 0 else [], 10)
        assert went_m(traffic, "platoon0.0") == pytest.approx(30.0)
    assert of(seen[-1], "platoon0.0", "speed_mps") == pytest.approx(30.0)


def test_it_passes_a_red_light_when_told() -> None:
    with empty("xiqing") as traffic:
        traffic.start()
        traffic.place([convoy(1)], Road(INTO_TOWN.route, 1, 2500.0), 0.0)
        seen = drive(traffic, lambda k: steady(["platoon0.0"]), 60)
        lights = traffic._api.trafficlight.getRedYellowGreenState("J_24")
        assert lights[2] == "r" and went_m(traffic, "platoon0.0") == pytest.approx(120.0)
    assert of(seen[-1], "platoon0.0", "lane").startswith("J_24.J_23")


def test_where_its_lane_does_not_lead_on_it_stands_and_that_is_noted() -> None:
    with empty("xiqing") as traffic:
        traffic.start()
        traffic.place([convoy(1)], Road(INTO_TOWN.route, 1, 2450.0), 0.0)

        def moves(k: int) -> list[Moved]:
            return steady(["platoon0.0"], lane_change=1 if k == 2 else 0)

        seen = drive(traffic, moves, 80)
        notes = traffic.notes()
    assert of(seen[3], "platoon0.0", "lane") == "E2.J_24_2"
    assert of(seen[-1], "platoon0.0", "lane") == "E2.J_24_2" and of(seen[-1], "platoon0.0", "speed_mps") == 0.0
    assert [(note["kind"], note["vehicle"]) for note in notes] == [("traffic.not_as_told", "platoon0.0")]


@pytest.mark.parametrize("engine", ENGINES)
def test_it_changes_lanes_at_once_and_only_where_there_is_one(engine: str) -> None:
    changes = {3: 1, 6: 1, 9: -1, 12: -1, 15: -1}
    with empty(engine=engine) as traffic:
        traffic.start()
        traffic.place([convoy(2, gap_m=1.0)], RING, 0.0)

        def moves(k: int) -> list[Moved]:
            first, second = convoy(2).names
            return [*steady([first], lane_change=changes.get(k, 0)), *steady([second])]

        seen = drive(traffic, moves, 20)
        assert went_m(traffic, "platoon0.0") == pytest.approx(40.0)
    lanes = [int(of(each, "platoon0.0", "lane")[-1]) for each in seen]
    assert lanes == [1] * 4 + [2] * 6 + [1] * 3 + [0] * 8


def test_contacts_are_noted_once_and_change_nothing() -> None:
    """The second closes up by 0.1 m a step from 0.25 m; closer than SUMO's usual distance is no contact."""
    with empty() as traffic:
        traffic.start()
        traffic.place([convoy(2, gap_m=0.25)], RING, 0.0)
        drive(traffic, lambda k: [*steady(["platoon0.0"]), *steady(["platoon0.1"], 21.0)], 2)
        assert traffic.notes() == []
        for k in range(3, 20):
            traffic.move([*steady(["platoon0.0"]), *steady(["platoon0.1"], 21.0)])
            snapshot = traffic.step(to_ns(STEP_S) * k)
        notes = traffic.notes()
        assert went_m(traffic, "platoon0.1") == pytest.approx(2.1 * 19)
    assert of(snapshot, "platoon0.1", "speed_mps") == pytest.approx(21.0)
    assert [(note["kind"], note["collider"], note["victim"]) for note in notes] == [
        ("traffic.collision", "platoon0.1", "platoon0.0")
    ]


def test_others_mind_it() -> None:
    """A car of SUMO's own, 120 m behind, stops behind three that brake side by side."""
    other = {"id": "other", "route": ["K_1.K_2", "K_2.K_1"], "depart_s": -1.0, "depart_at_m": 200.0}
    speeds = np.maximum(25.0 - 4.0 * STEP_S * np.arange(251), 0.0)
    ways = STEP_S * (speeds[1:] + speeds[:-1]) / 2.0
    wall = [convoy(1, speed_mps=25.0, number=number) for number in range(3)]
    with empty(vehicles=(other,)) as traffic:
        traffic.start()
        traffic.place(wall, Road(RING.route, 0, 350.0), 400.0)

        def moves(k: int) -> list[Moved]:
            return [Moved(name, ways[k], speeds[k + 1], -4.0) for each in wall for name in each.names]

        seen = drive(traffic, moves, 250)
        notes = traffic.notes()
    assert {of(seen[0], f"platoon{number}.0", "lane")[-1] for number in range(3)} == {"0", "1", "2"}
    assert of(seen[0], "other", "speed_mps") > 20.0 and of(seen[-1], "other", "speed_mps") < 0.1
    assert notes == []


@pytest.mark.parametrize("engine", ENGINES)
def test_anybody_can_be_taken_over_and_orders_for_the_absent_are_void(engine: str) -> None:
    other = {"id": "other", "route": ["K_1.K_2", "K_2.K_1"], "depart_s": -1.0, "depart_at_m": 200.0}
    with empty(engine=engine, vehicles=(other,)) as traffic:
        traffic.start()
        seen = drive(traffic, lambda k: steady(["other", "nobody"], 12.0), 10)
    assert of(seen[-1], "other", "speed_mps") == pytest.approx(12.0)


def test_both_bindings_give_the_same_bits_among_traffic() -> None:
    platoons = [convoy(5, number=0), convoy(5, number=1)]
    names = [name for each in platoons for name in each.names]
    runs = []
    for engine in ENGINES:
        with empty("xiqing", engine, scale=1.0, warmup_s=20.0) as traffic:
            traffic.start()
            traffic.place(platoons, INTO_TOWN, 30.0)
            runs.append(([traffic.step(0)], [], []))
            for k in range(1, 40):
                snapshot = runs[-1][0][-1]
                runs[-1][1].append(traffic.sights(snapshot, names, 3000.0))
                runs[-1][2].append([traffic.sides(snapshot, name) for name in names])
                traffic.move(steady(names, 15.0 + k % 3, lane_change=int(k == 20)))
                runs[-1][0].append(traffic.step(to_ns(STEP_S) * k))
    (ours, our_sights, our_sides), (theirs, their_sights, their_sides) = runs
    for mine, other in zip(ours, theirs, strict=True):
        for name, column in mine.columns().items():
            assert np.array_equal(column, other.columns()[name]), name
    for sight, other_sight in zip(our_sights, their_sights, strict=True):
        for name, column in vars(sight).items():
            np.testing.assert_array_equal(column, getattr(other_sight, name))
    assert our_sides == their_sides and any(side.follower for pair in our_sides[0] for side in pair)


def test_a_bus_is_as_long_as_a_bus() -> None:
    with empty() as traffic:
        traffic.start()
        traffic.place([Convoy(("platoon0.0", "platoon0.1"), ("bus", "truck"), (5.0,), 20.0)], RING, 0.0)
        snapshot = traffic.step(0)
    assert of(snapshot, "platoon0.0", "length_m") == 9.1 and of(snapshot, "platoon0.1", "type") == 2
