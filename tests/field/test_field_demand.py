"""Demand: turn shares, flows by class, vehicle types, and a short run in which everybody is there."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter

import pytest
from field_turns import per_h, promised, shares
from hypothesis import given
from hypothesis import strategies as st

from v2x.data import data_dir
from v2x.errors import FieldError
from v2x.field.build import streets_of
from v2x.field.layout import lay_out
from v2x.field.load import load_field
from v2x.field.model import Field
from v2x.field.net import read_net
from v2x.field.routes import Entry, Rotor, walk_routes
from v2x.field.source import load_source

KINDS = {"car", "bus", "truck", "ebike", "bicycle", "pedestrian"}

_COUNT = """
import sys, json, libsumo
libsumo.start(["sumo", "-n", sys.argv[1], "-a", sys.argv[2], "--step-length", "0.1", "--step-method.ballistic", "true",
               "--seed", sys.argv[3], "--no-step-log", "--no-warnings"])
libsumo.simulation.step(60.0)
ids = libsumo.vehicle.getIDList()
print("RESULT", json.dumps({name: libsumo.vehicle.getTypeID(name) for name in ids}))
"""


@given(st.lists(st.floats(0.01, 1.0), min_size=1, max_size=5), st.integers(1, 300))
def test_a_rotor_follows_its_weights(weights: list[float], count: int) -> None:
    total = sum(weights)
    rotor = Rotor({str(i): weight / total for i, weight in enumerate(weights)})
    for _ in range(count):
        rotor.turn()
    for name, weight in rotor.weights.items():
        assert abs(rotor.taken[name] - count * weight) < 2.0


def test_routes_follow_the_ways_to_an_exit() -> None:
    ways = {"in": {"a": 0.25, "b": 0.75}, "a": {}, "b": {"a": 1.0}}
    found = walk_routes(ways, [Entry("in", 1.0)], 100)
    assert found["in"] == Counter({("in", "b", "a"): 75, ("in", "a"): 25})


def test_who_circles_is_sent_home_the_shortest_way() -> None:
    ways = {"in": {"ring": 1.0}, "ring": {"gate": 1.0}, "gate": {"in": 0.999, "out": 0.001}, "out": {}}
    ((route, _),) = walk_routes(ways, [Entry("in", 1.0)], 1)["in"].items()
    assert route[-1] == "out"
    assert len(route) < 40


def test_without_an_entry_there_are_no_routes() -> None:
    with pytest.raises(FieldError, match="no street leads into the field"):
        walk_routes({}, [], 10)


@pytest.mark.parametrize("name", ["dongli", "xiqing"])
@pytest.mark.parametrize("level", ["light", "normal", "peak"])
def test_demand_files_keep_the_declared_turn_shares(name: str, level: str) -> None:
    field = load_field(name)
    source = load_source(data_dir("scenarios") / "fields" / name / "field.yaml")
    declared = streets_of(lay_out(source)).turns
    counts = promised(field, read_net(field.net_file), level)
    for (junction, neighbour), found in shares(counts, by_junction=False).items():
        wanted = declared.at(junction, neighbour)
        total = sum(wanted[move] for move in found)  # type: ignore[index]
        for move, share in found.items():
            assert share == pytest.approx(wanted[move] / total, abs=0.015)  # type: ignore[index]


@pytest.mark.parametrize("name", ["dongli", "xiqing"])
def test_entry_flows_are_those_of_the_class(name: str) -> None:
    field = load_field(name)
    net = read_net(field.net_file)
    bounds = {"light": (100, 150), "normal": (250, 350), "peak": (450, 600)}
    for level, (low, high) in bounds.items():
        flows = [flow for flow in ET.parse(field.sumo_files(level)[-1]).iter("flow") if flow.get("type") == "motor"]
        for edge in net.entries:
            rates = [per_h(flow) for flow in flows if flow.attrib["route"].partition(".")[0] == edge.origin]
            assert low - 1 <= sum(rates) / sum(lane.kind == "vehicle" for lane in edge.lanes) <= high + 1


def test_flows_are_sorted_by_begin(shipped: Field) -> None:
    begins = [float(flow.attrib["begin"]) for flow in ET.parse(shipped.sumo_files("normal")[-1]).getroot()]
    assert begins == sorted(begins)


def test_types_begin_with_their_kind(shipped: Field) -> None:
    types = ET.parse(shipped.sumo_files("normal")[1])
    names = [item.attrib["id"] for item in types.iter("vType")]
    assert {name.partition("_")[0] for name in names} == KINDS
    motor = next(item for item in types.iter("vTypeDistribution") if item.get("id") == "motor")
    assert sum(float(item.attrib["probability"]) for item in motor) == pytest.approx(1.0)


@pytest.mark.parametrize(("name", "least"), [("xiqing", 80), ("dongli", 80), ("wangwenzhuang", 15)])
def test_traffic_is_there_after_a_minute(name: str, least: int) -> None:
    types = _types_after_a_minute(load_field(name), "1")
    assert len(types) >= least
    assert {name.partition("_")[0].partition("@")[0] for name in types.values()} <= KINDS


def test_the_seed_decides_who_comes() -> None:
    field = load_field("wangwenzhuang")
    one, again, other = (_types_after_a_minute(field, seed) for seed in ("1", "1", "2"))
    assert one == again != other


def _types_after_a_minute(field: Field, seed: str) -> dict[str, str]:
    files = ",".join(str(path) for path in field.sumo_files("normal"))
    run = subprocess.run(
        [sys.executable, "-c", _COUNT, str(field.net_file), files, seed], capture_output=True, text=True, check=True
    )
    line = next(line for line in run.stdout.splitlines() if line.startswith("RESULT"))
    found: dict[str, str] = json.loads(line.removeprefix("RESULT"))
    return found
