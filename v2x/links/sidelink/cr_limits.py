"""How much of a busy channel one sender may take: the CR limits of ETSI TS 103 574.

A sender measures the channel busy ratio (CBR, TS 36.214 clause 5.1.30: share of sub-channels sensed above -94 dBm over
100 subframes) and its own channel occupancy ratio (CR, clause 5.1.31: sub-channels used and granted among all within
1000 subframes). Before it sends a packet of PPPP k, the CR of its packets of PPPP k and above, this one included, must
be within the limit for k at that CBR (TS 36.213 clause 14.1.1.4B); PPPP 1 is the most urgent, 8 the least.

Figures for PPPP 3 to 5 are confirmed by WiLabV2Xsim's code, those for PPPP 1-2 and 6-8 are from memory of the standard.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from v2x.jit import compiled
from v2x.links.base import F64, I64

#: Priorities: 1, the most urgent, to this.
PRIORITIES = 8
#: Upper end of a class of CBR, and the limits there for PPPP 1-2, 3-5 and 6-8; 1 is no limit.
LIMITS = np.array(
    [[0.3, 1.0, 1.0, 1.0], [0.65, 1.0, 0.03, 0.02], [0.8, 0.02, 0.006, 0.004], [np.inf, 0.02, 0.003, 0.002]]
)
#: Column of `LIMITS` by PPPP - 1.
_COLUMN = np.array([1, 1, 2, 2, 2, 3, 3, 3])


def cr_limit(cbr: ArrayLike, pppp: ArrayLike) -> F64:
    """Largest allowed channel occupancy ratio; 1 where there is no limit.

    Raises
    ------
    ValueError
        A priority that is not 1 to 8.
    """
    priority = np.asarray(pppp)
    if np.any((priority < 1) | (priority > PRIORITIES)):
        raise ValueError(f"PPPP must be 1 to {PRIORITIES}")
    return np.asarray(LIMITS[np.searchsorted(LIMITS[:, 0], cbr), _COLUMN[priority - 1]])


def admit(used: F64, capacity: float, sender: I64, pppp: I64, width: F64, limit: F64) -> NDArray[np.bool_]:
    """Which packets may be sent, in their order: each one sent counts against those after it.

    Parameters
    ----------
    used
        Sub-channels that each station used within the last second by PPPP, (stations, `PRIORITIES`); what is sent is
        added in place.
    capacity
        Sub-channels that there were in that second.
    sender, pppp, width
        Row of ``used``, priority and number of sub-channels of each packet, (n,).
    limit
        `cr_limit` of each packet, (n,).
    """
    return _admit(used, capacity, sender, pppp, width, limit)


@compiled
def _admit(used: F64, capacity: float, sender: I64, pppp: I64, width: F64, limit: F64) -> NDArray[np.bool_]:
    sent = np.zeros(len(sender), np.bool_)
    for packet in range(len(sender)):
        row, first = sender[packet], pppp[packet] - 1
        occupied = used[row, first:].sum() + width[packet]
        if limit[packet] >= 1.0 or occupied <= limit[packet] * capacity:
            used[row, first] += width[packet]
            sent[packet] = True
    return sent
