"""The simplest that can lie ahead: a straight road, in closed form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]


@dataclass(frozen=True)
class Straight:
    """The road y = 0 to the east from poses (n,).

    Attributes
    ----------
    offset_m, psi_rad
        How far to the left of it, and heading.
    """

    offset_m: F64
    psi_rad: F64

    def heading_rad(self, distance_m: F64) -> F64:
        """As `Ahead`."""
        return np.asarray(np.remainder(self.psi_rad + np.pi, 2.0 * np.pi) - np.pi)

    def curvature_pm(self, distance_m: F64) -> F64:
        """As `Ahead`."""
        return np.zeros_like(distance_m)

    def point_m(self, distance_m: F64) -> tuple[F64, F64]:
        """As `Ahead`."""
        along, across = np.cos(self.psi_rad), np.sin(self.psi_rad)
        return distance_m * along - self.offset_m * across, -self.offset_m * along - distance_m * across
