"""Gains of a law for every vehicle, and of the laws that it falls back to."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from v2x.control.laws import law
from v2x.control.laws.base import Gains
from v2x.control.plant import filled
from v2x.scenario.model_platoon import Fallback


def gains_of(name: str, shape: tuple[int, int], **given: ArrayLike) -> Gains:
    """All gains of a law, (replica, vehicle): its defaults but for those given; what it does not have is ignored."""
    return {gain: filled(shape, given.get(gain, default)) for gain, default in law(name).defaults.items()}


def with_fallback(name: str, gains: Gains, fallback: Fallback) -> dict[str, Gains]:
    """Gains of a law and of the two that it falls back to.

    These have the time gaps of ``fallback``, or that of the law if it has one and it is larger; a law with a time gap
    also passes its gap at standstill on.
    """
    chosen, first = law(name), next(iter(gains.values()))
    shape = (first.shape[0], first.shape[1])
    own_s = gains["time_gap_s"] if chosen.time_gap else np.zeros(shape)
    spacing = {"spacing_m": gains["spacing_m"]} if chosen.time_gap else {}
    least_s = {"degraded": fallback.degraded_time_gap_s, "acc": fallback.acc_time_gap_s}
    fallen = {
        each: gains_of(each, shape, time_gap_s=np.maximum(own_s, gap_s), **spacing) for each, gap_s in least_s.items()
    }
    return {**fallen, name: gains}
