"""Demand: who travels (vehicle types) and where (routes); `v2x.field.flows` says when.

Sizes, mix, red-light running and walking speeds are those of a measured Tianjin junction (SinD) as collected in
docs/fields.md; what is assumed is marked there. A type's id begins with the kind of road user, up to ``_``.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import dataclass

from v2x.errors import FieldError
from v2x.field.net import Net, NetEdge
from v2x.field.routes import Entry, Route, TurnShares, options, walk_routes
from v2x.field.source import ENTRY_VEH_PER_H_LANE, Demand, Level, RoadClass
from v2x.registry import did_you_mean

#: Vehicle types: sizes in metres (measured), speeds and accelerations in SI units. E-bikes are limited to 25 km/h by
#: GB 17761-2018; the other speeds and accelerations are SUMO's defaults for the class, or assumed.
_TYPES: dict[str, dict[str, str]] = {
    "car": {
        "vClass": "passenger",
        "length": "4.55",
        "width": "1.81",
        "speedFactor": "normc(1,0.1,0.7,1.2)",
    },
    "bus": {"vClass": "bus", "length": "9.1", "width": "2.3", "speedFactor": "normc(0.9,0.05,0.7,1.1)"},
    "truck": {"vClass": "truck", "length": "6.3", "width": "2.2", "speedFactor": "normc(0.9,0.05,0.7,1.1)"},
    "ebike": {"vClass": "bicycle", "length": "1.75", "width": "0.77", "maxSpeed": "6.94", "accel": "1.5"},
    "bicycle": {"vClass": "bicycle", "length": "1.63", "width": "0.67", "maxSpeed": "4.2"},
    "pedestrian": {"vClass": "pedestrian", "length": "0.3", "width": "0.5"},
}
#: Median 1.14 m/s and 85th percentile 1.35 m/s, within the measured 1.0-1.2 and 1.3-1.45 m/s.
_WALKING = {"maxSpeed": "3.0", "desiredMaxSpeed": "1.1", "speedFactor": "normc(1,0.2,0.8,1.5)"}
#: An e-bike of this type passes a light that has been red for any time, slowly, where nobody with a right is near.
_RED_RUNNER = {"jmDriveAfterRedTime": "1000", "jmDriveRedSpeed": "2.5"}

_ROUTES_PER_ENTRY = 150
_ROUTES_PER_BIKE_ENTRY = 50
_ROUTES_PER_START = 8

#: Distribution -> routes, the most frequent first, and how often each was drawn.
Routes = dict[str, list[tuple[Route, int]]]


@dataclass(frozen=True)
class Streets:
    """What the demand needs to know of a field beside its network."""

    demand: Demand
    classes: dict[str, RoadClass]
    turns: TurnShares
    two_wheelers_per_car: dict[str, float]

    def entry_veh_per_h(self, edge: NetEdge, level: Level) -> float:
        """Motor vehicles per hour that enter on an edge; classes unknown to the field get the default flow."""
        lanes = sum(lane.kind == "vehicle" for lane in edge.lanes)
        known = self.classes.get(edge.type)
        return (known.entry_veh_per_h_lane if known else ENTRY_VEH_PER_H_LANE)[level] * lanes

    def entry_bikes_per_h(self, edge: NetEdge, level: Level) -> float:
        """Two-wheelers per hour that enter on an edge."""
        ratio = self.two_wheelers_per_car.get(edge.id, 0.0) if edge.has("bike") else 0.0
        return ratio * self.entry_veh_per_h(edge, level)


def types_xml(demand: Demand) -> ET.Element:
    """Vehicle types, and the distributions ``motor`` and ``two_wheeler`` from which flows draw."""
    root = ET.Element("additional")
    kinds = {
        "motor": {kind: demand.mix.get(kind, 0.0) for kind in ("car", "bus", "truck")},
        "two_wheeler": {
            "ebike": demand.ebike_share * (1.0 - demand.red_runner_share),
            "ebike_redrunner": demand.ebike_share * demand.red_runner_share,
            "bicycle": 1.0 - demand.ebike_share,
        },
    }
    for name, shares in kinds.items():
        distribution = ET.SubElement(root, "vTypeDistribution", id=name)
        for kind, share in shares.items():
            ET.SubElement(distribution, "vType", {"id": kind, "probability": f"{share:.4f}", **_attributes(kind)})
    ET.SubElement(root, "vType", {"id": "pedestrian", **_attributes("pedestrian")})
    return root


def _attributes(kind: str) -> dict[str, str]:
    if kind == "pedestrian":
        return _TYPES[kind] | _WALKING
    return _TYPES[kind.partition("_")[0]] | (_RED_RUNNER if kind == "ebike_redrunner" else {})


def draw_routes(net: Net, streets: Streets) -> Routes:
    """Routes of motor vehicles by entry and start edge (see `flow_name`), of two-wheelers with ``.bike`` behind it."""
    motor = [Entry(edge.id, streets.entry_veh_per_h(edge, "normal")) for edge in net.entries]
    bikes = [Entry(edge.id, flow) for edge in net.entries if (flow := streets.entry_bikes_per_h(edge, "normal")) > 0]
    start = [Entry(edge.id, 1.0) for edge in start_edges(net, streets)]
    ways = options(net, "vehicle", streets.turns)
    found = walk_routes(ways, motor, _ROUTES_PER_ENTRY * len(motor))
    if start:
        found |= walk_routes(ways, start, _ROUTES_PER_START * len(start))
    routes = {flow_name(net, edge): _ranked(drawn) for edge, drawn in found.items()}
    if bikes:
        drawn = walk_routes(options(net, "bike", streets.turns), bikes, _ROUTES_PER_BIKE_ENTRY * len(bikes))
        routes |= {f"{flow_name(net, edge)}.bike": _ranked(counter) for edge, counter in drawn.items()}
    return routes


def routes_xml(routes: Routes) -> ET.Element:
    """Routes ``<distribution>.<rank>`` and the distributions that refer to them.

    A route written inside its distribution could not be named by a flow of its own.
    """
    root = ET.Element("additional")
    for name, ranked in routes.items():
        for i, (route, _) in enumerate(ranked):
            ET.SubElement(root, "route", id=f"{name}.{i}", edges=" ".join(route))
        item = ET.SubElement(root, "routeDistribution", id=name)
        item.set("routes", " ".join(f"{name}.{i}" for i in range(len(ranked))))
        item.set("probabilities", " ".join(str(times) for _, times in ranked))
    return root


def _ranked(drawn: Counter[Route]) -> list[tuple[Route, int]]:
    return sorted(drawn.items(), key=lambda pair: (-pair[1], pair[0]))


def flow_name(net: Net, edge: str) -> str:
    """Short name of an edge's flow: the node where it comes in, where that is unique, else the edge."""
    origins = [entry.origin for entry in net.entries]
    origin = net.edges[edge].origin
    return origin if net.edges[edge] in net.entries and origins.count(origin) == 1 else edge


def start_edges(net: Net, streets: Streets) -> list[NetEdge]:
    """Edges with vehicles at the start; `FieldError` where a named one is no inner street."""
    leaving = {c.origin for c in net.connections if net.edges[c.target].function == "normal"}
    inner = {edge.id: edge for edge in net.streets if edge not in net.entries and edge.id in leaving}
    if streets.demand.start_on == "inner":
        return list(inner.values())
    for name in streets.demand.start_on:
        if name not in inner:
            raise FieldError(f"start_on: unknown inner edge '{name}', {did_you_mean(name, list(inner))}")
    return [inner[name] for name in streets.demand.start_on]
