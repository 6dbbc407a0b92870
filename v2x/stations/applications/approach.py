"""Where the own vehicle is on the lanes of a MAP, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from v2x.geo import turn_deg
from v2x.messages.model import Connection, Intersection, Lane, LaneKind, Maneuver, MapData
from v2x.stations.applications.ground import Ground
from v2x.stations.applications.motion import Own
from v2x.stations.applications.shared import SHARED
from v2x.stations.base import View

F64 = NDArray[np.float64]

#: (region, intersection).
Place = tuple[int, int]

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
        self._known: dict[Place, _Layout] = {}

    def hear(self, view: View) -> None:
        """Take in what has arrived."""
        for received in view.inbox.received:
            if isinstance(received.message, MapData):
                self._take(received.message)

    def _take(self, message: MapData) -> None:
        for part in message.intersections:
            place = part.region, part.id
            known = self._known.get(place)
            whole = message.fragment == (1, 1) or known is None or known.revision != message.revision
            lanes = {} if whole or known is None else known.lanes
            self._known[place] = _Layout(part, message.revision, lanes | {lane.id: lane for lane in part.lanes})

    def match(self, own: Own, way: Literal["in", "out"] = "in") -> Matched | None:
        """The lanes that lead to (or away from) an intersection and that the vehicle may be in, None if in no MAP's."""
        found = [match for layout in self._known.values() if (match := layout.match(own, way)) is not None]
        return min(found, key=lambda each: abs(each.to_line_m), default=None)


class _Layout:
    """Lanes of one intersection, with their segments in columns."""

    def __init__(self, intersection: Intersection, revision: int, lanes: dict[int, Lane]) -> None:
        self.revision, self.lanes = revision, lanes
        self._place = intersection.region, intersection.id
        self._ground = Ground.at(intersection.lat_deg, intersection.lon_deg)
        self._reach_m = max((float(np.hypot(*lane.points_m.T).max()) for lane in lanes.values()), default=0.0)
        self._segments = {way: _Segments.of(lanes, way) for way in ("in", "out")}
        self._marks_on_red = any(each.on_red for lane in lanes.values() for each in lane.connections)

    def match(self, own: Own, way: Literal["in", "out"]) -> Matched | None:
        at_m = self._ground.metres(own.lat_deg, own.lon_deg)[0]
        segments = self._segments[way]
        if segments is None or np.hypot(*at_m) > self._reach_m + own.length_m:
            return None
        kinds: tuple[LaneKind, ...] = ("vehicle", "bike") if own.vehicle_class in _RIDERS else ("vehicle",)
        sigma_m = float(np.hypot(own.sigma_m, SHARED.wander_m))
        chances: dict[int, tuple[float, float]] = {}
        for lane_id, beside_m, along_m, way_deg in segments.nearest(at_m):
            lane = self.lanes[lane_id]
            turned = abs(float(turn_deg(own.heading_deg, way_deg)))
            if lane.kind not in kinds or turned > SHARED.lane_way_deg:
                continue
            if beside_m > _half_m(lane) + _FAR_SIGMAS * sigma_m:
                continue
            chances[lane_id] = float(np.exp(-0.5 * (beside_m / sigma_m) ** 2)), along_m
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
    lane
        Lane ids, and ``first`` the row at which each one's run begins.
    start_m, step_m
        Beginning and vector of each segment, away from the intersection, (m, 2).
    along_m
        Way along the lane from the intersection to the beginning.
    way_deg
        Heading in which the segment is driven.
    """

    lane: list[int]
    first: NDArray[np.intp]
    start_m: F64
    step_m: F64
    along_m: F64
    way_deg: F64

    @classmethod
    def of(cls, lanes: dict[int, Lane], way: str) -> _Segments | None:
        """Those of the lanes that lead in or out, None if there are none."""
        chosen = [lane for lane in lanes.values() if lane.ingress == (way == "in") and lane.kind != "crosswalk"]
        if not chosen:
            return None
        steps = [np.diff(lane.points_m, axis=0) for lane in chosen]
        lengths = [np.hypot(*step.T) for step in steps]
        counts = np.array([len(step) for step in steps])
        first = np.concatenate(([0], np.cumsum(counts)[:-1]))
        step_m = np.concatenate(steps)
        sign = -1.0 if way == "in" else 1.0
        return cls(
            [lane.id for lane in chosen],
            first,
            np.concatenate([lane.points_m[:-1] for lane in chosen]),
            step_m,
            np.concatenate([np.concatenate(([0.0], np.cumsum(length)[:-1])) for length in lengths]),
            np.degrees(np.arctan2(sign * step_m[:, 0], sign * step_m[:, 1])),
        )

    def nearest(self, at_m: F64) -> list[tuple[int, float, float, float]]:
        """Of each lane: its id, distance beside it, way along it from the intersection, heading there."""
        length = np.maximum(np.hypot(*self.step_m.T), 1e-9)
        share = ((at_m - self.start_m) * self.step_m).sum(axis=1) / length**2
        share = np.clip(share, 0.0, 1.0)
        beside = np.hypot(*(at_m - self.start_m - share[:, None] * self.step_m).T)
        ends = np.append(self.first[1:], len(beside))
        rows = [int(a + np.argmin(beside[a:b])) for a, b in zip(self.first, ends, strict=True)]
        along = self.along_m + share * length
        return [
            (lane, float(beside[row]), float(along[row]), float(self.way_deg[row]))
            for lane, row in zip(self.lane, rows, strict=True)
        ]


#: Which way a vehicle of unknown route drives on.
_LIKELY: tuple[Maneuver, ...] = ("straight", "left", "right", "uturn")


def main_connection(lane: Lane) -> Connection | None:
    """The movement that counts for a vehicle of unknown route in a lane: straight on before left before right."""
    return min(lane.connections, key=lambda each: _LIKELY.index(each.maneuver), default=None)
