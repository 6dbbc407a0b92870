"""All traffic over Uu: subjects and roadside units send to the server, the server answers subjects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from v2x.assembly import PlacedUnit
from v2x.links.base import Stations
from v2x.links.medium import Medium
from v2x.messages.frame import Frames, Outgoing, Sender
from v2x.scene import antennas, mobiles
from v2x.stations.server import Server
from v2x.traffic.base import Snapshot

#: Called with frames and channel before they are sent.
Sent = Callable[[Frames, str], None]


class Cloud:
    """The server's connections.

    Parameters
    ----------
    server
        The server.
    medium
        Where frames go.
    units
        The roadside units, all of which have a modem.
    sent
        Told of everything that is sent.
    """

    def __init__(self, server: Server, medium: Medium, units: Sequence[PlacedUnit], sent: Sent) -> None:
        self._server, self._medium, self._sent = server, medium, sent
        talking = [placed for placed in units if placed.unit.uplinks]
        self._units = antennas(talking)
        self._unit_names = [placed.unit.name for placed in talking]

    def connect(self, snapshot: Snapshot, online: Mapping[str, int]) -> Stations:
        """The modems in the field now.

        Parameters
        ----------
        snapshot
            Who is where.
        online
            Subjects with a modem that are in the field, and their rows in the snapshot.
        """
        vehicles = mobiles(snapshot, np.array(list(online.values()), np.intp))
        self._online, self._modems = list(online), Stations.merge([vehicles, self._units])
        return self._modems

    def exchange(
        self, start_ns: int, until_ns: int, said: Frames, forwarded: Sequence[tuple[Outgoing, Sender]]
    ) -> None:
        """One step.

        Parameters
        ----------
        start_ns, until_ns
            Begin and end of the step.
        said
            The fleet's BSMs, of which the subjects' go up as well.
        forwarded
            What roadside units send up.
        """
        online, modems = self._online, self._modems
        # all at once: a cell serves vehicles and units in the order of time
        up = Frames.merge([self._server.uplinked(said, online), Frames.by(forwarded)])
        if len(up):
            row_of = {name: row for row, name in enumerate([*online, *self._unit_names])}
            rows = np.array([row_of[name] for name in up.station.tolist()], np.intp)
            self._sent(up, "uu_uplink")
            self._medium.unicast(up, "uplink", modems.take(rows), [Server.name] * len(up))
        notices = self._server.poll(start_ns, until_ns)
        if notices and online:
            copies = [outgoing for outgoing in notices for _ in online]
            down = Frames.of(copies, Server.name, Server.key, float("nan"), float("nan"))
            rows = np.array([*range(len(online))] * len(notices), np.intp)
            self._sent(down, "uu_downlink")
            self._medium.unicast(down, "downlink", modems.take(rows), [*online] * len(notices))
