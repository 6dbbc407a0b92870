"""Ways: the courses of remotely driven vehicles along the lanes of a field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from v2x.errors import InputError
from v2x.field.model import Field
from v2x.field.net import read_net
from v2x.remote.course import Course
from v2x.remote.route_lanes import legs_of
from v2x.remote.way_line import line_of, rounded

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

#: Where the outline of a body is looked at: shares of its length from its middle. In a bend the sides between the
#: corners reach further to the inside than these.
_ALONG = np.array([-0.5, -0.25, 0.0, 0.25, 0.5])


@dataclass(frozen=True)
class Way:
    """A course with the lanes that it is on.

    Attributes
    ----------
    course
        The line of lane centres, from the beginning of the first edge to the end of the last, with the speed limits of
        the lanes. Inside junctions those are SUMO's: what the bend allows, if that is less than the street's.
    start_m
        Station of the vehicle's front at the beginning.
    from_m
        Stations from which on the rows of the following hold, ascending, (k,).
    left_m, right_m
        Distance from the course to the borders of the lane; where lanes are changed, of all that it may be on, (k,).
    lane
        Ids of the lanes that the course is in, (k,).
    """

    course: Course
    start_m: float
    from_m: F64
    left_m: F64
    right_m: F64
    lane: tuple[str, ...]

    def lane_width_m(self, station_m: F64) -> F64:
        """Widths of the lane; where lanes are changed, of all that the vehicle may be on together."""
        row = self.row(station_m)
        width: F64 = self.left_m[row] + self.right_m[row]
        return width

    def lanes(self, station_m: F64) -> tuple[str, ...]:
        """Ids of the lanes at stations (n,)."""
        return tuple(self.lane[row] for row in self.row(station_m).tolist())

    def lane_excess_m(
        self,
        station_m: F64,
        offset_m: F64,
        heading_error_rad: F64,
        length_m: float,
        width_m: float,
        middle_m: float = 0.0,
    ) -> F64:
        """How far bodies reach beyond their lanes, 0 inside.

        Parameters
        ----------
        station_m, offset_m
            Where on the course, and how far to its left, a point on the body's axis is, (n,).
        heading_error_rad
            The body's heading less the course's there, (n,).
        length_m, width_m
            Of the body.
        middle_m
            How far the body's middle is ahead of that point; 0 if it is the point.
        """
        heading = self.course.heading_rad(station_m)
        x, y = self.course.point_m(station_m)
        psi = heading + heading_error_rad
        along = (middle_m + length_m * _ALONG)[:, None, None]
        across = np.array([-0.5, 0.5])[:, None] * width_m
        px = x - offset_m * np.sin(heading) + along * np.cos(psi) - across * np.sin(psi)
        py = y + offset_m * np.cos(heading) + along * np.sin(psi) + across * np.cos(psi)
        segment = np.broadcast_to(self.course.segment_at(station_m), px.shape).copy()
        there = self.course.project(px, py, segment)
        row = self.row(there.station_m)
        beyond = np.maximum(there.offset_m - self.left_m[row], -there.offset_m - self.right_m[row])
        excess: F64 = np.maximum(beyond.max(axis=(0, 1)), 0.0)
        return excess

    def row(self, station_m: F64) -> I64:
        """Row that holds at each station."""
        row: I64 = np.maximum(np.searchsorted(self.from_m, station_m, side="right") - 1, 0)
        return row


def way_of(field: Field, route: Sequence[str], lane: int, start_at_m: float) -> Way:
    """The way along a route through a field.

    Lanes are changed only where the connection to the next edge asks for it (`v2x.remote.route_lanes`), smoothly and
    soon after the beginning of the edge; corners are rounded (`v2x.remote.way_line`).

    Parameters
    ----------
    field
        Where the network is.
    route
        Its edges in order, each connected with the next.
    lane
        Number of the lane at the beginning, from the right.
    start_at_m
        Where the vehicle's front is then, from the beginning of the first edge as SUMO counts it.

    Raises
    ------
    InputError
        With the path `remote.route.N`, `remote.lane` or `remote.start_at_m`.
    FieldError
        If the field has no network that can be read.
    """
    if not route:
        raise InputError("must have an edge", path="remote.route")
    legs = legs_of(read_net(field.net_file), route, lane)
    first = legs[0].lanes[0]
    if not 0.0 < start_at_m <= first.length_m:
        raise InputError(f"'{route[0]}' is {first.length_m:.1f} m long, not {start_at_m:g}", path="remote.start_at_m")
    # SUMO gives all lanes of an edge one length; in bends the line drawn is longer or shorter
    start_m = start_at_m / first.length_m * float(np.hypot(*np.diff(first.shape, axis=0).T).sum())
    line = line_of(legs, start_m)
    points, along_m = rounded(line.points, line.give_m)
    station_m = np.append(0.0, np.cumsum(np.hypot(*np.diff(points, axis=0).T)))
    row = np.maximum(np.searchsorted(line.along_m, along_m + 1e-6, side="right") - 1, 0)
    return Way(
        Course(points, limit_mps=np.array(line.limit_mps)[row]),
        float(np.interp(start_m, along_m, station_m)),
        np.interp(line.along_m, along_m, station_m),
        np.array(line.left_m),
        np.array(line.right_m),
        tuple(line.lane),
    )
