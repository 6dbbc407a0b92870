"""TIM of SAE J2735: one traveller data frame a notice. Table of fields: docs/messages.md.

The number of a notice travels as ``furtherInfoID`` and the sender as ``packetID`` (project choices: the standard leaves
both to the sender). Not carried: the sender's position.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from v2x.clock import utc_datetime
from v2x.errors import CodecError
from v2x.messages import scales
from v2x.messages.causes import SPEED_LIMIT, CodeList
from v2x.messages.codec import Value
from v2x.messages.j2735.nodes import from_nodes, to_nodes
from v2x.messages.model import NAN, Notice, RoadsideInformation
from v2x.messages.position import from_position, to_position
from v2x.messages.timemark import NS_PER_MINUTE, from_minute_of_year, minute_and_ms, minute_of_year, stamp

F64 = NDArray[np.float64]

#: Phrases of SAE J2540-2 (ITIS), as listed in the compiled SAE J2735-2024 set.
ITIS = CodeList(
    "itis",
    {
        "accident": 513,
        "congestion": 263,
        "fog": 5378,
        "obstacle": 1281,
        "pedestrian": 1286,
        "roadworks": 1025,
        "slippery": 5897,
        SPEED_LIMIT: 268,
        "stopped_vehicle": 532,
    },
)
_ITIS_NUMBER_0, _ITIS_KMH, _ITIS_MPH = 12544, 8721, 8720
_MPS_PER = {_ITIS_KMH: 1 / 3.6, _ITIS_MPH: 0.44704}
_MOST_KMH = 255

_FOR_EVER = 32000
_ALL_DIRECTIONS = (b"\xff\xff", 16)
_SLICE_DEG = 22.5
# DE_DistanceUnits that a radius may take, finest first; up to 4095 of them
_RADIUS_UNITS = (("centimeter", 0.01), ("decimeter", 0.1), ("meter", 1.0))
_RADIUS_M = dict(_RADIUS_UNITS) | {
    "cm2-5": 0.025,
    "kilometer": 1000.0,
    "foot": 0.3048,
    "yard": 0.9144,
    "mile": 1609.344,
}
_RADIUS_STEPS = 4095


def to_asn1(message: RoadsideInformation) -> Value:
    """ASN.1 value of a TIM; `CodecError` names what cannot be expressed."""
    return {
        "msgCnt": message.msg_count,
        "timeStamp": minute_and_ms(message.utc_ns)[0],
        "packetID": scales.identity("sender_id", message.sender_id, 9),
        "dataFrames": [_frame(notice) for notice in message.notices],
    }


def _frame(notice: Notice) -> Value:
    place = f"notices[{notice.id}]"
    start_minute = notice.start_utc_ns // NS_PER_MINUTE
    limit = notice.cause == SPEED_LIMIT
    return {
        "doNotUse1": 0,
        "frameType": "roadSignage" if limit else "advisory",
        "msgId": ("furtherInfoID", scales.identity(f"{place}.id", notice.id, 2)),
        "startYear": utc_datetime(notice.start_utc_ns).year,
        "startTime": minute_of_year(notice.start_utc_ns),
        "durationTime": _duration(place, start_minute, notice.end_utc_ns),
        "priority": notice.priority,
        "doNotUse2": 0,
        "regions": _regions(place, notice),
        "doNotUse3": 0,
        "doNotUse4": 0,
        "content": ("speedLimit" if limit else "advisory", _items(place, notice)),
    }


def _duration(place: str, start_minute: int, end_utc_ns: int | None) -> int:
    """Whole minutes, never shorter than asked."""
    if end_utc_ns is None:
        return _FOR_EVER
    minutes = -(-end_utc_ns // NS_PER_MINUTE) - start_minute
    if not 0 <= minutes < _FOR_EVER:
        raise CodecError(f"lasts {minutes} minutes, range 0 to {_FOR_EVER - 1}", path=f"{place}.end_utc_ns")
    return minutes


def _items(place: str, notice: Notice) -> list[Value]:
    codes = [ITIS.code(notice.cause, place)]
    if notice.cause == SPEED_LIMIT:
        codes += [_ITIS_NUMBER_0 + kmh_of(place, notice.speed_limit_mps, _MOST_KMH), _ITIS_KMH]
    items: list[Value] = [{"item": ("itis", code)} for code in codes]
    if notice.text:
        items.append({"item": ("text", notice.text)})
    return items


def kmh_of(place: str, speed_mps: float, most: int) -> int:
    """Whole km/h, as signs have them; `CodecError` for none or too many."""
    if math.isnan(speed_mps) or not 0 <= round(speed_mps * 3.6) <= most:
        raise CodecError(f"cannot express {speed_mps!r} m/s, range 0 to {most} km/h", path=f"{place}.speed_limit_mps")
    return round(speed_mps * 3.6)


def _regions(place: str, notice: Notice) -> list[Value]:
    anchor = to_position(place, notice.lat_deg, notice.lon_deg, notice.elevation_m)
    regions: list[Value] = []
    if len(notice.path_m):
        nodes = to_nodes(f"{place}.path_m", notice.path_m, (notice.lat_deg, notice.lon_deg))
        regions.append(
            {
                "anchor": anchor,
                "laneWidth": scales.LANE_WIDTH.one(f"{place}.path_width_m", notice.path_width_m),
                "directionality": "forward",
                "closedPath": False,
                "direction": _heading_slices(notice.path_m),
                "description": ("path", {"offset": ("xy", ("nodes", nodes))}),
            }
        )
    if not math.isnan(notice.radius_m):
        circle = {"center": anchor, **_radius(place, notice.radius_m)}
        geometry = {"direction": _ALL_DIRECTIONS, "circle": circle}
        regions.append({"anchor": anchor, "description": ("geometry", geometry)})
    if not regions:
        raise CodecError("neither a radius nor a path", path=place)
    return regions


def _heading_slices(path_m: F64) -> tuple[bytes, int]:
    """DE_HeadingSlice: the sixteenths of the compass that the path's segments point to."""
    east, north = np.diff(path_m, axis=0).T
    bits = 0
    for heading in np.degrees(np.arctan2(east, north)) % 360:
        bits |= 0x8000 >> min(int(heading / _SLICE_DEG), 15)
    return bits.to_bytes(2), 16


def _radius(place: str, radius_m: float) -> Value:
    for units, size_m in _RADIUS_UNITS:
        steps = radius_m / size_m  # of the largest floats, infinity
        if -0.5 <= steps <= _RADIUS_STEPS + 0.5 and round(steps) <= _RADIUS_STEPS:
            return {"radius": round(steps), "units": units}
    raise CodecError(f"cannot express {radius_m!r} m, range 0 to {_RADIUS_STEPS} m", path=f"{place}.radius_m")


def from_asn1(value: Value, near_utc_ns: int) -> RoadsideInformation:
    """Notices of a decoded TIM."""
    now_ns = stamp(value.get("timeStamp"), None, near_utc_ns)
    return RoadsideInformation(
        msg_count=value["msgCnt"],
        utc_ns=now_ns,
        sender_id=int.from_bytes(value.get("packetID", b"")),
        lat_deg=NAN,
        lon_deg=NAN,
        elevation_m=NAN,
        notices=tuple(_read_frame(i, frame, now_ns) for i, frame in enumerate(value["dataFrames"])),
    )


def _read_frame(number: int, value: Value, near_utc_ns: int) -> Notice:
    form, identity = value["msgId"]
    near_ns = _in_year(value.get("startYear"), near_utc_ns)
    start_ns = from_minute_of_year(value["startTime"], near_ns)
    if start_ns is None:
        raise CodecError("no start time", path=f"dataFrames[{number}].startTime")
    duration = value["durationTime"]
    cause, limit_mps, text = _read_items([item["item"] for item in value["content"][1]])
    anchor, radius_m, path_m, width_m = _read_regions(f"dataFrames[{number}].regions", value["regions"])
    lat, lon, elevation = from_position(anchor)
    return Notice(
        id=int.from_bytes(identity) if form == "furtherInfoID" else number,
        cause=cause,
        lat_deg=lat,
        lon_deg=lon,
        elevation_m=elevation,
        start_utc_ns=start_ns,
        end_utc_ns=None if duration >= _FOR_EVER else start_ns + duration * NS_PER_MINUTE,
        radius_m=radius_m,
        path_m=path_m,
        path_width_m=width_m,
        speed_limit_mps=limit_mps,
        priority=value["priority"],
        text=text,
    )


def _in_year(year: int | None, near_utc_ns: int) -> int:
    """A reference inside the stated year (0 is unknown), so that the minute of the year falls into it."""
    now = utc_datetime(near_utc_ns)
    if not year or not 1970 <= year < 2200:
        return near_utc_ns
    return near_utc_ns + round((year - now.year) * 365.2425 * 86400) * 1_000_000_000


def _read_items(items: list[tuple[str, int | str]]) -> tuple[str, float, str]:
    """Cause, speed limit (NaN without) and text of a frame's content."""
    codes = [code for kind, code in items if kind == "itis" and isinstance(code, int)]
    text = " ".join(words for kind, words in items if kind == "text" and isinstance(words, str))
    cause = ITIS.cause(codes[0]) if codes else "itis_0"
    limit_mps = NAN
    if cause == SPEED_LIMIT and len(codes) >= 3 and codes[2] in _MPS_PER:
        limit_mps = (codes[1] - _ITIS_NUMBER_0) * _MPS_PER[codes[2]]
    return cause, limit_mps, text


def _read_regions(place: str, regions: list[Value]) -> tuple[Value, float, F64, float]:
    """Anchor, radius, path and width of the regions that the model has: a path in metres, a circle."""
    anchor: Value | None = None
    radius_m, path_m, width_m = NAN, np.zeros((0, 2)), Notice.path_width_m
    for region in regions:
        form, content = region.get("description", ("", None))
        if form == "geometry":
            circle = content["circle"]
            anchor, radius_m = circle["center"], circle["radius"] * _RADIUS_M[circle["units"]]
        elif (
            form == "path"
            and content["offset"][0] == "xy"
            and content["offset"][1][0] == "nodes"
            and "anchor" in region
        ):
            anchor = region["anchor"]
            lat, lon, _ = from_position(region["anchor"])
            path_m = from_nodes(content["offset"][1][1], (lat, lon))
            width_m = scales.LANE_WIDTH.si(region.get("laneWidth", 0))
    if anchor is None:
        raise CodecError("no region that the model has (a path in XY nodes, a circle)", path=place)
    return anchor, radius_m, path_m, width_m
