r"""Ramps: the carriageway's edge is cut where they meet it, and has a lane more on the right along their lane.

::

    J_24 ----- R1_nose ===== R1_lane ----- R2_lane ===== R2_nose ----- E2
              /        one lane more              one lane more \
            R1                                                   R2

At each of these nodes lanes run on as they are, matched from the left, so the additional lane of an entry ends in
nothing and that of an exit begins with nothing: who is on it, or wants to be, changes lanes beside the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from v2x.errors import FieldError
from v2x.field.edges import Edge, Link, edge_along, plane_of
from v2x.field.geometry import F64, between
from v2x.field.source import FieldSource, Move, Point, Ramp, Road


@dataclass(frozen=True)
class Joint:
    """A node that comes with a ramp, in WGS-84 degrees; at the ramp's outer end it has no links."""

    id: str
    at: Point
    links: tuple[Link, ...] = ()


class _Cut(NamedTuple):
    """Where the carriageway changes: place along its axis, node, lanes more than before."""

    at_m: float
    node: str
    more: int


def with_ramps(source: FieldSource, edges: dict[str, Edge]) -> tuple[list[Edge], tuple[Joint, ...]]:
    """Edges with those that have ramps cut, ramps at the end, and the nodes that this takes.

    Raises
    ------
    FieldError
        Where a ramp meets no edge, one that it cannot meet, or another ramp's lane.
    """
    if unknown := [ramp for ramp in source.ramps if ramp.edge not in edges]:
        raise FieldError(f"ramp '{unknown[0].id}' meets no edge '{unknown[0].edge}'", path="ramps")
    streets: list[Edge] = []
    joints: list[Joint] = []
    added: list[Edge] = []
    for edge in edges.values():
        ramps = [ramp for ramp in source.ramps if ramp.edge == edge.id]
        if ramps:
            carriageway = _Carriageway(source, edge, ramps)
            streets += carriageway.sections
            added += carriageway.ramps
            joints += carriageway.joints()
        else:
            streets.append(edge)
    return streets + added, tuple(joints)


def exit_turns(source: FieldSource) -> dict[tuple[str, str], dict[Move, float]]:
    """Turn shares at the exits, as in `v2x.field.routes.TurnShares.approaches`."""
    return {
        (f"{ramp.id}_nose", f"{ramp.id}_lane"): {"straight": 1.0 - ramp.share, "right": ramp.share}
        for ramp in source.ramps
        if ramp.share is not None
    }


class _Carriageway:
    """One edge, cut into sections, and its ramps."""

    def __init__(self, source: FieldSource, edge: Edge, ramps: list[Ramp]) -> None:
        if edge.road.oneway or edge.cross.bike_width_m or edge.cross.sidewalk_width_m:
            # Lanes are then not laid from the axis to the right, or a ramp would cross those of bikes and walkers.
            raise FieldError(f"'{edge.id}' can have no ramps: one-way, or with a bike lane or sidewalk", path="ramps")
        self._source, self._edge, self._plane, self._given = source, edge, plane_of(source), ramps
        self._line_m = np.column_stack(self._plane.to_xy(*np.array(edge.points).T))
        self._cuts = [cut for ramp in sorted(ramps, key=lambda ramp: ramp.at_m) for cut in _cuts(ramp)]
        self.sections = self._sections()
        self.ramps = [self._ramp(ramp) for ramp in ramps]

    def joints(self) -> list[Joint]:
        """Nodes on the carriageway in driving order, then the outer ends."""
        found = []
        for (before, after), cut in zip(pairwise(self.sections), self._cuts, strict=True):
            into = [before, *(ramp for ramp in self.ramps if ramp.target == cut.node)]
            out = [after, *(ramp for ramp in self.ramps if ramp.origin == cut.node)]
            found.append(Joint(cut.node, after.points[0], _run_on(into, out)))
        return found + [Joint(ramp.id, self._source.lonlat(_outer_end(ramp))) for ramp in self._given]

    def _sections(self) -> list[Edge]:
        length_m = float(np.hypot(*np.diff(self._line_m, axis=0).T).sum())
        ends = [_Cut(0.0, self._edge.origin, 0), *self._cuts, _Cut(length_m, self._edge.target, 0)]
        if not all(start.at_m < end.at_m for start, end in pairwise(ends)):
            reason = f"lanes of ramps along '{self._edge.id}' overlap or leave its {length_m:.0f} m"
            raise FieldError(reason, path="ramps")
        sections, cross = [], self._edge.cross
        for start, end in pairwise(ends):
            cross = cross.model_copy(update={"lanes": cross.lanes + start.more})
            points = self._lonlat(between(self._line_m, start.at_m, end.at_m))
            sections.append(edge_along(self._plane, points, (start.node, end.node), self._edge.road, cross))
        return sections

    def _ramp(self, ramp: Ramp) -> Edge:
        """The ramp's own edge, from or to the middle of the additional lane at the nose."""
        given, meets = tuple(self._source.lonlat(point) for point in ramp.path), self._beside(ramp)
        points = (*given, meets) if ramp.way == "entry" else (meets, *given)
        ends = (ramp.id, f"{ramp.id}_nose") if ramp.way == "entry" else (f"{ramp.id}_nose", ramp.id)
        road = Road(
            id=f"{self._edge.road.id}-{ramp.id.lower()}", name=ramp.name, kind=ramp.kind, path=ends, oneway=True
        )
        return edge_along(self._plane, points, ends, road, self._source.classes[ramp.kind])

    def _beside(self, ramp: Ramp) -> Point:
        """The middle of the additional lane abreast of the nose."""
        cross, nose_m = self._edge.cross, between(self._line_m, 0.0, ramp.at_m)
        ahead = np.diff(nose_m[-2:], axis=0) / np.hypot(*np.diff(nose_m[-2:], axis=0).T)
        to_the_right = ahead[:, ::-1] * (1.0, -1.0)
        (point,) = self._lonlat(nose_m[-1:] + (cross.lanes + 0.5) * cross.lane_width_m * to_the_right)
        return point

    def _lonlat(self, points_m: F64) -> tuple[Point, ...]:
        lon_deg, lat_deg = self._plane.to_lonlat(points_m[:, 0], points_m[:, 1])
        return tuple(zip(lon_deg.tolist(), lat_deg.tolist(), strict=True))


def _outer_end(ramp: Ramp) -> Point:
    return ramp.path[0] if ramp.way == "entry" else ramp.path[-1]


def _cuts(ramp: Ramp) -> tuple[_Cut, _Cut]:
    nose, lane = f"{ramp.id}_nose", f"{ramp.id}_lane"
    if ramp.way == "entry":
        return _Cut(ramp.at_m, nose, 1), _Cut(ramp.at_m + ramp.lane_m, lane, -1)
    return _Cut(ramp.at_m - ramp.lane_m, lane, 1), _Cut(ramp.at_m, nose, -1)


def _run_on(into: list[Edge], out: list[Edge]) -> tuple[Link, ...]:
    """Links through a node, lane by lane from the left; edges are given from the left. Lanes left over have none."""
    ends = [(edge, lane) for edge in into for lane in reversed(edge.motor_lanes)]
    starts = [(edge, lane) for edge in out for lane in reversed(edge.motor_lanes)]
    pairs = zip(ends, starts, strict=False)
    return tuple(Link(edge, onto, lane, there, "straight", bike=False) for (edge, lane), (onto, there) in pairs)
