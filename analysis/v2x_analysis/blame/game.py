"""A figure as a game: players are the stages of a run, and the value of a coalition is the figure with these ideal.

What a player contributes depends on who is ideal before it. Alone, all others as they are, it is what idealising this
stage would repair; as the last, all others ideal, it is what this stage alone would break. Shapley's value (L. S.
Shapley, *A value for n-person games*, 1953) is the mean over all orders, the only division that leaves nothing over,
gives nothing to who changes nothing and the same to equals; A. B. Owen (*Sobol' indices and Shapley value*, SIAM/ASA J.
Uncertainty Quantification 2, 2014) argues for it where inputs of a model interact; both from memory. Its 2^n runs are
made for a few players only; of many, both ends are told and their mean, which for two players is Shapley's value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import combinations
from math import factorial, isfinite

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
Coalition = frozenset[str]

NOBODY: Coalition = frozenset()
#: Up to so many players Shapley's value is computed, from 2^4 runs; assumed to be what one waits for.
EXACT = 4
#: Of more players, so many are looked at in pairs.
_PAIRED = 3
#: A stage that changes less than this share of what another one changes is left out (assumed), and so is rounding.
_NEGLIGIBLE, _NOTHING = 0.01, 1e-9


class Game:
    """Values of coalitions, one a seed.

    Parameters
    ----------
    players
        Names.
    values
        Coalition -> (seeds,), not a number where a run has no such figure. At first of nobody, of each alone, of all
        and of all but one.
    """

    def __init__(self, players: Sequence[str], values: Mapping[Coalition, F64]) -> None:
        self.players, self.values = tuple(players), values
        self.everybody = frozenset(players)

    def change(self, coalition: Coalition, to: Coalition) -> F64:
        """By how much the figure of one coalition is above that of another, (seeds,)."""
        return self.values[to] - self.values[coalition]

    def alone(self, player: str) -> F64:
        """Change by a player when all others are real, (seeds,)."""
        return self.change(NOBODY, frozenset({player}))

    def last(self, player: str) -> F64:
        """Change by a player when all others are ideal, (seeds,)."""
        return self.change(self.everybody - {player}, self.everybody)

    def beyond(self, one: str, other: str) -> F64:
        """What two players change together beyond the sum of what each changes alone, (seeds,)."""
        return self.change(NOBODY, frozenset({one, other})) - self.alone(one) - self.alone(other)

    @cached_property
    def movers(self) -> tuple[str, ...]:
        """Players whose contributions are looked for: of many, those that change the figure, alone or as the last.

        One that changes it negligibly beside who changes it most does not count, nor one that only helps others.
        """
        if len(self.players) <= EXACT:
            return self.players
        most = max((size for size in self._sizes.values() if isfinite(size)), default=0.0)
        return tuple(each for each in self.moving if self._sizes[each] > _NEGLIGIBLE * most)

    @cached_property
    def moving(self) -> tuple[str, ...]:
        """Players that change the figure at all, alone or as the last."""
        return tuple(each for each in self.players if self._sizes[each] > _NOTHING)

    @property
    def exact(self) -> bool:
        """Whether all coalitions of the movers are to be known."""
        return len(self.movers) <= EXACT

    def further(self) -> Iterator[Coalition]:
        """Coalitions that a second look asks for: all of the movers, or the pairs of those that change the most."""
        movers = self.movers
        if self.exact:
            for size in range(len(movers) + 1):
                yield from map(frozenset, combinations(movers, size))
        else:
            for pair in self.pairs():
                yield frozenset(pair)

    def pairs(self) -> list[tuple[str, str]]:
        """Movers two by two; only those that change the most, if they are many."""
        most = self.movers if self.exact else sorted(self.movers, key=self._sizes.__getitem__, reverse=True)[:_PAIRED]
        return list(combinations([each for each in self.players if each in most], 2))

    def shapley(self) -> dict[str, F64]:
        """Shapley's value of each mover in the game among the movers, all others real; all `further` are known."""
        movers, shares = self.movers, {}
        for player in movers:
            others = [each for each in movers if each != player]
            shares[player] = np.zeros_like(self.values[NOBODY])
            for size in range(len(movers)):
                weight = factorial(size) * factorial(len(movers) - size - 1) / factorial(len(movers))
                for before in map(frozenset, combinations(others, size)):
                    shares[player] += weight * self.change(before, before | {player})
        return shares

    def halfway(self) -> dict[str, F64]:
        """Mean of what each mover changes alone and as the last."""
        return {each: (self.alone(each) + self.last(each)) / 2.0 for each in self.movers}

    @cached_property
    def _sizes(self) -> dict[str, float]:
        """Largest change by each player with any seed; infinite where the figure is not there with or without it."""
        ends = {each: (NOBODY, self.everybody - {each}) for each in self.players}
        return {
            each: max(float(np.max(_differences(self.values[to], self.values[to | {each}]))) for to in both)
            for each, both in ends.items()
        }


def _differences(one: F64, other: F64) -> F64:
    """Sizes of differences: 0 where both are not a number, infinite where one of them is."""
    missing = np.isnan(one).astype(np.int64) + np.isnan(other)
    return np.where(missing == 0, np.abs(other - one), np.where(missing == 2, 0.0, np.inf))
