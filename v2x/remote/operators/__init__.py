"""Ways to steer from afar, one a file. A new one is one file and one line here, or an entry point of that group."""

from __future__ import annotations

from dataclasses import fields

from numpy.typing import ArrayLike

from v2x.errors import InputError
from v2x.registry import Registry, did_you_mean
from v2x.remote.operators.base import Operator

OPERATORS = Registry(
    "v2x.operator",
    {
        "two_level": "v2x.remote.operators.two_level:TwoLevel",
        "two_point": "v2x.remote.operators.two_point:TwoPoint",
        "stanley": "v2x.remote.operators.stanley:Stanley",
        "pure_pursuit": "v2x.remote.operators.pure_pursuit:PurePursuit",
        "crossover": "v2x.remote.operators.crossover:Crossover",
    },
)


def build_operator(name: str, wheelbase_m: ArrayLike, **figures: ArrayLike) -> Operator:
    """The operator of that name for vehicles of that wheelbase, with these figures in place of its own.

    `InputError` if there is no such operator, or it has no such figure.
    """
    kind = OPERATORS.load(name)
    known = [each.name for each in fields(kind) if each.init and each.name != "wheelbase_m"]
    for figure in figures:
        if figure not in known:
            raise InputError(f"operator '{name}' has no '{figure}', {did_you_mean(figure, known)}")
    made: Operator = kind(wheelbase_m=wheelbase_m, **figures)
    return made
