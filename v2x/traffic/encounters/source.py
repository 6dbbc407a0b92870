"""The source of traffic that plays scripted encounters, and tells in the event log what they come to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isnan
from typing import Any, Self

import numpy as np

from v2x.clock import NS_PER_S, SimClock, to_ns
from v2x.errors import TrafficError
from v2x.field.encounter_ground import ground_of, roads_of
from v2x.geo import Plane, wrap_deg
from v2x.rng import Stream
from v2x.scenario.model_encounters import EncounterApplication
from v2x.scenario.model_encounters import EncounterTraffic as EncounterTrafficConfig
from v2x.traffic.base import DriveCommand, SignalCommand, SignalHead, Snapshot
from v2x.traffic.encounters import roadside_scenes, vehicle_scenes
from v2x.traffic.encounters.cast import Cast, Encounter, State
from v2x.traffic.encounters.lights import Lights
from v2x.traffic.encounters.scene import Contact, Scene, Track
from v2x.traffic.encounters.stage import Stage
from v2x.traffic.encounters.truth import truth_of

#: Who writes the scenes of an application.
SCENES: Mapping[EncounterApplication, Callable[[Stage], Scene]] = {
    "fcw": vehicle_scenes.fcw,
    "ebw": vehicle_scenes.ebw,
    "evw": vehicle_scenes.evw,
    "rlvw": roadside_scenes.rlvw,
    "glosa": roadside_scenes.glosa,
    "slw": roadside_scenes.slw,
    "hlw": roadside_scenes.hlw,
    "ivs": roadside_scenes.ivs,
    "tjw": roadside_scenes.tjw,
    "vrucw": roadside_scenes.vrucw,
}


class EncounterTraffic:
    """Encounters one after another at many sites.

    The run's time is cut into slots; in each one encounter is played at every site, by road users that exist only for
    it: ``e0007.subject`` is the subject of the eighth. A slot that does not end in the run is left empty.

    Parameters
    ----------
    config
        The scenario's ``traffic``.
    clock
        The run's time grid.
    plane
        The plane the run computes on, that of the encounters' ground.
    seed
        Seed of the run.

    Raises
    ------
    TrafficError
        If the plane is another.
    """

    def __init__(self, config: EncounterTrafficConfig, clock: SimClock, plane: Plane, seed: int) -> None:
        self.ground = ground_of(config)
        if plane != self.ground.plane:
            raise TrafficError("encounters bring a ground of their own, leave the field null", path="field")
        self._config, self._clock = config, clock
        self._draws = Stream(seed, "traffic.encounters")
        self._slot_ns = to_ns(config.spacing_s)
        self._lights = Lights(tuple(sorted(self.ground.intersections)), roads_of(config.application), self._slot_ns)
        self._slot, self._t_ns = -1, 0
        self._cast = Cast((), 0.0)
        self._notes: list[dict[str, Any]] = []
        self._counts = dict.fromkeys(("departed", "arrived", "collisions", "encounters"), 0.0)

    def start(self) -> None:
        """Nothing to open."""

    def step(self, t_ns: int) -> Snapshot:
        """State at ``t_ns``: the scripts', and the subjects' after what they were told."""
        slot, into_ns = divmod(t_ns, self._slot_ns)
        if slot != self._slot:
            self._begin(slot, into_ns)
        else:
            self._drive(t_ns)
        state = self._cast.state(into_ns / NS_PER_S)
        for encounter in self._cast.in_contact(state):
            self._break(encounter, "encounter.contact", t_ns)
        self._t_ns = t_ns
        if into_ns + self._clock.step_ns >= self._slot_ns:
            self._end()
        return self._snapshot(t_ns, state)

    def _begin(self, slot: int, into_ns: int) -> None:
        """Clear the road, and put a new encounter on each site if there is time for it."""
        fits = (slot + 1) * self._slot_ns <= self._clock.duration_ns
        first = slot * self._config.sites
        played = [self._written(number) for number in range(first, first + self._config.sites)] if fits else []
        self._counts["arrived"] += len(self._cast.id)
        self._cast, self._slot = Cast(played, into_ns / NS_PER_S), slot
        self._counts["departed"] += len(self._cast.id)
        for encounter in played:
            self._notes.append({"kind": "encounter.start", **self._told(encounter, slot)})

    def _written(self, number: int) -> Encounter:
        scene = SCENES[self._config.application](Stage(self._config, self._draws, number))
        return Encounter(f"e{number:04d}", scene, truth_of(scene, self._config.spacing_s, self._config.brake_mps2))

    def _told(self, encounter: Encounter, slot: int) -> dict[str, Any]:
        """What the event log has of a beginning encounter."""
        scene, truth = encounter.scene, encounter.truth

        def at_ns(t_s: float | None) -> int | None:
            return None if t_s is None else slot * self._slot_ns + to_ns(t_s)

        last_s = truth.last_brake_s
        return {
            "episode": encounter.name,
            "application": self._config.application,
            "variant": scene.variant,
            "subject": encounter.subject,
            "hazard": truth.conflict_s is not None,
            "cue_t_ns": at_ns(scene.cue_s),
            "conflict_t_ns": at_ns(truth.conflict_s),
            "last_brake_t_ns": at_ns(last_s),
            "last_alert_t_ns": at_ns(None if last_s is None else last_s - self._config.reaction_s),
            "speed_mps": round(scene.subject.motion.knots[0][2], 3),
        }

    def _drive(self, t_ns: int) -> None:
        """Move the subjects on, and see whether one passes what it should not; contacts show in the new state."""
        subjects, begin_ns = self._cast.subjects, self._slot * self._slot_ns
        t_s = np.array([self._t_ns - begin_ns, t_ns - begin_ns]) / NS_PER_S
        way_m, speed_mps = subjects.way_m, subjects.speed_mps
        subjects.advance((t_ns - self._t_ns) / NS_PER_S)
        ways_m, speeds_mps = np.stack([way_m, subjects.way_m]), np.stack([speed_mps, subjects.speed_mps])
        for row, encounter in enumerate(self._cast.encounters):
            rule = encounter.scene.rule
            if rule is None or isinstance(rule, Contact):
                continue
            broken_s = rule.broken_s(Track(t_s, ways_m[:, row], speeds_mps[:, row]))
            if not isnan(broken_s):
                self._break(encounter, "encounter.conflict", begin_ns + to_ns(broken_s))

    def _break(self, encounter: Encounter, kind: str, t_ns: int) -> None:
        """Note the first breach of an encounter's rule."""
        if not encounter.broken:
            encounter.broken = True
            self._counts["collisions"] += kind == "encounter.contact"
            self._notes.append({"kind": kind, "episode": encounter.name, "t_ns": t_ns})

    def _end(self) -> None:
        """Tell what has become of the encounters."""
        for encounter in self._cast.encounters:
            avoided = None if encounter.scene.informs else not encounter.broken
            self._notes.append({"kind": "encounter.end", "episode": encounter.name, "avoided": avoided})
        self._counts["encounters"] += len(self._cast.encounters)

    def _snapshot(self, t_ns: int, state: State) -> Snapshot:
        cast, plane = self._cast, self.ground.plane
        x_m, y_m, grid_deg = state.outline.x_m, state.outline.y_m, np.degrees(state.outline.heading_rad)
        lon_deg, lat_deg = plane.to_lonlat(x_m, y_m)
        return Snapshot(
            t_ns=t_ns,
            id=cast.id,
            key=cast.key,
            type=cast.type,
            x_m=x_m,
            y_m=y_m,
            lon_deg=lon_deg,
            lat_deg=lat_deg,
            heading_deg=wrap_deg(grid_deg + plane.convergence_deg(lon_deg, lat_deg)),
            speed_mps=state.speed_mps,
            accel_mps2=state.accel_mps2,
            yaw_rate_dps=np.degrees(state.yaw_rate),
            length_m=cast.length_m,
            width_m=cast.width_m,
            lane=cast.lane,
        )

    def signals(self) -> list[SignalHead]:
        """Heads of all sites, none where the application needs none."""
        return self._lights.heads(self._t_ns)

    def steer(self, commands: Sequence[DriveCommand | SignalCommand]) -> None:
        """Subjects obey; all others keep to their scripts, and the lights to their cycle."""
        rows = {encounter.subject: row for row, encounter in enumerate(self._cast.encounters)}
        for command in commands:
            if isinstance(command, DriveCommand) and command.vehicle in rows:
                self._cast.subjects.steer(rows[command.vehicle], command)

    def notes(self) -> list[dict[str, Any]]:
        """Encounters that began, came to a conflict, or ended since the last call."""
        notes, self._notes = self._notes, []
        return notes

    def statistics(self) -> dict[str, float]:
        """Road users that came and went, contacts of subjects, and encounters played to their end."""
        return dict(self._counts)

    def close(self) -> None:
        """Nothing stays open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
