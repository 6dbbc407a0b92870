"""Convoys put onto a road of SUMO, in motion, past its checks at insertion."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil
from typing import Any

from v2x.errors import TrafficError
from v2x.traffic.steered import Convoy, Road
from v2x.traffic.sumo_lanes import SumoLanes
from v2x.traffic.sumo_steering import SumoSteering
from v2x.traffic.sumo_vehicles import way

#: Who is less than this ahead of a convoy, at its speed, or behind it, at its own, is in the way, seconds (assumed).
CLEAR_S = 2.0
#: Nobody is looked for farther behind a convoy than this, metres.
_BEHIND_M = 100.0


def place_convoys(
    api: Any, lanes: SumoLanes, steering: SumoSteering, convoys: Sequence[Convoy], road: Road, apart_m: float
) -> list[str]:
    """Put convoys on the first edge of a road, see `v2x.traffic.steered.Steered.place`.

    Returns
    -------
    list
        Ids of the road users that were in the way, and are gone.

    Raises
    ------
    TrafficError
        With the path below ``platoon``.
    """
    placing = _Placing(api, lanes, steering, road)
    for convoy, (lane, front_m) in zip(convoys, placing.spots(convoys, apart_m), strict=True):
        placing.put(convoy, lane, front_m)
    return [gone for convoy in convoys for gone in placing.clear(convoy)]


class _Placing:
    """One call of `place_convoys`."""

    def __init__(self, api: Any, lanes: SumoLanes, steering: SumoSteering, road: Road) -> None:
        self._api, self._lanes, self._steering, self._road = api, lanes, steering, road
        self._routes: dict[str, list[str]] = {}

    def spots(self, convoys: Sequence[Convoy], apart_m: float) -> list[tuple[str, float]]:
        """Lane and front of each convoy."""
        for kind in sorted({kind for convoy in convoys for kind in convoy.kinds}):
            self._routes[kind] = way(self._api, self._road.route, kind, self._road.path)
            route = self._route_id(kind)
            if route not in self._api.route.getIDList():
                self._api.route.add(route, self._routes[kind])
        found: list[tuple[str, float]] = []
        lanes = self._lanes_in_order()
        start_m, length_m = self._road.start_at_m, self._lanes.length_m(lanes[0])
        longest_m = max(self._length_m(convoy) for convoy in convoys)
        if not longest_m <= start_m <= length_m:
            need = f"{ceil(10.0 * longest_m) / 10.0:.1f}"
            reason = f"'{self._road.route[0]}' must hold the whole platoon of {need} m: from {need} to {length_m:.1f}"
            raise TrafficError(reason, path=f"{self._road.path}.start_at_m")
        for lane in lanes:
            front_m = start_m
            for convoy in convoys[len(found) :]:
                rear_m = front_m - self._length_m(convoy)
                if rear_m < 0.0:
                    break
                found.append((lane, front_m))
                front_m = rear_m - apart_m
        if len(found) < len(convoys):
            reason = f"{len(found)} find room behind start_at_m, {apart_m:.1f} m apart, in {len(lanes)} usable lanes"
            raise TrafficError(reason, path=f"{self._road.path}.count")
        return found

    def _route_id(self, kind: str) -> str:
        return ".".join(["platoon", kind, *self._road.route])

    def _lanes_in_order(self) -> list[str]:
        """Lanes of the first edge that carry all kinds and lead on: the one asked for, then to its left and right."""
        edge, asked = self._road.route[0], self._road.lane
        classes = {self._api.vehicletype.getVehicleClass(kind) for kind in self._routes}
        next_edges = {edges[1] for edges in self._routes.values() if len(edges) > 1}
        good = [
            index
            for index in range(self._lanes.count(edge))
            if all(self._lanes.carries(f"{edge}_{index}", each) for each in classes)
            and all(self._lanes.leads_to(f"{edge}_{index}", there) for there in next_edges)
        ]
        if asked not in good:
            offers = ", ".join(map(str, good)) or "none"
            reason = f"no lane of '{edge}' that leads on along the route; those are: {offers}"
            raise TrafficError(reason, path=f"{self._road.path}.lane")
        order = sorted(good, key=lambda index: (index != asked, index < asked, abs(index - asked)))
        return [f"{edge}_{index}" for index in order]

    def _length_m(self, convoy: Convoy) -> float:
        return float(sum(map(self._api.vehicletype.getLength, convoy.kinds)) + sum(convoy.gaps_m))

    def put(self, convoy: Convoy, lane: str, front_m: float) -> None:
        """Have its vehicles there, in motion."""
        vehicle = self._api.vehicle
        gaps_m, ways = (0.0, *convoy.gaps_m), convoy.ways or (None,) * len(convoy.names)
        rows = zip(convoy.names, convoy.kinds, gaps_m, ways, strict=True)
        for number, (name, kind, gap_m, own) in enumerate(rows):
            front_m -= gap_m
            vehicle.add(name, self._route_id(kind), kind, depart="now")
            if own is not None:
                vehicle.setRoute(name, self._own_way(own, kind, f"platoon.members.{number}"))
            self._steering.take(name)
            vehicle.moveTo(name, lane, front_m)  # enters now, and nothing is checked
            vehicle.setPreviousSpeed(name, convoy.speed_mps, 0.0)
            vehicle.setSpeed(name, convoy.speed_mps)
            front_m -= vehicle.getLength(name)

    def _own_way(self, edges: tuple[str, ...], kind: str, path: str) -> list[str]:
        if edges[0] != self._road.route[0]:
            raise TrafficError(f"must begin on '{self._road.route[0]}' as the platoon does", path=f"{path}.route.0")
        return way(self._api, edges, kind, path)

    def clear(self, convoy: Convoy) -> Iterator[str]:
        """Remove who is between its vehicles, right ahead or right behind; yields their ids. Steered ones stay."""
        for name, gap_m in zip(convoy.names, (CLEAR_S * convoy.speed_mps, *convoy.gaps_m), strict=True):
            while (found := self._api.vehicle.getLeader(name, gap_m + 1.0)) and found[0]:
                if found[1] > gap_m or self._stays(found):
                    break
                yield self._remove(found[0])
        while (found := self._api.vehicle.getFollower(convoy.names[-1], _BEHIND_M))[0]:
            if found[1] > CLEAR_S * self._api.vehicle.getSpeed(found[0]) or self._stays(found):
                break
            yield self._remove(found[0])

    def _stays(self, found: tuple[str, float]) -> bool:
        if not self._steering.steers(found[0]):
            return False
        if found[1] < 0.0:
            raise TrafficError(f"'{found[0]}' is there already", path=f"{self._road.path}.start_at_m")
        return True

    def _remove(self, name: str) -> str:
        self._api.vehicle.remove(name)
        return name
