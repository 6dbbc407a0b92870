"""A small run, and those from outside who look at it or take part in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from v2x.links.waiting import Arrival
from v2x.messages.frame import Frames, Outgoing
from v2x.messages.model import NAN, Intersection, Lane, MapData
from v2x.messages.profile import get_profile
from v2x.outside import Guest, Nobody
from v2x.rng import key_of
from v2x.traffic.base import SignalHead, Snapshot

ORIGIN = {"crs": "wgs84", "lon_deg": 117.05, "lat_deg": 39.05}
SCENARIO = {
    "schema_version": 1,
    "name": "outside",
    "start_utc": "2026-03-02T00:59:58Z",
    "duration_s": 1.0,
    "profile": "j2735",
    "traffic": {"kind": "synthetic", "vehicles": 3, "speed_mps": 12.0, "accel_mps2": 0.0, "origin": ORIGIN},
    "stations": {"subjects": [{"vehicle": "veh*1"}], "server": {"enabled": False}},
    "links": {"pc5": {"kind": "ideal"}},
    "test": {"id": "t", "standard": "none", "clause": "none", "edition": "none", "stage": "virtual"},
}
LANE = Lane(1, "vehicle", True, np.array([[0.0, 0.0], [0.0, 50.0]]), 3.5)
STEP_NS = 100_000_000
NEAR = Guest("guest.obu", key_of("guest.obu"), 8.6, 11.1, 1.5)


class Onlooker(Nobody):
    """Looks at everything, says nothing."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, int]] = []
        self.frames: list[tuple[str, str]] = []
        self.events: list[tuple[int, str, str]] = []

    def begin(self, t_ns: int) -> Sequence[Guest]:
        self.calls.append(("begin", t_ns))
        return ()

    def seen(self, snapshot: Snapshot, heads: Sequence[SignalHead]) -> None:
        self.calls.append(("seen", snapshot.t_ns))

    def aired(self, frames: Frames, channel: str) -> None:
        self.calls.append(("aired", -1))
        self.frames += [(channel, name) for name in frames.station.tolist()]

    def noted(self, t_ns: int, station: str, kind: str, fields: dict[str, Any]) -> None:
        self.events.append((t_ns, station, kind))


class Visitor(Onlooker):
    """A guest that says one message in every step, and hears."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[Arrival] = []
        said = MapData(0, 1_772_413_198_000_000_000, 1, (Intersection(3, 22, "x", 39.05, 117.05, NAN, (LANE,)),))
        self._type, self._data = get_profile("j2735").encode(said)

    def begin(self, t_ns: int) -> Sequence[Guest]:
        return [NEAR]

    def arrived(self, arrivals: Sequence[Arrival]) -> None:
        self.heard += arrivals

    def spoken(self, start_ns: int, end_ns: int) -> Sequence[tuple[Guest, Outgoing]]:
        return [(NEAR, Outgoing(start_ns + 1, self._type, self._data))]
