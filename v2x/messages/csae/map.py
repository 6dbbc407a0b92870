"""MAP of T/CSAE 53: nodes, the links that lead into each, their lanes. Table of fields: docs/messages.md.

Not carried: ``revision``, and lanes that lead away from the node (they belong to the next node's MAP; crosswalks are
kept). A link that comes from, or a movement that goes to, the edge of the field names node 0 without a region (project
choice: the standard keeps 0..255 for tests). ``Connection.to_lane`` is sent as it is: the number of the exit lane in
the sender's own numbering.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from v2x.errors import CodecError
from v2x.messages import scales
from v2x.messages.codec import Value
from v2x.messages.csae.node_ids import from_node, to_node
from v2x.messages.csae.offsets import Reference, from_path, reference_of, to_path
from v2x.messages.lanes import (
    SPEED_LIMIT_TYPE,
    ascii_name,
    kind_of,
    lane_type,
    maneuver_bits,
    maneuvers_of,
    maximum_speed,
    on_red_of,
)
from v2x.messages.model import NAN, Connection, Intersection, Lane, MapData
from v2x.messages.plane import checked_path
from v2x.messages.position import from_position, to_position
from v2x.messages.standing import Stamp, Stamps
from v2x.messages.timemark import minute_of_year, stamp

F64 = NDArray[np.float64]
_LEAST_POINTS, _MOST_POINTS = 2, 31


def to_asn1(message: MapData) -> Value:
    """ASN.1 value of a MAP; `CodecError` names what cannot be expressed."""
    if message.fragment != (1, 1):
        raise CodecError(
            "too long for a frame, and T/CSAE 53 knows no fragments of an intersection", path="intersections"
        )
    return {
        "msgCnt": message.msg_count,
        "timeStamp": minute_of_year(message.utc_ns),
        "nodes": [_node(each) for each in message.intersections],
    }


def _node(intersection: Intersection) -> Value:
    place = f"intersections[{intersection.id}]"
    position = to_position(place, intersection.lat_deg, intersection.lon_deg, intersection.elevation_m)
    value: Value = {
        **ascii_name("name", intersection.name),
        "id": {"region": intersection.region, "id": intersection.id},
        "refPos": position,
    }
    links: dict[tuple[str, int | None], list[Lane]] = {}
    for lane in intersection.lanes:
        if lane.ingress or lane.kind == "crosswalk":
            links.setdefault((lane.link, lane.upstream), []).append(lane)
    if links:
        reference = reference_of(position, place)
        value["inLinks"] = [
            _link(place, intersection, reference, upstream, lanes) for (_, upstream), lanes in links.items()
        ]
    return value


def _link(
    place: str, intersection: Intersection, reference: Reference, upstream: int | None, lanes: list[Lane]
) -> Value:
    centre = (intersection.lat_deg, intersection.lon_deg)
    region = intersection.region
    limit = _common_limit(lanes)
    width = scales.LANE_WIDTH.one(f"{place}.width_m", sum(lane.width_m for lane in lanes))
    exits = dict.fromkeys((each.remote, each.signal_group) for lane in lanes for each in lane.connections)
    value: Value = {
        **ascii_name("name", lanes[0].road),
        "upstreamNodeId": to_node(region, upstream),
        "linkWidth": width,
        "points": _points(f"{place}.points_m", _centre_line(lanes), centre, reference),
        "lanes": [_lane(f"{place}.lanes[{lane.id}]", region, lane, limit, centre, reference) for lane in lanes],
    }
    if limit is not None:
        value["speedLimits"] = [{"type": SPEED_LIMIT_TYPE, "speed": limit}]
    if exits:
        value["movements"] = [
            {"remoteIntersection": to_node(region, remote), **_phase(group)} for remote, group in exits
        ]
    return value


def _phase(group: int | None) -> Value:
    return {} if group is None else {"phaseId": group}


def _common_limit(lanes: list[Lane]) -> int | None:
    """The limit of the link: stated if all its vehicle lanes have the same."""
    limits = {lane.speed_limit_mps for lane in lanes if lane.kind == "vehicle"}
    if len(limits) != 1 or math.isnan(next(iter(limits))):
        return None
    return scales.SPEED.one("speed_limit_mps", limits.pop())


def _centre_line(lanes: list[Lane]) -> F64:
    """Mean of the lanes' centre lines at equal shares of their lengths, vehicle lanes if there are any."""
    chosen = [lane for lane in lanes if lane.kind == "vehicle"] or lanes
    paths = [checked_path(f"lanes[{lane.id}].points_m", lane.points_m, _LEAST_POINTS, _MOST_POINTS) for lane in chosen]
    shares = np.linspace(0.0, 1.0, max(len(path) for path in paths))
    mean: F64 = np.mean([_at_shares(path, shares) for path in paths], axis=0)
    return mean


def _at_shares(path: F64, shares: F64) -> F64:
    along = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))))
    return np.column_stack([np.interp(shares * along[-1], along, path[:, axis]) for axis in (0, 1)])


def _points(name: str, points_m: F64, centre: tuple[float, float], reference: Reference) -> list[Value]:
    """DF_PointList runs from upstream to downstream; ours begins at the intersection."""
    path = checked_path(name, points_m, _LEAST_POINTS, _MOST_POINTS)[::-1]
    return [{"posOffset": offset} for offset in to_path(name, path, centre, reference)]


def _lane(
    place: str, region: int, lane: Lane, limit: int | None, centre: tuple[float, float], reference: Reference
) -> Value:
    value: Value = {
        "laneID": lane.id,
        "laneWidth": scales.LANE_WIDTH.one(f"{place}.width_m", lane.width_m),
        "laneAttributes": {"laneType": lane_type(lane.kind)},
        "points": _points(f"{place}.points_m", lane.points_m, centre, reference),
    }
    if lane.connections:
        value["maneuvers"] = maneuver_bits(place, lane.connections)
        value["connectsTo"] = [_connection(place, region, connection) for connection in lane.connections]
    if not math.isnan(lane.speed_limit_mps):
        own = scales.SPEED.one(f"{place}.speed_limit_mps", lane.speed_limit_mps)
        if own != limit or lane.kind != "vehicle":
            value["speedLimits"] = [{"type": SPEED_LIMIT_TYPE, "speed": own}]
    return value


def _connection(place: str, region: int, connection: Connection) -> Value:
    return {
        "remoteIntersection": to_node(region, connection.remote),
        "connectingLane": {"lane": connection.to_lane, "maneuver": maneuver_bits(place, [connection])},
        **_phase(connection.signal_group),
    }


def _stamp_leaves(_: MapData) -> dict[str, Stamp]:
    return {"msgCnt": lambda _, msg_count: msg_count, "timeStamp": lambda utc_ns, _: minute_of_year(utc_ns)}


#: What changes when the same geometry is sent again.
STAMPS = Stamps(_stamp_leaves, lambda _: None)


def from_asn1(value: Value, near_utc_ns: int) -> MapData:
    """MAP of a decoded message; links are numbered in their order."""
    return MapData(
        msg_count=value["msgCnt"],
        utc_ns=stamp(value.get("timeStamp"), None, near_utc_ns),
        revision=0,
        intersections=tuple(_read_node(node) for node in value["nodes"]),
    )


def _read_node(value: Value) -> Intersection:
    lat, lon, elevation = from_position(value["refPos"])
    reference = (value["refPos"]["lat"], value["refPos"]["long"])
    return Intersection(
        region=value["id"].get("region", 0),
        id=value["id"]["id"],
        name=value.get("name", ""),
        lat_deg=lat,
        lon_deg=lon,
        elevation_m=elevation,
        lanes=tuple(
            _read_lane(lane, link, f"in{number}", (lat, lon), reference)
            for number, link in enumerate(value.get("inLinks", ()), 1)
            for lane in link["lanes"]
        ),
    )


def _read_lane(value: Value, link: Value, key: str, centre: tuple[float, float], reference: Reference) -> Lane:
    points = value.get("points", link.get("points"))
    if points is None:
        raise CodecError("a lane without points, in a link without points", path=f"lanes[{value['laneID']}]")
    attributes = value.get("laneAttributes")
    kind = "vehicle" if attributes is None else kind_of(attributes["laneType"])
    inherited = link if kind == "vehicle" else {}
    limits = (value if "speedLimits" in value else inherited).get("speedLimits", [])
    width = value.get("laneWidth")
    return Lane(
        id=value["laneID"],
        kind=kind,
        ingress=True,
        points_m=from_path((point["posOffset"] for point in points), centre, reference)[::-1],
        width_m=NAN if width is None else scales.LANE_WIDTH.si(width),
        speed_limit_mps=maximum_speed(limits),
        road=link.get("name", ""),
        upstream=from_node(link["upstreamNodeId"]),
        link=key,
        connections=tuple(_read_connection(each) for each in value.get("connectsTo", ())),
    )


def _read_connection(value: Value) -> Connection:
    lane = value.get("connectingLane", {})
    return Connection(
        maneuver=maneuvers_of(lane.get("maneuver")),
        to_lane=lane.get("lane", 0),
        signal_group=value.get("phaseId"),
        remote=from_node(value["remoteIntersection"]),
        on_red=on_red_of(lane.get("maneuver")),
    )
