"""How long an encoder or a decoder takes for a picture."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp

from numpy.typing import ArrayLike

from v2x.clock import NS_PER_MS
from v2x.rng import Stream


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

    def draw_ns(self, stream: Stream, *keys: ArrayLike) -> int:
        """The duration that belongs to the keys."""
        return round(self.median_ms * NS_PER_MS * exp(self.sigma * float(stream.normal(*keys)[0])))
