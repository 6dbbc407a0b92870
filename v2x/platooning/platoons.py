"""The platoons of a run: what their vehicles sense, say and hear, and how they move, control step by control step.

Between two scenes of the traffic (SUMO's steps) their motion is theirs alone; the traffic is then told how far each
went, and tells who is ahead of whom. That truth is seen by the models of radars and stop lines only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_MS, SimClock
from v2x.control.build import build_string
from v2x.control.fallback import MODES
from v2x.control.leader import build_leader, initial_speed_mps
from v2x.errors import CodecError
from v2x.geo import displace
from v2x.links.link_tables import Arrival, Complain
from v2x.messages.frame import Frames
from v2x.messages.model_control import ControlStates, LongitudinalMode
from v2x.messages.profile import Profile
from v2x.platooning.hearsay import Hearsay
from v2x.platooning.outlook import Outlook
from v2x.platooning.placing import convoys_of
from v2x.platooning.tape import Tape
from v2x.rng import Stream, key_of
from v2x.scenario.model_platoon import CONTROL_STEP_NS, Platoon
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


class Platoons:
    """All platoons of a run, arrays of shape (platoon, vehicle).

    The engine calls in every scene `see`; for each control step `say`, `hear`, `drive`; then `moves` and `record`.

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
        Told of each frame that a member could not read.

    Attributes
    ----------
    names
        Of the vehicles by platoon, leaders first.
    circles
        Number of each vehicle's platoon.
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
    ) -> None:
        self._config, self._profile, self._sensors, self._clock = config, profile, sensors, clock
        self.names = names_of(config)
        self._station = np.array(self.names, object)
        self.circles = {name: number for number, row in enumerate(self.names) for name in row}
        self._at = {name: (number, place) for number, row in enumerate(self.names) for place, name in enumerate(row)}
        self._key = np.array([[key_of(name) for name in row] for row in self.names], np.uint64)
        flat = self._key.ravel()
        number, first = identities.of(flat, np.zeros(len(flat), np.int64))
        self._identity, self._first_count = number.reshape(self._key.shape), first.reshape(self._key.shape)
        self._string = build_string(config, self._key, initial_speed_mps(config.leader), seed)
        self._leader = build_leader(config.leader, CONTROL_STEP_NS)
        self._hearsay, self._outlook = Hearsay(self._identity), Outlook(self._station, self._string.plant)
        self._every = round(1e9 / config.beacon_hz / CONTROL_STEP_NS)
        self._phase = (Stream(seed, "platoon.beacon").bits(flat) % np.uint64(self._every)).astype(np.int64)
        place = np.broadcast_to(np.arange(self._key.shape[1]), self._key.shape)
        self._ahead = self._hearsay.entries(np.maximum(place - 1, 0))
        self._first = self._hearsay.entries(np.zeros_like(place))
        self._tape = Tape(self._station, place)
        self._mode = np.zeros(self._key.shape, np.int8)
        self._unreadable = unreadable

    @property
    def urgent(self) -> frozenset[str]:
        """Types of messages that members use as they come."""
        return frozenset(
            {(self._profile.fine_control if not self._config.quantised else self._profile.control).type_name}
        )

    def place(self, traffic: Steered) -> None:
        """Put the vehicles on the road, between the traffic's ``start`` and its first step."""
        traffic.place(*convoys_of(self._config, self.names, self._string))

    # ------------------------------------------------------------------ a scene

    def see(self, snapshot: Snapshot, traffic: Steered) -> None:
        """Where they are when a scene begins, and what is ahead of them."""
        self._outlook.see(snapshot, traffic)

    def moves(self) -> list[Moved]:
        """How they move in the traffic's next step."""
        return self._outlook.moves()

    def record(self) -> dict[str, Any]:
        """Rows of ``control`` of the scene."""
        return self._tape.columns(self._outlook)

    # ------------------------------------------------------------------ a control step

    def say(self, t_ns: int) -> list[Frames]:
        """Control messages of a control step: the state now, and the acceleration that was commanded last."""
        step = t_ns // CONTROL_STEP_NS
        rows = np.flatnonzero(((step - self._phase) % self._every == 0) & self._outlook.present.ravel())
        if not len(rows):
            return []
        key, seen = self._key.ravel()[rows], self._outlook
        clock_ns = self._read_clocks(t_ns).ravel()[rows]
        plant = self._string.plant
        motion = self._sensors.motion.measure(self._key.ravel(), t_ns, plant.speed_mps.ravel())
        speed, accel = plant.speed_mps.ravel() + motion.speed_mps, plant.accel_mps2.ravel() + motion.accel_mps2
        lon, lat, heading = self._fix(t_ns)
        place = rows % self._key.shape[1]
        states = ControlStates(
            msg_count=(self._first_count.ravel()[rows] + step // self._every) % 128,
            temporary_id=self._identity.ravel()[rows],
            utc_ns=(clock_ns + NS_PER_MS // 2) // NS_PER_MS * NS_PER_MS if self._config.quantised else clock_ns,
            lat_deg=lat[rows],
            lon_deg=lon[rows],
            speed_mps=np.maximum(speed[rows], 0.0),
            heading_deg=heading[rows],
            accel_mps2=accel[rows],
            desired_accel_mps2=plant.commanded_mps2.ravel()[rows],
            length_m=seen.length_m.ravel()[rows],
            heavy=seen.heavy.ravel()[rows],
            mode=_SAID_OF[self._mode.ravel()[rows]],
            target_id=np.where(place > 0, self._identity.ravel()[rows - (place > 0)], np.uint64(0)),
            separation_m=np.full(len(rows), np.nan),
        )
        kind, data = self._profile.encode_control(states, fine=not self._config.quantised)
        said = Frames(
            t_ns=np.full(len(rows), t_ns + self._sensors.transmit_ns),
            station=self._station.ravel()[rows],
            key=key,
            type=np.full(len(rows), kind, object),
            data=data,
            x_m=seen.x_m.ravel()[rows],
            y_m=seen.y_m.ravel()[rows],
        )
        return [said]

    def hear(self, arrivals: Sequence[Arrival]) -> None:
        """Take in what has arrived by now, in order."""
        if not arrivals:
            return
        frames = {arrival.tx_id: arrival for arrival in arrivals}  # the same bytes for all receivers
        frame_of = {tx_id: row for row, tx_id in enumerate(frames)}
        found = self._profile.decode_frames([arrival.data for arrival in frames.values()])
        near_utc_ns = np.array([self._clock.utc_ns(arrival.t_ns) for arrival in frames.values()], np.int64)
        states, rows = self._profile.control_states_in(found, near_utc_ns)
        row_of = {frame: row for row, frame in enumerate(rows.tolist())}
        heard = []
        for arrival in arrivals:
            frame = frame_of[arrival.tx_id]
            if frame in row_of:
                heard.append((*self._at[arrival.receiver], row_of[frame]))
            else:
                self._unreadable(
                    arrival, found.errors.get(frame) or CodecError("is no control message that says its time")
                )
        self._hearsay.take(heard, states)

    def drive(self, t_ns: int) -> None:
        """Decide and move: from the state at ``t_ns`` to that one control step later."""
        clock_ns = self._read_clocks(t_ns)
        ahead, leader = self._hearsay.of(self._ahead, clock_ns), self._hearsay.of(self._first, clock_ns)
        if self._config.controller == "consensus":
            self._measure(ahead.distance_m, leader.distance_m, t_ns)
        driven = self._leader.command_mps2(t_ns, self._string.plant)
        road, ceiling = self._outlook.road(), self._outlook.ceiling_mps2()
        self._string.set_speed_mps[:, 0] = self._outlook.allowed_mps[:, 0]
        decision = self._string.step(t_ns, road, ahead, leader, driven, ceiling)
        self._mode = decision.mode
        self._tape.add(t_ns, decision, self._outlook.gap_m, ahead.age_s, leader.age_s)
        self._outlook.advance()

    # ------------------------------------------------------------------ inside

    def _read_clocks(self, t_ns: int) -> I64:
        """UTC nanoseconds by everybody's own clock."""
        read_ns = self._sensors.clocks.read_ns(self._key.ravel(), t_ns)
        return self._clock.start_utc_ns + read_ns.reshape(self._key.shape)

    def _fix(self, t_ns: int) -> tuple[F64, F64, F64]:
        """Longitude, latitude and heading as the vehicles sense them, (vehicles,)."""
        key, seen = self._key.ravel(), self._outlook
        east_m, north_m = (way.ravel() for way in seen.since_scene_m())
        error = self._sensors.gnss.measure(key, t_ns)
        turn = self._sensors.motion.measure(key, t_ns).heading_deg
        lon, lat = displace(seen.lon_deg.ravel(), seen.lat_deg.ravel(), east_m + error.east_m, north_m + error.north_m)
        return lon, lat, (seen.heading_deg.ravel() + turn) % 360.0

    def _measure(self, ahead_m: F64, leader_m: F64, t_ns: int) -> None:
        """Fill in how far ahead others were, by the positions that they and the vehicle itself know."""
        shape = self._key.shape
        lon, lat, heading = (column.reshape(shape) for column in self._fix(t_ns))
        front_m = self._outlook.length_m / 2.0
        ahead_m[:] = self._hearsay.rear_m(self._ahead, lon, lat, heading) - front_m
        between = np.cumsum(self._hearsay.length_m(self._ahead), axis=1) - self._hearsay.length_m(self._first)
        leader_m[:] = self._hearsay.rear_m(self._first, lon, lat, heading) - front_m - between


def names_of(config: Platoon) -> tuple[tuple[str, ...], ...]:
    """Names of the vehicles by platoon, leaders first."""
    return tuple(
        tuple(f"platoon{number}.{place}" for place in range(config.followers + 1)) for number in range(config.count)
    )
