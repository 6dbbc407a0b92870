"""Formulas as ufuncs: of floats alone, and within compiled loops."""

from __future__ import annotations

import numpy as np

from v2x.jit import compiled, elementwise


@elementwise
def half(value: float) -> float:
    return value / 2.0


@compiled
def quarter(value: float) -> float:
    return float(half(half(value)))


def test_a_formula_takes_whole_numbers_as_floats() -> None:
    assert half(np.array([3, 4])).tolist() == [1.5, 2.0]
    assert half(7) == 3.5


def test_compiled_loops_can_call_a_formula() -> None:
    assert quarter(2.0) == 0.5
    assert quarter(3) == 0.75
