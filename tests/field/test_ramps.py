"""Ramps: the carriageway is as declared, and SUMO's drivers come from one and leave by the other."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from v2x.data import data_dir
from v2x.errors import FieldError
from v2x.field.build import build_field
from v2x.field.layout import lay_out
from v2x.field.load import load_field
from v2x.field.net import Net, read_net
from v2x.field.source import load_source

log = logging.getLogger(__name__)

SOURCE = data_dir("scenarios") / "fields" / "xiqing" / "field.yaml"
SECTIONS = ("J_24.R1_nose", "R1_nose.R1_lane", "R1_lane.R2_lane", "R2_lane.R2_nose", "R2_nose.E2")

#: A truck from ramp to ramp and a car from the town to the exit, among others: where they went, how fast the truck was
#: when it left the additional lane and at its end, its lowest speed until then, and what went wrong beside the ramps.
_DRIVE = """
import sys, json, libsumo
vehicle, simulation = libsumo.vehicle, libsumo.simulation
libsumo.start(["sumo", "-n", sys.argv[1], "-a", sys.argv[2], "--step-length", "0.1", "--step-method.ballistic", "true",
               "--seed", sys.argv[3], "--no-step-log", "--no-warnings", "--time-to-teleport", "120",
               "--collision.check-junctions", "true"])
simulation.step(120.0)
for name, start, lane in (("truck", "R1.R1_nose", "0"), ("car", "J_24.R1_nose", "2")):
    libsumo.route.add(name, simulation.findRoute(start, "R2_nose.R2", name).edges)
    vehicle.add(name, name, name, departLane=lane, departSpeed="desired")
ways, merged, end, lowest, teleports, contacts = {"truck": [], "car": []}, None, None, 99.0, 0, 0
while simulation.getMinExpectedNumber() and simulation.getTime() < 300.0:
    simulation.step()
    teleports += simulation.getStartingTeleportNumber()
    contacts += sum("R1_" in each.lane or "R2_" in each.lane for each in simulation.getCollisions())
    here = set(ways) & set(vehicle.getIDList())
    for name in here:
        edge = vehicle.getRoadID(name)
        if edge[0] != ":" and edge not in ways[name]:
            ways[name].append(edge)
    if "truck" in here and end is None:
        edge, speed = vehicle.getRoadID("truck"), vehicle.getSpeed("truck")
        lowest = min(lowest, speed if ways["truck"] else lowest)
        if merged is None and edge == "R1_nose.R1_lane" and vehicle.getLaneIndex("truck") > 0:
            merged = vehicle.getLanePosition("truck"), speed
        end = speed if edge == "R1_lane.R2_lane" else None
    if not here and all(ways.values()):
        break
print("RESULT", json.dumps({"ways": ways, "merged": merged, "end": end, "lowest": lowest, "teleports": teleports,
                            "contacts": contacts}))
"""


@pytest.fixture(scope="module")
def net() -> Net:
    return read_net(load_field("xiqing").net_file)


def test_there_is_a_lane_more_beside_a_ramp(net: Net) -> None:
    assert [len(net.edges[name].lanes) for name in SECTIONS] == [3, 4, 3, 4, 3]
    assert "J_24.E2" not in net.edges and "E2.J_24" in net.edges
    lengths_m = [net.edges[name].lanes[0].length_m for name in SECTIONS]
    assert lengths_m[1] == pytest.approx(180, abs=8) and lengths_m[3] == pytest.approx(120, abs=8)
    assert sum(lengths_m[:1]) == pytest.approx(500, abs=25)
    assert sum(lengths_m[1:4]) == pytest.approx(1700, abs=25)


def test_lanes_run_on_and_the_additional_one_ends_or_begins(net: Net) -> None:
    onward = {
        (c.origin, c.from_lane): (c.target, c.to_lane)
        for name in (*SECTIONS, "R1.R1_nose")
        for c in net.onward.get(name, ())
    }
    for i, (here, there) in enumerate(pairwise(SECTIONS)):
        lanes, shift = ((1, 2, 3), -1) if i % 2 else ((0, 1, 2), 1)
        assert [onward[here, lane] for lane in lanes] == [(there, lane + shift) for lane in lanes]
    assert onward["R1.R1_nose", 0] == ("R1_nose.R1_lane", 0)
    assert ("R1_nose.R1_lane", 0) not in onward
    assert ("R2_lane.R2_nose", 0) not in onward.values()
    assert onward["R2_lane.R2_nose", 0] == ("R2_nose.R2", 0)


def test_ramps_meet_their_lane_without_a_step(net: Net) -> None:
    def gap_m(end: np.ndarray, start: np.ndarray) -> float:
        return float(np.hypot(*(end - start)))

    lanes = {name: net.edges[name].lanes[0].shape for name in ("R1.R1_nose", "R2_nose.R2", *SECTIONS)}
    assert gap_m(lanes["R1.R1_nose"][-1], lanes["R1_nose.R1_lane"][0]) < 5.0
    assert gap_m(lanes["R2_lane.R2_nose"][-1], lanes["R2_nose.R2"][0]) < 5.0


def test_the_other_direction_and_all_junctions_know_nothing_of_ramps() -> None:
    field = load_field("xiqing")
    assert not any(name.startswith("R") for name in field.intersections)
    assert {lane.road for lane in field.lanes if lane.id.startswith("R1.")} == {"津沧高速专用通道入口"}


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.validate) for seed in range(2, 11))])
def test_a_truck_merges_and_a_car_leaves(seed: int) -> None:
    field = load_field("xiqing")
    files = ",".join(str(path) for path in field.sumo_files("normal"))
    arguments = [str(field.net_file), files, str(seed)]
    run = subprocess.run([sys.executable, "-c", _DRIVE, *arguments], capture_output=True, text=True, check=True)
    line = next(line for line in run.stdout.splitlines() if line.startswith("RESULT"))
    found: dict[str, Any] = json.loads(line.removeprefix("RESULT"))
    (at_m, merged_mps), end_mps, lowest_mps = found["merged"], found["end"], found["lowest"]
    log.info("seed %d: merged %.0f m after the nose at %.0f km/h, lane's end %.0f km/h, lowest %.0f km/h",
             seed, at_m, 3.6 * merged_mps, 3.6 * end_mps, 3.6 * lowest_mps)  # fmt: skip
    assert found["ways"]["truck"] == ["R1.R1_nose", *SECTIONS[1:4], "R2_nose.R2"]
    assert found["ways"]["car"] == [*SECTIONS[:4], "R2_nose.R2"]
    assert 3.6 * lowest_mps > 30.0 and 3.6 * end_mps > 50.0
    assert found["teleports"] == found["contacts"] == 0


def spoilt(tmp_path: Path, old: str, new: str) -> Path:
    text = SOURCE.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "field.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("lane_m: 120, share: 0.1", "lane_m: 120", "an exit needs a share"),
        ("lane_m: 180", "lane_m: 180, share: 0.1", "only an exit has one"),
        ("kind: ramp, way: entry", "kind: slip, way: entry", "class 'slip', which is unknown"),
        ("kind: ramp, way: entry", "kind: fast, way: entry", "has not one lane"),
        ("{id: R2", "{id: R1", "shares its id"),
        ("{id: R2", "{id: J_24", "pattern"),
    ],
)
def test_a_wrong_ramp_is_refused(tmp_path: Path, old: str, new: str, reason: str) -> None:
    with pytest.raises(FieldError, match=reason):
        load_source(spoilt(tmp_path, old, new))


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("at_m: 2200", "at_m: 700", "overlap or leave its 2573 m"),
        ("at_m: 2200", "at_m: 2600", "overlap or leave its 2573 m"),
        ("edge: J_24.E2, at_m: 500", "edge: J_24.E9, at_m: 500", "meets no edge 'J_24.E9'"),
        ("edge: J_24.E2, at_m: 500", "edge: J_23.J_24, at_m: 200", "'J_23.J_24' can have no ramps"),
    ],
)
def test_a_ramp_that_does_not_fit_is_refused(tmp_path: Path, old: str, new: str, reason: str) -> None:
    with pytest.raises(FieldError, match=reason):
        lay_out(load_source(spoilt(tmp_path, old, new)))


def test_an_exit_may_come_before_an_entry(tmp_path: Path) -> None:
    """Nothing but the order of the noses decides."""
    source = load_source(
        spoilt(tmp_path, "way: exit, edge: J_24.E2, at_m: 2200", "way: exit, edge: J_24.E2, at_m: 300")
    )
    edges = [edge.id for edge in lay_out(source).edges if edge.road.id == "zhuanyong-tongdao" and edge.id != "E2.J_24"]
    assert edges == ["J_24.R2_lane", "R2_lane.R2_nose", "R2_nose.R1_nose", "R1_nose.R1_lane", "R1_lane.E2"]
    build_field(tmp_path / "field.yaml", tmp_path / "out")
