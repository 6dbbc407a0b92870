"""What SRM and SSM of SAE J2735 share: lanes of an intersection and times of arrival."""

from __future__ import annotations

import math
from typing import Any

from v2x.clock import NS_PER_MS
from v2x.messages import scales
from v2x.messages.codec import Value
from v2x.messages.model import NAN
from v2x.messages.timemark import DSECOND_RESERVED, DSECOND_UNAVAILABLE, from_minute_of_year, minute_and_ms, stamp

# DE_LaneID for a lane that is not known (from memory of the standard)
_NO_LANE = 0
#: DE_DSecond as a duration.
_DURATION = scales.Scale("s", 0.001, 0, 65534, DSECOND_UNAVAILABLE)


def to_access(lane: int | None) -> tuple[str, int]:
    """DF_IntersectionAccessPoint of a lane."""
    return "lane", _NO_LANE if lane is None else lane


def from_access(value: tuple[str, Any] | None) -> int | None:
    """The lane of a DF_IntersectionAccessPoint, None for one that names an approach or a connection."""
    return value[1] if value is not None and value[0] == "lane" and value[1] != _NO_LANE else None


def to_service(place: str, arrive_utc_ns: int | None, duration_s: float) -> Value:
    """The members that tell when service is expected and for how long."""
    value: Value = {}
    if arrive_utc_ns is not None:
        value["minute"], value["second"] = minute_and_ms(arrive_utc_ns)
    if not math.isnan(duration_s):
        value["duration"] = _DURATION.one(f"{place}.duration_s", duration_s)
    return value


def from_service(value: Value, now_ns: int) -> tuple[int | None, float]:
    """Time of arrival and duration; a minute without its second is too coarse to be a time."""
    second = value.get("second", DSECOND_UNAVAILABLE)
    duration_s = _DURATION.si(value["duration"]) if "duration" in value else NAN
    if second >= DSECOND_RESERVED:
        return None, duration_s
    minute_ns = from_minute_of_year(value["minute"], now_ns) if "minute" in value else None
    return stamp(None, second, now_ns) if minute_ns is None else minute_ns + second * NS_PER_MS, duration_s
