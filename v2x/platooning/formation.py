"""Who follows whom, as far as each vehicle has it: fixed, or as the protocol last settled it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from v2x.platooning.crew import Crew

I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]

#: Number of the platoon of one that is in none.
NO_PLATOON = -1


@dataclass
class Formation:
    """Columns over the vehicles, (n,).

    Attributes
    ----------
    ahead, first
        Rows of those whose messages each drives by: the one ahead, and the leader; its own where there is none.
    platoon
        Number of the platoon, `NO_PLATOON` outside. A platoon that another vehicle leads than those at the start has
        the number of that vehicle's row, counted on from the platoons and singles.
    place
        Place in the platoon, 0 leads; 0 outside.
    profiled
        Who drives as the scenario's leader does.
    """

    ahead: I64
    first: I64
    platoon: I64
    place: I64
    profiled: Bools

    @classmethod
    def at_start(cls, crew: Crew) -> Formation:
        """As they begin."""
        row, inside = np.arange(len(crew.names)), crew.platoon < crew.platoons
        return cls(
            ahead=row - (crew.place > 0),
            first=row - crew.place,
            platoon=np.where(inside, crew.platoon, NO_PLATOON),
            place=crew.place.copy(),
            profiled=inside & (crew.place == 0),
        )
