"""Simulated time: integer nanoseconds since the start of the run, and what UTC that is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_ns(seconds: float) -> int:
    """Seconds to whole nanoseconds, rounded to the nearest."""
    return round(seconds * NS_PER_S)


def utc_ns(moment: datetime) -> int:
    """Nanoseconds since 1970-01-01T00:00Z of an aware datetime, exact to the microsecond."""
    return int((moment - _EPOCH) / timedelta(microseconds=1)) * 1000


def utc_datetime(t_utc_ns: int) -> datetime:
    """Aware datetime (microseconds, rounded down) of nanoseconds since the epoch."""
    return _EPOCH + timedelta(microseconds=t_utc_ns // 1000)


@dataclass(frozen=True)
class SimClock:
    """The run's time grid.

    Attributes
    ----------
    start_utc_ns
        UTC of ``t_ns = 0``, nanoseconds since the epoch.
    step_ns
        Length of one step.
    duration_ns
        Length of the run; the last step ends here.
    """

    start_utc_ns: int
    step_ns: int
    duration_ns: int

    def steps(self) -> Iterator[int]:
        """Start times of all steps, in nanoseconds."""
        return iter(range(0, self.duration_ns, self.step_ns))

    def utc_ns(self, t_ns: int) -> int:
        """UTC nanoseconds since the epoch at simulated time ``t_ns``."""
        return self.start_utc_ns + t_ns
