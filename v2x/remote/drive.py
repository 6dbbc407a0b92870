"""A vehicle that is driven from afar, within a run: pictures up, commands down, and its motion, in steps of 10 ms.

The truth goes into what cameras and the vehicle's own sensors see, into the traffic and into the record; the operator
has the screen and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

from v2x.clock import NS_PER_MS, NS_PER_S
from v2x.errors import InputError
from v2x.links.base import Stations
from v2x.remote.around import REACH_M, Around, View
from v2x.remote.bounds import CoverageCap
from v2x.remote.build import (
    build_cap,
    build_display,
    build_external,
    build_link,
    build_manoeuvre,
    build_modelled,
    build_pursuit,
    build_uplink,
    build_vehicle,
)
from v2x.remote.command import CommandReceiver, InForce
from v2x.remote.external import Look, Word
from v2x.remote.log import RemoteLog, Row
from v2x.remote.onboard import Mode, OnBoard, Told
from v2x.remote.past import Past, Taken
from v2x.remote.seat import Seat
from v2x.remote.second_link import SecondLink
from v2x.remote.sensors import Sensors
from v2x.remote.sight import OnCourse, wrapped
from v2x.remote.vehicle.bicycle import STEP_NS
from v2x.remote.vehicle.body import BODIES
from v2x.remote.vehicle.disturbance import disturbance
from v2x.remote.way import Way
from v2x.remote.wire import Carry, Wire
from v2x.rng import key_of
from v2x.scenario.model_remote import Remote
from v2x.stations.base import EventSink
from v2x.traffic.base import Snapshot
from v2x.traffic.mirrored import Mirrored, Posed
from v2x.traffic.steered import Convoy, Road, Steered

#: What the traffic calls the vehicle.
NAME = "remote0"
#: A course counts as driven to its end this far before it, m: operators stop short of an end (assumed).
ARRIVED_M = 5.0
_MODES = list(Mode)


class RemoteDrive:
    """One vehicle, its operator and what is between them.

    Parameters
    ----------
    config
        The scenario's ``remote``.
    way
        Its course, and the lanes along it.
    convergence_deg
        True heading less that on the run's plane.
    carry
        The link over Uu.
    seed
        Seed of the run.
    sink
        Writes its events.
    second
        A link beside it, if there is one.
    coverage
        Bounds its speed by place, if anything does.
    """

    def __init__(
        self,
        config: Remote,
        way: Way,
        convergence_deg: float,
        carry: Carry,
        seed: int,
        sink: EventSink,
        second: SecondLink | None = None,
        coverage: CoverageCap | None = None,
    ) -> None:
        body, course, self._key = BODIES[config.vehicle.body], way.course, key_of(NAME)
        self._config, self._way, self._sink, self._body = config, way, sink, body
        self._half_m = body.wheelbase_m / 2.0  # overhangs are taken to be alike
        self._front_m = front_m = body.length_m / 2.0 + self._half_m
        if way.start_m < front_m:
            raise InputError(f"must be {front_m:.1f} at least, for the vehicle's length", path="remote.start_at_m")
        self._station_m = way.start_m - front_m
        here = np.array([self._station_m])
        self._vehicle = build_vehicle(config.vehicle)
        self._vehicle.x_m[:], self._vehicle.y_m[:] = course.point_m(here)
        self._vehicle.psi_rad[:] = course.heading_rad(here)
        self._segment = course.segment_at(here)
        self._past = Past(course, STEP_NS)
        self._around = Around(NAME, course, body.length_m - front_m, front_m, convergence_deg)
        self._view, self._command_s = View(0, self._station_m), 0.0
        self._second = second
        wire, link = Wire(config.network, carry, self._key, second), build_link(config)
        self._uplink = build_uplink(config.video, wire, self._key, seed)
        self._external = build_external(config)
        self._seat = Seat(
            self._external or build_modelled(config, self._key, seed), front_m,
            self._uplink, wire, link.beat(seed, self._key), link.payload_bytes, self._picture, build_display(config),
        )  # fmt: skip
        self._sensors = Sensors(config.vehicle.radar, self._key, seed)
        manoeuvre = build_manoeuvre(config)
        pursuit, resume_s = build_pursuit(config), config.minimal_risk.resume_s
        self._onboard = OnBoard(CommandReceiver(link), manoeuvre, pursuit, resume_s)
        self._qos, self._coverage, self._cap_mps = build_cap(config), coverage, inf
        self._captured_ns: int | None = None  # of the picture that the command in force was made by
        self._wind = disturbance(np.array([self._key], np.uint64), seed) if config.vehicle.disturbed else None
        self._log = RemoteLog(NAME, way, body.length_m, body.width_m, self._half_m)
        self._stop: _Stop | None = None
        self._mode, self._arrived = Mode.WAITING, False

    # ------------------------------------------------------------------ a step of the traffic

    def begin(self, traffic: Steered, mirrored: Mirrored) -> None:
        """Put it on the road, standing, between the traffic's ``start`` and its first step."""
        self._traffic, self._mirrored = traffic, mirrored
        road = Road(self._config.route, self._config.lane, self._config.start_at_m, "remote")
        traffic.place([Convoy((NAME,), ("car",), (), 0.0, (None,))], road, 0.0)
        mirrored.embody(NAME, self._body.length_m, self._body.width_m)

    def connect(self, t_ns: int, modem: Stations) -> None:
        """Where its modems are from ``t_ns`` on; the run's own link is told by the run."""
        for note in self._second.move(t_ns, modem) if self._second is not None else ():
            self._sink(note.kind, {"t_ns": note.t_ns, "link": 2, **note.fields})

    def take(self, snapshot: Snapshot, until_ns: int, words: Sequence[Word] = ()) -> list[Look]:
        """All control steps of a step of the traffic.

        What an operator outside asks for within it goes in, and what has come onto his screen comes out.
        """
        if self._external is not None:
            self._external.hear(words)
        self._see(snapshot)
        for t_ns in range(snapshot.t_ns, until_ns, STEP_NS):
            self._step(t_ns)
        vehicle, (x_m, y_m) = self._vehicle, self._middle()
        motion = float(vehicle.psi_rad[0]), float(vehicle.speed_mps[0]), float(vehicle.accel_mps2[0])
        self._mirrored.mirror([Posed(NAME, x_m, y_m, *motion)])
        return [] if self._external is None else self._external.looks()

    def record(self, t_ns: int) -> Iterator[tuple[str, dict[str, Any]]]:
        """Tables and their columns since the last call: what is settled at ``t_ns``."""
        return self._log.tables(t_ns, self._uplink.rows(t_ns))

    # ------------------------------------------------------------------ inside

    def _see(self, snapshot: Snapshot) -> None:
        """What is around it when a step of the traffic begins."""
        sights = self._traffic.sights(snapshot, [NAME], REACH_M)
        self._view, contacts = self._around.see(snapshot, sights, self._station_m)
        for contact in contacts:
            told = {"other": contact.other, "speed_mps": contact.speed_mps, "other_mps": contact.other_mps}
            self._sink("remote.collision", told)
        if snapshot.t_ns == 0:
            limit_mps = float(self._way.course.limit_mps(np.array([self._station_m]))[0])
            self._sink("remote.start", {"course_m": self._way.course.length_m, "v_limit_mps": limit_mps})

    def _step(self, t_ns: int) -> None:
        """A control step: from the state at ``t_ns`` to that 10 ms later."""
        vehicle, course, until_ns = self._vehicle, self._way.course, t_ns + STEP_NS
        on = course.project(vehicle.x_m, vehicle.y_m, self._segment)
        self._segment, self._station_m = on.segment, float(on.station_m[0])
        speed_mps = float(vehicle.speed_mps[0])
        pose = float(vehicle.x_m[0]), float(vehicle.y_m[0]), float(vehicle.psi_rad[0])
        self._bound(t_ns)
        self._past.note(pose, speed_mps, self._station_m, (self._command_s, self._cap_mps))
        self._uplink.adapt(t_ns)
        self._uplink.send(until_ns)
        self._seat.work(until_ns)
        for command, arrived_ns in self._seat.sent():
            self._log.sent(command, arrived_ns)
        for at_ns, command in self._seat.due(t_ns):
            self._onboard.arrive(at_ns, command)
        ahead = OnCourse(course, vehicle.x_m, vehicle.y_m, vehicle.psi_rad, on.station_m, on.offset_m)
        sensed = self._sensors.look(t_ns, self._view.later(t_ns, self._station_m), speed_mps)
        told, now = self._onboard.step(t_ns, speed_mps, ahead, sensed, self._cap_mps)
        error_rad = wrapped(pose[2] - float(course.heading_rad(on.station_m)[0]))
        self._note(t_ns, told, now, float(on.offset_m[0]), error_rad)
        vehicle.move(np.array([told.steer_rad]), np.array([told.accel_mps2]), self._pushed(t_ns, speed_mps))

    def _picture(self, captured_ns: int) -> tuple[Taken, View]:
        """What a picture shows."""
        taken = self._past.at(captured_ns)
        return taken, self._around.at(captured_ns).later(captured_ns, taken.station_m)

    def _bound(self, t_ns: int) -> None:
        """The bound of the speed: by the age of what the vehicle goes by, and by the map of the coverage."""
        station_m, self._cap_mps = np.array([self._station_m]), inf
        if self._qos is not None and self._captured_ns is not None:
            limit_mps = float(self._way.course.limit_mps(station_m)[0])
            self._cap_mps = self._qos.at(t_ns, limit_mps, (t_ns - self._captured_ns) / NS_PER_S)
        if self._coverage is not None:
            self._cap_mps = min(self._cap_mps, float(self._coverage.at(station_m)[0]))

    def _pushed(self, t_ns: int, speed_mps: float) -> Any:
        """What turns it besides its steering; nothing does while it stands."""
        if self._wind is None:
            return None
        wind = self._wind.at(t_ns)
        return wind * min(1.0, speed_mps)

    def _middle(self) -> tuple[float, float]:
        vehicle = self._vehicle
        psi = float(vehicle.psi_rad[0])
        return (
            float(vehicle.x_m[0]) + self._half_m * float(np.cos(psi)),
            float(vehicle.y_m[0]) + self._half_m * float(np.sin(psi)),
        )

    def _note(self, t_ns: int, told: Told, now: InForce, offset_m: float, heading_error_rad: float) -> None:
        """Write the step down, before it is taken."""
        vehicle, command = self._vehicle, now.command
        if command is not None and now.fresh:
            self._log.used(command.number, t_ns)
            self._command_s = (t_ns - command.sent_ns) / NS_PER_S
            self._captured_ns = command.captured_ns or None
        shown = self._uplink.seen
        self._log.step(Row(
            t_ns, _MODES.index(self._onboard.mode), *self._middle(), self._station_m, offset_m, heading_error_rad,
            float(vehicle.speed_mps[0]), float(vehicle.accel_mps2[0]), float(vehicle.steer_rad[0]),
            told.steer_rad, told.accel_mps2, self._cap_mps,
            -1 if shown is None else shown.frame.captured_ns, -1 if command is None else command.sent_ns,
            self._view.ttc_s, self._view.follower_ttc_s,
        ))  # fmt: skip
        self._tell(offset_m)

    def _tell(self, offset_m: float) -> None:
        """Events of manoeuvres and of the end of the way."""
        before, self._mode = self._mode, self._onboard.mode
        if self._mode is Mode.MRM and before is not Mode.MRM:
            self._stop = _Stop(self._station_m)
            told = {"cause": "watchdog", "speed_mps": float(self._vehicle.speed_mps[0]), "station_m": self._station_m}
            came_ns = self._onboard.trip.at_ns - round(self._config.command.timeout_ms * NS_PER_MS)
            self._sink("remote.mrm", told | {"outage_from_ns": came_ns, "noticed_ns": self._onboard.trip.noticed_ns})
        if self._stop is not None:
            self._stop.lateral_m = max(self._stop.lateral_m, abs(offset_m))
            self._stop.follower_ttc_s = min(self._stop.follower_ttc_s, self._view.follower_ttc_s)
            if self._mode is Mode.STOPPED:
                far_s = self._stop.follower_ttc_s
                told = {"station_m": self._station_m, "way_m": self._station_m - self._stop.station_m}
                told |= {"lateral_m": self._stop.lateral_m}
                self._sink("remote.stopped", told | {"follower_ttc_s": far_s if far_s < inf else None})
                self._stop = None
        if before is Mode.STOPPED and self._mode is Mode.REMOTE:
            self._sink("remote.resumed", {})
        course = self._way.course
        if not self._arrived and not course.closed and self._station_m + ARRIVED_M + self._front_m >= course.length_m:
            self._arrived = True
            self._sink("remote.end", {"station_m": self._station_m, "course_m": course.length_m, "reason": "arrived"})


@dataclass
class _Stop:
    """A manoeuvre under way: where it began, and what was worst since."""

    station_m: float
    lateral_m: float = 0.0
    follower_ttc_s: float = inf
