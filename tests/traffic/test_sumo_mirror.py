"""A vehicle of our own in SUMO: where it is told to be, minded by the lanes that it is in, and no ghost to be seen."""

from __future__ import annotations

from collections.abc import Callable
from math import cos, pi, radians, sin
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from steering_kit import CAR_M, ENGINES, INTO_TOWN, STEP_S, convoy, empty, of

from v2x.clock import to_ns
from v2x.errors import TrafficError
from v2x.field.load import load_field
from v2x.geo import Plane
from v2x.rng import Stream
from v2x.scenario.model import SyntheticTraffic as SyntheticConfig
from v2x.traffic.base import Snapshot
from v2x.traffic.mirrored import Posed, mirrored
from v2x.traffic.steered import Road
from v2x.traffic.sumo import SumoTraffic
from v2x.traffic.synthetic import SyntheticTraffic

EGO = "platoon0.0"
LENGTH_M, WIDTH_M = 4.6, 1.8
SPEED_MPS = 15.0
#: Two cars side by side, in lanes 2 and 3 of a straight road with lanes 2 to 4 for cars; the ego is ahead in lane 2.
ROUTES = """<routes>
<vType id="car_probe" length="5" accel="2" decel="4.5" sigma="0" speedFactor="1" speedDev="0" maxSpeed="15"
  lcStrategic="-1" lcSpeedGain="0" lcKeepRight="0" lcCooperative="-1"/>
<route id="on" edges="{edges}"/>
<vehicle id="behind" type="car_probe" depart="0.5" departPos="50" departSpeed="15" departLane="2" route="on"/>
<vehicle id="beside" type="car_probe" depart="0.5" departPos="50" departSpeed="15" departLane="3" route="on"/>
{others}
</routes>"""
STRAIGHT = ["W1.J_11", "J_11.J_12"]
LANE_M = 3.5
ONCOMING = """<route id="back" edges="J_11.W1"/>
<vehicle id="other" type="car_probe" depart="0.5" departPos="100" departSpeed="15" departLane="4" route="back"/>"""
EBIKE = """<vehicle id="other" type="ebike" depart="0.5" departPos="80" departSpeed="max" departLane="1" route="on"/>"""


class Told(NamedTuple):
    """Where the ego is told to be: way ahead of its place, way to the left of it, turn to the left, speed."""

    ahead_m: float
    left_m: float = 0.0
    turn_rad: float = 0.0
    speed_mps: float = SPEED_MPS


class Drive(NamedTuple):
    """Snapshots 0 to n, what was told for each but the first, SUMO's own view of the ego, ids it had, and notes."""

    seen: list[Snapshot]
    told: list[Posed]
    fronts: list[tuple[float, float]]
    speeds: list[float]
    lanes: list[str]
    ids: list[tuple[str, ...]]
    notes: list[dict[str, Any]]
    counts: dict[str, float]

    def of(self, name: str, column: str) -> np.ndarray:
        return np.array([of(each, name, column) for each in self.seen])


@pytest.fixture
def go(tmp_path: Path) -> Callable[..., Drive]:
    """Drives the ego as told, a function of the step."""

    def drive(tell: Callable[[int], Told], n: int, engine: str = "libsumo", others: str = "", **config: Any) -> Drive:
        routes = tmp_path / "two.rou.xml"
        routes.write_text(ROUTES.format(edges=" ".join(STRAIGHT), others=others))
        got = Drive([], [], [], [], [], [], [], {})
        with empty("dongli", engine, routes=routes, scale=1.0, **config) as traffic:
            traffic.start()
            traffic.place([convoy(1, speed_mps=SPEED_MPS)], Road(STRAIGHT, 2, 110.0), 0.0)
            traffic.embody(EGO, LENGTH_M, WIDTH_M)
            got.seen.append(traffic.step(0))
            x_m, y_m, course = _place(traffic, got.seen[0])
            for k in range(n):
                told = tell(k)
                pose = Posed(
                    EGO,
                    x_m + told.ahead_m * cos(course) - told.left_m * sin(course),
                    y_m + told.ahead_m * sin(course) + told.left_m * cos(course),
                    course + told.turn_rad,
                    told.speed_mps,
                    0.25,
                )
                traffic.mirror([pose])
                got.seen.append(traffic.step(to_ns(STEP_S) * (k + 1)))
                vehicle = traffic._api.vehicle
                got.told.append(pose)
                got.fronts.append(vehicle.getPosition(EGO))
                got.speeds.append(vehicle.getSpeed(EGO))
                got.lanes.append(vehicle.getLaneID(EGO))
                got.ids.append(vehicle.getIDList())
            got.notes.extend(traffic.notes())
            got.counts.update(traffic.statistics())
        return got

    return drive


def _place(traffic: SumoTraffic, first: Snapshot) -> tuple[float, float, float]:
    """Centre and direction of the ego, on the plane, as a vehicle would begin to be driven."""
    row = first.index_of(EGO)
    assert row is not None and first.length_m[row] == LENGTH_M and first.width_m[row] == WIDTH_M
    return first.x_m[row], first.y_m[row], radians(90.0 - traffic._api.vehicle.getAngle(EGO))


def braking(k: int, left_m: float = 0.0, turn_rad: float = 0.0) -> Told:
    """2 s at constant speed, then braked at 5 m/s^2 to standstill."""
    t_s = STEP_S * (k + 1)
    braked_s = min(max(t_s - 2.0, 0.0), SPEED_MPS / 5.0)
    way_m = SPEED_MPS * min(t_s, 2.0 + braked_s) - 2.5 * braked_s**2
    return Told(way_m, left_m, turn_rad, SPEED_MPS - 5.0 * braked_s)


def gap_m(drive: Drive, name: str) -> float:
    """From the other's front to the ego's rear, at the end."""
    last = drive.seen[-1]
    return float(of(last, EGO, "x_m") - LENGTH_M / 2.0 - of(last, name, "x_m") - 2.5)


def ghosts(drive: Drive) -> list[int]:
    """How many vehicles SUMO has in each step that no snapshot has."""
    return [len(set(ids) - set(each.id)) for ids, each in zip(drive.ids, drive.seen[1:], strict=True)]


@pytest.mark.parametrize("engine", ENGINES)
def test_it_is_exactly_where_told_whatever_it_does(go: Callable[..., Drive], engine: str) -> None:
    """Swerves over three lanes, jumps back, goes sideways, leaves the road and comes back."""

    def tell(k: int) -> Told:
        if k < 40:
            return Told(1.5 * k, 2.0 + 4.0 * sin(k / 6.0), 0.4 * cos(k / 6.0), 15.0 + sin(k))
        return Told(55.0, -30.0 if k < 60 else 0.0, k / 10.0, 2.0)

    ride = go(tell, 80, engine)
    ends = [
        (p.x_m + LENGTH_M / 2.0 * cos(p.heading_rad), p.y_m + LENGTH_M / 2.0 * sin(p.heading_rad)) for p in ride.told
    ]
    assert np.abs(np.array(ride.fronts) - ends).max() < 1e-9
    assert ride.speeds == pytest.approx([pose.speed_mps for pose in ride.told], abs=1e-9)
    for column in ("x_m", "y_m", "speed_mps", "accel_mps2"):
        told = [getattr(pose, column) for pose in ride.told]
        assert ride.of(EGO, column)[1:] == pytest.approx(told, abs=1e-9)
    convergence_deg = load_field("dongli").plane.middle_convergence_deg
    turned = ride.of(EGO, "heading_deg")[1:] - [90.0 - p.heading_rad * 180.0 / pi for p in ride.told] - convergence_deg
    assert np.abs((turned + 180.0) % 360.0 - 180.0).max() < 0.02
    assert {"W1.J_11_2", "W1.J_11_3", "W1.J_11_4", ""} <= set(ride.lanes)
    assert ride.of(EGO, "lane")[1:].tolist() == ride.lanes
    assert [note["kind"] for note in ride.notes] == ["traffic.off_lane"] and ride.notes[0]["vehicle"] == EGO
    assert {key: ride.counts[key] for key in ("departed", "arrived", "teleports")} == dict.fromkeys(
        ("departed", "arrived", "teleports"), 0
    )


def test_who_follows_brakes_for_it_and_believes_its_speed(go: Callable[..., Drive]) -> None:
    ride = go(braking, 120)
    assert ride.of("behind", "speed_mps")[-1] < 0.01 and gap_m(ride, "behind") == pytest.approx(2.5, abs=0.1)
    assert ride.of("behind", "accel_mps2").min() > -4.6
    assert np.all(ride.of("beside", "speed_mps") == SPEED_MPS) and max(ghosts(ride)) == 0
    assert ride.notes == []


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("left_m", [1.2, 2.4])
def test_both_lanes_that_it_is_in_brake_for_it(go: Callable[..., Drive], left_m: float, engine: str) -> None:
    """Most of it is in the one lane or in the other."""
    ride = go(lambda k: braking(k, left_m), 120, engine)
    for name in ("behind", "beside"):
        assert ride.of(name, "speed_mps")[-1] < 0.01 and gap_m(ride, name) == pytest.approx(2.5, abs=0.1)
        assert ride.of(name, "accel_mps2").min() > -4.6
    assert set(ghosts(ride)) == {1} and ride.counts["collisions"] == 0


def test_without_ghosts_the_other_lane_drives_through_it(
    go: Callable[..., Drive], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What they are for. SUMO reports no collision either."""
    monkeypatch.setattr("v2x.traffic.sumo_mirror.OVER_LINE_M", 99.0)
    ride = go(lambda k: braking(k, 1.2), 120)
    assert np.all(ride.of("beside", "speed_mps") == SPEED_MPS) and gap_m(ride, "beside") < -LENGTH_M
    assert ride.notes == [] and max(ghosts(ride)) == 0


def test_a_ghost_comes_when_it_is_over_the_line_and_goes_when_it_is_off(go: Callable[..., Drive]) -> None:
    """The line is at 1.75 m, so its left side reaches it 0.85 m from the middle; there are 0.2 m of grace at first."""
    lefts = [0.0, 0.8, 1.0, 1.1, 1.0, 0.9, 0.8, 1.0, 1.1, 0.0]
    ride = go(lambda k: Told(0.0, lefts[k // 3], 0.0, 0.0), 30)
    assert ghosts(ride)[::3] == [0, 0, 0, 1, 1, 1, 0, 0, 1, 0]
    assert all(set(each.id) == {EGO, "behind", "beside"} for each in ride.seen)


def test_once_it_is_back_the_other_lane_drives_on(go: Callable[..., Drive]) -> None:
    ride = go(lambda k: braking(k, 1.2 if k < 70 else 0.0), 160)
    speed = ride.of("beside", "speed_mps")
    assert speed.min() < 8.0 and speed[-1] == pytest.approx(SPEED_MPS) and gap_m(ride, "beside") < 0.0
    assert ghosts(ride)[69] == 1 and ghosts(ride)[70] == 0


def test_across_three_lanes_and_against_the_traffic_it_is_minded(go: Callable[..., Drive]) -> None:
    """It stands at right angles in lanes 2 and 3, then head on to them."""
    for turn_rad in (pi / 2.0, pi):
        ride = go(lambda k, turn_rad=turn_rad: Told(60.0, LANE_M / 2.0, turn_rad, 0.0), 120)
        assert ride.of("behind", "speed_mps")[-1] < 0.01 and ride.of("beside", "speed_mps")[-1] < 0.01
        rear_m = of(ride.seen[-1], EGO, "x_m") - (WIDTH_M if turn_rad < 3.0 else LENGTH_M) / 2.0
        for name in ("behind", "beside"):
            assert rear_m - of(ride.seen[-1], name, "x_m") - 2.5 > 0.5, name


@pytest.mark.parametrize(
    ("others", "left_m", "turn_rad", "lane"),
    [(ONCOMING, 8.4, -0.5, "W1.J_11_4"), (ONCOMING, 9.6, 0.0, "J_11.W1_4"), (EBIKE, -1.2, 0.0, "W1.J_11_2")],
)
def test_oncoming_cars_and_cycles_mind_it_too(
    go: Callable[..., Drive], others: str, left_m: float, turn_rad: float, lane: str
) -> None:
    """It stands with its tail or its side in the lane of cars that come towards it, or in that of cycles.

    In the second case SUMO has it in the oncoming lane itself, and believes its rear to be where its front is.
    """
    ride = go(lambda k: Told(0.0, left_m, turn_rad, 0.0), 150, others=others)
    assert ride.lanes[-1] == lane
    assert ride.of("other", "speed_mps")[0] > 4.0 and ride.of("other", "speed_mps")[-1] < 0.01
    last = ride.seen[-1]
    ends_m = (LENGTH_M + of(last, "other", "length_m")) / 2.0
    assert 0.0 < abs(of(last, EGO, "x_m") - of(last, "other", "x_m")) - ends_m < LENGTH_M + 3.0


def test_it_passes_a_junction_and_changes_lanes_without_a_stir(go: Callable[..., Drive]) -> None:
    """Through the junction straight on, and one lane to the left on the way there; at the end all are as at first."""
    ride = go(lambda k: Told(1.5 * (k + 1), LANE_M * min(max((k - 20) / 40.0, 0.0), 1.0)), 200)
    lanes = dict.fromkeys(ride.lanes)
    assert list(lanes)[:2] == ["W1.J_11_2", "W1.J_11_3"] and list(lanes)[-1].startswith("J_11.J_12")
    assert max(ghosts(ride)) == 1 and ghosts(ride)[0] == ghosts(ride)[-1] == 0
    changing = [k for k, count in enumerate(ghosts(ride)) if count]
    assert changing == list(range(changing[0], changing[-1] + 1)) and changing[-1] < 65
    assert ride.notes == [] and ride.counts["collisions"] == ride.counts["arrived"] == 0


def test_it_sees_who_is_ahead() -> None:
    """30 m behind another, a metre to its left, at an angle."""
    other = {"id": "other", "route": STRAIGHT, "depart_s": -1.0, "depart_at_m": 150.0}
    with empty("dongli", vehicles=(other,)) as traffic:
        traffic.start()
        traffic.place([convoy(1)], Road(STRAIGHT, 2, 60.0), 0.0)
        traffic.embody(EGO, LENGTH_M, WIDTH_M)
        snapshot = traffic.step(0)
        _, _, course = _place(traffic, snapshot)
        for k in range(3):
            x_m, y_m = of(snapshot, "other", "x_m") - 30.0, of(snapshot, "other", "y_m") + 1.0
            traffic.mirror([Posed(EGO, x_m, y_m, course + 0.1, 12.0, 0.0)])
            snapshot = traffic.step(to_ns(STEP_S) * (k + 1))
        sights = traffic.sights(snapshot, [EGO], 150.0)
        ahead_m = of(snapshot, "other", "x_m") - x_m
        assert sights.present[0] and sights.ahead[0] == "other"
        assert sights.gap_m[0] == pytest.approx(ahead_m - (LENGTH_M + CAR_M) / 2.0, abs=0.1)
        assert sights.ahead_speed_mps[0] == of(snapshot, "other", "speed_mps")


def test_it_may_stand_for_ever(go: Callable[..., Drive]) -> None:
    for left_m in (0.0, 1.2):
        ride = go(lambda k, left_m=left_m: Told(160.0, left_m, 0.0, 0.0), 140, time_to_teleport_s=10.0)
        assert ride.counts["teleports"] == 0 and np.ptp(ride.of(EGO, "x_m")[1:]) == 0.0
        assert set(ghosts(ride)) == {int(left_m > 0.0)} and ride.speeds[-1] == 0.0


def test_it_may_creep_over_the_end_of_its_route_and_of_the_network() -> None:
    """Its front gets there at 77.2 m, in steps of 1 cm: SUMO would take it for arrived 0.1 m before."""
    with empty("dongli") as traffic:
        traffic.start()
        traffic.place([convoy(1)], Road(["J_11.W1"], 2, 250.0), 0.0)
        traffic.embody(EGO, LENGTH_M, WIDTH_M)
        x_m, y_m, course = _place(traffic, traffic.step(0))
        lanes = []
        for k in range(150):
            way_m = min(2.0 * k, 76.4) + 0.01 * max(k - 39, 0)
            traffic.mirror([Posed(EGO, x_m + way_m * cos(course), y_m + way_m * sin(course), course, 0.1, 0.0)])
            lanes.append(of(traffic.step(to_ns(STEP_S) * (k + 1)), EGO, "lane"))
        assert traffic.statistics()["arrived"] == 0 and [note["kind"] for note in traffic.notes()] == [
            "traffic.off_lane"
        ]
    assert list(dict.fromkeys(lanes)) == ["J_11.W1_2", ""] and lanes.index("") > 60


def test_thrown_anywhere_among_traffic_it_is_there() -> None:
    """Ten metres beyond the road at most, at any angle, for 200 steps."""
    place = Stream(3, "poses").uniform(np.arange(800, dtype=np.uint64)).reshape(200, 4)
    with empty("xiqing", scale=1.0, warmup_s=20.0) as traffic:
        traffic.start()
        traffic.place([convoy(1)], Road(INTO_TOWN.route, 1, 1400.0), 0.0)
        traffic.embody(EGO, LENGTH_M, WIDTH_M)
        x_m, y_m, course = _place(traffic, traffic.step(0))
        haunted = 0
        for k, (along, across, turn, speed) in enumerate(place.tolist()):
            ahead_m, left_m = 1000.0 * along, 40.0 * across - 25.0
            at = x_m + ahead_m * cos(course) - left_m * sin(course), y_m + ahead_m * sin(course) + left_m * cos(course)
            traffic.mirror([Posed(EGO, *at, 2.0 * pi * turn, 30.0 * speed, 0.0)])
            snapshot = traffic.step(to_ns(STEP_S) * (k + 1))
            assert (of(snapshot, EGO, "x_m"), of(snapshot, EGO, "y_m")) == pytest.approx(at, abs=1e-9)
            assert not any("ghost" in name for name in snapshot.id)
            haunted += any("ghost" in name for name in traffic._api.vehicle.getIDList())
        assert traffic.statistics()["teleports"] == traffic.statistics()["collisions"] == 0
    assert haunted > 20


def test_both_bindings_give_the_same_bits(go: Callable[..., Drive]) -> None:
    ours, theirs = (go(lambda k: braking(k, 1.2 if k > 10 else 0.0), 60, engine, others=EBIKE) for engine in ENGINES)
    for mine, other in zip(ours.seen, theirs.seen, strict=True):
        for name, column in mine.columns().items():
            assert np.array_equal(column, other.columns()[name]), name


@pytest.mark.parametrize("engine", ENGINES)
def test_only_who_is_there_can_be_mirrored(engine: str) -> None:
    with empty(engine=engine) as traffic:
        traffic.start()
        assert mirrored(traffic) is traffic
        with pytest.raises(TrafficError, match="no vehicle 'nobody'"):
            traffic.embody("nobody", 4.0, 2.0)
    config = SyntheticConfig.model_validate(
        {"kind": "synthetic", "origin": {"crs": "wgs84", "lon_deg": 117.0, "lat_deg": 39.0}}
    )
    with pytest.raises(TrafficError, match="use 'sumo'"):
        mirrored(SyntheticTraffic(config, traffic._clock, Plane.tangent(117.0, 39.0)))
