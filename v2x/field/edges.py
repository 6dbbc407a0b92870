"""Directed edges of a field's roads, and the links between their lanes.

Lanes count from the right, as in SUMO: sidewalk, bike lane, motor lanes.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from v2x.errors import FieldError
from v2x.field.source import FieldSource, Move, Point, Road, RoadClass
from v2x.geo import Plane


@dataclass(frozen=True)
class Edge:
    """One direction of a road between two nodes; bearings in degrees from north at its start and its end."""

    id: str
    origin: str
    target: str
    road: Road
    cross: RoadClass
    points: tuple[Point, ...]
    bearing_start_deg: float
    bearing_end_deg: float

    @property
    def bike_lane(self) -> int | None:
        """Index of the bike lane."""
        return None if self.cross.bike_width_m == 0 else int(self.cross.sidewalk_width_m > 0)

    @property
    def motor_lanes(self) -> tuple[int, ...]:
        """Indices of the motor lanes, from the right."""
        first = int(self.cross.sidewalk_width_m > 0) + int(self.cross.bike_width_m > 0)
        return tuple(range(first, first + self.cross.lanes))


@dataclass(frozen=True)
class Link:
    """A permitted movement from one lane to another."""

    origin: Edge
    target: Edge
    from_lane: int
    to_lane: int
    move: Move
    bike: bool


def edges_of(source: FieldSource) -> dict[str, Edge]:
    """Both directions of all roads between each two nodes; `FieldError` where two roads join the same two nodes."""
    edges: dict[str, Edge] = {}
    for road in source.roads:
        for edge in _edges(source, road):
            if edge.id in edges:
                raise FieldError(f"roads '{edges[edge.id].road.id}' and '{road.id}' both lead {edge.id}: bend one")
            edges[edge.id] = edge
    return edges


def _edges(source: FieldSource, road: Road) -> list[Edge]:
    plane, cross = plane_of(source), source.classes[road.kind]
    found: list[Edge] = []
    nodes = [i for i, step in enumerate(road.path) if isinstance(step, str)]
    for start, end in pairwise(nodes):
        steps = road.path[start : end + 1]
        points = tuple(source.lonlat(source.nodes[step].at if isinstance(step, str) else step) for step in steps)
        ends = str(steps[0]), str(steps[-1])
        found.append(edge_along(plane, points, ends, road, cross))
        if not road.oneway:
            found.append(edge_along(plane, points[::-1], (ends[1], ends[0]), road, cross))
    return found


def edge_along(plane: Plane, points: tuple[Point, ...], ends: tuple[str, str], road: Road, cross: RoadClass) -> Edge:
    """The edge between two nodes along a line in WGS-84 degrees."""
    x, y = plane.to_xy(*np.array(points).T)
    bearings = np.degrees(np.arctan2(np.diff(x), np.diff(y))) % 360.0
    return Edge(".".join(ends), *ends, road, cross, points, float(bearings[0]), float(bearings[-1]))


def plane_of(source: FieldSource) -> Plane:
    """The plane that a field is laid out on: tangent at its first node."""
    return Plane.tangent(*source.lonlat(next(iter(source.nodes.values())).at))
