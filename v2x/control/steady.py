"""The gaps that control laws ask for while all drive at one speed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from v2x.control.laws import law
from v2x.control.laws.base import Gains, Heard, Situation

F64 = NDArray[np.float64]


def steady_gap_m(name: str, gains: Gains, speed_mps: F64) -> F64:
    """Gap that a law asks for from each vehicle behind others of its speed, (replica, vehicle), without extra room."""
    still = np.zeros_like(speed_mps)
    heard = Heard(speed_mps, still, still, still, still)
    now = Situation(1.0, "desired", speed_mps, still, still, still, still, still, heard, heard, still, still)
    return np.array(law(name).wanted_gap_m(now, gains))
