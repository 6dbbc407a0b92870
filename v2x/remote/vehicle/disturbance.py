"""What turns a vehicle besides its steering: wind, camber and bumps, as a slow noise of the yaw rate.

An Ornstein-Uhlenbeck process; its size and time are assumed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from v2x.remote.wander import Wander

#: Standard deviation of the yaw rate, and correlation time. Assumed.
SIGMA_RADPS, TIME_S = 0.004, 1.0


def disturbance(keys: NDArray[np.uint64], seed: int, sigma_radps: ArrayLike = SIGMA_RADPS) -> Wander:
    """Disturbances (rad/s) of vehicles with these keys (n,)."""
    return Wander(keys, "remote.disturbance", seed, sigma_radps, TIME_S)
