"""Vehicles of a scenario's own drive, stand and are refused as told, with both bindings alike."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from v2x.clock import NS_PER_S, SimClock, to_ns
from v2x.errors import TrafficError
from v2x.field.load import load_field
from v2x.scenario.model import SumoTraffic as Config
from v2x.traffic.base import Snapshot
from v2x.traffic.sumo import SumoTraffic

SHUTTLE = {"id": "shuttle", "kind": "bus", "route": ["W1.J_11", "J_12.J_22"], "depart_s": -2.0}


def play(
    *vehicles: dict[str, Any], duration_s: float = 30.0, engine: str = "libsumo", scale: float = 0.0
) -> list[Snapshot]:
    clock = SimClock(0, to_ns(0.1), to_ns(duration_s))
    config = Config(kind="sumo", warmup_s=5.0, scale=scale, vehicles=vehicles)  # type: ignore[arg-type]
    with SumoTraffic(config, load_field("dongli"), clock, 5, engine=engine) as traffic:  # type: ignore[arg-type]
        traffic.start()
        return [traffic.step(t_ns) for t_ns in clock.steps()]


def of(snapshots: list[Snapshot], name: str, column: str) -> list[Any]:
    rows = [(each, each.index_of(name)) for each in snapshots]
    return [getattr(each, column)[row] for each, row in rows if row is not None]


def test_it_enters_in_time_and_drives_its_way_on_empty_roads() -> None:
    seen = play(SHUTTLE, duration_s=60.0)
    assert seen[0].id.tolist() == ["shuttle"]
    edges = dict.fromkeys(str(lane).rpartition("_")[0] for lane in of(seen, "shuttle", "lane"))
    assert next(iter(edges)) == "W1.J_11"
    assert set(of(seen, "shuttle", "type")) == {1}


def test_it_stands_where_and_as_long_as_told() -> None:
    stop = {"edge": "W1.J_11", "lane": 2, "at_m": 120.0, "duration_s": 8.0}
    speed = np.array(of(play(SHUTTLE | {"stops": [stop]}), "shuttle", "speed_mps"))
    assert np.count_nonzero(speed < 0.01) * 0.1 == pytest.approx(8.0, abs=0.3)


def test_blue_light_is_faster_and_others_are_as_before() -> None:
    way = {"kind": "car", "route": ["W1.J_11", "J_11.J_12"], "depart_s": 0.0}
    slow, fast = ({"id": "a", **way}, {"id": "a", **way, "blue_light": True})
    top = [max(of(play(vehicle, duration_s=15.0), "a", "speed_mps")) for vehicle in (slow, fast)]
    assert top[1] > top[0] + 1.0


def test_it_enters_at_speed_where_told_and_blue_light_waits_at_red() -> None:
    """J_11 is red from 26 s to 95 s; SUMO's own vehicles with blue light would drive through."""
    route = {"route": ["W1.J_11", "J_11.J_12"], "depart_s": 30.0, "depart_at_m": 200.0}
    seen = play({"id": "amb", "blue_light": True, **route}, duration_s=50.0)
    speed_mps, x_m = (of(seen, "amb", name) for name in ("speed_mps", "x_m"))
    assert speed_mps[0] > 15.0 and speed_mps[-1] < 0.1
    assert x_m[-1] - x_m[0] == pytest.approx(327.0 - 200.0, abs=5.0)


def test_both_bindings_give_the_same_bits() -> None:
    vehicles = (SHUTTLE, {"id": "amb", "route": ["W1.J_11", "J_11.J_12"], "blue_light": True})
    for ours, theirs in zip(
        play(*vehicles, scale=1.0, duration_s=5.0),
        play(*vehicles, scale=1.0, duration_s=5.0, engine="traci"),
        strict=True,
    ):
        for name, column in ours.columns().items():
            assert np.array_equal(column, theirs.columns()[name]), name
    assert ours.t_ns == 5 * NS_PER_S - to_ns(0.1)


@pytest.mark.parametrize(
    ("vehicle", "path", "words"),
    [
        (SHUTTLE | {"route": ["W1.J_11", "nowhere"]}, "traffic.vehicles.0.route.1", "no edge 'nowhere'"),
        (SHUTTLE | {"route": ["J_11.W1", "W1.J_11"]}, "traffic.vehicles.0.route.1", "no way from"),
        (
            SHUTTLE | {"stops": [{"edge": "W1.J_11", "lane": 9, "at_m": 10.0, "duration_s": 1.0}]},
            "traffic.vehicles.0.stops.0",
            "SUMO refuses",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(vehicle: dict[str, Any], path: str, words: str) -> None:
    with pytest.raises(TrafficError, match=words) as caught:
        play(vehicle, duration_s=1.0)
    assert caught.value.path == path


@pytest.mark.parametrize("bad", [{"depart_s": -6.0}, {"id": "a.b"}, {"route": ["W1.J_11"]}, {"kind": "pedestrian"}])
def test_the_scenario_refuses_what_needs_no_network(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Config(kind="sumo", warmup_s=5.0, vehicles=[SHUTTLE | bad])  # type: ignore[arg-type]
