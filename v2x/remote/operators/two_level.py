"""Two-level: anticipation of the curvature ahead, and compensation of the error seen.

The two levels are Donges's (A two-level model of driver steering behavior, Human Factors 20(6), 1978; from memory, not
verified). How each is filled in here is an assumption of this project:

    delta = atan(L kappa(v T)) - 2 L/D (psi_e + e/D),    D = max(D_least, tp v)

A driver anticipates by the delays T that he is used to: his own reaction and the steering's lag always, the frames' and
commands' ones as far as he is trained.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import atan

import numpy as np
from numpy.typing import ArrayLike

from v2x.jit import compiled
from v2x.remote.operators.base import F64, Seen


@compiled
def _steer(offset: F64, heading: F64, curvature: F64, reach: F64, wheelbase: F64) -> F64:
    out = np.empty_like(offset)
    for i in range(out.size):
        error = heading[i] + offset[i] / reach[i]
        out[i] = atan(wheelbase[i] * curvature[i]) - 2.0 * wheelbase[i] / reach[i] * error
    return out


@dataclass(frozen=True)
class TwoLevel:
    """Two-level.

    Attributes
    ----------
    wheelbase_m
        Of its vehicle.
    preview_s, least_m
        tp and D_least: the error is to be gone by a point so far ahead. Without a least distance driving slowly does
        not make the loop stable. Assumed.
    training
        How much of the delay of frames and commands it anticipates: 0 none, 1 all.
    steer_lag_s
        Of the steering, as the driver knows it.
    reaction_s
        From seeing to turning the wheel: 0.15 to 0.25 s, from memory, not verified.
    """

    wheelbase_m: ArrayLike
    preview_s: ArrayLike = 1.8
    least_m: ArrayLike = 8.0
    training: ArrayLike = 0.0
    steer_lag_s: ArrayLike = 0.15
    reaction_s: ArrayLike = 0.15

    def steer_rad(self, seen: Seen) -> F64:
        """As `Operator`."""
        ahead, speed_mps = seen.ahead, seen.speed_mps
        used_to_s = np.add(self.reaction_s, self.steer_lag_s) + np.multiply(
            self.training, seen.frame_age_s + seen.command_s
        )
        return _steer(
            ahead.offset_m,
            ahead.heading_rad(np.zeros_like(speed_mps)),
            ahead.curvature_pm(used_to_s * speed_mps),
            np.maximum(self.least_m, np.multiply(self.preview_s, speed_mps)),
            np.full_like(speed_mps, self.wheelbase_m),
        )
