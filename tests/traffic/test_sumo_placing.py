"""Convoys on the road at time 0: where they were asked to be, whoever was there before."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from steering_kit import CAR_M, ENGINES, INTO_TOWN, RING, convoy, drive, empty, of, steady

from v2x.errors import TrafficError
from v2x.geo import Plane
from v2x.scenario.model import SyntheticTraffic as SyntheticConfig
from v2x.traffic.steered import Convoy, Road, steered
from v2x.traffic.synthetic import SyntheticTraffic


def placed(*convoys: Convoy, road: Road = RING, apart_m: float = 30.0, field: str = "wangwenzhuang", **config: Any):
    """Snapshot 0, lane positions of the fronts, and the notes."""
    with empty(field, **config) as traffic:
        traffic.start()
        traffic.place(convoys, road, apart_m)
        snapshot = traffic.step(0)
        names = [name for each in convoys for name in each.names]
        return snapshot, {name: traffic._api.vehicle.getLanePosition(name) for name in names}, traffic.notes()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("warmup_s", [0.0, 1.0])
def test_they_are_in_motion_with_the_gaps_asked_for(engine: str, warmup_s: float) -> None:
    string = Convoy(("a.0", "a.1", "a.2"), ("car", "bus", "car"), (7.0, 12.5), 22.0)
    snapshot, fronts_m, notes = placed(string, engine=engine, warmup_s=warmup_s)
    assert snapshot.id.tolist() == ["a.0", "a.1", "a.2"] and notes == []
    assert snapshot.speed_mps.tolist() == [22.0] * 3 and snapshot.accel_mps2.tolist() == [0.0] * 3
    assert set(snapshot.lane) == {"K_1.K_2_1"}
    expected = {"a.0": 200.0, "a.1": 200.0 - CAR_M - 7.0, "a.2": 200.0 - CAR_M - 7.0 - 9.1 - 12.5}
    assert fronts_m == pytest.approx(expected, abs=1e-9)


def test_more_of_them_follow_and_then_fill_the_lanes_beside() -> None:
    """One of 3 cars and 10 m gaps is 33.65 m long: three fit into 200 m, 30 m apart, in each of three lanes."""
    convoys = [convoy(number=number) for number in range(8)]
    snapshot, fronts_m, _ = placed(*convoys)
    lanes = [of(snapshot, each.names[0], "lane")[-1] for each in convoys]
    assert lanes == list("11122200")
    assert [fronts_m[each.names[0]] for each in convoys[:4]] == pytest.approx([200.0, 136.35, 72.7, 200.0])
    assert np.all(snapshot.speed_mps == 20.0)


@pytest.mark.parametrize("engine", ENGINES)
def test_who_is_in_the_way_vanishes_and_is_noted(engine: str) -> None:
    """Two platoons of 31 cars, side by side for a kilometre of a road in use."""
    convoys = [convoy(31, gap_m=25.0, number=number) for number in range(2)]
    with empty("xiqing", engine, scale=1.0, warmup_s=60.0) as traffic:
        traffic.start()
        before = set(traffic._api.vehicle.getIDList())
        traffic.place(convoys, Road(INTO_TOWN.route, 0, 1050.0), 200.0)
        notes, snapshot = traffic.notes(), traffic.step(0)
        sights = traffic.sights(snapshot, [name for each in convoys for name in each.names], 25.0 + CAR_M)
    gone = {note["vehicle"] for note in notes}
    assert len(gone) > 5 and {note["kind"] for note in notes} == {"traffic.removed"}
    assert gone <= before and not gone & set(snapshot.id) and before - gone <= set(snapshot.id)
    assert sights.ahead.tolist() == ["", *convoys[0].names[:-1], "", *convoys[1].names[:-1]]
    assert sights.gap_m[1:31] == pytest.approx(25.0, abs=1e-9)


@pytest.mark.parametrize(
    ("road", "count", "path", "words"),
    [
        (Road(["K_1.K_2", "nowhere"], 1, 200.0), 1, "platoon.route.1", "no edge 'nowhere'"),
        (Road(RING.route, 3, 200.0), 1, "platoon.lane", "those are: 0, 1, 2"),
        (Road(RING.route, 1, 30.0), 1, "platoon.start_at_m", "from 33.7 to 1664.7"),
        (Road(RING.route, 1, 1700.0), 1, "platoon.start_at_m", "from 33.7 to 1664.7"),
        (Road(RING.route, 1, 40.0), 4, "platoon.count", "3 find room"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(road: Road, count: int, path: str, words: str) -> None:
    with pytest.raises(TrafficError, match=words) as caught:
        placed(*(convoy(number=number) for number in range(count)), road=road)
    assert caught.value.path == path


def test_a_lane_for_others_does_not_count() -> None:
    with pytest.raises(TrafficError, match="those are: 2, 3"):
        placed(convoy(1), road=Road(["J_23.J_24", "J_24.R1_nose"], 1, 200.0), field="xiqing")


def test_one_edge_is_a_road_and_those_who_reach_its_end_are_gone() -> None:
    with empty("xiqing") as traffic:
        traffic.start()
        traffic.place([convoy(2)], Road(["R2_nose.E2"], 2, 368.0), 0.0)
        seen = drive(traffic, lambda k: steady(convoy(2).names), 5)
        sights = traffic.sights(seen[-1], convoy(2).names, 250.0)
    assert sights.present.tolist() == [False, True] and sights.ahead.tolist() == ["", ""]


def test_only_some_sources_can_be_steered() -> None:
    config = SyntheticConfig.model_validate(
        {"kind": "synthetic", "origin": {"crs": "wgs84", "lon_deg": 117.0, "lat_deg": 39.0}}
    )
    with empty() as sumo:
        assert steered(sumo) is sumo
        with pytest.raises(TrafficError, match="use 'sumo'"):
            steered(SyntheticTraffic(config, sumo._clock, Plane.tangent(117.0, 39.0)))
