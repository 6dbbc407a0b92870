"""What comes at a fixed rate, at a phase of its own: pictures of a camera, refreshes of a screen, commands."""

from __future__ import annotations

from dataclasses import dataclass

from numpy.typing import ArrayLike

from v2x.clock import NS_PER_S
from v2x.rng import Stream


@dataclass(frozen=True)
class Beat:
    """Instants that are numbered from 0 and never drift: number k is at ``phase_ns`` + k / ``hz``, rounded down.

    Attributes
    ----------
    hz
        Instants in a second.
    phase_ns
        The first one.
    """

    hz: int
    phase_ns: int = 0

    @classmethod
    def drawn(cls, hz: int, stream: Stream, *keys: ArrayLike) -> Beat:
        """One whose phase is uniform over the period."""
        return cls(hz, int(float(stream.uniform(*keys)[0]) * NS_PER_S / hz))

    def at_ns(self, number: int) -> int:
        """When a number is."""
        return self.phase_ns + number * NS_PER_S // self.hz

    def first(self, from_ns: int) -> int:
        """Number of the first instant that is not before ``from_ns``."""
        return max(0, -((self.phase_ns - from_ns) * self.hz // NS_PER_S))
