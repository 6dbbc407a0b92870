"""Crossover: a person who makes of himself and the vehicle an integrator with a dead time.

McRuer and Jex, A review of quasi-linear pilot models, IEEE Trans. HFE 8(3), 1967: around its crossover frequency the
open loop of a trained person is omega_c e^(-tau s) / s whatever is controlled. McRuer, Allen, Weir, Klein, New results
in driver steering control models, Human Factors 19(4), 1977: drivers close such a loop around the heading, a slow one
around the offset, and add what the curvature seen asks for. Both from memory, not verified. With L the wheelbase,

    delta = atan(L kappa) - omega_c L/v (psi_e + e / (T_aim v)),

which is unstable from a loop delay of a little less than pi / (2 omega_c) on.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import atan

import numpy as np
from numpy.typing import ArrayLike

from v2x.jit import compiled
from v2x.remote.operators.base import F64, Seen

#: Slowest speed that its gain reckons with: below, a person does not steer ever more. Assumed.
LEAST_MPS = 2.0


@compiled
def _steer(
    offset: F64, heading: F64, curvature: F64, speed: F64, wheelbase: F64, crossover: F64, aim_s: F64, least: float
) -> F64:
    out = np.empty_like(offset)
    for i in range(out.size):
        v = max(speed[i], least)
        wrong = heading[i] + offset[i] / (aim_s[i] * v)
        out[i] = atan(wheelbase[i] * curvature[i]) - crossover[i] * wheelbase[i] / v * wrong
    return out


@dataclass(frozen=True)
class Crossover:
    """Crossover.

    Attributes
    ----------
    wheelbase_m
        Of its vehicle.
    crossover_radps
        omega_c: 2 to 4 rad/s, from memory, not verified; the slowest of them, which stands most delay.
    aim_s
        T_aim: time in which it wants the offset to go. Assumed, long against 1 / omega_c.
    reaction_s
        tau: 0.2 to 0.35 s, from memory, not verified.
    """

    wheelbase_m: ArrayLike
    crossover_radps: ArrayLike = 2.0
    aim_s: ArrayLike = 4.0
    reaction_s: ArrayLike = 0.25

    def steer_rad(self, seen: Seen) -> F64:
        """As `Operator`."""
        ahead, speed_mps = seen.ahead, seen.speed_mps
        here = np.zeros_like(speed_mps)
        return _steer(
            ahead.offset_m,
            ahead.heading_rad(here),
            ahead.curvature_pm(np.multiply(self.reaction_s, speed_mps)),
            speed_mps,
            np.full_like(speed_mps, self.wheelbase_m),
            np.full_like(speed_mps, self.crossover_radps),
            np.full_like(speed_mps, self.aim_s),
            LEAST_MPS,
        )
