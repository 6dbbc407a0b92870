"""What is said now and is there a constant while later: frames, decisions and commands of a study."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from v2x.clock import NS_PER_S
from v2x.jit import compiled

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

#: Said before everything.
_EVER = -(2**62)


@compiled
def _newest(said: I64, kept: F64, last: int, by: I64) -> F64:
    slots, values, n = kept.shape
    out = np.empty((values, n))
    for i in range(n):
        back = 0
        while back < slots - 1 and said[(last - back) % slots] > by[i]:
            back += 1
        for row in range(values):
            out[row, i] = kept[(last - back) % slots, row, i]
    return out


class Late:
    """Values (k, n) that are said now and then, and the newest of them that is there.

    Parameters
    ----------
    first
        What is there until something arrives, (k, n).
    delay_s
        From said to there, one or (n,).
    least_ns
        They are never said in shorter order than that.
    """

    def __init__(self, first: F64, delay_s: ArrayLike, least_ns: int) -> None:
        delay_ns = np.rint(np.multiply(delay_s, NS_PER_S)).astype(np.int64)
        self._delay_ns = np.broadcast_to(delay_ns, first.shape[1])
        slots = int(self._delay_ns.max(initial=0)) // least_ns + 2
        self._kept = np.repeat(first[None], slots, axis=0)
        self._said_ns, self._last = np.full(slots, _EVER), 0

    def say(self, t_ns: int, values: F64) -> None:
        """The values of an instant, in the order of time."""
        self._last = (self._last + 1) % len(self._kept)
        self._kept[self._last], self._said_ns[self._last] = values, t_ns

    def newest(self, t_ns: int) -> F64:
        """What is there at a time no earlier than that of the last ones said, (k, n)."""
        return _newest(self._said_ns, self._kept, self._last, t_ns - self._delay_ns)
