"""How subjects drive: at their speed whatever comes, unless they are told otherwise. They avoid nothing themselves."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, pi

import numpy as np

from v2x.traffic.base import DriveCommand
from v2x.traffic.encounters.motion import F64
from v2x.traffic.encounters.scene import Actor

#: Deceleration towards a lower speed that is asked for, and acceleration to a higher one, m/s^2 (assumed: comfortable).
COMFORT_MPS2, PICK_UP_MPS2 = 2.0, 1.5


class Subjects:
    """The vehicles under test that are on the road together, as columns.

    Each drives at the speed of its script, slower through corners, from when its front comes to one. A cap lowers that
    for as long as it stands. A braking does so for good: a driver who has had to brake does not go on as if nothing had
    been.

    Parameters
    ----------
    actors
        The subjects, straight at constant speed or around one corner.
    t_s
        Time from the begin of their scenes.

    Attributes
    ----------
    way_m, speed_mps, accel_mps2
        Of their centres; the acceleration is the mean of the last step. (n,).
    """

    def __init__(self, actors: Sequence[Actor], t_s: float) -> None:
        begins = np.array([actor.motion.knots[0] for actor in actors]).reshape(-1, 4)
        self._slow_at_m = np.array([actor.path.turn_at_m - actor.size_m[0] / 2.0 for actor in actors])
        self._turn_ends_m = np.array([actor.path.turn_at_m + actor.path.radius_m * pi / 2.0 for actor in actors])
        self._turn_mps = np.array([actor.path.turn_mps for actor in actors])
        self.way_m, self.speed_mps = begins[:, 1] + begins[:, 2] * t_s, begins[:, 2]
        self.accel_mps2 = np.zeros(len(actors))
        self._kept_mps, self._cap_mps = self.speed_mps, np.full(len(actors), inf)
        self._brake_mps2 = np.zeros(len(actors))

    def steer(self, row: int, command: DriveCommand) -> None:
        """What one subject is told holds until it is told otherwise."""
        self._cap_mps[row] = inf if command.cap_mps is None else command.cap_mps
        self._brake_mps2[row] = command.brake_mps2 or 0.0

    def advance(self, span_s: float) -> None:
        """Drive on at constant acceleration, and not backwards."""
        asked = np.clip((self._wanted_mps() - self.speed_mps) / span_s, -COMFORT_MPS2, PICK_UP_MPS2)
        accel = np.where(self._brake_mps2 > 0.0, -self._brake_mps2, asked)
        driven_s = np.where(accel < 0.0, np.minimum(span_s, self.speed_mps / np.maximum(-accel, 1e-9)), span_s)
        after_mps = np.maximum(self.speed_mps + accel * driven_s, 0.0)
        self.way_m = self.way_m + 0.5 * (self.speed_mps + after_mps) * driven_s
        self.accel_mps2 = (after_mps - self.speed_mps) / span_s
        self.speed_mps = after_mps
        self._kept_mps = np.where(self._brake_mps2 > 0.0, np.minimum(self._kept_mps, after_mps), self._kept_mps)

    def _wanted_mps(self) -> F64:
        """The lowest of what the script, the corner, the cap and the last braking ask for."""
        before_m = np.maximum(self._slow_at_m - self.way_m, 0.0)
        corner_mps = np.sqrt(self._turn_mps**2 + 2.0 * COMFORT_MPS2 * before_m)
        corner_mps = np.where(self.way_m > self._turn_ends_m, inf, corner_mps)
        wanted_mps: F64 = np.minimum(np.minimum(self._kept_mps, self._cap_mps), corner_mps)
        return wanted_mps
