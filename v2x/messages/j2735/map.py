"""MAP of SAE J2735. Table of fields: docs/messages.md.

Not carried: ``msg_count`` (the message has none), ``Lane.road`` (a name on every lane would not fit a frame),
``Lane.upstream`` and ``Connection.remote`` (the standard has no such reference for lanes of this intersection).
``Lane.link`` becomes the number of an approach, counted separately for ingress and egress.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

from v2x.errors import CodecError
from v2x.messages import scales
from v2x.messages.codec import Value
from v2x.messages.j2735.nodes import from_nodes, to_nodes
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
from v2x.messages.position import from_position, to_position
from v2x.messages.standing import Stamp, Stamps
from v2x.messages.timemark import minute_of_year, stamp

_INGRESS, _EGRESS, _BOTH = (b"\x80", 2), (b"\x40", 2), (b"\xc0", 2)
_NOT_SHARED = (b"\x00\x00", 10)
_APPROACHES = 15


def to_asn1(message: MapData) -> Value:
    """ASN.1 value of a MAP; `CodecError` names what cannot be expressed."""
    position, count = message.fragment
    return {
        "timeStamp": minute_of_year(message.utc_ns),
        "msgIssueRevision": message.revision,
        "layerType": "intersectionData",
        **({"layerID": 10 * count + position} if count > 1 else {}),
        "intersections": [_intersection(each, message.revision) for each in message.intersections],
    }


def _intersection(intersection: Intersection, revision: int) -> Value:
    place = f"intersections[{intersection.id}]"
    widths = Counter(scales.LANE_WIDTH.one(f"{place}.width_m", lane.width_m) for lane in intersection.lanes)
    if not widths:
        raise CodecError("no lanes", path=place)
    width = widths.most_common(1)[0][0]
    limit = _common_limit(intersection)
    approaches = _approaches(intersection)
    value: Value = {
        "id": {"region": intersection.region, "id": intersection.id},
        "revision": revision,
        "refPoint": to_position(place, intersection.lat_deg, intersection.lon_deg, intersection.elevation_m),
        "laneWidth": width,
        "laneSet": [_lane(intersection, lane, width, limit, approaches) for lane in intersection.lanes],
    }
    value.update(ascii_name("name", intersection.name))
    if limit is not None:
        value["speedLimits"] = [{"type": SPEED_LIMIT_TYPE, "speed": limit}]
    return value


def _common_limit(intersection: Intersection) -> int | None:
    """The speed limit stated once for all vehicle lanes: the commonest, if every one of them has a limit."""
    limits = [lane.speed_limit_mps for lane in intersection.lanes if lane.kind == "vehicle"]
    if not limits or any(math.isnan(limit) for limit in limits):
        return None
    return Counter(scales.SPEED.one("speed_limit_mps", limit) for limit in limits).most_common(1)[0][0]


def _approaches(intersection: Intersection) -> dict[tuple[bool, str], int]:
    """(ingress, link) -> number of the approach, 1..15 in order of appearance."""
    numbers: dict[tuple[bool, str], int] = {}
    for ingress in (True, False):
        links = dict.fromkeys(lane.link for lane in intersection.lanes if lane.ingress is ingress and lane.link)
        if len(links) > _APPROACHES:
            raise CodecError(
                f"{len(links)} links, expected up to {_APPROACHES}", path=f"intersections[{intersection.id}]"
            )
        numbers.update({(ingress, link): number for number, link in enumerate(links, 1)})
    return numbers


def _lane(
    intersection: Intersection, lane: Lane, width: int, limit: int | None, approaches: dict[tuple[bool, str], int]
) -> Value:
    place = f"intersections[{intersection.id}].lanes[{lane.id}]"
    direction = _BOTH if lane.kind == "crosswalk" else _INGRESS if lane.ingress else _EGRESS
    nodes = to_nodes(f"{place}.points_m", lane.points_m, (intersection.lat_deg, intersection.lon_deg))
    attributes = _attributes(place, lane, width, limit)
    if attributes:
        nodes[0]["attributes"] = attributes
    value: Value = {
        "laneID": lane.id,
        "laneAttributes": {"directionalUse": direction, "sharedWith": _NOT_SHARED, "laneType": lane_type(lane.kind)},
        "nodeList": ("nodes", nodes),
    }
    if (lane.ingress, lane.link) in approaches:
        value["ingressApproach" if lane.ingress else "egressApproach"] = approaches[lane.ingress, lane.link]
    if lane.connections:
        value["maneuvers"] = maneuver_bits(place, lane.connections)
        value["connectsTo"] = [_connection(place, connection) for connection in lane.connections]
    return value


def _attributes(place: str, lane: Lane, width: int, limit: int | None) -> Value:
    """What the first node says about the whole lane where it differs from the intersection's lanes."""
    value: Value = {}
    own_width = scales.LANE_WIDTH.one(f"{place}.width_m", lane.width_m)
    if own_width != width:
        value["dWidth"] = own_width - width
    if not math.isnan(lane.speed_limit_mps):
        own = scales.SPEED.one(f"{place}.speed_limit_mps", lane.speed_limit_mps)
        if own != limit or lane.kind != "vehicle":
            value["data"] = [("speedLimits", [{"type": SPEED_LIMIT_TYPE, "speed": own}])]
    return value


def _connection(place: str, connection: Connection) -> Value:
    value: Value = {
        "connectingLane": {"lane": connection.to_lane, "maneuver": maneuver_bits(place, [connection])},
    }
    if connection.signal_group is not None:
        value["signalGroup"] = connection.signal_group
    return value


def _stamp_leaves(_: MapData) -> dict[str, Stamp]:
    return {"timeStamp": lambda utc_ns, _: minute_of_year(utc_ns)}


#: What changes when the same geometry is sent again.
STAMPS = Stamps(_stamp_leaves, lambda _: None)


def from_asn1(value: Value, near_utc_ns: int) -> MapData:
    """MAP of a decoded message. Lanes computed from others are left out of the model with an error."""
    count, position = divmod(value.get("layerID", 0), 10)
    return MapData(
        msg_count=value["msgIssueRevision"],
        utc_ns=stamp(value.get("timeStamp"), None, near_utc_ns),
        revision=value["msgIssueRevision"],
        intersections=tuple(_read_intersection(each) for each in value.get("intersections", ())),
        fragment=(position, count) if 1 <= position <= count and count > 1 else (1, 1),
    )


def _read_intersection(value: Value) -> Intersection:
    lat, lon, elevation = from_position(value["refPoint"])
    limit = maximum_speed(value.get("speedLimits", ()))
    width = scales.LANE_WIDTH.si(value.get("laneWidth", 0))
    return Intersection(
        region=value["id"].get("region", 0),
        id=value["id"]["id"],
        name=value.get("name", ""),
        lat_deg=lat,
        lon_deg=lon,
        elevation_m=elevation,
        lanes=tuple(_read_lane(lane, (lat, lon), width, limit) for lane in value["laneSet"]),
    )


def _read_lane(value: Value, reference: tuple[float, float], width_m: float, limit_mps: float) -> Lane:
    form, nodes = value["nodeList"]
    if form != "nodes":
        raise CodecError("a lane computed from another is not in the model", path=f"lanes[{value['laneID']}].nodeList")
    attributes: dict[str, Any] = nodes[0].get("attributes", {})
    kind = kind_of(value["laneAttributes"]["laneType"])
    own = [data for name, data in attributes.get("data", ()) if name == "speedLimits"]
    inherited = limit_mps if kind == "vehicle" else NAN
    ingress = bool(value["laneAttributes"]["directionalUse"][0][0] & _INGRESS[0][0])
    approach = value.get("ingressApproach" if ingress else "egressApproach")
    return Lane(
        id=value["laneID"],
        kind=kind,
        ingress=ingress,
        points_m=from_nodes(nodes, reference),
        width_m=width_m + attributes.get("dWidth", 0) * scales.LANE_WIDTH.lsb,
        speed_limit_mps=maximum_speed(own[0]) if own else inherited,
        link="" if approach is None else f"{'in' if ingress else 'out'}{approach}",
        connections=tuple(_read_connection(each) for each in value.get("connectsTo", ())),
    )


def _read_connection(value: Value) -> Connection:
    lane = value["connectingLane"]
    return Connection(
        maneuver=maneuvers_of(lane.get("maneuver")),
        to_lane=lane["lane"],
        signal_group=value.get("signalGroup"),
        on_red=on_red_of(lane.get("maneuver")),
    )
