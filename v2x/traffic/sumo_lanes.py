"""What never changes about SUMO's lanes, asked once."""

from __future__ import annotations

from functools import cache
from typing import Any


class SumoLanes:
    """Looks lanes up by their id.

    Parameters
    ----------
    api
        libsumo or traci, started.
    """

    def __init__(self, api: Any) -> None:
        self._api = api
        self.length_m = cache(self._length_m)
        self.carries = cache(self._carries)
        self.count = cache(self._count)

    def _length_m(self, lane: str) -> float:
        """Length of a lane."""
        return float(self._api.lane.getLength(lane))

    def _carries(self, lane: str, vehicle_class: str) -> bool:
        """Whether vehicles of SUMO's class may use a lane."""
        return vehicle_class not in self._api.lane.getDisallowed(lane)

    def _count(self, edge: str) -> int:
        """Number of an edge's lanes."""
        return int(self._api.edge.getLaneNumber(edge))

    def leads_to(self, lane: str, edge: str) -> bool:
        """Whether a lane goes over into an edge without a lane change."""
        return any(link[0].rpartition("_")[0] == edge for link in self._api.lane.getLinks(lane))
