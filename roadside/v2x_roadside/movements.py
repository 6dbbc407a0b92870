"""Which signal group governs what a vehicle wants to do at an intersection, by the MAP."""

from __future__ import annotations

from math import cos, isnan, radians

import numpy as np

from v2x.geo import Plane
from v2x.messages.model import Connection, Intersection, Lane
from v2x.messages.model_cooperation import PriorityRequest, SignalRequest

#: A vehicle is on an approach if it is no farther than this from one of its lanes (assumed: GNSS in streets), metres.
REACH_M = 10.0
#: And drives along it: the cosine of the largest angle between them.
_ALONG = cos(radians(45.0))


def group_of(intersection: Intersection, asked: PriorityRequest, by: SignalRequest) -> int | None:
    """The signal group of a request, None where that is not one and only one.

    The lane is the one that the request names or, in a family that names none, any of the approach on which the
    requester is. The movement is that to the lane it names, or that of its turn, or the only one that there is, or
    straight on.
    """
    lanes = [lane for lane in intersection.lanes if lane.ingress and lane.kind == "vehicle"]
    if asked.in_lane is not None:
        lanes = [lane for lane in lanes if lane.id == asked.in_lane]
    else:
        link = _approach(intersection, lanes, by)
        lanes = [lane for lane in lanes if lane.link == link]
    connections = [connection for lane in lanes for connection in lane.connections]
    if asked.out_lane is not None:
        connections = [each for each in connections if each.to_lane == asked.out_lane]
    elif asked.maneuver is not None or len(_groups(connections)) > 1:
        connections = [each for each in connections if each.maneuver == (asked.maneuver or "straight")]
    groups = _groups(connections)
    return groups.pop() if len(groups) == 1 else None


def _groups(connections: list[Connection]) -> set[int | None]:
    return {connection.signal_group for connection in connections}


def _approach(intersection: Intersection, lanes: list[Lane], by: SignalRequest) -> str | None:
    """Link of the nearest lane along which the requester drives."""
    if isnan(by.lat_deg) or isnan(by.lon_deg) or isnan(by.heading_deg):
        return None
    east, north = Plane.tangent(intersection.lon_deg, intersection.lat_deg).to_xy([by.lon_deg], [by.lat_deg])
    here = np.array([east[0], north[0]])
    heading = radians(by.heading_deg)
    ahead = np.array([np.sin(heading), np.cos(heading)])
    near: list[tuple[float, str]] = []
    for lane in lanes:
        inwards = lane.points_m[::-1]  # points begin at the intersection
        start, way = inwards[:-1], np.diff(inwards, axis=0)
        length_m = np.linalg.norm(way, axis=1)
        along = way @ ahead >= _ALONG * length_m
        part = np.clip(((here - start) * way).sum(axis=1) / length_m**2, 0.0, 1.0)
        away_m = np.linalg.norm(start + part[:, None] * way - here, axis=1)
        if along.any() and away_m[along].min() <= REACH_M:
            near.append((float(away_m[along].min()), lane.link))
    return min(near)[1] if near else None
