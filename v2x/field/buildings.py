"""Building blocks out of declared setbacks: what the roads and their frontages leave of the field's ground.

No survey of the buildings exists. A road class says how far behind its outermost lane the building line runs and how
high the buildings are. A block fills all that lies between the building lines, so that a corner lets through exactly
the rays that two setbacks leave open. Blocks at the rim end at the convex hull of the field's nodes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from v2x.errors import FieldError
from v2x.field.edges import Edge
from v2x.field.layout import Layout
from v2x.field.model import Building
from v2x.field.source import Frontage
from v2x.geo import Plane

#: Ground that is nowhere wider holds no building: what is left over between roads that run side by side, metres.
_NARROWEST_M = 10.0
#: Rounding of the polygon arithmetic, metres.
_EXACT_M = 0.01


@dataclass(frozen=True)
class _Corridor:
    """The ground of a road between two nodes, from building line to building line."""

    ground: shapely.Geometry
    frontage: Frontage | None


def buildings_of(layout: Layout, plane: Plane) -> tuple[Building, ...]:
    """The building blocks of a field, numbered from north to south.

    Parameters
    ----------
    layout
        The streets.
    plane
        Whose metres the outlines are in: that of the field's network.

    Raises
    ------
    FieldError
        Where a point of open ground lies in no block, or a block would enclose a road that no other road reaches.
    """
    corridors = [_corridor(edge, plane) for edge in layout.edges]
    nodes = [plane.to_xy(*layout.source.lonlat(node.at)) for node in layout.source.nodes.values()]
    ground = shapely.MultiPoint(nodes).convex_hull.difference(shapely.union_all([road.ground for road in corridors]))
    blocks = [block for block in shapely.get_parts(ground) if not block.buffer(-_NARROWEST_M / 2).is_empty]
    blocks = _without_open_ground(layout, plane, blocks)
    built = [(block, height_m) for block in blocks if (height_m := _height_m(block, corridors)) is not None]
    built.sort(key=lambda item: (-round(item[0].centroid.y), item[0].centroid.x))
    return tuple(Building(f"B_{i}", height_m, _outline(block)) for i, (block, height_m) in enumerate(built, 1))


def _corridor(edge: Edge, plane: Plane) -> _Corridor:
    """Both directions of a road have the same corridor, since the points of an edge are the road's axis.

    Round ends close the bends and cut through the rim where a road leaves the field; where roads cross, the wider one
    covers them.
    """
    cross, frontage = edge.cross, edge.road.buildings or edge.cross.buildings
    width_m = cross.lanes * cross.lane_width_m + cross.bike_width_m + cross.sidewalk_width_m
    half_m = (width_m / 2 if edge.road.oneway else width_m) + (frontage.setback_m if frontage else 0.0)
    axis = shapely.LineString(np.column_stack(plane.to_xy(*np.array(edge.points).T)))
    return _Corridor(axis.buffer(half_m, cap_style="round", join_style="mitre"), frontage)


def _without_open_ground(layout: Layout, plane: Plane, blocks: list[shapely.Polygon]) -> list[shapely.Polygon]:
    for point in layout.source.open_ground:
        place = shapely.Point(*plane.to_xy(*layout.source.lonlat(point)))
        left = [block for block in blocks if not block.contains(place)]
        if len(left) == len(blocks):
            raise FieldError(f"open ground at {point[0]}, {point[1]} lies in no block", path="open_ground")
        blocks = left
    return blocks


def _height_m(block: shapely.Polygon, corridors: list[_Corridor]) -> float | None:
    """Height of the highest frontage along a block; None where a road along it has open ground at its sides."""
    along = [road.frontage for road in corridors if road.ground.distance(block) < _EXACT_M]
    heights_m = [frontage.height_m for frontage in along if frontage is not None]
    return max(heights_m) if heights_m and len(heights_m) == len(along) else None


def _outline(block: shapely.Polygon) -> NDArray[np.float64]:
    """Corners to the centimetre, counterclockwise from the westernmost."""
    if block.interiors:
        raise FieldError("a block would enclose roads that no other road reaches: declare it open ground")
    corners = shapely.orient_polygons(shapely.Polygon(block.exterior).simplify(_EXACT_M), exterior_cw=False)
    points_m = np.round(shapely.get_coordinates(corners)[:-1], 2)
    west = np.lexsort((points_m[:, 1], points_m[:, 0]))[0]
    return np.roll(points_m, -int(west), axis=0)
