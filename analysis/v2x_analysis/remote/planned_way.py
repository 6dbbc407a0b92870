"""The course that a vehicle was to follow, and the cones on it, as the field has them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from v2x.remote.slalom import cone_stations_m, swinging
from v2x.remote.way import way_of
from v2x_analysis.ground import field_of
from v2x_analysis.measurement import F64
from v2x_analysis.remote.driven import planned
from v2x_analysis.run import Run

#: Distance of the points of a course that are kept, m.
_APART_M = 1.0


@dataclass(frozen=True)
class PlannedWay:
    """Points on the run's plane, (n, 2), metres: of the course in order, and of the cones of a slalom."""

    course_m: F64
    cones_m: F64


def planned_way(run: Run) -> PlannedWay | None:
    """None if the field is not known here, or the run does not say where it was to go."""
    plan, field = run.derived(planned), field_of(run)
    if field is None or not plan.route:
        return None
    way, cones = way_of(field, plan.route, plan.lane, plan.start_at_m), plan.slalom
    cones_m = np.zeros((0, 2)) if cones is None else np.column_stack(way.course.point_m(cone_stations_m(cones)))
    course = swinging(way, cones).course
    places_m = np.arange(0.0, course.length_m, _APART_M)
    return PlannedWay(np.column_stack(course.point_m(places_m)), cones_m)
