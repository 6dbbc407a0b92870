"""RSI or TIM: what the scenario has this unit announce, and what the unit itself has found."""

from __future__ import annotations

from v2x.rng import Stream
from v2x.stations.notices import NoticeService
from v2x.stations.roadside import Inputs, Said, Spoken, UnitSite
from v2x.stations.schedule import Schedule

#: Before MAP, after what moves (project choice).
PRIORITY = 3


class AnnouncementService:
    """Notices of one unit.

    Parameters
    ----------
    site
        The unit's installation.
    """

    hears: frozenset[str] = frozenset()

    def __init__(self, site: UnitSite) -> None:
        self._profile, self._read_clock = site.profile, site.read_clock
        self._notices, self._found = NoticeService(site.key, site.place, site.notices), site.found
        self._times = Schedule(site.config.notice_rate_hz, Stream(site.seed, "rsu.notice")).ticks(site.key)

    @classmethod
    def at(cls, site: UnitSite) -> AnnouncementService | None:
        """The service of a site, None where there is nothing to announce."""
        perception = site.config.perception
        finds = perception is not None and perception.queues is not None
        return cls(site) if site.notices or finds else None

    def step(self, start_ns: int, end_ns: int, inputs: Inputs) -> Spoken:  # noqa: ARG002
        """See `v2x.stations.roadside.Service`."""
        spoken = Spoken()
        for t_ns, count in self._times.due(start_ns, end_ns):
            information = self._notices.message(count, self._read_clock(t_ns), self._found)
            if information is not None:
                spoken.pc5.append(Said(t_ns, *self._profile.encode(information), PRIORITY))
        return spoken
