"""Slow noise: Ornstein-Uhlenbeck processes whose draws are keyed by who and when.

Asked in each control step, in order, so a recursion will do, and it has the right covariance from step to step.
`v2x.stations.correlated` can be asked at any time, but is too rough for times closer than its leaves (95 ms).
"""

from __future__ import annotations

from math import exp, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from v2x.clock import NS_PER_S
from v2x.jit import compiled, hashed, normal
from v2x.rng import Stream

F64 = NDArray[np.float64]
U64 = NDArray[np.uint64]


@compiled
def _wander(value: F64, keys: U64, root: np.uint64, t_ns: int, kept: float, sigma: F64) -> None:
    pushed = sqrt(1.0 - kept * kept)
    for i in range(value.size):
        value[i] = kept * value[i] + pushed * sigma[i] * normal(hashed(hashed(root, keys[i]), np.uint64(t_ns)))


class Wander:
    """Processes (n,) of mean zero, stationary from the first value on.

    Parameters
    ----------
    keys
        Who they belong to, (n,).
    purpose
        What they are, as `Stream` has it.
    seed
        Seed of the run.
    sigma
        Standard deviation, one or (n,).
    time_s
        After that time a process keeps 1/e of its value.
    """

    def __init__(self, keys: U64, purpose: str, seed: int, sigma: ArrayLike, time_s: float) -> None:
        self._keys, self._root = keys, Stream(seed, purpose).root
        self._sigma, self._time_ns = np.full(keys.shape, sigma, np.float64), time_s * NS_PER_S
        self._value, self._t_ns = np.zeros(keys.shape), -1

    def at(self, t_ns: int) -> F64:
        """Values at a time that is later than the one before, (n,); they are good until the next call."""
        first = self._t_ns < 0
        kept = 0.0 if first else exp((self._t_ns - t_ns) / self._time_ns)
        _wander(self._value, self._keys, self._root, t_ns, kept, self._sigma)
        self._t_ns = t_ns
        return self._value
