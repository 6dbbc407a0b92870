"""Who is to blame for a figure: from the values of runs in which stages are ideal to contributions, pairs and cures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from v2x_analysis.blame.explanation import Blame, Estimate, Method, Pair, Part, Share
from v2x_analysis.blame.game import F64, NOBODY, Coalition, Game
from v2x_analysis.blame.target import Target

#: Contributions nearer to each other than this, as a share of the largest, are equal.
_EQUAL = 1e-6
_ROUNDING = 1e-9


def blame(target: Target, game: Game, passes: Mapping[Coalition, int], parts: Mapping[str, Sequence[str]]) -> Blame:
    """Who is to blame for a figure.

    Parameters
    ----------
    target
        The figure.
    game
        Its values with some stages ideal; all coalitions of `Game.further` are known.
    passes
        Coalition -> number of seeds with which its criterion passes; empty without a criterion.
    parts
        Names of the parts of each stage; told as far as they were tried.
    """
    contributions, method = _contributions(game)
    help_ = {each: _help(target, Estimate.of(share)) for each, share in contributions.items()}
    told = [each for each in contributions if each in game.moving or np.any(contributions[each] != 0.0)]
    order = sorted(told, key=lambda each: -help_[each])
    sum_ = np.sum(list(contributions.values()), axis=0) if contributions else 0.0
    way = game.change(NOBODY, game.everybody)
    rest = np.where(np.isclose(way, sum_, rtol=_ROUNDING, atol=_ROUNDING), 0.0, way - sum_)
    return Blame(
        metric=target.metric,
        unit=target.unit,
        bound=target.bound,
        verdict=target.verdict,
        value=Estimate.of(game.values[NOBODY]),
        ideal=Estimate.of(game.values[game.everybody]),
        ideal_passes=passes.get(game.everybody),
        method=method,
        shares=tuple(_share(each, contributions[each], game, passes, parts.get(each, ())) for each in order),
        rest=None if method == "alone" else Estimate.of(rest),
        pairs=_pairs(game, passes),
        culprits=_culprits(help_),
        cures=_cures(game, passes),
    )


def _contributions(game: Game) -> tuple[dict[str, F64], Method]:
    method: Method = "shapley" if game.exact else "halfway"
    shares = game.shapley() if game.exact else game.halfway()
    if all(np.isfinite(share).any() for share in shares.values()):
        return shares, method
    return {each: game.alone(each) for each in game.movers}, "alone"


def _help(target: Target, contribution: Estimate) -> float:
    """How far a contribution takes the figure towards its bound; its size where there is none."""
    if contribution.value is None:
        return 0.0
    if target.bound is None:
        return abs(contribution.value)
    return contribution.value if "at_least" in target.bound else -contribution.value


def _share(name: str, contribution: F64, game: Game, passes: Mapping[Coalition, int], parts: Sequence[str]) -> Share:
    known = [part for part in parts if frozenset({part}) in game.values]
    told = tuple(Part(part, Estimate.of(game.alone(part)), passes.get(frozenset({part}))) for part in known)
    alone, last = Estimate.of(game.alone(name)), Estimate.of(game.last(name))
    return Share(name, Estimate.of(contribution), alone, last, passes.get(frozenset({name})), told)


def _pairs(game: Game, passes: Mapping[Coalition, int]) -> tuple[Pair, ...]:
    pairs = [
        Pair(
            (one, other),
            Estimate.of(game.change(NOBODY, frozenset({one, other}))),
            Estimate.of(game.beyond(one, other)),
            passes.get(frozenset({one, other})),
        )
        for one, other in game.pairs()
    ]
    return tuple(sorted(pairs, key=lambda pair: -abs(pair.beyond.value or 0.0)))


def _culprits(help_: Mapping[str, float]) -> tuple[str, ...]:
    most = max(help_.values(), default=0.0)
    return tuple(each for each, found in help_.items() if found > 0.0 and found >= most * (1.0 - _EQUAL))


def _cures(game: Game, passes: Mapping[Coalition, int]) -> tuple[tuple[str, ...], ...]:
    """Parts of stages do not count: they are told with their stage."""
    seeds = len(game.values[NOBODY])
    found = [each for each, number in passes.items() if number == seeds and each <= game.everybody]
    least = min(map(len, found), default=0)
    return tuple(sorted(tuple(sorted(each)) for each in found if each and len(each) == least))
