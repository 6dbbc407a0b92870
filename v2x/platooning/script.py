"""What vehicles set out to do by the scenario, at its time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from v2x.clock import to_ns
from v2x.platooning.crew import Crew
from v2x.platooning.protocol.states import Wish
from v2x.scenario.model_manoeuvres import Manoeuvre


@dataclass
class CutIn:
    """Somebody who drives into another platoon, stays a while, and drives out again.

    Attributes
    ----------
    row
        Who.
    among
        Rows of the platoon as it began.
    until_ns
        When it gives up looking for a place.
    for_ns
        How long it stays.
    out_ns
        When it goes out again, None before it is in.
    direction
        Of the lane change that it is at; +1 to the left, 0 for none.
    back
        Direction in which it goes out.
    """

    row: int
    among: list[int]
    until_ns: int
    for_ns: int
    out_ns: int | None = None
    direction: int = 0
    back: int = 0


class Script:
    """The manoeuvres of a scenario, in order of time.

    Parameters
    ----------
    manoeuvres
        What is to be done.
    crew
        By whom.
    identity
        Temporary identities, (n,).
    """

    def __init__(self, manoeuvres: Sequence[Manoeuvre], crew: Crew, identity: NDArray[np.uint64]) -> None:
        self._left = sorted(manoeuvres, key=lambda each: each.at_s)
        self._crew, self._identity = crew, identity

    def due(self, t_ns: int) -> list[tuple[int, Wish | CutIn]]:
        """Who sets out to do what, since the last call."""
        begun = []
        while self._left and to_ns(self._left[0].at_s) <= t_ns:
            each = self._left.pop(0)
            rows = self._crew.rows(each.platoon)
            begun.append((rows[each.who], self._meant(each, rows[each.who], t_ns)))
        return begun

    def _meant(self, each: Manoeuvre, row: int, t_ns: int) -> Wish | CutIn:
        others = self._crew.rows(each.platoon if each.into is None else each.into)
        if each.kind == "cut_in":
            return CutIn(row, others, t_ns + to_ns(each.within_s), to_ns(each.for_s))
        if each.kind == "brake":
            return Wish("brake", for_ns=to_ns(each.for_s))
        if each.kind in ("join", "merge"):
            target = next(other for other in others if other != row)
            return Wish(each.kind, target=int(self._identity[target]), place=each.where)
        return Wish(each.kind)
