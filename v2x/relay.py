"""Members of platoons over Uu: what one sends up, the server sends down to each other one of its circle."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import numpy as np

from v2x.links.base import Stations
from v2x.links.simulated import SimulatedMedium
from v2x.links.waiting import Arrivals
from v2x.messages.frame import Frames
from v2x.scene import mobiles
from v2x.stations.server import Server
from v2x.traffic.base import Snapshot

#: Most frames of which it is known who sent them: far more than are ever on their way.
_MOST = 1 << 16


class Relay:
    """The server's connections to members of platoons.

    Parameters
    ----------
    medium
        Where frames go.
    circles
        Number of each member's circle, by name.
    sent
        Told of everything that is sent, with its channel.
    """

    def __init__(
        self, medium: SimulatedMedium, circles: Mapping[str, int], sent: Callable[[Frames, str], None]
    ) -> None:
        self._medium, self._circles, self._sent = medium, circles, sent
        self._row: dict[str, int] = {}
        self._from: dict[bytes, str] = {}

    def connect(self, snapshot: Snapshot, besides: Collection[str]) -> Stations:
        """The modems of those who are in the field now; returned are those of whoever is not ``besides`` connected."""
        at = {name: row for name in self._circles if (row := snapshot.index_of(name)) is not None}
        self._row = {name: number for number, name in enumerate(at)}
        for lost in list(self._from)[: len(self._from) - _MOST]:  # the oldest: lost on the way up
            del self._from[lost]
        self._modems = mobiles(snapshot, np.array(list(at.values()), np.intp))
        return self._modems.take(np.array([row for name, row in self._row.items() if name not in besides], np.intp))

    def up(self, frames: Frames) -> None:
        """Members send to the server, in order of time."""
        if len(frames):
            names = frames.station.tolist()
            self._from |= zip(frames.data, names, strict=True)
            self._sent(frames, "uu_uplink")
            rows = self._modems.take(np.array([self._row[name] for name in names], np.intp))
            self._medium.unicast(frames, "uplink", rows, [Server.name] * len(names), urgent=True)

    def down(self, arrivals: Arrivals) -> Arrivals:
        """Send on at once what has arrived at the server; returned is what has arrived at members."""
        here = arrivals.receiver == Server.name
        copies = [
            (arrival, other)
            for arrival in arrivals.take(here).one_by_one()
            for name in (self._from.pop(arrival.data),)
            for other in self._row
            if other != name and self._circles[other] == self._circles[name]
        ]
        if copies:
            frames = Frames(
                t_ns=np.array([arrival.t_ns for arrival, _ in copies], np.int64),
                station=np.full(len(copies), Server.name, object),
                key=np.full(len(copies), Server.key, np.uint64),
                type=np.array([arrival.type for arrival, _ in copies], object),
                data=[arrival.data for arrival, _ in copies],
                x_m=np.full(len(copies), np.nan),
                y_m=np.full(len(copies), np.nan),
            )
            self._sent(frames, "uu_downlink")
            rows = self._modems.take(np.array([self._row[other] for _, other in copies], np.intp))
            self._medium.unicast(frames, "downlink", rows, [other for _, other in copies], urgent=True)
        return arrivals.take(~here)
