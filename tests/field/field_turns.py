"""Turn counts: what the demand files promise, and what a run did (from SUMO's vehicle routes)."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import Counter
from itertools import pairwise
from pathlib import Path

from v2x.field.model import Field
from v2x.field.net import Net

#: (junction, neighbour it is reached from) -> move -> vehicles.
Turns = dict[tuple[str, str], Counter[str]]
_MOVES = {"s": "straight", "l": "left", "L": "left", "r": "right", "R": "right"}


def promised(field: Field, net: Net, level: str) -> Turns:
    """Motor vehicles per hour and movement by the flows and route probabilities of a level."""
    signals, types, routes, flows = field.sumo_files(level)
    assert signals.exists() and types.exists()
    rate = {flow.attrib["route"]: per_h(flow) for flow in ET.parse(flows).iter("flow") if flow.get("type") == "motor"}
    turns: Turns = {}
    root = ET.parse(routes).getroot()
    edges = {route.attrib["id"]: route.attrib["edges"].split() for route in root.iter("route")}
    for distribution in root.iter("routeDistribution"):
        drawn = rate.get(distribution.attrib["id"], 0.0)
        times = [float(part) for part in distribution.attrib["probabilities"].split()]
        for route, weight in zip(distribution.attrib["routes"].split(), times, strict=True):
            _count(net, turns, edges[route], rate.get(route, 0.0) + drawn * weight / sum(times))
    return turns


def driven(net: Net, vehroutes: Path) -> Turns:
    """Movements of all motor vehicles that were completed in a run; needs exit times."""
    turns: Turns = {}
    for vehicle in ET.parse(vehroutes).iter("vehicle"):
        if vehicle.attrib["type"].split("@")[0] not in ("car", "bus", "truck"):
            continue
        route = list(vehicle.iter("route"))[-1]
        done = [float(t) >= 0 for t in route.attrib["exitTimes"].split()]
        edges = route.attrib["edges"].split()
        _count(net, turns, edges[: sum(done) + 1], 1.0)
    return turns


def shares(turns: Turns, *, by_junction: bool) -> dict[tuple[str, ...], dict[str, float]]:
    """Share of each move per junction, or per approach."""
    pooled: dict[tuple[str, ...], Counter[str]] = {}
    for (junction, neighbour), counts in turns.items():
        key = (junction,) if by_junction else (junction, neighbour)
        pooled.setdefault(key, Counter()).update(counts)
    return {key: {move: n / counts.total() for move, n in counts.items()} for key, counts in pooled.items()}


def per_h(flow: ET.Element) -> float:
    """Vehicles per hour of a flow."""
    if "number" in flow.attrib:  # those that stand ready at the start
        return float(flow.attrib["number"])
    period = flow.attrib["period"]
    if period.startswith("exp("):
        return 3600.0 * float(period.removeprefix("exp(").removesuffix(")"))
    return 3600.0 / float(period)


def _count(net: Net, turns: Turns, edges: list[str], weight: float) -> None:
    for origin, target in pairwise(edges):
        junction = net.edges[origin].target
        if junction in net.meetings:
            direction = next(c.direction for c in net.onward[origin] if c.target == target)
            turns.setdefault((junction, net.edges[origin].origin), Counter())[_MOVES[direction]] += weight  # type: ignore[assignment]
