"""Where a vehicle was a moment ago: what its cameras saw, and what it told with the picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_S
from v2x.remote.course import Course
from v2x.remote.sight import OnCourse

F64 = NDArray[np.float64]

#: So long it is remembered, s: longer than any picture is driven by.
_KEPT_S = 10
_X, _Y, _PSI, _SPEED, _STATION, _COMMAND_S, _CAP = range(7)


@dataclass(frozen=True)
class Taken:
    """A picture's content: the course ahead of the pose in it, and what the vehicle told with it."""

    ahead: OnCourse
    station_m: float
    speed_mps: float
    command_s: float
    cap_mps: float


class Past:
    """States of one vehicle, step by step, the first at time 0.

    Parameters
    ----------
    course
        Its course.
    step_ns
        Between states.
    """

    def __init__(self, course: Course, step_ns: int) -> None:
        self._course, self._step_ns = course, step_ns
        self._kept, self._count = np.zeros((_KEPT_S * NS_PER_S // step_ns, 7)), 0

    def note(
        self, pose: tuple[float, float, float], speed_mps: float, station_m: float, told: tuple[float, float]
    ) -> None:
        """The state of the next step: rear axle, speed, way along the course; how late commands are, and the bound."""
        self._kept[self._count % len(self._kept)] = *pose, speed_mps, station_m, *told
        self._count += 1

    def at(self, t_ns: int) -> Taken:
        """What a picture taken at a time shows; between two states it is in between, and before the first as then."""
        last = self._count - 1
        oldest = max(0, self._count - len(self._kept))
        step = min(max(t_ns / self._step_ns, oldest), last)
        before = min(int(step), max(last - 1, oldest))
        one, other = (self._kept[number % len(self._kept)] for number in (before, min(before + 1, last)))
        state = one[:_COMMAND_S] + (step - before) * (other[:_COMMAND_S] - one[:_COMMAND_S])
        command_s, cap_mps = one[_COMMAND_S:].tolist()
        x_m, y_m, psi_rad, station_m = (state[row : row + 1] for row in (_X, _Y, _PSI, _STATION))
        on = self._course.project(x_m, y_m, self._course.segment_at(station_m))
        ahead = OnCourse(self._course, x_m, y_m, psi_rad, on.station_m, on.offset_m)
        return Taken(ahead, float(on.station_m[0]), float(state[_SPEED]), command_s, cap_mps)
