"""Notices: from the scenario's list to what a roadside unit or the server says now."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from v2x.clock import to_ns
from v2x.geo import Plane
from v2x.messages.model import NAN, Notice, RoadsideInformation
from v2x.scenario.model import NoticeSource

#: Most events of an RSI (T/CSAE 53 RTEList), and most frames of a TIM (SAE J2735 TravelerDataFrameList).
MOST_NOTICES = 8


def notice_of(source: NoticeSource, plane: Plane, start_utc_ns: int) -> Notice:
    """The notice as a message part; its path in metres true east and north of its point."""
    lon, lat = source.at.lonlat(plane)
    tangent = Plane.tangent(lon, lat)
    path = [tangent.to_xy(*point.lonlat(plane)) for point in source.path]
    return Notice(
        id=source.id,
        cause=source.cause,
        lat_deg=lat,
        lon_deg=lon,
        elevation_m=NAN,
        start_utc_ns=start_utc_ns + to_ns(source.start_s),
        end_utc_ns=None if source.end_s is None else start_utc_ns + to_ns(source.end_s),
        radius_m=NAN if source.radius_m is None else source.radius_m,
        path_m=np.array(path, float).reshape(-1, 2),
        path_width_m=source.path_width_m,
        speed_limit_mps=NAN if source.speed_limit_mps is None else source.speed_limit_mps,
        priority=source.priority,
        text=source.text,
    )


class NoticeService:
    """RSI or TIM of one sender.

    Parameters
    ----------
    key
        Station key of the sender; the low 32 bits are its id on the air.
    place
        WGS-84 latitude, longitude (degrees) and elevation (metres) of the sender.
    notices
        All that it announces, now or later.
    """

    def __init__(self, key: int, place: tuple[float, float, float], notices: tuple[Notice, ...]) -> None:
        self._sender_id, self._place, self._notices = key & 0xFFFFFFFF, place, notices

    def message(self, count: int, clock_ns: int, found: Sequence[Notice] = ()) -> RoadsideInformation | None:
        """The notices valid at ``clock_ns`` (UTC), None when there are none; ``count`` wraps at 128.

        What the sender has ``found`` itself comes after them, as far as both families have room in a message.
        """
        valid = tuple(
            notice
            for notice in self._notices
            if notice.start_utc_ns <= clock_ns and (notice.end_utc_ns is None or clock_ns < notice.end_utc_ns)
        )
        valid += tuple(found[: max(0, MOST_NOTICES - len(valid))])
        return RoadsideInformation(count % 128, clock_ns, self._sender_id, *self._place, valid) if valid else None
