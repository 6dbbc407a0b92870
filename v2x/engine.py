"""One run: the step that moves traffic, delivers what has arrived, lets stations speak and records it all.

Data flows one way through a step: clock -> traffic -> medium -> stations -> encoder -> links -> record.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from v2x.assembly import clock_of, notices_of, pace_of, roadside_of, station_names
from v2x.clock import NS_PER_S
from v2x.errors import CodecError, TrafficError
from v2x.field.model import Field
from v2x.links.build import build_pc5, build_uu
from v2x.links.medium import Medium
from v2x.messages.decoder import Decoder
from v2x.messages.envelope.envelope import Envelope
from v2x.messages.frame import Frames
from v2x.messages.profile import get_profile
from v2x.record.digest import Digest
from v2x.record.folder import SUMO_LOG
from v2x.record.tables import BIN_M
from v2x.record.writer import RunWriter
from v2x.rng import key_of
from v2x.scenario.known import APPLICATIONS
from v2x.scenario.model import Scenario
from v2x.scene import SceneMaker, mobiles
from v2x.stations.base import EventSink, Received
from v2x.stations.fleet import Emission, Fleet
from v2x.stations.notices import NoticeService
from v2x.stations.sensors import Sensors
from v2x.stations.server import Server
from v2x.stations.subject import Subject
from v2x.traffic.base import KINDS, Snapshot, name_taken
from v2x.traffic.build import build_traffic, plane_of

#: Called once a step with the simulated time and the number of road users.
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Outcome:
    """What a finished run leaves besides its folder."""

    digest: str
    statistics: dict[str, float]


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
    """

    def __init__(
        self, scenario: Scenario, field: Field | None, writer: RunWriter, *, engine: str = "libsumo", gui: bool = False
    ) -> None:
        self._scenario, self._writer = scenario, writer
        self._clock = clock_of(scenario)
        plane = plane_of(scenario, field)
        self._profile = get_profile(scenario.profile)
        self._sensors = Sensors(scenario.sensors, scenario.seed)
        self._roadside = roadside_of(scenario, field, plane, self._profile, self._sensors)
        self._taken = station_names(field, self._roadside)
        self._scenes = SceneMaker(self._roadside, plane, self._clock.step_ns)
        log = writer.folder / SUMO_LOG
        self._traffic = build_traffic(
            scenario, field, plane, self._clock, engine=engine, gui=gui, log_file=log, taken=self._taken
        )
        pace = pace_of(scenario, plane)
        self._medium = Medium(
            build_pc5(scenario.links.pc5, scenario.seed, field),
            build_uu(scenario.links.uu, scenario.seed, self._clock.duration_ns, field),
            self._profile.name,
            Envelope(self._profile, scenario.security, scenario.seed, self._clock.start_utc_ns).air_bytes,
            writer.append,
            BIN_M,
            scenario.seed,
            pace.interval_ms,
        )
        self._wanted = list(scenario.stations.subjects)
        self._subjects: dict[str, Subject] = {}
        self._fleet = Fleet(
            scenario.stations.obu, pace, self._sensors, self._profile, self._clock, scenario.seed, self._subjects.keys()
        )
        self._server = (
            self._build_server(notices_of(scenario, plane, "uu")) if scenario.stations.server.enabled else None
        )
        self._observed = {placed.unit.name for placed in self._roadside}
        self._decoder = Decoder(self._profile)
        self._digest = Digest()
        self._t_ns = 0

    def _build_server(self, notices: tuple[Any, ...]) -> Server:
        place = (0.0, 0.0, float("nan")) if not notices else (notices[0].lat_deg, notices[0].lon_deg, float("nan"))
        service = NoticeService(Server.key, place, notices)
        config = self._scenario.stations.server
        return Server(config, self._profile, service, self._clock, self._scenario.seed, self._sink(Server.name))

    def run(self, progress: Progress | None = None) -> Outcome:
        """Run to the end.

        Raises
        ------
        InputError
            If the traffic source or a message value is not usable.
        RunError
            If SUMO dies or the disk is full. What was recorded stays.
        """
        with self._traffic:
            self._traffic.start()
            for t_ns in self._clock.steps():
                self._t_ns = t_ns
                if t_ns % NS_PER_S == 0:
                    self._medium.flush(t_ns)
                    self._writer.flush(t_ns)
                snapshot = self._traffic.step(t_ns)
                self._step(snapshot)
                if progress is not None:
                    progress(t_ns + self._clock.step_ns, len(snapshot))
            statistics = self._traffic.statistics()
        self._medium.close(self._clock.duration_ns)
        self._writer.flush(self._clock.duration_ns)
        return Outcome(self._digest.hexdigest(), statistics | self._medium.statistics())

    # ------------------------------------------------------------------ the step

    def _step(self, snapshot: Snapshot) -> None:
        names = snapshot.id.tolist()
        if not self._taken.keys().isdisjoint(names):
            name = next(name for name in names if name in self._taken)
            raise TrafficError(name_taken(name, self._taken[name]))
        self._record_truth(snapshot)
        self._seat_subjects(snapshot)
        self._deliver(snapshot)
        equipped = self._fleet.equipped(snapshot)
        emission = self._fleet.emit(snapshot, equipped)
        for row, name in enumerate(emission.frames.station.tolist()):
            if name in self._subjects:
                self._subjects[name].sense(emission.states.row(row))
        self._send_pc5(snapshot, equipped, emission)
        if self._server is not None:
            self._send_uu(self._server, snapshot, emission)

    def _seat_subjects(self, snapshot: Snapshot) -> None:
        """Give each subject that the scenario asks for its vehicle, as soon as there is one."""
        for wanted in list(self._wanted):
            name = self._vehicle_for(wanted.vehicle, snapshot)
            if name is None:
                continue
            sink = self._sink(name)
            applications = [APPLICATIONS.load(application)(sink) for application in wanted.applications]
            self._subjects[name] = Subject(name, applications, wanted.uu)
            self._observed.add(name)
            self._wanted.remove(wanted)
            sink("subject.start", {"wanted": wanted.vehicle})

    def _vehicle_for(self, wanted: str, snapshot: Snapshot) -> str | None:
        kind = wanted.removeprefix("first:")
        if kind == wanted:
            return wanted if snapshot.index_of(wanted) is not None else None
        names = snapshot.id[snapshot.type == KINDS.index(kind)]
        return next((str(name) for name in names if name not in self._subjects), None)

    def _deliver(self, snapshot: Snapshot) -> None:
        """Hand over what has arrived, run the applications of the subjects present, and the server."""
        t_ns = snapshot.t_ns
        inbox: dict[str, list[Received]] = {}
        for arrival in self._medium.due(t_ns, self._sensors.hold_ns):
            clock_ns = self._read_clock(arrival.receiver, arrival.t_ns)
            try:
                message = self._decoder.decode(arrival.tx_id, arrival.data, clock_ns)
            except CodecError as error:  # a receiver shrugs at bad bytes, a test engineer wants to know
                self._sink(arrival.receiver)("codec.error", {"tx_id": arrival.tx_id, "error": str(error)})
                continue
            inbox.setdefault(arrival.receiver, []).append(Received(arrival.link, arrival.type, message, clock_ns))
        for name, subject in sorted(self._subjects.items()):
            if snapshot.index_of(name) is not None:
                subject.on_step(self._read_clock(name, t_ns), inbox.get(name, ()))
        if self._server is not None:
            self._server.on_step(t_ns, inbox.get(Server.name, ()))

    # ------------------------------------------------------------------ sending

    def _send_pc5(self, snapshot: Snapshot, equipped: NDArray[np.bool_], emission: Emission) -> None:
        t_ns = snapshot.t_ns
        heads = {head.junction: head for head in self._traffic.signals()}
        said = []
        for placed in self._roadside:
            sender = placed.unit.name, placed.unit.key, placed.x_m, placed.y_m
            spoken = placed.unit.poll(t_ns, t_ns + self._clock.step_ns, heads.get(placed.junction or ""))
            said += [(outgoing, sender) for outgoing in spoken]
        frames = Frames.merge([emission.frames, Frames.by(said)])
        self._digest.frames(frames.t_ns, frames.station, frames.data)
        scene, names = self._scenes.scene(snapshot, equipped)
        self._medium.broadcast(frames, scene, names, self._observed, set(self._subjects))

    def _send_uu(self, server: Server, snapshot: Snapshot, emission: Emission) -> None:
        """Subjects uplink their newest BSMs, the server's notices go down to each of them."""
        rows = {name: snapshot.index_of(name) for name, subject in sorted(self._subjects.items()) if subject.uu}
        online = {name: row for name, row in rows.items() if row is not None}
        self._medium.move(snapshot.t_ns, mobiles(snapshot, np.array(list(online.values()), np.intp)))
        up = server.uplinked(emission.frames, online.keys())
        if len(up):
            self._digest.frames(up.t_ns, up.station, up.data)
            places = np.array([online[name] for name in up.station.tolist()], np.intp)
            self._medium.unicast(up, "uplink", mobiles(snapshot, places), [server.name] * len(up))
        said = server.poll(snapshot.t_ns, snapshot.t_ns + self._clock.step_ns)
        if said and online:
            copies = [outgoing for outgoing in said for _ in online]
            down = Frames.of(copies, server.name, server.key, float("nan"), float("nan"))
            places = np.array([*online.values()] * len(said), np.intp)
            self._digest.frames(down.t_ns, down.station, down.data)
            self._medium.unicast(down, "downlink", mobiles(snapshot, places), [*online] * len(said))
        names = {key_of(name): name for name in self._subjects}  # also of those that have left meanwhile
        for note in self._medium.notes():
            self._sink(names[note.station])(note.kind, {"t_ns": note.t_ns, **note.fields})

    # ------------------------------------------------------------------ record

    def _record_truth(self, snapshot: Snapshot) -> None:
        columns = snapshot.columns()
        del columns["key"]
        kinds = pa.DictionaryArray.from_arrays(snapshot.type, _KIND_NAMES)
        self._writer.append("states", {"t_ns": snapshot.t_ns, **columns, "type": kinds})
        self._digest.states(
            snapshot.id,
            (snapshot.x_m, 1e-3),
            (snapshot.y_m, 1e-3),
            (snapshot.speed_mps, 1e-3),
            (snapshot.heading_deg, 1e-2),
        )
        for note in self._traffic.notes():
            self._sink("traffic")(note["kind"], {key: value for key, value in note.items() if key != "kind"})

    def _sink(self, station: str) -> EventSink:
        """Where a station writes its events, stamped with the time of the step."""

        def sink(kind: str, fields: dict[str, Any]) -> None:
            text = json.dumps(fields, ensure_ascii=False)
            self._writer.append("events", {"t_ns": self._t_ns, "station": station, "kind": kind, "fields": text})

        return sink

    def _read_clock(self, station: str, t_ns: int) -> int:
        """UTC nanoseconds by a station's own clock; the server's is the reference."""
        if station == Server.name:
            return self._clock.utc_ns(t_ns)
        return self._clock.start_utc_ns + self._sensors.clocks.read_one_ns(station, t_ns)


_KIND_NAMES = pa.array(KINDS)
