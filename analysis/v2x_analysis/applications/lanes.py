"""Which lane of an intersection a subject truly was in, and how far from its line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from v2x.geo import turn_deg
from v2x.messages.model import Intersection, Lane
from v2x.scenario.use_cases import use_case
from v2x_analysis.applications.surroundings import Surroundings
from v2x_analysis.ground import field_of
from v2x_analysis.measurement import F64

#: Kinds of road user that keep to bike lanes, too; all others drive in vehicle lanes.
_RIDERS = ("ebike", "bicycle")
#: A subject further than this beside the edge of a lane is not in it, metres: it may overhang (assumed).
_OVERHANG_M = 0.5


@dataclass(frozen=True)
class InLane:
    """A subject in a lane of an intersection.

    Attributes
    ----------
    junction
        Id of the intersection in the field.
    lane
        The lane.
    step
        Rows of the subject's states in the lane, ascending, (k,).
    to_line_m
        From its front to the lane's end at the intersection, negative beyond it (k,).
    beside_m
        From the lane's middle line, without sign, (k,).
    """

    junction: str
    lane: Lane
    step: NDArray[np.intp]
    to_line_m: F64
    beside_m: F64


def in_lanes(around: Surroundings) -> Iterator[InLane]:
    """All lanes of the field's intersections that the subject was in, also where they overlap."""
    field = around.run.derived(field_of)
    for junction, intersection in (field.intersections if field else {}).items():
        yield from _in_intersection(around, junction, intersection)


def _in_intersection(around: Surroundings, junction: str, intersection: Intersection) -> Iterator[InLane]:
    at_m = around.place_m(intersection.lon_deg, intersection.lat_deg)
    reach_m = max((float(np.hypot(*lane.points_m.T).max()) for lane in intersection.lanes), default=0.0)
    near = np.flatnonzero(np.hypot(*at_m.T) <= reach_m + around.length_m)
    if not len(near):
        return
    kinds = ("vehicle", "bike") if around.kind in _RIDERS else ("vehicle",)
    for lane in intersection.lanes:
        if lane.kind not in kinds:
            continue
        along_m, beside_m, way_deg = _nearest(lane, at_m[near])
        inside = np.abs(turn_deg(around.heading_deg[near], way_deg)) <= use_case("shared").values["lane_way_deg"]
        inside &= beside_m <= lane.width_m / 2.0 + _OVERHANG_M
        if inside.any():
            to_line_m = along_m[inside] * (1.0 if lane.ingress else -1.0) - around.length_m / 2.0
            yield InLane(junction, lane, near[inside], to_line_m, beside_m[inside])


def _nearest(lane: Lane, at_m: F64) -> tuple[F64, F64, F64]:
    """Of each point on a lane: way from the lane's end at the intersection, distance beside it, driving direction."""
    start_m, step_m = lane.points_m[:-1], np.diff(lane.points_m, axis=0)
    length_m = np.maximum(np.hypot(*step_m.T), 1e-9)
    unit = step_m / length_m[:, None]
    rel_m = at_m[:, None, :] - start_m[None]
    along_m, beside_m = (rel_m * unit).sum(axis=2), np.abs(rel_m[..., 0] * unit[:, 1] - rel_m[..., 1] * unit[:, 0])
    # the first segment goes on into the intersection: whoever is past its end is past the line
    on_m = np.clip(along_m, np.r_[-np.inf, np.zeros(len(length_m) - 1)], length_m)
    off_m = np.hypot(beside_m, along_m - on_m)
    best, rows = np.argmin(off_m, axis=1), np.arange(len(at_m))
    before_m = np.r_[0.0, np.cumsum(length_m)[:-1]]
    outward_deg = np.degrees(np.arctan2(*unit.T))[best]
    return before_m[best] + on_m[rows, best], off_m[rows, best], outward_deg + (180.0 if lane.ingress else 0.0)
