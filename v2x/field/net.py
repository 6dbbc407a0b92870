"""A SUMO network file as plain data: what building a field needs of it, and no more."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from v2x.errors import FieldError
from v2x.geo import Plane

F64 = NDArray[np.float64]


@dataclass(frozen=True)
class NetLane:
    """A lane; ``kind`` is ``vehicle``, ``bike``, ``sidewalk``, ``crossing`` or ``other``; shape (k, 2), metres."""

    id: str
    index: int
    kind: str
    speed_mps: float
    length_m: float
    width_m: float
    shape: F64


@dataclass(frozen=True)
class NetEdge:
    """An edge; ``function`` is ``normal``, ``internal``, ``crossing`` or ``walkingarea``."""

    id: str
    function: str
    origin: str
    target: str
    name: str
    type: str
    lanes: tuple[NetLane, ...]

    def has(self, kind: str) -> bool:
        """Whether one of the lanes is of a kind."""
        return any(lane.kind == kind for lane in self.lanes)


#: Edge and lane left, edge and lane entered.
Link = tuple[str, int, str, int]


@dataclass(frozen=True)
class NetConnection:
    """A connection between lanes.

    ``direction`` is SUMO's letter (s, l, r, L, R, t), ``via`` the first lane on the way through the junction.
    """

    origin: str
    target: str
    from_lane: int
    to_lane: int
    direction: str
    tl: str | None
    link_index: int | None
    via: str | None


@dataclass(frozen=True)
class NetJunction:
    """A junction of the network and its position on the plane."""

    id: str
    type: str
    x_m: float
    y_m: float


@dataclass(frozen=True)
class Program:
    """A signal programme: offset and (duration, state) of its phases, seconds."""

    tl: str
    offset_s: float
    phases: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Net:
    """A whole network."""

    plane: Plane
    edges: dict[str, NetEdge]
    connections: tuple[NetConnection, ...]
    junctions: dict[str, NetJunction]
    programs: dict[str, Program]

    @cached_property
    def streets(self) -> tuple[NetEdge, ...]:
        """Normal edges on which cars may drive, in file order."""
        return tuple(edge for edge in self.edges.values() if edge.function == "normal" and edge.has("vehicle"))

    @cached_property
    def onward(self) -> dict[str, tuple[NetConnection, ...]]:
        """Connections by the edge they leave."""
        table: dict[str, list[NetConnection]] = {}
        for connection in self.connections:
            table.setdefault(connection.origin, []).append(connection)
        return {edge: tuple(found) for edge, found in table.items()}

    @cached_property
    def vias(self) -> dict[Link, str]:
        """The first lane inside a junction by what it connects; inside, further connections lead from via to via."""
        return {(c.origin, c.from_lane, c.target, c.to_lane): c.via for c in self.connections if c.via is not None}

    @cached_property
    def entries(self) -> tuple[NetEdge, ...]:
        """Streets that lead in from outside: nothing leads onto them but a U-turn."""
        streets = {edge.id for edge in self.streets}
        reached = {c.target for c in self.connections if c.origin in streets and c.direction != "t"}
        return tuple(edge for edge in self.streets if edge.id not in reached)

    @cached_property
    def meetings(self) -> tuple[str, ...]:
        """Junctions where a driver has a choice or roads merge, in file order; mere bends and dead ends are none."""
        streets = {edge.id for edge in self.streets}
        targets: dict[str, set[str]] = {}
        sources: dict[str, set[str]] = {}
        for connection in self.connections:
            if connection.direction != "t" and {connection.origin, connection.target} <= streets:
                targets.setdefault(connection.origin, set()).add(connection.target)
                sources.setdefault(connection.target, set()).add(connection.origin)
        forks = {self.edges[edge].target for edge, found in targets.items() if len(found) > 1}
        merges = {self.edges[edge].origin for edge, found in sources.items() if len(found) > 1}
        return tuple(name for name in self.junctions if name in forks | merges)

    def signal_links(self, tl: str) -> set[int]:
        """Link indices that a controller governs."""
        return {c.link_index for c in self.connections if c.tl == tl and c.link_index is not None}


def read_net(path: Path) -> Net:
    """Parse a network; `FieldError` when it is no network or has no projection."""
    try:
        root = ET.parse(path).getroot()
    except OSError as error:
        raise FieldError(f"cannot be read: {error.strerror}", file=path) from error
    except ET.ParseError as error:
        raise FieldError(f"not valid XML: {error.msg.partition(':')[0]}", file=path, line=error.position[0]) from error
    location = root.find("location")
    projection = location.get("projParameter", "!") if location is not None else "!"
    if location is None or projection.startswith(("!", "-")):
        raise FieldError("the network has no geographic projection", file=path)
    offset_x_m, offset_y_m = (float(part) for part in location.get("netOffset", "0,0").split(","))
    return Net(
        Plane(projection, offset_x_m, offset_y_m),
        {edge.id: edge for edge in map(_edge, root.iter("edge"))},
        tuple(_connection(item) for item in root.iter("connection")),
        {
            item.attrib["id"]: NetJunction(
                item.attrib["id"], item.attrib["type"], float(item.attrib["x"]), float(item.attrib["y"])
            )
            for item in root.iter("junction")
            if item.get("type") != "internal"
        },
        {item.attrib["id"]: _program(item) for item in root.iter("tlLogic")},
    )


def _edge(item: ET.Element) -> NetEdge:
    function = item.get("function", "normal")
    return NetEdge(
        item.attrib["id"],
        function,
        item.get("from", ""),
        item.get("to", ""),
        item.get("name", ""),
        item.get("type", ""),
        tuple(_lane(lane, function) for lane in item.iter("lane")),
    )


def _lane(item: ET.Element, function: str) -> NetLane:
    shape = np.array([[float(part) for part in point.split(",")[:2]] for point in item.attrib["shape"].split()])
    return NetLane(
        item.attrib["id"],
        int(item.attrib["index"]),
        "crossing" if function == "crossing" else _kind(item.get("allow"), item.get("disallow")),
        float(item.attrib["speed"]),
        float(item.attrib["length"]),
        float(item.get("width", "3.2")),  # SUMO's default lane width
        shape,
    )


def _kind(allow: str | None, disallow: str | None) -> str:
    allowed = set((allow or "").split())
    forbidden = set((disallow or "").split())
    if (allow is None and not forbidden & {"passenger", "all"}) or allowed & {"passenger", "all"}:
        return "vehicle"
    if "bicycle" in allowed:
        return "bike"
    return "sidewalk" if "pedestrian" in allowed else "other"


def _connection(item: ET.Element) -> NetConnection:
    index = item.get("linkIndex")
    return NetConnection(
        item.attrib["from"],
        item.attrib["to"],
        int(item.attrib["fromLane"]),
        int(item.attrib["toLane"]),
        item.attrib["dir"],
        item.get("tl"),
        None if index is None else int(index),
        item.get("via"),
    )


def _program(item: ET.Element) -> Program:
    phases = tuple((float(phase.attrib["duration"]), phase.attrib["state"]) for phase in item.iter("phase"))
    return Program(item.attrib["id"], float(item.get("offset", "0")), phases)
