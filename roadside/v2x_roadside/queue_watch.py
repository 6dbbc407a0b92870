"""Queues and stopped vehicles on the approaches of the unit's intersection, as notices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from v2x.clock import to_ns
from v2x.geo import Plane
from v2x.messages.model import NAN, Lane, Notice
from v2x.scenario.model_perception import Queues
from v2x.stations.roadside import UnitSite
from v2x.stations.sightings import SEEN
from v2x_roadside.lane_map import LaneMap
from v2x_roadside.tracks import Tracks

F64 = NDArray[np.float64]

#: Numbers of a unit's own notices begin here and go down, past those of the scenario.
HIGHEST_ID = 255
#: Priority of both kinds of notice, 0 to 7 (project choice).
_PRIORITY = 4
#: Points of a path are about so far apart, and so many at most: less than both families hold.
_POINT_M, _MOST_POINTS = 25.0, 16
#: Extent of the notice of a single vehicle, metres (project choice).
_AROUND_M = 10.0


class Standing(NamedTuple):
    """A row of vehicles that stand in one lane: metres from the stop line to its ends, and since when all stand."""

    lane: Lane
    head_m: float
    tail_m: float
    vehicles: int
    since_ns: int


@dataclass
class _Case:
    """Something found, announced or not yet."""

    first_ns: int
    last_ns: int
    notice: Notice | None


class QueueWatch:
    """What one unit finds.

    Parameters
    ----------
    config
        What counts as a queue.
    site
        Its installation; ``site.found`` is kept up to date.
    lanes
        The approaches.
    """

    def __init__(self, config: Queues, site: UnitSite, lanes: LaneMap) -> None:
        self._config, self._lanes, self._found, self._event = config, lanes, site.found, site.event
        lat, lon, _ = site.place
        self._ground = Plane.tangent(lon, lat)
        self._taken = {notice.id for notice in site.notices}
        self._cases: dict[tuple[str, str], _Case] = {}

    def look(self, tracks: Tracks, now_ns: int) -> None:
        """Judge the tracks at ``now_ns`` (UTC by the unit's clock); to be called about once a second."""
        for key, standing in self._standing(tracks, now_ns):
            case = self._cases.setdefault(key, _Case(now_ns, now_ns, None))
            case.last_ns = now_ns
            if case.notice is not None:
                case.notice = self._notice(key[0], standing, case.notice.id, case.notice.start_utc_ns)
            elif now_ns - case.first_ns >= to_ns(self._config.found_s):
                self._announce(key, case, standing, now_ns)
        for key, case in list(self._cases.items()):
            if now_ns - case.last_ns > to_ns(self._config.gone_s):
                del self._cases[key]
                if case.notice is not None:
                    self._event("notice.revoked", {"cause": key[0], "id": case.notice.id})
        self._found[:] = [case.notice for _, case in sorted(self._cases.items()) if case.notice is not None]

    def _standing(self, tracks: Tracks, now_ns: int) -> Iterator[tuple[tuple[str, str], Standing]]:
        """The longest queue of each approach, and vehicles that stand alone; each with what tells it apart."""
        config = self._config
        longest: dict[str, Standing] = {}
        for row in self._rows(tracks):
            if row.head_m <= config.largest_gap_m:  # whoever stands there waits at the stop line
                row = row._replace(head_m=0.0)
            length_m = row.tail_m - row.head_m
            link = row.lane.link or str(row.lane.id)
            if row.vehicles > 1 and length_m >= config.min_length_m:
                best = longest.get(link)
                if best is None or length_m > best.tail_m - best.head_m:
                    longest[link] = row
            elif row.vehicles == 1 and row.head_m > 0.0 and now_ns - row.since_ns >= to_ns(config.stopped_s):
                yield ("stopped_vehicle", f"{link} {row.head_m // config.largest_gap_m:.0f}"), row
        for link, row in sorted(longest.items()):
            yield ("congestion", link), row

    def _rows(self, tracks: Tracks) -> Iterator[Standing]:
        """Standing vehicles, lane by lane, cut where the gap is too large."""
        vehicle = np.flatnonzero((tracks.standing_ns > 0) & (tracks.kind == SEEN.index("vehicle")))
        where = self._lanes.place(tracks.east_m[vehicle], tracks.north_m[vehicle], tracks.heading_deg[vehicle])
        half_m, since_ns = tracks.length_m[vehicle] / 2, tracks.standing_ns[vehicle]
        order = np.lexsort((where.along_m, where.lane))
        row: Standing | None = None
        for i in order[where.lane[order] >= 0].tolist():
            lane = self._lanes.lanes[where.lane[i]]
            front_m, back_m = where.along_m[i] - half_m[i], where.along_m[i] + half_m[i]
            if row is not None and row.lane is lane and front_m - row.tail_m <= self._config.largest_gap_m:
                row = Standing(lane, row.head_m, back_m, row.vehicles + 1, max(row.since_ns, int(since_ns[i])))
                continue
            if row is not None:
                yield row
            row = Standing(lane, front_m, back_m, 1, int(since_ns[i]))
        if row is not None:
            yield row

    def _announce(self, key: tuple[str, str], case: _Case, standing: Standing, now_ns: int) -> None:
        used = self._taken | {other.notice.id for other in self._cases.values() if other.notice is not None}
        free = next((number for number in range(HIGHEST_ID, -1, -1) if number not in used), None)
        if free is not None:
            case.notice = self._notice(key[0], standing, free, now_ns)
            length_m = round(standing.tail_m - standing.head_m, 1)
            fields = {"cause": key[0], "id": free, "lane": standing.lane.id, "length_m": length_m}
            self._event("notice.found", fields)

    def _notice(self, cause: str, standing: Standing, number: int, start_ns: int) -> Notice:
        """At the tail, where it begins for those who come; a queue with the path from there to its head."""
        count = min(2 + int((standing.tail_m - standing.head_m) / _POINT_M), _MOST_POINTS)
        path_m = self._lanes.points(standing.lane, np.linspace(standing.tail_m, standing.head_m, count))
        lon, lat = self._ground.to_lonlat(*path_m[0])
        notice = Notice(number, cause, float(lat), float(lon), NAN, start_ns, priority=_PRIORITY)
        if cause == "congestion":
            width_m = self._lanes.width_m(standing.lane)
            return replace(notice, path_m=path_m - path_m[0], path_width_m=width_m)
        return replace(notice, radius_m=_AROUND_M)
