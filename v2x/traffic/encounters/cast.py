"""Who is on the road at one time: the actors of all encounters that are being played, in columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from v2x.rng import key_of
from v2x.traffic.base import KINDS
from v2x.traffic.encounters.motion import F64, Motions, Paths, Rectangles, touching
from v2x.traffic.encounters.scene import Contact, Scene
from v2x.traffic.encounters.subjects import Subjects
from v2x.traffic.encounters.truth import Truth


@dataclass
class Encounter:
    """One that is being played.

    Attributes
    ----------
    name
        First half of its road users' names.
    scene, truth
        What is played, and what it comes to if nobody reacts.
    broken
        Whether its rule has been broken.
    """

    name: str
    scene: Scene
    truth: Truth
    broken: bool = False

    @property
    def subject(self) -> str:
        """Name of its subject."""
        return f"{self.name}.subject"


@dataclass(frozen=True)
class State:
    """Where everybody is: outlines, speed, acceleration, turn rate (rad/s, clockwise), rows as in the cast."""

    outline: Rectangles
    speed_mps: F64
    accel_mps2: F64
    yaw_rate: F64


class Cast:
    """All road users of the encounters that are played at the same time, rows sorted by name.

    Parameters
    ----------
    encounters
        One a site.
    t_s
        Time from their begin at which they appear.
    """

    def __init__(self, encounters: Sequence[Encounter], t_s: float) -> None:
        rows = [(f"{each.name}.{actor.role}", actor, each) for each in encounters for actor in each.scene.actors]
        rows.sort(key=lambda row: row[0])
        actors = [actor for _, actor, _ in rows]
        self.encounters = encounters
        self.id = np.array([name for name, _, _ in rows], object)
        self.key = np.array([key_of(name) for name, _, _ in rows], np.uint64)
        self.type = np.array([KINDS.index(actor.kind) for actor in actors], np.int8)
        self.lane = np.full(len(rows), "", object)
        self.length_m, self.width_m = np.array([actor.size_m for actor in actors]).reshape(-1, 2).T
        self._paths, self._motions = Paths([a.path for a in actors]), Motions([a.motion for a in actors])
        place = {name: row for row, (name, _, _) in enumerate(rows)}
        self._subject_rows = np.array([place[each.subject] for each in encounters], np.intp)
        self.subjects = Subjects([each.scene.subject for each in encounters], t_s)
        pairs = [
            (row, place[each.subject], each) for row, (_, actor, each) in enumerate(rows) if actor.role != "subject"
        ]
        self._pairs = [pair for pair in pairs if isinstance(pair[2].scene.rule, Contact)]

    def state(self, t_s: float) -> State:
        """Everybody at a time."""
        way_m, speed_mps, accel_mps2 = (column.copy() for column in self._motions.at(t_s))
        rows, subjects = self._subject_rows, self.subjects
        way_m[rows], speed_mps[rows], accel_mps2[rows] = subjects.way_m, subjects.speed_mps, subjects.accel_mps2
        x_m, y_m, heading_rad, curvature = self._paths.at(way_m)
        outline = Rectangles(x_m, y_m, heading_rad, self.length_m, self.width_m)
        return State(outline, speed_mps, accel_mps2, curvature * speed_mps)

    def in_contact(self, state: State) -> list[Encounter]:
        """Encounters whose subject touches another and should not."""
        others, subjects = (np.array([pair[side] for pair in self._pairs], np.intp) for side in (0, 1))
        hits = np.flatnonzero(touching(state.outline[subjects], state.outline[others]))
        return list({id(each): each for each in (self._pairs[hit][2] for hit in hits)}.values())
