"""RSI of T/CSAE 53: an event (RTE) for a hazard, a sign (RTS) for a limit. Table of fields: docs/messages.md."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from v2x.errors import CodecError
from v2x.messages import scales
from v2x.messages.causes import SPEED_LIMIT, CodeList
from v2x.messages.codec import Value
from v2x.messages.csae.offsets import Reference, from_path, from_point, reference_of, to_path, to_point
from v2x.messages.model import NAN, Notice, RoadsideInformation
from v2x.messages.plane import checked_path
from v2x.messages.position import from_position, to_position
from v2x.messages.timemark import NS_PER_MINUTE, from_minute_of_year, minute_and_ms, minute_of_year, stamp

#: Event types of GB/T 29100-2012. Congestion and slippery road as in an open-source on-board unit; the others are
#: unverified (the standard is paid).
EVENTS = CodeList(
    "event",
    {
        "accident": 201,
        "congestion": 707,
        "fog": 301,
        "obstacle": 401,
        "pedestrian": 405,
        "roadworks": 501,
        "slippery": 408,
        "stopped_vehicle": 101,
    },
)
#: Signs of GB 5768.2-2009. The number of the speed limit is that of an open-source on-board unit (unverified).
SIGNS = CodeList("sign", {SPEED_LIMIT: 85})

# the limit of a sign is its text; no field of the message has it (project choice)
_LIMIT_TEXT = re.compile(r"(\d{1,3})km/h(?: (.*))?", re.DOTALL)
_MOST_KMH = 999
_MOST_POINTS = 32
_PRIORITY_SHIFT = 5


def to_asn1(message: RoadsideInformation, min_path_points: int) -> Value:
    """ASN.1 value of an RSI.

    Parameters
    ----------
    message
        The notices.
    min_path_points
        Fewest points of a path: 1 in dialect A, 2 in dialect B.

    Raises
    ------
    CodecError
        Names what cannot be expressed.
    """
    position = to_position("sender", message.lat_deg, message.lon_deg, message.elevation_m)
    reference = reference_of(position, "sender")
    events, signs = [], []
    for notice in message.notices:
        place = f"notices[{notice.id}]"
        common = _common(place, notice)
        if _is_sign(notice):
            common["referencePaths"] = _paths(place, notice, reference, min_path_points, circle=True)
            where = to_point(place, notice.lat_deg, notice.lon_deg, notice.elevation_m, reference)
            signs.append({"rtsId": notice.id, "signType": SIGNS.code(notice.cause, place), "signPos": where, **common})
        else:
            events.append(_event(place, notice, reference, min_path_points, common))
    value: Value = {
        "msgCnt": message.msg_count,
        "moy": minute_and_ms(message.utc_ns)[0],
        "id": scales.identity("sender_id", message.sender_id, 8),
        "refPos": position,
    }
    return value | ({"rtes": events} if events else {}) | ({"rtss": signs} if signs else {})


def _is_sign(notice: Notice) -> bool:
    return notice.cause in SIGNS.codes or notice.cause.startswith(f"{SIGNS.prefix}_")


def _event(place: str, notice: Notice, reference: Reference, min_path_points: int, common: Value) -> Value:
    value: Value = {
        "rteId": notice.id,
        "eventType": EVENTS.code(notice.cause, place),
        "eventSource": "unknown",
        "eventPos": to_point(place, notice.lat_deg, notice.lon_deg, notice.elevation_m, reference),
        **common,
    }
    if not math.isnan(notice.radius_m):
        value["eventRadius"] = scales.RADIUS.one(f"{place}.radius_m", notice.radius_m)
    elif not len(notice.path_m):
        raise CodecError("neither a radius nor a path", path=place)
    if len(notice.path_m):
        value["referencePaths"] = _paths(place, notice, reference, min_path_points, circle=False)
    return value


def _common(place: str, notice: Notice) -> Value:
    """What events and signs share; times in whole minutes, never shorter than asked."""
    if not 0 <= notice.priority <= 7:
        raise CodecError(f"cannot express {notice.priority}, range 0 to 7", path=f"{place}.priority")
    times = {"startTime": minute_of_year(notice.start_utc_ns)}
    if notice.end_utc_ns is not None:
        times["endTime"] = minute_of_year(-(-notice.end_utc_ns // NS_PER_MINUTE) * NS_PER_MINUTE)
    value: Value = {"timeDetails": times, "priority": bytes([notice.priority << _PRIORITY_SHIFT])}
    text = _text(place, notice)
    if text:
        value["description"] = _description(place, text)
    return value


def _text(place: str, notice: Notice) -> str:
    if notice.cause != SPEED_LIMIT:
        return notice.text
    kmh = notice.speed_limit_mps * 3.6
    if math.isnan(kmh) or not 0 <= round(kmh) <= _MOST_KMH:
        raise CodecError(f"cannot express {kmh!r} km/h, range 0 to {_MOST_KMH}", path=f"{place}.speed_limit_mps")
    return f"{round(kmh)}km/h {notice.text}".rstrip()


def _description(place: str, text: str) -> tuple[str, Any]:
    """DF_Description: ASCII if it can, else GB 2312."""
    if text.isascii():
        return "textString", text
    try:
        return "textGB2312", text.encode("gb2312")
    except UnicodeEncodeError as error:
        raise CodecError(f"{text[error.start]!r} is not in GB 2312", path=f"{place}.text") from error


def _paths(place: str, notice: Notice, reference: Reference, min_path_points: int, circle: bool) -> list[Value]:
    """DF_ReferencePathList: the path with its half width; with ``circle`` also a point with the radius."""
    parts = []
    if len(notice.path_m):
        parts.append((checked_path(f"{place}.path_m", notice.path_m, 2, _MOST_POINTS), notice.path_width_m / 2))
    if circle and not math.isnan(notice.radius_m):
        parts.append((np.zeros((min_path_points, 2)), notice.radius_m))
    if not parts:
        raise CodecError("neither a radius nor a path", path=place)
    centre = (notice.lat_deg, notice.lon_deg)
    return [
        {
            "activePath": to_path(f"{place}.path_m", points_m, centre, reference),
            "pathRadius": scales.RADIUS.one(f"{place}.radius_m", radius_m),
        }
        for points_m, radius_m in parts
    ]


def from_asn1(value: Value, near_utc_ns: int) -> RoadsideInformation:
    """Notices of a decoded RSI, events first."""
    lat, lon, elevation = from_position(value["refPos"])
    now_ns = stamp(value.get("moy"), None, near_utc_ns)
    reference = value["refPos"]
    events = [
        _read(each, each["rteId"], EVENTS.cause(each["eventType"]), each.get("eventPos"), reference, now_ns)
        for each in value.get("rtes", ())
    ]
    signs = [
        _read(each, each["rtsId"], SIGNS.cause(each["signType"]), each.get("signPos"), reference, now_ns)
        for each in value.get("rtss", ())
    ]
    return RoadsideInformation(
        msg_count=value["msgCnt"],
        utc_ns=now_ns,
        sender_id=int.from_bytes(value["id"]),
        lat_deg=lat,
        lon_deg=lon,
        elevation_m=elevation,
        notices=(*events, *signs),
    )


def _read(value: Value, number: int, cause: str, where: Value | None, ref_pos: Value, now_ns: int) -> Notice:
    reference = (ref_pos["lat"], ref_pos["long"])
    lat, lon, elevation = (*from_position(ref_pos)[:2], NAN) if where is None else from_point(where, ref_pos)
    radius = value.get("eventRadius")
    radius_m = NAN if radius is None else scales.RADIUS.si(radius)
    path_m, width_m = np.zeros((0, 2)), Notice.path_width_m
    for path in value.get("referencePaths", ()):
        points, reach_m = path["activePath"], scales.RADIUS.si(path["pathRadius"])
        if all(point == points[0] for point in points):  # a path of one place is a round area
            radius_m = reach_m
        else:
            path_m, width_m = from_path(points, (lat, lon), reference), 2 * reach_m
    times = value.get("timeDetails", {})
    start_ns = from_minute_of_year(times["startTime"], now_ns) if "startTime" in times else None
    end_ns = from_minute_of_year(times["endTime"], now_ns) if "endTime" in times else None
    limit_mps, text = _read_text(cause, value.get("description"))
    return Notice(
        id=number,
        cause=cause,
        lat_deg=lat,
        lon_deg=lon,
        elevation_m=elevation,
        start_utc_ns=now_ns if start_ns is None else start_ns,
        end_utc_ns=end_ns,
        radius_m=radius_m,
        path_m=path_m,
        path_width_m=width_m,
        speed_limit_mps=limit_mps,
        priority=value.get("priority", b"\x00")[0] >> _PRIORITY_SHIFT,
        text=text,
    )


def _read_text(cause: str, description: tuple[str, Any] | None) -> tuple[float, str]:
    """Speed limit (NaN without) and text."""
    if description is None:
        return NAN, ""
    form, content = description
    text: str = content if form == "textString" else content.decode("gb2312", errors="replace")
    match = _LIMIT_TEXT.fullmatch(text) if cause == SPEED_LIMIT else None
    return (int(match[1]) / 3.6, match[2] or "") if match else (NAN, text)
