"""Stanley's law: along the course, and towards it by how far the front axle is off.

Hoffmann, Tomlin, Montemerlo, Thrun, Autonomous automobile trajectory tracking for off-road driving, ACC 2007 (from
memory, not verified), its kinematic part:

    delta = -psi_e - atan(k e_front / v)
"""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, cos, sin

import numpy as np
from numpy.typing import ArrayLike

from v2x.jit import compiled
from v2x.remote.operators.base import F64, Seen


@compiled
def _steer(forward: F64, left: F64, heading: F64, speed: F64, wheelbase: F64, gain: F64) -> F64:
    out = np.empty_like(forward)
    for i in range(out.size):
        psi = heading[i]
        front_m = (wheelbase[i] - forward[i]) * sin(psi) - left[i] * cos(psi)  # off the course's tangent there
        out[i] = -psi - atan2(gain[i] * front_m, speed[i])
    return out


@dataclass(frozen=True)
class Stanley:
    """Stanley's law.

    Attributes
    ----------
    wheelbase_m
        Of its vehicle.
    gain_ps
        k above, 1/s: how fast it wants the offset to go.
    reaction_s
        None: it is an automaton.
    """

    wheelbase_m: ArrayLike
    gain_ps: ArrayLike = 1.0
    reaction_s: ArrayLike = 0.0

    def steer_rad(self, seen: Seen) -> F64:
        """As `Operator`."""
        speed_mps = seen.speed_mps
        wheelbase_m, gain = np.full_like(speed_mps, self.wheelbase_m), np.full_like(speed_mps, self.gain_ps)
        forward_m, left_m = seen.ahead.point_m(wheelbase_m)
        return _steer(forward_m, left_m, seen.ahead.heading_rad(wheelbase_m), speed_mps, wheelbase_m, gain)
