"""Somebody at the wheel: a way to steer, with a reaction time and a remnant."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from v2x.remote.late import Late
from v2x.remote.operators.base import F64, I64, Operator, Seen
from v2x.remote.wander import Wander


class Steering(NamedTuple):
    """What somebody does with the wheel, (n,) each."""

    steer_rad: F64
    captured_ns: I64
    """When the frame was taken that made him do it; 0 as long as none has."""


class Human:
    """Operators (n,).

    Parameters
    ----------
    operator
        How they steer.
    n
        How many.
    least_ns
        They are never asked in shorter order than that.
    remnant
        Theirs, if any.
    """

    def __init__(self, operator: Operator, n: int, least_ns: int, remnant: Wander | None = None) -> None:
        self._operator, self._remnant = operator, remnant
        self._decided = Late(np.zeros((2, n)), operator.reaction_s, least_ns)

    def steer(self, seen: Seen) -> Steering:
        """What they do now: what they decided a reaction time ago, and until then straight on."""
        wanted_rad = self._operator.steer_rad(seen)
        if self._remnant is not None:
            wanted_rad = wanted_rad + self._remnant.at(seen.t_ns)
        self._decided.say(seen.t_ns, np.array((wanted_rad, seen.captured_ns), np.float64))
        steer_rad, captured_ns = self._decided.newest(seen.t_ns)
        return Steering(steer_rad, captured_ns.astype(np.int64))  # below 104 days a float64 holds each ns
