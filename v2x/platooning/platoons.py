"""The platoons of a run: what their vehicles sense, say and hear, and how they move, control step by control step.

Between two scenes of the traffic (SUMO's steps) their motion is theirs alone; the traffic is then told how far each
went, and tells who is ahead of whom. That truth is seen by the models of radars and stop lines only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_MS, SimClock
from v2x.control.build import build_string
from v2x.control.fallback import MODES
from v2x.control.laws import law
from v2x.control.leader import build_leader
from v2x.control.platoon_string import LEADER, Decision
from v2x.errors import CodecError
from v2x.geo import displace
from v2x.jit import compiled
from v2x.links.waiting import Arrival, Arrivals, Complain
from v2x.messages.frame import Frames
from v2x.messages.model_control import ControlStates, LongitudinalMode
from v2x.messages.model_cooperation import PlatoonManagement
from v2x.messages.profile import Profile
from v2x.platooning.cooperation import Cooperation
from v2x.platooning.crew import Crew, urgent_types
from v2x.platooning.formation import Formation
from v2x.platooning.hearsay import Hearsay
from v2x.platooning.lane_changing import Look
from v2x.platooning.outlook import Outlook
from v2x.platooning.read_once import ReadOnce
from v2x.platooning.tape import Tape
from v2x.platooning.turns import Turns
from v2x.rng import Stream, key_of
from v2x.scenario.model_platoon import CONTROL_STEP_NS, Platoon
from v2x.stations.base import EventSink
from v2x.stations.motion import MotionErrors
from v2x.stations.sensors import Sensors
from v2x.stations.temporary_ids import TemporaryIds
from v2x.traffic.base import F64, Snapshot
from v2x.traffic.steered import Moved, Steered

I64 = NDArray[np.int64]

#: What a member says of how it is driven, by `MODES`.
_SAID = {
    "leader": LongitudinalMode.CRUISE,
    "cacc": LongitudinalMode.CACC_ONE,
    "degraded": LongitudinalMode.AUTOMATED_SENSORS,
    "acc": LongitudinalMode.ACC,
    "free": LongitudinalMode.ACC,
}
_SAID_OF = np.array([_SAID[mode] for mode in MODES], np.int8)


class _Moment(NamedTuple):
    """Vehicles as they make up a control message, (vehicles,): their true motion, and what they make of it themselves.

    Their sensors' errors are functions of the time, so they are asked for when messages are written.
    """

    rows: NDArray[np.intp]
    clock_ns: I64
    motion: F64
    """(4, vehicles): how far they have come since the scene began, speed, acceleration, and the desired one."""
    mode: NDArray[np.int8]


@compiled
def _taken(rows: NDArray[np.intp], way: F64, speed: F64, accel: F64, desired: F64) -> F64:
    """`_Moment.motion` of some vehicles, from columns (1, n)."""
    motion = np.empty((4, len(rows)))
    for i, row in enumerate(rows):
        motion[0, i], motion[1, i], motion[2, i] = way[0, row], speed[0, row], accel[0, row]
        motion[3, i] = desired[0, row]
    return motion


class Platoons:
    """All vehicles that a scenario's ``platoon`` is about; arrays (n,), in the engine of strings (1, n).

    The engine calls in every scene `see`; for each control step `say`, `said` if the radio is to have it,
    `hear`, `drive`; then `moves`. `record` takes what there is for the run folder.

    Parameters
    ----------
    config
        The scenario's ``platoon``.
    profile
        Message family.
    sensors
        What stands between the vehicles and the truth.
    identities
        What they call themselves; they must be settled there.
    clock
        The run's time grid.
    seed
        Seed of the run.
    unreadable
        Told of each frame that a vehicle could not read.
    sink
        Gives the function that writes a vehicle's events.

    Attributes
    ----------
    circles
        Number of the circle in which each vehicle hears and is heard, by name: its platoon, or one for all that
        negotiate.
    """

    def __init__(
        self,
        config: Platoon,
        profile: Profile,
        sensors: Sensors,
        identities: TemporaryIds,
        clock: SimClock,
        seed: int,
        unreadable: Complain,
        sink: Callable[[str], EventSink],
    ) -> None:
        self._config, self._profile, self._sensors, self._clock = config, profile, sensors, clock
        self._management = profile.type_of(PlatoonManagement)
        self._crew = crew = Crew.of(config)
        n = len(crew.names)
        self._row = {name: row for row, name in enumerate(crew.names)}
        self._station = np.array(crew.names, object)
        self._key = np.array([key_of(name) for name in crew.names], np.uint64)
        self._identity, self._first_count = identities.of(self._key, np.zeros(n, np.int64))
        self._string = build_string(config, crew.settings, self._key, crew.speed_mps, seed)
        self._leader = build_leader(config.leader)
        circle = np.zeros(n, np.int64) if config.protocol.enabled else crew.platoon
        self.circles = dict(zip(crew.names, circle.tolist(), strict=True))
        self._hearsay, self._outlook = Hearsay(self._identity, circle), Outlook(self._station[None], self._string.plant)
        self._beacons = Turns(config.beacon_hz, Stream(seed, "platoon.beacon"), self._key)
        self._to_say: list[tuple[int, _Moment]] = []  # when, and what
        self._stated: list[Frames] = []
        self._read = ReadOnce(profile)
        self._tape = Tape(self._station)
        self._measured: tuple[int, MotionErrors] | None = None
        self._clocks: tuple[int, I64] | None = None
        self._decision: Decision | None = None
        self._unreadable = unreadable
        self._by_position = any(law(str(each.controller)).places for each in crew.settings)
        self._formation = Formation.at_start(crew)
        self._heeded = np.array([self._formation.ahead, self._formation.first])  # whose messages each drives by
        self._string.code[0, self._formation.profiled] = LEADER
        self._string.place[0] = self._formation.place
        self._cooperation: Cooperation | None = None
        if config.protocol.enabled:
            self._cooperation = Cooperation(
                config, crew, self._identity, self._key, self._string, self._hearsay, self._formation,
                [sink(name) for name in crew.names], clock, seed,
            )  # fmt: skip

    @property
    def urgent(self) -> frozenset[str]:
        """Types of messages that vehicles use as they come."""
        return urgent_types(self._config, self._profile)

    @property
    def over_pc5(self) -> bool:
        """Whether vehicles talk over PC5."""
        return self._config.link != "uu"

    @property
    def over_uu(self) -> bool:
        """Whether vehicles talk over Uu."""
        return self._config.link != "pc5"

    def place(self, traffic: Steered) -> None:
        """Put the vehicles on the road, between the traffic's ``start`` and its first step."""
        self._crew.put(self._config, self._string, traffic)

    # ------------------------------------------------------------------ a scene

    def see(self, snapshot: Snapshot, traffic: Steered) -> None:
        """Where they are when a scene begins, what is ahead of them, and what they make of it."""
        self._outlook.see(snapshot, traffic)
        if self._cooperation is None:  # followers are told by their laws, or drive on their own once they see nobody
            alone = self._formation.profiled | (
                self._decision is not None and np.isnan(self._decision.sighting.gap_m[0])
            )
            self._string.set_speed_mps[0] = np.where(alone, self._outlook.allowed_mps[0], np.inf)
        else:
            clock_ns, look = self._read_clocks(snapshot.t_ns), Look(snapshot, traffic)
            fix, (speed_mps, _) = self._fix(snapshot.t_ns), self._sensed(snapshot.t_ns)
            self._cooperation.think(snapshot.t_ns, clock_ns, fix, speed_mps[0], self._outlook, look)
        self._heeded = np.array([self._formation.ahead, self._formation.first])
        self._tape.begin(self._outlook, self._formation)

    def moves(self) -> list[Moved]:
        """How they move in the traffic's next step."""
        none = np.zeros(len(self._station), np.int64)
        return self._outlook.moves((none if self._cooperation is None else self._cooperation.lane_change)[None])

    def record(self) -> dict[str, Any] | None:
        """Rows of ``control`` since the last call, None if there are none."""
        return self._tape.columns() if len(self._tape) else None

    # ------------------------------------------------------------------ a control step

    def say(self, t_ns: int) -> None:
        """Make up the messages of a control step: the state now and the acceleration commanded last; and statements."""
        step = t_ns // CONTROL_STEP_NS
        present = self._outlook.present[0]
        rows = self._beacons.due(step, present)
        if len(rows):
            self._to_say.append((t_ns, self._moment(t_ns, rows)))
        if self._cooperation is not None and (due := self._cooperation.speakers(step, present)):
            clock_ns = self._read_clocks(t_ns)
            for row in due:
                message = self._cooperation.statement(row, int(clock_ns[row]))
                if message is not None:
                    kind, data = self._profile.encode(message)
                    self._stated.append(self._frames(np.full(1, t_ns), np.array([row]), kind, [data]))

    @property
    def waiting_since_ns(self) -> int | None:
        """When the radio got the first of the messages that are made up and not yet handed over; None without any."""
        begins = [self._to_say[0][0] + self._sensors.transmit_ns] if self._to_say else []
        if self._stated:
            begins.append(int(self._stated[0].t_ns[0]))
        return min(begins, default=None)

    def said(self) -> list[Frames]:
        """The messages made up since the last call, in bytes."""
        frames, self._stated = self._stated, []
        if self._to_say:
            times_ns, moments = zip(*self._to_say, strict=True)
            self._to_say = []
            t_ns = np.repeat(times_ns, [len(moment.rows) for moment in moments])
            now = _Moment(*(np.concatenate(column, axis=-1) for column in zip(*moments, strict=True)))
            kind, data = self._profile.encode_control(self._states(t_ns, now), fine=not self._config.quantised)
            sent_utc_ns = (t_ns + self._clock.start_utc_ns).tolist()
            self._read.read(data, sent_utc_ns)  # all at once is cheaper than as they arrive
            frames.append(self._frames(t_ns, now.rows, kind, data))
        return frames

    def hear(self, t_ns: int, arrivals: Arrivals) -> None:
        """Take in what has arrived by now."""
        if self._cooperation is not None and len(arrivals):
            states = arrivals.type == self._management
            for arrival in arrivals.take(states).one_by_one():
                self._hear_statement(arrival, self._read_clocks(t_ns))
            arrivals = arrivals.take(~states)
        if len(arrivals):
            self._hear_control(arrivals)

    def drive(self, t_ns: int) -> None:
        """Decide and move: from the state at ``t_ns`` to that one control step later."""
        clock_ns, formation = self._read_clocks(t_ns), self._formation
        ahead, leader = self._hearsay.of(self._heeded, clock_ns)
        if self._by_position:
            self._measure(t_ns, ahead.distance_m[0], leader.distance_m[0])
        driven = np.where(formation.profiled, self._leader.command_mps2(t_ns, self._string.plant), np.inf)
        road, ceiling = self._outlook.road(), self._outlook.ceiling_mps2()
        if self._cooperation is not None:
            together = self._cooperation.ceiling_mps2[None]
            ceiling = together if ceiling is None else np.minimum(ceiling, together)
        sensed = None if self._sensors.motion.exact else self._sensed(t_ns)
        self._decision = decision = self._string.step(t_ns, road, ahead, leader, driven, ceiling, sensed)
        if self._cooperation is not None:
            self._cooperation.watch(decision)
        self._tape.add(t_ns, decision, self._outlook.gap_m, ahead.age_s, leader.age_s)
        self._outlook.advance()

    # ------------------------------------------------------------------ inside

    def _moment(self, t_ns: int, rows: NDArray[np.intp]) -> _Moment:
        """Vehicles now, to speak of it later."""
        plant = self._string.plant
        desired = plant.commanded_mps2
        if self._cooperation is not None:
            desired = np.minimum(desired, self._cooperation.warn_mps2)
        motion = _taken(rows, self._outlook.way_m(), plant.speed_mps, plant.accel_mps2, desired)
        mode = np.zeros(len(rows), np.int8) if self._decision is None else self._decision.mode[0, rows]
        return _Moment(rows, self._read_clocks(t_ns)[rows], motion, mode)

    def _states(self, t_ns: I64, now: _Moment) -> ControlStates:
        """What they say of themselves at times (messages,)."""
        seen, rows, key = self._outlook, now.rows, self._key[now.rows]
        way_m, speed_mps, accel_mps2, desired_mps2 = now.motion
        motion = self._sensors.motion.measure(key, t_ns, speed_mps)
        lon, lat = self._place(rows, t_ns, way_m)
        target = self._identity[self._formation.ahead[rows]] * (self._formation.place[rows] > 0)
        clock_ns = now.clock_ns
        if self._config.quantised:
            clock_ns = (clock_ns + NS_PER_MS // 2) // NS_PER_MS * NS_PER_MS
        return ControlStates(
            msg_count=(self._first_count[rows] + t_ns // CONTROL_STEP_NS // self._beacons.every) % 128,
            temporary_id=self._identity[rows],
            utc_ns=clock_ns,
            lat_deg=lat,
            lon_deg=lon,
            speed_mps=np.maximum(speed_mps + motion.speed_mps, 0.0),
            heading_deg=(seen.heading_deg.take(rows) + motion.heading_deg) % 360.0,
            accel_mps2=accel_mps2 + motion.accel_mps2,
            desired_accel_mps2=desired_mps2,
            length_m=seen.length_m.take(rows),
            heavy=seen.heavy.take(rows),
            mode=_SAID_OF[now.mode],
            target_id=target,
            separation_m=np.full(len(rows), np.nan),
        )

    def _frames(self, t_ns: I64, rows: NDArray[np.intp], kind: str, data: list[bytes]) -> Frames:
        return Frames(
            t_ns=t_ns + self._sensors.transmit_ns,
            station=self._station[rows],
            key=self._key[rows],
            type=np.full(len(rows), kind, object),
            data=data,
            x_m=self._outlook.x_m.take(rows),
            y_m=self._outlook.y_m.take(rows),
        )

    def _hear_control(self, arrivals: Arrivals) -> None:
        sent_utc_ns = (arrivals.t_ns + self._clock.start_utc_ns).tolist()
        numbers = self._read.read(arrivals.data.tolist(), sent_utc_ns)
        if bad := {row: error for row, error in enumerate(numbers) if isinstance(error, CodecError)}:
            for arrival, error in zip(arrivals.take(np.array([*bad])).one_by_one(), bad.values(), strict=True):
                self._unreadable(arrival, error)
            arrivals = arrivals.take(np.delete(np.arange(len(numbers)), [*bad]))
            numbers = [number for number in numbers if isinstance(number, int)]
        receivers = np.array([self._row[name] for name in arrivals.receiver.tolist()], np.int64)
        self._hearsay.take(receivers, self._read.said(np.array(numbers, np.int64)))

    def _hear_statement(self, arrival: Arrival, clock_ns: I64) -> None:
        row = self._row[arrival.receiver]
        try:
            _, message = self._profile.decode(arrival.data, self._clock.utc_ns(arrival.t_ns))
        except CodecError as error:
            self._unreadable(arrival, error)
        else:
            assert isinstance(message, PlatoonManagement)
            assert self._cooperation is not None
            self._cooperation.hear(row, message, int(clock_ns[row]))

    def _read_clocks(self, t_ns: int) -> I64:
        """UTC nanoseconds by everybody's own clock, (n,)."""
        if self._clocks is None or self._clocks[0] != t_ns:
            self._clocks = t_ns, self._clock.start_utc_ns + self._sensors.clocks.read_ns(self._key, t_ns)
        return self._clocks[1]

    def _motion(self, t_ns: int) -> MotionErrors:
        """Errors of everybody's motion sensors, the same however often they are asked at one time."""
        if self._measured is None or self._measured[0] != t_ns:
            errors = self._sensors.motion.measure(self._key, t_ns, self._string.plant.speed_mps[0])
            self._measured = t_ns, errors
        return self._measured[1]

    def _sensed(self, t_ns: int) -> tuple[F64, F64]:
        """Speed and acceleration as the vehicles sense them, (1, n)."""
        motion, plant = self._motion(t_ns), self._string.plant
        return plant.speed_mps + motion.speed_mps, plant.accel_mps2 + motion.accel_mps2

    def _place(self, rows: NDArray[np.intp], t_ns: I64 | int, way_m: F64) -> tuple[F64, F64]:
        """Longitude and latitude where vehicles sense that they are, so far along their course since the scene."""
        seen, error = self._outlook, self._sensors.gnss.measure(self._key[rows], t_ns)
        course = np.radians(seen.heading_deg.take(rows))
        east_m, north_m = way_m * np.sin(course) + error.east_m, way_m * np.cos(course) + error.north_m
        return displace(seen.lon_deg.take(rows), seen.lat_deg.take(rows), east_m, north_m)

    def _fix(self, t_ns: int) -> tuple[F64, F64, F64]:
        """Longitude, latitude and heading as the vehicles sense them, (n,)."""
        seen = self._outlook
        lon, lat = self._place(np.arange(len(self._key)), t_ns, seen.way_m()[0])
        return lon, lat, (seen.heading_deg[0] + self._motion(t_ns).heading_deg) % 360.0

    def _measure(self, t_ns: int, ahead_m: F64, leader_m: F64) -> None:
        """Fill in how far ahead others were, by the positions that they and the vehicle itself know."""
        hearsay, formation, fix = self._hearsay, self._formation, self._fix(t_ns)
        ahead_at, first_at = hearsay.entries(formation.ahead), hearsay.entries(formation.first)
        own_half_m, length_m = self._outlook.length_m[0] / 2.0, hearsay.length_m(ahead_at)
        between_m = np.zeros(len(length_m))
        for place in range(2, int(formation.place.max()) + 1):
            rows = np.flatnonzero(formation.place == place)
            between_m[rows] = length_m[rows] + between_m[formation.ahead[rows]]
        ahead_m[:] = hearsay.offset_m(ahead_at, *fix)[0] - length_m / 2.0 - own_half_m
        leader_m[:] = hearsay.offset_m(first_at, *fix)[0] - hearsay.length_m(first_at) / 2.0 - own_half_m - between_m
