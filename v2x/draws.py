"""Several streams asked about the same stations and times, in compiled loops: what `v2x.rng.Stream` draws, at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from v2x.jit import compiled, hashed, unit
from v2x.rng import Stream

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]


class Draws:
    """A normal draw of each stream for each station and time.

    Parameters
    ----------
    seed
        Seed of the run.
    purposes
        Of the streams.
    """

    def __init__(self, seed: int, purposes: Sequence[str]) -> None:
        self._roots = np.array([Stream(seed, purpose).root for purpose in purposes], np.uint64)

    def normal(self, keys: U64, t_ns: I64) -> F64:
        """``Stream.normal(keys, t_ns)`` of every stream, (streams, n)."""
        draws = np.empty((len(self._roots), len(keys)))
        uniform(self._roots, keys, t_ns, draws)
        ndtri(draws, out=draws)
        return draws


@lru_cache(256)
def no_errors(n: int) -> F64:
    """Zeros, (n,), not to be written to: where nothing is wrong there is nothing to compute."""
    none = np.zeros(n)
    none.flags.writeable = False
    return none


def for_each(t_ns: ArrayLike, keys: U64) -> I64:
    """A time for each station, (n,), of as many or of one for all."""
    times = np.empty(keys.shape, np.int64)
    times[:] = t_ns
    return times


@compiled
def uniform(roots: U64, keys: U64, t_ns: I64, draws: F64) -> None:
    """Fill in ``Stream.uniform(keys, t_ns)`` of streams with these roots, (streams, n)."""
    for stream in range(len(roots)):
        for row in range(len(keys)):
            draws[stream, row] = unit(hashed(hashed(roots[stream], keys[row]), np.uint64(t_ns[row])))
