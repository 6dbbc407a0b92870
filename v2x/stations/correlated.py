"""Correlated errors as a pure function of (station, time): nothing that must be stored, nothing to forget.

A recursion would tie a station's error to when it was last asked. Here the process is anchored at the nodes of a
coarse lattice and refined by halving: the middle of two known points of a Gaussian Markov process is a weighted mean
plus an independent draw of known variance (the bridge of Levy's construction), and each draw is keyed by its own
place on the lattice. Inside a leaf the bridge's law gives mean and variance once more. So the value at a time has
exactly the process's variance, two times in different leaves have exactly its covariance, and a value costs a fixed
number of draws however long ago the station was last asked. Two times inside one leaf (at most 95 ms, less than a BSM
period) share the leaf's ends but not its own draw: their covariance is short by the leaf's bridge variance, at most
``leaf / (2 tau)`` of the whole.

Processes with the same correlation time share the lattice and are asked together.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from v2x.clock import NS_PER_S
from v2x.draws import uniform
from v2x.jit import compiled
from v2x.rng import Stream

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]

#: Longest leaf of the lattice, seconds: less than the period of a 10 Hz message, whose instants are whole milliseconds.
LEAF_S = 0.095
#: Halvings below a block, which is drawn as a whole: its 16 leaves last for some ten to fifteen messages at 10 Hz.
_BLOCK_DEPTH = 4
_NO_BLOCK = np.iinfo(np.int64).min


@dataclass
class _Blocks:
    """The newest block of each station: its number, (n,), and the values at its leaves' ends, (processes, n, ends)."""

    keys: U64
    number: I64
    values: F64

    @classmethod
    def none(cls, processes: int, depth: int) -> _Blocks:
        """Blocks of nobody."""
        return cls(np.zeros(0, np.uint64), np.zeros(0, np.int64), np.zeros((processes, 0, (1 << depth) + 1)))

    def of(self, keys: U64) -> _Blocks:
        """The same for other stations; those that are new have a block that no time lies in."""
        processes, _, ends = self.values.shape
        number, values = np.full(len(keys), _NO_BLOCK), np.empty((processes, len(keys), ends))
        if len(self.keys):
            order = np.argsort(self.keys)
            row = order[np.minimum(np.searchsorted(self.keys, keys, sorter=order), len(order) - 1)]
            known = np.flatnonzero(self.keys[row] == keys)
            number[known], values[:, known] = self.number[row[known]], self.values[:, row[known]]
        return _Blocks(keys.copy(), number, values)


class _Bridged(ABC):
    """Gaussian Markov processes between lattice nodes ``2**depth`` leaves apart; one such stretch is a cell.

    Parameters
    ----------
    seed
        Seed of the run.
    purposes
        A process each.
    tau_s
        Correlation time; infinite for a random walk.
    cell_s
        Length of a cell.
    """

    def __init__(self, seed: int, purposes: Sequence[str], tau_s: float, cell_s: float) -> None:
        self._lattices = [Stream(seed, purpose) for purpose in purposes]
        self._inside = np.array([Stream(seed, f"{purpose}.leaf").root for purpose in purposes], np.uint64)
        self._tau_s = float(tau_s)
        depth = max(0, int(np.ceil(np.log2(cell_s / LEAF_S))))
        self._leaf_ns = max(1, round(cell_s * NS_PER_S / 2**depth))
        self._cell_leaves = 1 << depth
        self._cell_s = self._leaf_ns * self._cell_leaves / NS_PER_S
        self._places = np.arange(depth - 1, -1, -1)  # the binary digit of the leaf that each halving decides
        halves_s = [self._leaf_ns * (1 << int(place)) / NS_PER_S for place in self._places]
        self._levels = [_between(half_s, half_s, self._tau_s) for half_s in halves_s]
        self._block_depth = min(depth, _BLOCK_DEPTH)
        # only saves drawing again what the last call drew
        self._kept = _Blocks.none(len(purposes), self._block_depth)

    @abstractmethod
    def _ends(self, previous: F64, here: F64, following: F64) -> tuple[F64, F64]:
        """Values at both ends of a cell from the draws of the last node, its own and the next."""

    def at(self, keys: U64, t_ns: I64, white_sigma: float = 0.0) -> F64:
        """Values of the first process: `all_at` of it."""
        first: F64 = self.all_at(keys, t_ns, white_sigma)[0]
        return first

    def all_at(self, keys: U64, t_ns: I64, white_sigma: float = 0.0) -> F64:
        """Values of the stations ``keys`` (n,) at ``t_ns`` (n,), and white noise on top, (processes, n).

        One draw stands for the noise and for what the leaf's ends leave open: the sum of two normals is normal.
        """
        self._renew(keys, t_ns)
        values = np.empty((len(self._inside), len(keys)))
        uniform(self._inside, keys, t_ns, values)
        ndtri(values, out=values)
        _bridge(values, t_ns, self._kept.values, self._leaf_ns, self._block_depth, self._tau_s, float(white_sigma))
        return values

    def _renew(self, keys: U64, t_ns: I64) -> None:
        """Have the block of each station in which its time lies."""
        if _holds(keys, t_ns, self._kept.keys, self._kept.number, self._leaf_ns << self._block_depth):
            return
        if not np.array_equal(self._kept.keys, keys):
            self._kept = self._kept.of(keys)
        kept, block = self._kept, t_ns // self._leaf_ns >> self._block_depth
        stale = np.flatnonzero(kept.number != block)
        if len(stale):
            kept.number[stale] = block[stale]
            for process, lattice in enumerate(self._lattices):
                kept.values[process, stale] = self._drawn(lattice, keys[stale], block[stale])

    def _drawn(self, lattice: Stream, keys: U64, block: I64) -> F64:
        """Values at the ends of all leaves of blocks, (n, ends): first the outer two, then level by level."""
        first = block << self._block_depth
        nodes = (first - first % self._cell_leaves)[:, None] + np.array([-1, 0, 1]) * self._cell_leaves
        left, right = self._ends(*lattice.normal(keys[:, None], nodes).T)
        above = len(self._levels) - self._block_depth
        leaves = 1 << self._block_depth
        values = np.empty((len(keys), leaves + 1))
        values[:, 0], values[:, leaves] = self._halve(lattice, keys, first, left, right, above)
        draws = lattice.normal(keys[:, None], first[:, None] + np.arange(1, leaves))
        for (before, after, sigma), place in zip(self._levels[above:], self._places[above:], strict=True):
            half = 1 << int(place)
            middles = np.arange(half, leaves, 2 * half)
            known = before * values[:, middles - half] + after * values[:, middles + half]
            values[:, middles] = known + sigma * draws[:, middles - 1]
        return values

    def _halve(self, lattice: Stream, keys: U64, leaf: I64, left: F64, right: F64, levels: int) -> tuple[F64, F64]:
        """Values at both ends of the shorter stretch around ``leaf`` that some levels of halving lead to."""
        places = self._places[:levels]
        digits = (leaf[:, None] >> places) & 1
        middles = ((leaf[:, None] >> (places + 1)) << (places + 1)) + (1 << places)
        draws = lattice.normal(keys[:, None], middles)
        for (before, after, sigma), draw, digit in zip(self._levels[:levels], draws.T, digits.T, strict=True):
            value = before * left + after * right + sigma * draw
            left, right = np.where(digit, value, left), np.where(digit, right, value)
        return left, right


class GaussMarkov(_Bridged):
    """Stationary first-order Gauss-Markov processes of variance 1 and autocorrelation ``exp(-|dt| / tau_s)``.

    Parameters
    ----------
    seed
        Seed of the run.
    purposes
        What the process is for, or each of several.
    tau_s
        Correlation time.
    """

    #: Length of a cell in correlation times: nodes two apart would correlate by exp(-16) = 1e-7, here by 0.
    _CELL_TAUS = 8.0

    def __init__(self, seed: int, purposes: str | Sequence[str], tau_s: float) -> None:
        super().__init__(seed, [purposes] if isinstance(purposes, str) else purposes, tau_s, self._CELL_TAUS * tau_s)
        carry = np.exp(-self._cell_s / tau_s)
        self._mix = np.array([carry, 1.0]) / np.sqrt(1.0 + carry**2)

    def _ends(self, previous: F64, here: F64, following: F64) -> tuple[F64, F64]:
        carry, fresh = self._mix
        return carry * previous + fresh * here, carry * here + fresh * following


class RandomWalk(_Bridged):
    """Brownian motions of variance ``t`` (seconds) that start from 0 at ``t_ns = 0`` and last ``length_s``."""

    def __init__(self, seed: int, purposes: str | Sequence[str], length_s: float) -> None:
        several = [purposes] if isinstance(purposes, str) else purposes
        super().__init__(seed, several, np.inf, length_s + LEAF_S)  # the end itself lies inside the cell

    def _ends(self, previous: F64, here: F64, following: F64) -> tuple[F64, F64]:  # noqa: ARG002
        return np.zeros_like(here), np.sqrt(self._cell_s) * following


@compiled
def _between(before_s: float, after_s: float, tau_s: float) -> tuple[float, float, float]:
    """Weights of the known points ``before_s`` earlier and ``after_s`` later, and sigma of what they leave open."""
    if np.isinf(tau_s):
        whole_s = before_s + after_s
        return after_s / whole_s, before_s / whole_s, np.sqrt(before_s * after_s / whole_s)
    a, b = before_s / tau_s, after_s / tau_s
    whole = np.sinh(a + b)
    return np.sinh(b) / whole, np.sinh(a) / whole, np.sqrt(2.0 * np.sinh(a) * np.sinh(b) / whole)


@compiled
def _holds(keys: U64, t_ns: I64, kept: U64, number: I64, block_ns: int) -> bool:
    """Whether the blocks of just these stations are kept, and each time lies in its station's."""
    same = len(keys) == len(kept)
    row = 0
    while same and row < len(keys):
        same = keys[row] == kept[row] and t_ns[row] // block_ns == number[row]
        row += 1
    return same


@compiled
def _bridge(
    values: F64, t_ns: I64, ends: F64, leaf_ns: int, block_depth: int, tau_s: float, white_sigma: float
) -> None:
    """From draws to values in their place, (processes, n), given the values at the ends of leaves."""
    for row in range(len(t_ns)):
        leaf, inside_ns = t_ns[row] // leaf_ns, t_ns[row] % leaf_ns
        place = leaf & (1 << block_depth) - 1
        before, after, sigma = _between(inside_ns / 1e9, (leaf_ns - inside_ns) / 1e9, tau_s)
        open_sigma = np.sqrt(sigma * sigma + white_sigma * white_sigma)
        for process in range(len(values)):
            known = before * ends[process, row, place] + after * ends[process, row, place + 1]
            values[process, row] = known + open_sigma * values[process, row]
