"""How fast one drives that wants into a platoon beside or ahead of it, to get where it wants in."""

from __future__ import annotations

import math

from v2x.platooning.neighbours import Around

#: Where a joiner drives beside: its front so far behind the rear of the one to get behind of, or ahead of the front of
#: the first, m. Assumed; the second leaves room for the length of a truck.
BEHIND_M, AHEAD_M = 7.0, 30.0
#: Gain of the way to that place, 1/s, and how much faster or slower than the others it drives for it, m/s. Assumed.
GAIN_PS, MOST_MPS = 0.3, 8.0


def approach_mps(row: int, ahead: int | None, first: int | None, seen: Around) -> float | None:
    """Speed of a vehicle that is to get behind one other, or ahead of the first; None if it does not know where.

    Parameters
    ----------
    row
        The vehicle.
    ahead, first
        Rows of those two; ``first`` counts where ``ahead`` is None.
    seen
        What it makes of them.
    """
    other = first if ahead is None else ahead
    if other is None or math.isnan(seen.gap_m[row, other]):
        return None
    to_m = float(seen.gap_m[row, other]) - BEHIND_M if ahead is not None else float(seen.along_m[row, other]) + AHEAD_M
    return float(seen.speed_mps[row, other]) + min(max(GAIN_PS * to_m, -MOST_MPS), MOST_MPS)
