"""Intersection geometry for MAP messages, from the network.

Points are metres true east and north of the reference point (not grid: the plane is scaled by 0.9996 and turned by
the convergence) and lead away from the intersection, for ingress and egress lanes alike (SAE J2735 NodeListXY).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from v2x.field.geometry import F64, cut, simplify_to
from v2x.field.net import Net, NetEdge, NetLane
from v2x.field.signals import UNSIGNALLED, Signals
from v2x.geo import Plane
from v2x.messages.model import Connection, Intersection, Lane, LaneKind, Maneuver

_REACH_M = 250.0
_TOLERANCE_M = 0.1
_MOST_POINTS = 12
_KINDS: dict[str, LaneKind] = {"vehicle": "vehicle", "bike": "bike", "crossing": "crosswalk"}
_MANEUVERS: dict[str, Maneuver] = {
    "s": "straight", "l": "left", "L": "left", "r": "right", "R": "right", "t": "uturn"
}  # fmt: skip


@dataclass(frozen=True)
class Label:
    """What the network does not know of a junction: its number on the air and its names."""

    number: int
    name: str
    pinyin: str


def intersections(
    net: Net,
    region: int,
    elevation_m: float,
    labels: Mapping[str, Label],
    signals: Mapping[str, Signals],
) -> dict[str, Intersection]:
    """Geometry of all labelled junctions; ``signals`` of those that have any."""
    return {
        junction: _Mapper(net, labels, junction, signals.get(junction, UNSIGNALLED)).intersection(region, elevation_m)
        for junction in labels
    }


class _Mapper:
    """Builds one intersection."""

    def __init__(self, net: Net, labels: Mapping[str, Label], junction: str, signals: Signals) -> None:
        self._net, self._labels, self._junction = net, labels, junction
        self._group = {link: number for number, links in signals.groups.items() for link in links}
        self._on_red = signals.on_red
        place = net.junctions[junction]
        self._lon_deg, self._lat_deg = (float(part) for part in net.plane.to_lonlat(place.x_m, place.y_m))
        self._tangent = Plane.tangent(self._lon_deg, self._lat_deg)
        self._ingress = self._clockwise([edge for edge in net.streets if edge.target == junction])
        self._egress = self._clockwise([edge for edge in net.streets if edge.origin == junction])
        self._crossings = [edge for edge in net.edges.values() if self._crosses(edge)]
        edges = (*self._ingress, *self._egress, *self._crossings)
        lanes = [lane for edge in edges for lane in edge.lanes if lane.kind in _KINDS]
        self._number = {lane.id: number for number, lane in enumerate(lanes, 1)}

    def intersection(self, region: int, elevation_m: float) -> Intersection:
        """The whole geometry: ingress lanes clockwise from north, egress lanes, crosswalks."""
        lanes = [self._lane(edge, lane) for edge in self._ingress for lane in edge.lanes if lane.kind in _KINDS]
        lanes += [self._lane(edge, lane) for edge in self._egress for lane in edge.lanes if lane.kind in _KINDS]
        lanes += [self._crosswalk(edge) for edge in self._crossings]
        label = self._labels[self._junction]
        return Intersection(region, label.number, label.name, self._lat_deg, self._lon_deg, elevation_m, tuple(lanes))

    def _crosses(self, edge: NetEdge) -> bool:
        return edge.function == "crossing" and edge.id[1:].rpartition("_c")[0] == self._junction

    def _clockwise(self, edges: list[NetEdge]) -> list[NetEdge]:
        def bearing(edge: NetEdge) -> float:
            shape = edge.lanes[-1].shape
            near, far = (shape[-1], shape[-2]) if edge.target == self._junction else (shape[0], shape[1])
            return float(np.degrees(np.arctan2(far[0] - near[0], far[1] - near[1])) % 360.0)

        return sorted(edges, key=bearing)

    def _remote(self, junction: str) -> int | None:
        label = self._labels.get(junction)
        return label.number if label else None

    def _points(self, shape: F64, reach_m: float) -> F64:
        """Plane metres to metres true east and north of the reference point, cut, thinned and rounded to 1 mm."""
        x_m, y_m = self._tangent.to_xy(*self._net.plane.to_lonlat(shape[:, 0], shape[:, 1]))
        return np.round(simplify_to(cut(np.column_stack([x_m, y_m]), reach_m), _TOLERANCE_M, _MOST_POINTS), 3)

    def _lane(self, edge: NetEdge, lane: NetLane) -> Lane:
        ingress = edge.target == self._junction and edge in self._ingress
        other = edge.origin if ingress else edge.target
        # Two neighbouring intersections share a link: each describes its half.
        reach_m = min(_REACH_M, lane.length_m / 2.0 if other in self._labels else lane.length_m)
        return Lane(
            self._number[lane.id],
            _KINDS[lane.kind],
            ingress,
            self._points(lane.shape[::-1] if ingress else lane.shape, reach_m),
            lane.width_m,
            lane.speed_mps,
            edge.name,
            self._remote(other) if ingress else None,
            edge.id,
            self._connections(edge, lane) if ingress else (),
        )

    def _connections(self, edge: NetEdge, lane: NetLane) -> tuple[Connection, ...]:
        found = []
        for connection in self._net.onward.get(edge.id, ()):
            target = self._net.edges[connection.target]
            if connection.from_lane != lane.index or target.function != "normal":
                continue
            to_lane = self._number.get(target.lanes[connection.to_lane].id)
            if to_lane is not None and connection.direction in _MANEUVERS:
                group = None if connection.link_index is None else self._group.get(connection.link_index)
                maneuver = _MANEUVERS[connection.direction]
                on_red = connection.link_index in self._on_red
                found.append(Connection(maneuver, to_lane, group, self._remote(target.target), on_red))
        return tuple(found)

    def _crosswalk(self, edge: NetEdge) -> Lane:
        """A crosswalk carries its signal group in one connection, to itself: the walker stays on it."""
        lane = edge.lanes[0]
        links = [c.link_index for c in self._net.connections if c.target == edge.id and c.link_index is not None]
        group = self._group.get(links[0]) if links else None
        number = self._number[lane.id]
        return Lane(
            number,
            "crosswalk",
            True,
            self._points(lane.shape, _REACH_M),
            lane.width_m,
            link=edge.id,
            connections=(Connection("straight", number, group),),
        )
