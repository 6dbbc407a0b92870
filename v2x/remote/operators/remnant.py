"""Remnant: what a person's steering has that no model of what he sees explains.

An Ornstein-Uhlenbeck process on top of the steering angle, as in quasi-linear models (McRuer and Jex 1967, from memory,
not verified). Its size and time are assumed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from v2x.remote.wander import Wander

#: Standard deviation of the front wheels' angle, and correlation time. Assumed.
SIGMA_RAD, TIME_S = 0.002, 0.3


def remnant(keys: NDArray[np.uint64], seed: int, sigma_rad: ArrayLike = SIGMA_RAD) -> Wander:
    """Remnants (rad) of operators with these keys (n,)."""
    return Wander(keys, "operator.remnant", seed, sigma_rad, TIME_S)
