"""One run: the step that moves traffic, delivers what has arrived, lets stations speak and records it all.

Data flows one way through a step: clock -> traffic -> medium -> stations -> encoder -> links -> record.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from typing import Any

import numpy as np

from v2x.assembly import (
    clock_of,
    identities_of,
    medium_of,
    notices_of,
    pace_of,
    platoons_of,
    remote_of,
    roadside_of,
    station_names,
)
from v2x.clock import NS_PER_S
from v2x.cloud import Cloud
from v2x.control_steps import ControlSteps
from v2x.errors import CodecError, TrafficError
from v2x.field.model import Field
from v2x.geo import Plane
from v2x.links.base import LinkNote, Stations
from v2x.links.medium import Medium
from v2x.links.waiting import Arrival
from v2x.messages.frame import Frames
from v2x.messages.model import Notice
from v2x.messages.profile import get_profile
from v2x.outside import Nobody, Outside, require_driver
from v2x.platooning.crew import names_of
from v2x.platooning.platoons import Platoons
from v2x.reception import Reception
from v2x.record.digest import Digest
from v2x.record.folder import SUMO_LOG
from v2x.record.recorder import Recorder
from v2x.relay import Relay
from v2x.remote.drive import NAME as REMOTE
from v2x.remote.drive import RemoteDrive
from v2x.rng import key_of
from v2x.scenario.model import Scenario
from v2x.scene import SceneMaker, mobiles, sender_of
from v2x.stations.base import EMPTY, EventSink, Inbox
from v2x.stations.fleet import Fleet
from v2x.stations.notices import NoticeService
from v2x.stations.pace import Pace
from v2x.stations.personal import PersonalDevices
from v2x.stations.sensors import Sensors
from v2x.stations.server import Server
from v2x.stations.temporary_ids import TemporaryIds
from v2x.subjects import Subjects
from v2x.traffic.base import KINDS, SignalHead, Snapshot, Traffic, name_taken
from v2x.traffic.build import build_traffic, plane_of
from v2x.traffic.lights import LightChanges
from v2x.traffic.mirrored import mirrored
from v2x.traffic.steered import steered
from v2x.units import Units

#: Called once a step with the simulated time and the number of road users.
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Outcome:
    """What a finished run leaves besides its folder."""

    digest: str
    statistics: dict[str, float]


@dataclass(frozen=True)
class Recorded:
    """A run that has been, in place of a simulated one: what moved in it, and what arrived. Nobody can change it.

    Vehicles that were driven by platoons or from afar move as they did then, and say nothing of it.
    """

    traffic: Traffic
    medium: Medium


class Simulation:
    """A scenario, ready to run once.

    Parameters
    ----------
    scenario, field
        What to run and where (None for a recording on a plane of its own).
    writer
        The run folder.
    engine, gui
        ``libsumo`` or ``traci``, and whether to open sumo-gui.
    outside
        What takes part from outside the process.
    recorded
        What stations see and hear instead of traffic and links of their own.
    """

    def __init__(
        self,
        scenario: Scenario,
        field: Field | None,
        writer: Recorder,
        *,
        engine: str = "libsumo",
        gui: bool = False,
        outside: Outside | None = None,
        recorded: Recorded | None = None,
    ) -> None:
        if recorded is None:
            require_driver(scenario, outside)
        self._scenario, self._writer, self._outside = scenario, writer, outside or Nobody()
        self._t_ns = 0
        self._clock = clock_of(scenario)
        plane = plane_of(scenario, field)
        self._profile = get_profile(scenario.profile)
        self._sensors = Sensors(scenario.sensors, scenario.seed)
        roadside = roadside_of(scenario, field, plane, self._profile, self._sensors, self._sink)
        self._taken = station_names(field, roadside)
        self._scenes = SceneMaker(roadside, plane, self._clock.step_ns)
        self._lights = LightChanges(field)
        pace, identities = pace_of(scenario, plane), identities_of(scenario, self._profile)
        self._traffic: Traffic
        self._medium: Medium
        self._platoons: Platoons | None = None
        self._remote: RemoteDrive | None = None
        self._control: ControlSteps | None = None
        self._relay: Relay | None = None
        if recorded is not None:
            self._traffic, self._medium = recorded.traffic, recorded.medium
        else:
            log = writer.folder / SUMO_LOG
            self._traffic = build_traffic(
                scenario, field, plane, self._clock, engine=engine, gui=gui, log_file=log, taken=self._taken
            )
            self._build_links(field, plane, pace, identities)
        self._subjects = Subjects(
            *(scenario.stations.subjects, self._profile, self._clock, scenario.seed, self._sensors.transmit_ns),
            self._read_clock,
            self._sink,
        )
        self._equipped = set(names_of(scenario.platoon)) if scenario.platoon else set()
        self._equipped |= {REMOTE} if scenario.remote else set()
        self._fleet = Fleet(
            *(scenario.stations.obu, pace, self._sensors, self._profile, self._clock, identities),
            scenario.seed,
            self._equipped,
        )
        self._devices = PersonalDevices(
            scenario.stations.vru, scenario.sensors, self._profile, self._clock, scenario.seed
        )
        self._server = self._build_server(notices_of(scenario, plane, "uu"))
        self._cloud = Cloud(self._server, self._medium, roadside, self._sent) if self._server else None
        self._units = Units(roadside, self._medium.busy)
        self._hears = self._units.hears | {Server.name: Server.hears}
        self._reception = Reception(self._profile, self._read_clock, self._unreadable)
        self._digest = Digest()

    def _build_links(self, field: Field | None, plane: Plane, pace: Pace, identities: TemporaryIds) -> None:
        """The links, and whoever is driven over them."""
        group = platoons_of(self._scenario, self._profile, identities, self._unreadable, self._sink)
        urgent = group.urgent if group else frozenset()
        self._medium = medium = medium_of(
            self._scenario, field, self._profile, self._writer.append, pace.interval_ms, urgent
        )
        if group is not None:
            self._platoons = group
            self._relay = Relay(medium, group.circles, self._sent) if group.over_uu else None
            self._control = ControlSteps(group, medium, self._relay, self._broadcast, self._sensors.hold_ns)
        self._remote = remote_of(self._scenario, field, plane, medium.carry, self._sink)

    def _build_server(self, notices: tuple[Notice, ...]) -> Server | None:
        config = self._scenario.stations.server
        if not config.enabled:
            return None
        place = (0.0, 0.0, float("nan")) if not notices else (notices[0].lat_deg, notices[0].lon_deg, float("nan"))
        service = NoticeService(Server.key, place, notices)
        return Server(config, self._profile, service, self._clock, self._scenario.seed, self._sink(Server.name))

    @property
    def units(self) -> Set[str]:
        """Names of its roadside units."""
        return self._units.names

    @property
    def subjects(self) -> Set[str]:
        """Names of all subjects that have taken their seats."""
        return self._subjects.names

    def run(self, progress: Progress | None = None) -> Outcome:
        """Run to the end.

        Raises
        ------
        InputError
            If the traffic source or a message value is not usable.
        RunError
            If SUMO dies or the disk is full. What was recorded stays.
        """
        try:
            with self._traffic:
                self._traffic.start()
                if self._control is not None:
                    self._control.begin(steered(self._traffic))
                if self._remote is not None:
                    self._remote.begin(steered(self._traffic), mirrored(self._traffic))
                gc.collect()
                gc.freeze()  # what is there now stays for the run: the collector need not walk it again and again
                for t_ns in self._clock.steps():
                    self._t_ns = t_ns
                    if t_ns % NS_PER_S == 0:
                        self._medium.flush(t_ns)
                        self._hand_over(t_ns)
                        self._writer.flush(t_ns)
                    users = self._step(t_ns)
                    if progress is not None:
                        progress(self._end_ns, users)
                statistics = self._traffic.statistics()
            self._medium.close(self._clock.duration_ns)
        finally:  # what is left of a second when somebody interrupts it, too
            gc.unfreeze()
            self._hand_over(_EVER_NS)
        self._writer.flush(self._clock.duration_ns)
        return Outcome(self._digest.hexdigest(), statistics | self._medium.statistics())

    def _hand_over(self, t_ns: int) -> None:
        """Give the recorder what others gather for it and is settled at ``t_ns``."""
        self._medium.hand_over()
        if self._platoons is not None and (rows := self._platoons.record()) is not None:
            self._writer.append("control", rows)
        if self._remote is not None:
            for table, columns in self._remote.record(t_ns):
                self._writer.append(table, columns)

    # ------------------------------------------------------------------ the step

    def _step(self, t_ns: int) -> int:
        """One step; how many road users there are."""
        guests = self._outside.begin(t_ns)
        visitors = {guest.name for guest in guests}
        snapshot, heads = self._traffic.step(t_ns), self._traffic.signals()
        self._check_names(snapshot)
        self._outside.seen(snapshot, heads)
        self._record_truth(snapshot, heads)
        for name, subject in self._subjects.seat(snapshot):
            self._hears[name] = subject.hears
            self._equipped.add(name)
        inboxes = self._deliver(t_ns, visitors)
        said, driving = self._subjects.run(snapshot, inboxes)
        units = self._units.run(snapshot, self._end_ns, heads, inboxes, self._outside.orders())
        if self._server is not None:
            self._server.on_step(t_ns, inboxes.get(Server.name, EMPTY))
        equipped, carried = self._fleet.equipped(snapshot), self._devices.carried(snapshot)
        emission = self._fleet.emit(snapshot, equipped)
        self._subjects.sense(emission)
        said += [(outgoing, sender_of(guest)) for guest, outgoing in self._outside.spoken(t_ns, self._end_ns)]
        frames = Frames.merge([emission.frames, self._devices.emit(snapshot, carried), Frames.by(said + units.pc5)])
        scene, names = self._scenes.scene(snapshot, equipped | carried, guests)
        observed = self._units.names | self._subjects.names | visitors
        circles = self._platoons.circles if self._platoons else {}
        self._medium.enter(scene, names, observed, self._hears.keys() | visitors, circles)
        self._connect(snapshot)
        if self._control is None:
            self._broadcast(frames, self._end_ns)
        else:
            self._control.take(snapshot, self._end_ns, frames)
        if self._remote is not None:
            looks = self._remote.take(snapshot, self._end_ns, self._outside.words(self._end_ns))
            self._outside.shown(looks)
        if self._cloud is not None:
            self._cloud.exchange(t_ns, self._end_ns, emission.frames, units.uplink)
        self._log_notes(self._medium.notes())
        self._traffic.steer([*driving, *units.commands])
        return len(snapshot)

    @property
    def _end_ns(self) -> int:
        """End of the step."""
        return self._t_ns + self._clock.step_ns

    def _check_names(self, snapshot: Snapshot) -> None:
        names = snapshot.id.tolist()
        if not self._taken.keys().isdisjoint(names):
            name = next(name for name in names if name in self._taken)
            raise TrafficError(name_taken(name, self._taken[name]))

    def _deliver(self, t_ns: int, visitors: Set[str]) -> dict[str, Inbox]:
        """What has arrived: decoded for our stations, as it is for those outside."""
        arrivals = self._medium.due(t_ns, self._sensors.hold_ns)
        if visitors:
            self._outside.arrived([arrival for arrival in arrivals if arrival.receiver in visitors])
            arrivals = [arrival for arrival in arrivals if arrival.receiver not in visitors]
        return self._reception.inboxes(arrivals, self._hears)

    # ------------------------------------------------------------------ connections

    def _connect(self, snapshot: Snapshot) -> None:
        """Tell the medium who has a connection over Uu, before anything is sent there."""
        modems, online = list[Stations](), self._subjects.online(snapshot) if self._cloud is not None else {}
        if self._cloud is not None:
            modems.append(self._cloud.connect(snapshot, online))
        if self._relay is not None:
            modems.append(self._relay.connect(snapshot, online))
        if self._remote is not None:
            modem = mobiles(snapshot, np.array([snapshot.index_of(REMOTE)], np.intp))
            self._remote.connect(snapshot.t_ns, modem)
            modems.append(modem)
        if modems:
            self._medium.move(snapshot.t_ns, Stations.merge(modems))

    def _broadcast(self, frames: Frames, until_ns: int) -> None:
        self._sent(frames, "pc5")
        self._medium.broadcast(frames, until_ns)

    # ------------------------------------------------------------------ record

    def _sent(self, frames: Frames, channel: str) -> None:
        """Frames as they are handed to a radio."""
        self._digest.frames(frames.t_ns, frames.station, frames.data)
        self._outside.aired(frames, channel)

    def _record_truth(self, snapshot: Snapshot, heads: Sequence[SignalHead]) -> None:
        columns = snapshot.columns()
        del columns["key"]
        self._writer.append("states", {"t_ns": snapshot.t_ns, **columns, "type": _KIND_NAMES[snapshot.type]})
        self._digest.states(
            snapshot.id,
            (snapshot.x_m, 1e-3),
            (snapshot.y_m, 1e-3),
            (snapshot.speed_mps, 1e-3),
            (snapshot.heading_deg, 1e-2),
        )
        for table, rows in self._lights.of(snapshot.t_ns, heads).items():
            self._writer.append(table, rows)
        for note in self._traffic.notes():
            self._sink("traffic")(note["kind"], {key: value for key, value in note.items() if key != "kind"})

    def _log_notes(self, notes: Sequence[LinkNote]) -> None:
        """What happened to connections over Uu."""
        if not notes:
            return
        members = self._platoons.circles if self._platoons else {}
        names = {
            key_of(name): name for name in (*self._subjects.names, *self._units.names, *members, REMOTE)
        }  # also of those that have left
        for note in notes:
            self._sink(names[note.station])(note.kind, {"t_ns": note.t_ns, **note.fields})

    def _unreadable(self, arrival: Arrival, error: CodecError) -> None:
        self._sink(arrival.receiver)("codec.error", {"tx_id": arrival.tx_id, "error": str(error)})

    def _sink(self, station: str) -> EventSink:
        """Where a station writes its events, stamped with the time of the step."""

        def sink(kind: str, fields: dict[str, Any]) -> None:
            text = json.dumps(fields, ensure_ascii=False)
            self._writer.append("events", {"t_ns": self._t_ns, "station": station, "kind": kind, "fields": text})
            self._outside.noted(self._t_ns, station, kind, fields)

        return sink

    def _read_clock(self, station: str, t_ns: int) -> int:
        """UTC nanoseconds by a station's own clock; the server's is the reference."""
        if station == Server.name:
            return self._clock.utc_ns(t_ns)
        return self._clock.start_utc_ns + self._sensors.clocks.read_one_ns(station, t_ns)


_KIND_NAMES = np.array(KINDS, object)
_EVER_NS = 2**62
