"""MAP: the geometry of the unit's own intersection, encoded once and sent with new stamps."""

from __future__ import annotations

from v2x.messages.model import Intersection, MapData
from v2x.messages.standing import Standing
from v2x.rng import Stream
from v2x.stations.roadside import Inputs, Said, Spoken, UnitSite
from v2x.stations.schedule import Schedule

#: Longest MAP in one frame: leaves room for header, signature and certificate (some 240 bytes, ``docs/framing.md``) in
#: the 1400 bytes that a packet may have.
MAX_MAP_BYTES = 1100
#: Of the unit's services the least urgent: an older MAP says the same (project choice).
PRIORITY = 1


class MapService:
    """MAP of the unit's own intersection; the geometry never changes during a run, so neither does the revision.

    Parameters
    ----------
    site
        The unit's installation.
    intersection
        Its geometry.
    """

    hears: frozenset[str] = frozenset()

    def __init__(self, site: UnitSite, intersection: Intersection, revision: int = 1) -> None:
        self._profile, self._read_clock = site.profile, site.read_clock
        self._intersection, self._revision = intersection, revision
        self._times = Schedule(site.config.map_rate_hz, Stream(site.seed, "rsu.map")).ticks(site.key)
        self._standing: list[Standing] = []

    @classmethod
    def at(cls, site: UnitSite) -> MapService | None:
        """The service of a site, None where there is no geometry."""
        return cls(site, site.intersection) if site.intersection is not None else None

    def step(self, start_ns: int, end_ns: int, inputs: Inputs) -> Spoken:  # noqa: ARG002
        """See `v2x.stations.roadside.Service`."""
        spoken = Spoken()
        for t_ns, count in self._times.due(start_ns, end_ns):
            frames = self.frames(count % 128, self._read_clock(t_ns))
            spoken.pc5 += [Said(t_ns, *frame, PRIORITY) for frame in frames]
        return spoken

    def frames(self, count: int, clock_ns: int) -> list[tuple[str, bytes]]:
        """Type and bytes of the MAP as of now: one frame, or the fragments of a long one (`v2x.messages.split`)."""
        if not self._standing:
            whole = MapData(count, clock_ns, self._revision, (self._intersection,))
            self._standing = [self._profile.standing(part) for part in self._profile.fitting(whole, MAX_MAP_BYTES)]
        return [(standing.type, standing.at(clock_ns, count)) for standing in self._standing]
