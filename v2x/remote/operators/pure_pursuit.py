"""Pure pursuit: on the circle through a point of the course ahead.

Coulter, Implementation of the pure pursuit path tracking algorithm, CMU-RI-TR-92-01, 1992 (from memory, not verified).
Not a person, but the simplest thing that steers, with a closed theory: on a straight road it is unstable from a loop
delay of 0.5205 look-ahead times on. In bends it looks ahead by a third of its look-ahead time, so that some delay makes
it better: nothing is to be validated with it alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import atan, atan2, sin

import numpy as np
from numpy.typing import ArrayLike

from v2x.jit import compiled
from v2x.remote.operators.base import F64, Seen


@compiled
def _steer(forward: F64, left: F64, reach: F64, wheelbase: F64) -> F64:
    out = np.empty_like(forward)
    for i in range(out.size):
        out[i] = atan(2.0 * wheelbase[i] * sin(atan2(left[i], forward[i])) / reach[i])
    return out


@dataclass(frozen=True)
class PurePursuit:
    """Pure pursuit.

    Attributes
    ----------
    wheelbase_m
        Of its vehicle.
    look_ahead_s, least_m
        The point is as far ahead as the vehicle comes in that time, but no nearer than that. Assumed.
    reaction_s
        None: it is an automaton.
    """

    wheelbase_m: ArrayLike
    look_ahead_s: ArrayLike = 1.2
    least_m: ArrayLike = 4.0
    reaction_s: ArrayLike = 0.0

    def steer_rad(self, seen: Seen) -> F64:
        """As `Operator`."""
        reach_m = np.maximum(self.least_m, np.multiply(self.look_ahead_s, seen.speed_mps))
        forward_m, left_m = seen.ahead.point_m(reach_m)
        return _steer(forward_m, left_m, reach_m, np.full_like(reach_m, self.wheelbase_m))
