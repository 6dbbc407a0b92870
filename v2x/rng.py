"""Randomness as a pure function: (seed, purpose, who, when) -> number.

A stateful generator hands its numbers out in the order of the calls, so one vehicle more would change every other
vehicle's luck. Here each draw is a hash of what it is for; the order of vehicles, steps, batches and workers cannot
matter. `Stream` draws columns; `Stream.generator` gives an ordinary numpy generator where order is fixed by nature.

The hash is the finaliser of SplitMix64 (Steele, Lea, Flood 2014, OOPSLA), applied once per key word; its output passes
BigCrush in counter mode, and ``tests/test_rng.py`` checks uniformity and independence of neighbouring keys.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]
Drawn = TypeVar("Drawn")

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX2 = np.uint64(0x94D049BB133111EB)


def key_of(name: str) -> int:
    """Stable 64-bit key of a name (a station, a purpose), equal on every machine and in every process."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")


def _mix(word: U64) -> U64:
    """Hash the words in their own place; arithmetic modulo 2**64 is the point."""
    shifted = word >> np.uint64(30)
    word ^= shifted
    word *= _MIX1
    np.right_shift(word, np.uint64(27), out=shifted)
    word ^= shifted
    word *= _MIX2
    np.right_shift(word, np.uint64(31), out=shifted)
    word ^= shifted
    return word


def _unit(word: U64) -> F64:
    """Middle of the word's cell of 2**-52: with 53 bits the half would round up to 1.0, whose normal is infinite."""
    middle: F64 = (word >> np.uint64(12)).astype(np.float64)
    middle += 0.5
    middle *= 2.0**-52
    return middle


def _as_words(key: ArrayLike) -> U64:
    column = np.atleast_1d(np.asarray(key))
    if column.dtype.kind not in "iub":  # numpy makes float64 of [2**63, 1]: neighbouring keys would silently merge
        raise TypeError(f"keys are integers (give large ones as a uint64 array), not {column.dtype}")
    return column.astype(np.uint64, copy=False)


class OnceAStation(Generic[Drawn]):
    """Draws that a station has for good, drawn anew only when others are asked about than the last time.

    Parameters
    ----------
    draw
        Station keys (n,) -> what they have. The result is handed out again: nobody may change it.
    """

    def __init__(self, draw: Callable[[U64], Drawn]) -> None:
        self._draw = draw
        self._last: tuple[bytes, Drawn] | None = None

    def of(self, keys: U64) -> Drawn:
        """What the stations have."""
        asked = keys.tobytes()  # to compare them takes a tenth of np.array_equal
        if self._last is None or self._last[0] != asked:
            self._last = asked, self._draw(keys)
        return self._last[1]


class Stream:
    """A named source of keyed draws.

    Parameters
    ----------
    seed
        Seed of the run.
    purpose
        What the numbers are for, e.g. ``"pc5.loss"``. Two purposes never share numbers.
    """

    def __init__(self, seed: int, purpose: str) -> None:
        sequence = np.random.SeedSequence([seed, key_of(purpose)])
        self._seed, self._purpose = seed, purpose
        self._root = sequence.generate_state(1, np.uint64).astype(np.uint64)

    @property
    def root(self) -> np.uint64:
        """Where the hash of the keys starts, for compiled loops (`v2x.jit.hashed`)."""
        return np.uint64(self._root[0])

    def bits(self, *keys: ArrayLike) -> U64:
        """64 random bits for each row of the broadcast integer ``keys`` (station keys, times, counters)."""
        word = self._root
        for key in keys:
            word = word ^ _as_words(key)
            word += _GOLDEN
            word = _mix(word)
        return word

    def uniform(self, *keys: ArrayLike) -> F64:
        """Uniform on the open interval (0, 1), one value per row of the broadcast ``keys``."""
        return _unit(self.bits(*keys))

    def normal(self, *keys: ArrayLike) -> F64:
        """Standard normal, one value per row of the broadcast ``keys``."""
        draws = self.uniform(*keys)
        ndtri(draws, out=draws)
        return draws

    def generator(self, *keys: str) -> np.random.Generator:
        """An ordinary generator of its own for a sub-stream, e.g. one link's outage process."""
        return np.random.default_rng(
            np.random.SeedSequence([self._seed, key_of(self._purpose), *(key_of(key) for key in keys)])
        )
