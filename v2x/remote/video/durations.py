"""How long an encoder or a decoder takes for a picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from v2x.clock import NS_PER_MS
from v2x.rng import Stream

#: Draws at once.
_AT_ONCE = 128


@dataclass(frozen=True)
class LogNormal:
    """A duration that is never negative and has a long tail; that it is log-normal is assumed.

    Attributes
    ----------
    median_ms
        Its median.
    sigma
        Standard deviation of its logarithm; 0 for a constant.
    """

    median_ms: float
    sigma: float = 0.0


class Durations:
    """Durations that belong to numbers, drawn by the hundred.

    Parameters
    ----------
    law
        Their law.
    stream, keys
        Where the draws come from: the number comes after these keys.
    """

    def __init__(self, law: LogNormal, stream: Stream, *keys: ArrayLike) -> None:
        self._law, self._stream, self._keys = law, stream, keys
        self._first, self._drawn_ns = 0, list[int]()

    def of(self, number: int) -> int:
        """The duration of a number, nanoseconds; cheap for numbers near the last one."""
        if not 0 <= number - self._first < len(self._drawn_ns):
            self._first = number // _AT_ONCE * _AT_ONCE
            numbers = np.arange(self._first, self._first + _AT_ONCE)
            score = self._stream.normal(*self._keys, numbers)
            drawn_ns = self._law.median_ms * NS_PER_MS * np.exp(self._law.sigma * score)
            self._drawn_ns = np.rint(drawn_ns).astype(np.int64).tolist()
        return self._drawn_ns[number - self._first]
