"""Shadowing between moving stations: a Gauss-Markov process of each pair, driven by the way its two ends move.

S' = r S + sqrt(1 - r^2) N with r = exp(-D / Dc) (TR 36.885 clause A.1.4). D is the sum of the ways of *both* ends: each
moves through surroundings of its own, and correlation over either's way multiplies (Wang, Tameh, Nix, "Joint Shadowing
Process in Urban Peer-to-Peer Radio Channels", IEEE Trans. Veh. Technol. 57(1), 2008, from memory). Simulators differ:
WiLabV2Xsim takes the change of the distance between the ends, ns-3 that of the vector; either freezes a platoon.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from v2x.jit import compiled, hashed, normal
from v2x.links.base import F64, I32, I64, U64
from v2x.links.sidelink.pairs import Pairs
from v2x.rng import Stream


@compiled
def _words(root: np.uint64, key: U64, one: I32, other: I32) -> U64:
    """The hash of each pair, the same from both sides."""
    word = np.empty(len(one), np.uint64)
    for pair in range(len(one)):
        first, second = key[one[pair]], key[other[pair]]
        word[pair] = hashed(hashed(root, min(first, second)), max(first, second))
    return word


@compiled
def _advance(
    value: F64,
    word: U64,
    now: np.uint64,
    near: NDArray[np.bool_],
    kept: F64,
    state: NDArray[np.int8],
    start: I64,
    others: I32,
) -> None:
    for one in range(len(start) - 1):
        for pair in range(start[one], start[one + 1]):
            if not near[pair]:
                value[pair] = np.nan
                continue
            share = kept[state[pair], one] * kept[state[pair], others[pair]]
            if np.isnan(value[pair]):
                value[pair] = normal(hashed(word[pair], now))
            elif share < 1.0:
                fresh = normal(hashed(word[pair], now))
                value[pair] = share * value[pair] + sqrt(1.0 - share * share) * fresh


class Shadowing:
    """Standard normal shadowing of each pair of a list.

    A pair that comes into reach begins with the stationary law; while it is in reach its process depends on its own two
    stations and the times of the updates only.

    Parameters
    ----------
    decorrelation_m
        Way after which it is correlated by 1/e, for each state of sight.
    seed
        Seed of the run.
    """

    def __init__(self, decorrelation_m: F64, seed: int) -> None:
        self._decorrelation_m = decorrelation_m[:, np.newaxis]
        self._root = Stream(seed, "pc5.shadowing").root
        self._word = np.zeros(0, np.uint64)
        self.value = np.zeros(0)

    def carry(self, pairs: Pairs, key: U64, origin: I32) -> None:
        """Go over to another list, in which the pairs stood at ``origin`` in the one before."""
        self._word = _words(self._root, key, pairs.one, pairs.other)
        before = np.append(self.value, np.nan)  # what -1, a new pair, finds
        self.value = before[origin]

    def advance(self, t_ns: int, pairs: Pairs, near: NDArray[np.bool_], moved_m: F64, state: NDArray[np.int8]) -> F64:
        """Values at ``t_ns``, after each station has moved ``moved_m``; NaN for pairs that are not ``near``."""
        kept = np.exp(-moved_m / self._decorrelation_m)
        _advance(self.value, self._word, np.uint64(t_ns), near, kept, state, pairs.start, pairs.other)
        return self.value
