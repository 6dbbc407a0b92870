"""Two-point visual control: steering follows the angles to a near and to a far point of the road.

Salvucci and Gray, A two-point visual control model of steering, Perception 33, 2004, as Salvucci's published code has
it:

    d delta = kf d theta_far + kn d theta_near + ki min(theta_near, theta_max) dt

Its gains of 16, 4 and 3 turn a steering wheel; the front wheels turn by a sixteenth of that. It says how steering is to
change, so it takes over at whatever angle it finds (here: straight).

The far point is on the course, so its bearing has the bend in it: on an arc kappa d/2 at a distance d, where an angle
of L kappa keeps to the arc. With the code's longest distance of 4 s and whole gains that is several times too much in
bends, good for straight roads alone. The defaults are others of the code's values.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import atan2

import numpy as np
from numpy.typing import ArrayLike

from v2x.clock import NS_PER_S
from v2x.jit import compiled
from v2x.remote.operators.base import F64, Seen


@compiled
def _angle(forward: F64, left: F64) -> F64:
    out = np.empty_like(forward)
    for i in range(out.size):
        out[i] = atan2(left[i], forward[i])
    return out


@dataclass
class TwoPoint:
    """Two-point visual control.

    Attributes
    ----------
    wheelbase_m
        Of its vehicle; not used, its gains are angles for angles.
    far_gain, near_gain, near_gain_ps
        kf, kn and ki above, of the front wheels, before scaling.
    scale
        Of all three: 0.4 to 0.6 in copies of the code.
    near_most_rad
        Largest angle to the near point that the last term minds: 0.07 rad in the code.
    near_m
        How far ahead the near point is.
    far_s, far_least_m
        The far point is as far ahead as the vehicle comes in that time, but no nearer than that. 1 s is what the code
        has for a car ahead; the least is assumed.
    reaction_s
        From seeing to turning the wheel, from memory, not verified.
    """

    wheelbase_m: ArrayLike
    far_gain: ArrayLike = 16.0 / 16.0
    near_gain: ArrayLike = 4.0 / 16.0
    near_gain_ps: ArrayLike = 3.0 / 16.0
    scale: ArrayLike = 0.4
    near_most_rad: ArrayLike = 0.07
    near_m: ArrayLike = 6.2
    far_s: ArrayLike = 1.0
    far_least_m: ArrayLike = 8.0
    reaction_s: ArrayLike = 0.15
    _before: tuple[int, F64, F64, F64] | None = field(default=None, init=False, repr=False)
    """When it was asked last, what angles it saw then, and what it wanted."""

    def steer_rad(self, seen: Seen) -> F64:
        """As `Operator`."""
        speed_mps = seen.speed_mps
        far = _angle(*seen.ahead.point_m(np.maximum(self.far_least_m, np.multiply(self.far_s, speed_mps))))
        near = _angle(*seen.ahead.point_m(np.full_like(speed_mps, self.near_m)))
        t_ns, far_then, near_then, steer = self._before or (seen.t_ns, far, near, np.zeros_like(far))
        most = np.asarray(self.near_most_rad)
        turned = np.multiply(self.far_gain, far - far_then) + np.multiply(self.near_gain, near - near_then)
        turned += np.multiply(self.near_gain_ps, np.clip(near, -most, most)) * ((seen.t_ns - t_ns) / NS_PER_S)
        wanted_rad: F64 = steer + np.multiply(self.scale, turned)
        self._before = seen.t_ns, far, near, wanted_rad
        return wanted_rad
