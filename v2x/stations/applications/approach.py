"""Where the own vehicle is on the lanes of a MAP, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import isnan
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from v2x.messages.model import Connection, Intersection, Lane, LaneKind, Maneuver, MapData
from v2x.stations.applications.ground import Ground, turned_deg
from v2x.stations.applications.motion import Own
from v2x.stations.applications.shared import SHARED
from v2x.stations.base import View

F64 = NDArray[np.float64]

#: (region, intersection).
Place = tuple[int, int]
#: Towards an intersection or away from it.
Way = Literal["in", "out"]

#: DE_BasicVehicleClass (SAE J2735, T/CSAE 53) of those who ride in bike lanes, too: motorcycles, which e-bikes call
#: themselves, and bicycles.
_RIDERS = frozenset((40, 85))
#: Lanes further than so many sigmas from the vehicle's place are not its own.
_FAR_SIGMAS = 3.0


@dataclass(frozen=True)
class Matched:
    """The lanes of one intersection that a vehicle may be in.

    Attributes
    ----------
    place, revision
        Which intersection, and the revision of its MAP.
    lanes
        Lanes that it is in with at least the probability `Shared.lane_share`, the likeliest first.
    approach
        All lanes of the likeliest lane's link.
    to_line_m
        From the front of the vehicle to the end of the likeliest lane at the intersection; negative beyond it.
    marks_on_red
        Whether the MAP marks any movement of the intersection that may be made on red.
    """

    place: Place
    revision: int
    lanes: tuple[Lane, ...]
    approach: tuple[Lane, ...]
    to_line_m: float
    marks_on_red: bool


class Maps:
    """Intersections heard of: the parts of a long MAP are put together, a new revision takes the place of the old."""

    def __init__(self) -> None:
        self._known = _NO_PLACES

    def hear(self, view: View) -> None:
        """Take in what has arrived."""
        self._known = view.once(_Places.after, self._known)

    def match(self, own: Own, way: Way = "in") -> Matched | None:
        """The lanes that lead to (or away from) an intersection and that the vehicle may be in, None if in no MAP's."""
        return self._known.match(own, way)


class _Places:
    """The intersections known at one step; never changes, so that the applications on board can share it."""

    def __init__(self, layouts: Mapping[Place, _Layout]) -> None:
        self._layouts = layouts
        self._last: dict[Way, tuple[Own, Matched | None]] = {}

    @staticmethod
    def after(view: View, known: _Places) -> _Places:
        """What is known with what has arrived."""
        maps = [each.message for each in view.inbox.received if isinstance(each.message, MapData)]
        if not maps:
            return known
        layouts = dict(known._layouts)
        for message in maps:
            for part in message.intersections:
                place = part.region, part.id
                old = layouts.get(place)
                whole = message.fragment == (1, 1) or old is None or old.revision != message.revision
                lanes = {} if whole or old is None else old.lanes
                layouts[place] = _Layout(part, message.revision, lanes | {lane.id: lane for lane in part.lanes})
        return _Places(layouts)

    def match(self, own: Own, way: Way) -> Matched | None:
        """See `Maps.match`; the answer for the newest ``own`` is kept, since several applications ask."""
        asked, answer = self._last.get(way, (None, None))
        if asked is not own:
            found = [match for layout in self._layouts.values() if (match := layout.match(own, way)) is not None]
            answer = min(found, key=lambda each: abs(each.to_line_m), default=None)
            self._last[way] = own, answer
        return answer


_NO_PLACES = _Places({})


class _Layout:
    """Lanes of one intersection, with their segments in columns."""

    def __init__(self, intersection: Intersection, revision: int, lanes: dict[int, Lane]) -> None:
        self.revision, self.lanes = revision, lanes
        self._place = intersection.region, intersection.id
        self._ground = Ground.at(intersection.lat_deg, intersection.lon_deg)
        self._reach_m = max((float(np.hypot(*lane.points_m.T).max()) for lane in lanes.values()), default=0.0)
        self._marks_on_red = any(each.on_red for lane in lanes.values() for each in lane.connections)

    @cached_property
    def _segments(self) -> dict[Way, _Segments | None]:
        return {"in": _Segments.of(self.lanes, "in"), "out": _Segments.of(self.lanes, "out")}

    def match(self, own: Own, way: Way) -> Matched | None:
        """As `Maps.match` for this intersection."""
        at_m = self._ground.point(own.lat_deg, own.lon_deg)
        if np.hypot(*at_m) > self._reach_m + own.length_m:
            return None
        segments = self._segments[way]
        if segments is None:
            return None
        kinds: tuple[LaneKind, ...] = ("vehicle", "bike") if own.vehicle_class in _RIDERS else ("vehicle",)
        sigma_m = float(np.hypot(own.sigma_m, SHARED.wander_m))
        chances: dict[int, tuple[float, float]] = {}
        near = segments.nearest(at_m)
        for row in np.flatnonzero(near.beside_m <= segments.half_m + _FAR_SIGMAS * sigma_m).tolist():
            lane = segments.lanes[row]
            turned = abs(turned_deg(own.heading_deg, float(near.way_deg[row])))
            if lane.kind in kinds and turned <= SHARED.lane_way_deg:
                beside_m = float(near.beside_m[row])
                chances[lane.id] = float(np.exp(-0.5 * (beside_m / sigma_m) ** 2)), float(near.along_m[row])
        total = sum(chance for chance, _ in chances.values())
        likely = sorted(chances, key=lambda lane_id: -chances[lane_id][0])
        if total == 0.0:
            return None
        best = self.lanes[likely[0]]
        ahead_m = chances[likely[0]][1] * (1.0 if way == "in" else -1.0)
        return Matched(
            self._place,
            self.revision,
            tuple(self.lanes[each] for each in likely if chances[each][0] >= SHARED.lane_share * total),
            tuple(lane for lane in self.lanes.values() if lane.link == best.link and lane.ingress == best.ingress),
            ahead_m - own.length_m / 2.0,
            self._marks_on_red,
        )


def _half_m(lane: Lane) -> float:
    return (SHARED.lane_m if isnan(lane.width_m) else lane.width_m) / 2.0


@dataclass(frozen=True)
class _Segments:
    """Segments of lanes, each lane's in one run.

    Attributes
    ----------
    lanes, half_m
        The lanes, k of them, and half of their widths.
    runs
        (k, most segments of a lane) rows of the segments of each; the last one fills up.
    start_m, step_m
        Beginning and vector of each segment, away from the intersection, (m, 2).
    length_m
        Length of each, not zero.
    along_m
        Way along the lane from the intersection to the beginning.
    way_deg
        Heading in which the segment is driven.
    """

    lanes: list[Lane]
    half_m: F64
    runs: NDArray[np.intp]
    start_m: F64
    step_m: F64
    length_m: F64
    along_m: F64
    way_deg: F64

    @classmethod
    def of(cls, lanes: dict[int, Lane], way: Way) -> _Segments | None:
        """Those of the lanes that lead in or out, None if there are none."""
        chosen = [lane for lane in lanes.values() if lane.ingress == (way == "in") and lane.kind != "crosswalk"]
        if not chosen:
            return None
        steps = [np.diff(lane.points_m, axis=0) for lane in chosen]
        lengths = [np.hypot(*step.T) for step in steps]
        counts = np.array([len(step) for step in steps])
        first = np.cumsum(counts) - counts
        step_m = np.concatenate(steps)
        sign = -1.0 if way == "in" else 1.0
        return cls(
            chosen,
            np.array([_half_m(lane) for lane in chosen]),
            first[:, np.newaxis] + np.minimum(np.arange(counts.max()), counts[:, np.newaxis] - 1),
            np.concatenate([lane.points_m[:-1] for lane in chosen]),
            step_m,
            np.maximum(np.hypot(*step_m.T), 1e-9),
            np.concatenate([np.concatenate(([0.0], np.cumsum(length)[:-1])) for length in lengths]),
            np.degrees(np.arctan2(sign * step_m[:, 0], sign * step_m[:, 1])),
        )

    def nearest(self, at_m: tuple[float, float]) -> _Nearest:
        """The point of each lane that is nearest to one."""
        off_m = at_m - self.start_m
        share = (off_m * self.step_m).sum(axis=1) / self.length_m**2
        share = np.clip(share, 0.0, 1.0)
        beside = np.hypot(*(off_m - share[:, None] * self.step_m).T)
        rows = self.runs[np.arange(len(self.runs)), beside[self.runs].argmin(axis=1)]
        return _Nearest(beside[rows], (self.along_m + share * self.length_m)[rows], self.way_deg[rows])


class _Nearest(NamedTuple):
    """Points of k lanes: distance from the vehicle, way along the lane from the intersection, heading there."""

    beside_m: F64
    along_m: F64
    way_deg: F64


#: Which way a vehicle of unknown route drives on.
_LIKELY: tuple[Maneuver, ...] = ("straight", "left", "right", "uturn")


def main_connection(lane: Lane) -> Connection | None:
    """The movement that counts for a vehicle of unknown route in a lane: straight on before left before right."""
    return min(lane.connections, key=lambda each: _LIKELY.index(each.maneuver), default=None)
