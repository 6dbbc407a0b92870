"""The roadside unit, sans-IO: time and the controller's lights in, encoded messages out."""

from __future__ import annotations

from collections.abc import Callable

from v2x.messages.frame import Outgoing
from v2x.messages.model import Intersection, Notice
from v2x.messages.profile import Profile
from v2x.rng import Stream, key_of
from v2x.scenario.model import Rsu
from v2x.stations.notices import NoticeService
from v2x.stations.schedule import Schedule
from v2x.traffic.base import SignalHead
from v2x_roadside.services import MapService, SpatService


class RoadsideUnit:
    """One unit at one site.

    Parameters
    ----------
    name
        Id of the site, e.g. ``RSU-XI22``.
    place
        WGS-84 latitude, longitude (degrees) and antenna elevation (metres).
    profile
        Message family.
    config
        Rates.
    intersection
        Geometry for MAP, None where the site has none.
    spat
        (region, intersection number, name) for SPAT, None where no signal is attached.
    notices
        What this unit announces.
    read_clock
        Simulated time -> UTC nanoseconds that the unit's own clock shows.
    transmit_ns
        Delay from the message's instant to the radio.
    seed
        Seed of the run, for the phases of its schedules.
    """

    def __init__(
        self,
        name: str,
        place: tuple[float, float, float],
        profile: Profile,
        config: Rsu,
        *,
        intersection: Intersection | None,
        spat: tuple[int, int, str] | None,
        notices: tuple[Notice, ...],
        read_clock: Callable[[int], int],
        transmit_ns: int,
        seed: int,
    ) -> None:
        self.name, self.key = name, key_of(name)
        self._profile, self._read_clock, self._transmit_ns = profile, read_clock, transmit_ns
        self._map = MapService(profile, intersection) if intersection is not None else None
        self._spat = SpatService(profile, *spat) if spat is not None else None
        self._notices = NoticeService(self.key, place, notices)
        self._map_times = Schedule(config.map_rate_hz, Stream(seed, "rsu.map")).ticks(self.key)
        self._spat_times = Schedule(config.spat_rate_hz, Stream(seed, "rsu.spat")).ticks(self.key)
        self._notice_times = Schedule(config.notice_rate_hz, Stream(seed, "rsu.notice")).ticks(self.key)

    def poll(self, start_ns: int, end_ns: int, head: SignalHead | None) -> list[Outgoing]:
        """Everything to be said in [start, end), in no particular order.

        Parameters
        ----------
        start_ns, end_ns
            Simulated time.
        head
            What the signal controller shows at ``start_ns``, None without one.
        """
        out: list[Outgoing] = []
        if self._map is not None:
            for t_ns, count in self._map_times.due(start_ns, end_ns):
                frames = self._map.frames(count % 128, self._read_clock(t_ns))
                out += [self._outgoing(t_ns, *frame) for frame in frames]
        if self._spat is not None and head is not None:
            for t_ns, count in self._spat_times.due(start_ns, end_ns):
                frame = self._spat.frame(count % 128, t_ns, self._read_clock(t_ns), head)
                out.append(self._outgoing(t_ns, *frame))
        for t_ns, count in self._notice_times.due(start_ns, end_ns):
            information = self._notices.message(count, self._read_clock(t_ns))
            if information is not None:
                out.append(self._outgoing(t_ns, *self._profile.encode(information)))
        return out

    def _outgoing(self, t_ns: int, type_name: str, data: bytes) -> Outgoing:
        return Outgoing(t_ns + self._transmit_ns, type_name, data)
