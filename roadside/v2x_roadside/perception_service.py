"""RSM or SDSM: the road users that the unit perceives; and the queues that it finds among them."""

from __future__ import annotations

import numpy as np

from v2x.clock import NS_PER_S
from v2x.messages.model_perception import Source
from v2x.messages.object_frames import KINDS, SOURCES, ObjectColumns, ObjectFrames
from v2x.rng import Stream
from v2x.scenario.model_perception import Perception
from v2x.stations.roadside import Inputs, Said, Spoken, UnitSite
from v2x.stations.schedule import Schedule
from v2x.stations.sightings import SEEN
from v2x_roadside.fusion import FORGOTTEN_NS, Fusion
from v2x_roadside.heard import Ears
from v2x_roadside.lane_map import LaneMap
from v2x_roadside.queue_watch import QueueWatch
from v2x_roadside.tracks import Tracks

#: After the lights, before what stands for longer (project choice).
PRIORITY = 5
#: Of 95 % of a normal distribution in one dimension, and of the distance in two (both equal): standard deviations.
_LINE_95, _PLANE_95 = 1.96, 2.448
#: Largest bounds that messages can say: position and speed (DE_PositionConfidence, DE_SpeedConfidence), heading.
_LARGEST_M, _LARGEST_MPS, _LARGEST_DEG = 500.0, 100.0, 10.0
#: The course is no surer than this, however fast, and below this speed no less sure than standing. Assumed.
_SUREST_DEG, _SLOWEST_MPS = 1.0, 0.1
#: Fastest that messages can say, m/s (SAE J2735 Speed).
_FASTEST_MPS = 163.8
#: Code of what is seen -> code in messages.
_KIND = np.array([KINDS.index(kind) for kind in SEEN])


class PerceptionService:
    """Perceived objects of one unit.

    Parameters
    ----------
    site
        The unit's installation.
    config
        Its sensor and what it tells.
    """

    hears = frozenset({"BSM", "PSM"})

    def __init__(self, site: UnitSite, config: Perception) -> None:
        lat, lon, _ = site.place
        self._read_clock, self._config = site.read_clock, config
        self._ears = Ears(lat, lon, config.view.far_m)
        self._frames = ObjectFrames(site.profile, site.key & 0xFFFFFFFF, lat, lon)
        self._fusion = Fusion(config.queues.standing_mps if config.queues is not None else 0.0)
        self._times = Schedule(config.message_rate_hz, Stream(site.seed, "rsu.perception")).ticks(site.key)
        self._said = 0
        self._watch: QueueWatch | None = None
        if config.queues is not None and site.intersection is not None:
            lanes = LaneMap(site.intersection, (lat, lon))
            self._watch = QueueWatch(config.queues, site, lanes)
        self._watched_ns = 0

    @classmethod
    def at(cls, site: UnitSite) -> PerceptionService | None:
        """The service of a site, None where there is no sensor."""
        return cls(site, site.config.perception) if site.config.perception is not None else None

    def step(self, start_ns: int, end_ns: int, inputs: Inputs) -> Spoken:
        """See `v2x.stations.roadside.Service`."""
        self._perceive(start_ns, inputs)
        spoken = Spoken()
        for t_ns, _ in self._times.due(start_ns, end_ns):
            spoken.pc5 += self._say(t_ns)
        return spoken

    def _perceive(self, t_ns: int, inputs: Inputs) -> None:
        """Bring the tracks up to date."""
        now_ns, fusion = self._read_clock(t_ns), self._fusion
        fusion.move(now_ns)
        for scan in inputs.scans:
            age_ns = now_ns - self._read_clock(scan.t_ns) + scan.age_ns
            fusion.take(now_ns, scan.objects, np.full(len(scan.objects), age_ns), "sensor")
        said, age_of_each_ns = self._ears.heard(inputs.inbox, now_ns)
        fusion.take(now_ns, said, age_of_each_ns, "self")
        if self._watch is not None and t_ns - self._watched_ns >= NS_PER_S:
            self._watched_ns = t_ns
            self._watch.look(fusion.tracks.take(fusion.sure()), now_ns)

    def _say(self, t_ns: int) -> list[Said]:
        """What the unit knows at ``t_ns``, in as few frames as hold it."""
        utc_ns, tracks = self._read_clock(t_ns), self._told()
        if not len(tracks):
            return []
        tracks.move(utc_ns)
        frames = self._frames.encode(self._said, utc_ns, _columns(tracks, self._config.kind))
        self._said += len(frames)
        return [Said(t_ns, self._frames.type, data, PRIORITY) for data in frames]

    def _told(self) -> Tracks:
        """A copy of the tracks that are worth telling: vulnerable road users first, then the nearest."""
        tracks = self._fusion.tracks
        range_m = np.hypot(tracks.east_m, tracks.north_m)
        rows = np.flatnonzero(self._fusion.sure() & (range_m <= self._config.view.far_m))
        order = np.lexsort((tracks.id[rows], range_m[rows], tracks.kind[rows] == SEEN.index("vehicle")))
        return tracks.take(rows[order[: self._config.max_objects]])


def _columns(tracks: Tracks, sensor: Source) -> ObjectColumns:
    """Tracks as messages say them; bounds that are too wide for a message are its widest."""
    speed_mps, kind = tracks.speed_mps, tracks.kind
    place_m = _PLANE_95 * np.sqrt(np.maximum(tracks.place_m2, tracks.floor_m2))
    pace_mps = _LINE_95 * np.sqrt(tracks.pace_m2ps2)
    course_deg = np.degrees(pace_mps / np.maximum(speed_mps, _SLOWEST_MPS))
    seen = tracks.t_ns - tracks.seen_ns <= FORGOTTEN_NS
    told = tracks.t_ns - tracks.heard_ns <= FORGOTTEN_NS
    alone, by_itself, both = (SOURCES.index(source) for source in (sensor, "v2x", "fused"))
    return ObjectColumns(
        id=tracks.id,
        kind=_KIND[kind],
        kind_confidence=tracks.kinds[np.arange(len(tracks)), kind],
        source=np.where(seen, np.where(told, both, alone), by_itself),
        temporary_id=tracks.heard,
        named=told,
        east_m=tracks.east_m,
        north_m=tracks.north_m,
        position_confidence_m=np.minimum(place_m, _LARGEST_M),
        speed_mps=np.minimum(speed_mps, _FASTEST_MPS),
        speed_confidence_mps=np.minimum(pace_mps, _LARGEST_MPS),
        heading_deg=tracks.heading_deg,
        heading_confidence_deg=np.clip(course_deg, _SUREST_DEG, _LARGEST_DEG),
        width_m=tracks.width_m,
        length_m=tracks.length_m,
    )
