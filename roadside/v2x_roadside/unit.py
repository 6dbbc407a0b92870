"""The roadside unit, sans-IO: time and what has arrived in, frames and wishes out."""

from __future__ import annotations

from v2x.messages.frame import Outgoing
from v2x.registry import Registry
from v2x.stations.roadside import Inputs, Said, Service, Spoken, Transmissions, UnitSite
from v2x_roadside.cloud_link import CloudLink
from v2x_roadside.radio_queue import RadioQueue

#: What a unit can do: the ``at(site)`` of each class gives the service of a site, or None where it has no use.
SERVICES = Registry(
    "v2x.services",
    {
        "map": "v2x_roadside.map_service:MapService",
        "spat": "v2x_roadside.spat_service:SpatService",
        "priority": "v2x_roadside.priority_service:PriorityService",
        "notices": "v2x_roadside.notice_service:AnnouncementService",
        "perception": "v2x_roadside.perception_service:PerceptionService",
        "repeat": "v2x_roadside.repeat_service:RepeatService",
    },
)


class RoadsideUnit:
    """One unit at one site: its services, and the order in which they get the radio.

    Parameters
    ----------
    site
        Its installation.
    """

    def __init__(self, site: UnitSite) -> None:
        self.name, self.key = site.name, site.key
        self._transmit_ns, self._event = site.transmit_ns, site.event
        made = [SERVICES.load(name).at(site) for name in SERVICES.names()]
        self._services: list[Service] = [service for service in made if service is not None]
        self._radio = RadioQueue(site.config.radio, self._late)
        self._cloud = CloudLink(site.config.cloud, self._too_many) if site.config.cloud is not None else None
        self.hears = frozenset[str]().union(*(service.hears for service in self._services))
        self.uplinks = self._cloud is not None
        if self._cloud is not None:
            self.hears |= self._cloud.hears

    def step(self, start_ns: int, end_ns: int, inputs: Inputs) -> Transmissions:
        """See `v2x.stations.roadside.Roadside`."""
        spoken = Spoken()
        for service in self._services:
            some = service.step(start_ns, end_ns, inputs)
            spoken.pc5 += some.pc5
            spoken.wishes += some.wishes
        passed = [] if self._cloud is None else self._cloud.pass_on(start_ns, inputs.inbox, spoken.pc5)
        on_air = self._radio.send(spoken.pc5, end_ns, inputs.busy)
        return Transmissions(self._outgoing(on_air), self._outgoing(passed), spoken.wishes)

    def _outgoing(self, said: list[Said]) -> list[Outgoing]:
        return [Outgoing(each.t_ns + self._transmit_ns, each.type, each.data) for each in said]

    def _late(self, said: Said) -> None:
        self._event("radio.dropped", {"type": said.type, "priority": said.priority})

    def _too_many(self, frames: int) -> None:
        self._event("cloud.dropped", {"frames": frames})
