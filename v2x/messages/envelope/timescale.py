"""Time of the security headers: TAI since the beginning of 2004, from UTC and back."""

from __future__ import annotations

from datetime import UTC, datetime

from v2x.clock import NS_PER_S, utc_ns

_EPOCH_NS = utc_ns(datetime(2004, 1, 1, tzinfo=UTC))

#: Days on which TAI gained a second on UTC since 2004 (IERS Bulletin C; none after 2017 until 2026).
_LEAPS_NS = tuple(
    utc_ns(datetime(year, month, 1, tzinfo=UTC))
    for year, month in ((2006, 1), (2009, 1), (2012, 7), (2015, 7), (2017, 1))
)


def time64(t_utc_ns: int) -> int:
    """Time64 of IEEE 1609.2, whole microseconds rounded down, of a moment in nanoseconds of UTC since 1970."""
    leaps = sum(leap <= t_utc_ns for leap in _LEAPS_NS)
    return (t_utc_ns - _EPOCH_NS + leaps * NS_PER_S) // 1000


def time32(t_utc_ns: int) -> int:
    """Time32 of IEEE 1609.2, whole seconds rounded down."""
    return time64(t_utc_ns) // 1_000_000


def utc_of_time64(time: int) -> int:
    """Nanoseconds of UTC since 1970 of a Time64; within a leap second the first of the next day."""
    t_tai_ns = time * 1000 + _EPOCH_NS
    leaps = sum(leap + (k + 1) * NS_PER_S <= t_tai_ns for k, leap in enumerate(_LEAPS_NS))
    return t_tai_ns - leaps * NS_PER_S
