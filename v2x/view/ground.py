"""What stands still on the map: lanes, junctions, and where each signal is seen, as JSON on the field's plane."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapely.geometry import MultiPoint

from v2x.field.model import Field
from v2x.geo import Plane
from v2x.messages.model import Lane

F64 = NDArray[np.float64]

#: From left to right across a lane.
_ACROSS = ("uturn", "left", "straight", "right")
#: A signal's countdown stands this far before its stop line, metres.
_LABEL_M = 5.0


def points(xy_m: F64) -> list[list[float]]:
    """Points (k, 2) to the centimetre."""
    rounded: list[list[float]] = np.round(xy_m, 2).tolist()
    return rounded


def lanes(field: Field) -> list[dict[str, Any]]:
    """All lanes of the field for drawing."""
    return [
        {"kind": lane.kind, "width_m": round(lane.width_m, 2), "points_m": points(lane.points_m)}
        for lane in field.lanes
    ]


def lines_of(field: Field) -> dict[str, list[F64]]:
    """Centre lines (k, 2) of the lanes of each junction's geometry on the plane, in its order."""
    found = {}
    for junction, geometry in sorted(field.intersections.items()):
        joined = np.concatenate([lane.points_m for lane in geometry.lanes])
        around = Plane.tangent(geometry.lon_deg, geometry.lat_deg)  # costs 20 ms, so all lanes at a time
        placed = np.column_stack(field.plane.to_xy(*around.to_lonlat(joined[:, 0], joined[:, 1])))
        found[junction] = np.split(placed, np.cumsum([len(lane.points_m) for lane in geometry.lanes])[:-1])
    return found


def junctions(field: Field, lines: Mapping[str, list[F64]]) -> list[dict[str, Any]]:
    """Name, place and paved area of each junction, and the numbers of its signal groups."""
    found = []
    for junction in field.junctions:
        x, y = field.plane.to_xy([junction.lon_deg], [junction.lat_deg])
        geometry = field.intersections.get(junction.id)
        found.append(
            {
                "id": junction.id,
                "name": junction.name,
                "x_m": round(float(x[0]), 2),
                "y_m": round(float(y[0]), 2),
                "outline_m": points(_outline(geometry.lanes, lines[junction.id])) if geometry else [],
                "groups": sorted(junction.signal_groups),
            }
        )
    return found


def heads(field: Field, lines: Mapping[str, list[F64]]) -> list[dict[str, Any]]:
    """Where the lights of each signal group are drawn: one entry a junction, link and group.

    ``bars_m`` are pieces of the stop lines (a lane of two groups has half a line for each), of a crossing its middle
    line; ``label_m`` is where a countdown has room; ``turns`` are the movements.
    """
    found: dict[tuple[str, str, int], dict[str, Any]] = {}
    for junction, geometry in sorted(field.intersections.items()):
        for lane, line in zip(geometry.lanes, lines[junction], strict=True):
            for light in _lights(lane, line) if lane.ingress else ():
                key = junction, lane.link, light.group
                _add(found.setdefault(key, _head(*key)), lane, light)
    for head in found.values():
        head["label_m"] = points(np.mean(head["label_m"], axis=0))
    return list(found.values())


@dataclass(frozen=True)
class _Light:
    """What one group shows over one lane: its turns, its piece of the stop line (2, 2), the place of a label (2,)."""

    group: int
    turns: Sequence[str]
    bar_m: F64
    label_m: F64


def _head(junction: str, link: str, group: int) -> dict[str, Any]:
    return {"junction": junction, "link": link, "group": group, "kind": "", "turns": [], "bars_m": [], "label_m": []}


def _add(head: dict[str, Any], lane: Lane, light: _Light) -> None:
    if head["kind"] != "vehicle":  # a bicycle lane beside a vehicles' one obeys the same light
        head["kind"] = lane.kind
    head["turns"] = sorted({*head["turns"], *light.turns}, key=_ACROSS.index)
    head["bars_m"].append(points(light.bar_m))
    head["label_m"].append(light.label_m)


def _outline(lanes: Sequence[Lane], lines: Sequence[F64]) -> F64:
    """Convex hull of the lanes' inner ends at their full width, (k, 2): the drawing's idea of the paved area."""
    ends = [np.asarray(_stop_line(line, lane.width_m)) for lane, line in zip(lanes, lines, strict=True)]
    hull = MultiPoint(np.concatenate(ends)).convex_hull
    return np.asarray(hull.exterior.coords, float) if hull.geom_type == "Polygon" else np.zeros((0, 2))


def _lights(lane: Lane, line_m: F64) -> Iterator[_Light]:
    """The groups that govern a lane, from left to right."""
    turns: dict[int, list[str]] = {}
    for connection in sorted(lane.connections, key=lambda connection: _ACROSS.index(connection.maneuver)):
        if connection.signal_group is not None:
            turns.setdefault(connection.signal_group, []).append(connection.maneuver)
    if lane.kind == "crosswalk":
        for group in turns:
            yield _Light(group, (), line_m[[0, -1]], line_m[[0, -1]].mean(axis=0))
        return
    left, right = _stop_line(line_m, lane.width_m)
    upstream = line_m[1] - line_m[0]
    for place, (group, named) in enumerate(turns.items()):
        bar = left + (right - left) * np.array([[place], [place + 1]]) / len(turns)
        yield _Light(group, named, bar, bar.mean(axis=0) + _LABEL_M * upstream / np.hypot(*upstream))


def _stop_line(line_m: F64, width_m: float) -> tuple[F64, F64]:
    """Left and right end of the line across a lane's beginning, seen by who drives towards it."""
    towards = (line_m[0] - line_m[1]) / np.hypot(*(line_m[0] - line_m[1]))
    half = np.array([-towards[1], towards[0]]) * width_m / 2.0
    return line_m[0] + half, line_m[0] - half
