"""Ways to steer from afar, one a file, by the names of `v2x.scenario.known.OPERATORS`."""

from __future__ import annotations

from dataclasses import fields

from numpy.typing import ArrayLike

from v2x.errors import InputError
from v2x.registry import did_you_mean
from v2x.remote.operators.base import Operator
from v2x.scenario.known import OPERATORS


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
