"""SUMO as a source: both bindings alike, centres and headings right, independent of the step's length."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pyproj import Geod, Proj

from v2x.clock import NS_PER_S, SimClock, to_ns
from v2x.errors import RunError, TrafficError
from v2x.field.load import load_field
from v2x.field.model import Field
from v2x.scenario.model import SumoTraffic as Config
from v2x.stations.kinematics import extrapolate
from v2x.traffic.base import KINDS, Snapshot
from v2x.traffic.sumo import SumoTraffic
from v2x.traffic.sumo_reading import kind_of


@pytest.fixture(scope="module")
def field() -> Field:
    return load_field("xiqing")


def play(
    field: Field, *, engine: str = "libsumo", step_s: float = 0.1, n: int = 20, **config: object
) -> list[Snapshot]:
    clock = SimClock(0, to_ns(step_s), to_ns(step_s) * n)
    settings = Config(kind="sumo", **{"warmup_s": 20.0, **config})  # type: ignore[arg-type]
    with SumoTraffic(settings, field, clock, 5, engine=engine) as traffic:  # type: ignore[arg-type]
        traffic.start()
        return [traffic.step(t_ns) for t_ns in clock.steps()]


def test_libsumo_and_traci_give_the_same_bits(field: Field) -> None:
    for ours, theirs in zip(play(field), play(field, engine="traci"), strict=True):
        for name, column in ours.columns().items():
            assert np.array_equal(column, theirs.columns()[name]), name


def test_rows_are_sorted_and_of_known_kinds(field: Field) -> None:
    last = play(field)[-1]
    assert list(last.id) == sorted(set(last.id))
    assert {KINDS[kind] for kind in last.type} >= {"car", "ebike"}
    assert np.all((last.heading_deg >= 0) & (last.heading_deg < 360))
    assert np.all(np.abs(last.yaw_rate_dps) <= 1800)
    assert last.index_of(last.id[3]) == 3 and last.index_of("nobody") is None


def test_positions_are_the_projections_and_headings_are_true(field: Field) -> None:
    last = play(field)[-1]
    utm = Proj(field.plane.projection)
    x, y = utm(last.lon_deg, last.lat_deg)
    assert np.abs(x + field.plane.offset_x_m - last.x_m).max() < 1e-3
    assert np.abs(y + field.plane.offset_y_m - last.y_m).max() < 1e-3
    first = play(field)[0]
    geod = Geod(ellps="WGS84")
    checked = 0
    for name in first.id:
        i, j = first.index_of(name), last.index_of(name)
        if i is None or j is None or abs(first.heading_deg[i] - last.heading_deg[j]) > 1e-6:
            continue
        azimuth, _, way_m = geod.inv(first.lon_deg[i], first.lat_deg[i], last.lon_deg[j], last.lat_deg[j])
        if way_m > 15 and first.lane[i] == last.lane[j]:
            assert (azimuth - last.heading_deg[j] + 180) % 360 - 180 == pytest.approx(0, abs=0.05)
            checked += 1
    assert checked >= 3


ROUTE = """<routes><vType id="car_probe" length="5" accel="2.0" sigma="0" speedFactor="1" maxSpeed="30"
  lcStrategic="-1" lcSpeedGain="0" lcKeepRight="0" lcCooperative="-1"/>
<vehicle id="a" type="car_probe" depart="0" departPos="10" departSpeed="0" departLane="1">
<route edges="{edge}"/></vehicle>
</routes>"""


def long_edge(field: Field) -> str:
    lengths: dict[str, float] = {}
    for lane in field.lanes:
        if lane.kind == "vehicle" and not lane.id.startswith(":"):
            length = float(np.hypot(*np.diff(lane.points_m, axis=0).T).sum())
            lengths[lane.id.rpartition("_")[0]] = length
    return max(sorted(lengths), key=lambda edge: lengths[edge])


def test_extrapolated_states_agree_with_a_10_ms_run(field: Field, tmp_path: Path) -> None:
    routes = tmp_path / "one.rou.xml"
    routes.write_text(ROUTE.format(edge=long_edge(field)))
    coarse = play(field, step_s=0.1, n=50, warmup_s=1.0, routes=routes)
    fine = play(field, step_s=0.01, n=500, warmup_s=1.0, routes=routes)
    # a vehicle first moves one step after it was inserted: 0.1 s here, 0.01 s there
    by_time = {snapshot.t_ns + 90_000_000: snapshot for snapshot in fine}
    worst = 0.0
    for snapshot in coarse[5:45]:
        here = by_time[snapshot.t_ns]
        assert np.hypot(here.x_m[0] - snapshot.x_m[0], here.y_m[0] - snapshot.y_m[0]) < 0.05
        for offset_ms in (0, 30, 70, 90):
            t_ns = snapshot.t_ns + offset_ms * 1_000_000
            motion = extrapolate(snapshot, np.array([0]), np.array([t_ns]))
            there = by_time[t_ns]
            way = np.hypot(motion.east_m[0], motion.north_m[0])  # the edge is straight
            true_way = np.hypot(there.x_m[0] - here.x_m[0], there.y_m[0] - here.y_m[0])
            worst = max(worst, abs(way - true_way))
            assert motion.speed_mps[0] == pytest.approx(there.speed_mps[0], abs=0.01)
    assert worst < 0.05


def test_the_centre_is_half_a_length_behind_the_bumper(field: Field, tmp_path: Path) -> None:
    import libsumo

    routes = tmp_path / "one.rou.xml"
    routes.write_text(ROUTE.format(edge=long_edge(field)))
    clock = SimClock(0, to_ns(0.1), NS_PER_S)
    config = Config(kind="sumo", warmup_s=2.0, routes=routes)
    with SumoTraffic(config, field, clock, 5) as traffic:
        traffic.start()
        snapshot = traffic.step(0)
        x, y = libsumo.vehicle.getPosition("a")
        angle = np.radians(libsumo.vehicle.getAngle("a"))
        assert snapshot.x_m[0] == pytest.approx(x - 2.5 * np.sin(angle), abs=1e-9)
        assert snapshot.y_m[0] == pytest.approx(y - 2.5 * np.cos(angle), abs=1e-9)


def test_one_libsumo_a_process(field: Field) -> None:
    clock = SimClock(0, to_ns(0.1), NS_PER_S)
    config = Config(kind="sumo", warmup_s=0.0)
    with SumoTraffic(config, field, clock, 5) as first, pytest.raises(RunError, match="one simulation"):
        first.start()
        SumoTraffic(config, field, clock, 5).start()


def test_a_bad_route_file_is_an_error_of_input(field: Field, tmp_path: Path) -> None:
    routes = tmp_path / "bad.rou.xml"
    routes.write_text(ROUTE.format(edge="no_such_edge"))
    clock = SimClock(0, to_ns(0.1), NS_PER_S)
    traffic = SumoTraffic(Config(kind="sumo", warmup_s=1.0, routes=routes), field, clock, 5)
    with pytest.raises((TrafficError, RunError), match="no_such_edge"):
        traffic.start()
    traffic.close()


@pytest.mark.parametrize(
    ("type_id", "kind"),
    [("car", "car"), ("ebike_redrunner", "ebike"), ("truck@42", "truck"), ("pedestrian", "pedestrian"), ("odd", "car")],
)
def test_kind_of_a_type(type_id: str, kind: str) -> None:
    assert KINDS[kind_of(type_id)] == kind
