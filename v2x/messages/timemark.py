"""Times on the air: milliseconds of a minute, minutes of a year, tenths of an hour, tenths from now.

All of them are fragments of UTC. They are completed with a reference time: the message's own stamp, or when it arrived.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_MS, NS_PER_S, utc_datetime, utc_ns
from v2x.errors import CodecError
from v2x.jit import compiled

I64 = NDArray[np.int64]

NS_PER_MINUTE = 60 * NS_PER_S
NS_PER_TENTH = NS_PER_S // 10
NS_PER_HOUR = 3600 * NS_PER_S
_TENTHS_PER_HOUR = 36_000

#: DE_DSecond for unavailable; 60000..60999 is a leap second, 61000..65534 reserved.
DSECOND_UNAVAILABLE = 65535
DSECOND_RESERVED = 61000
#: DE_MinuteOfTheYear for invalid.
MINUTE_INVALID = 527_040

#: DE_TimeMark for unknown by edition of SAE J2735; T/CSAE 53 has the value of 2016.
TIME_MARK_UNKNOWN = {2016: 36_001, 2020: 36_111}
#: T/CSAE 53 and SAE J2735-2016: more than an hour.
TIME_MARK_BEYOND_HOUR = 36_000
#: SAE J2735-2020 and later: 36000..36009 are the tenths of a leap second, the next ones up to unknown are reserved.
_LEAP_TENTHS = range(36_000, 36_010)

#: A TimeMark names an instant of the current or the next hour. Clocks differ and frames travel, so five minutes at the
#: far end of that hour are read as just past (project choice).
SLACK_NS = 5 * NS_PER_MINUTE


def ms_of_minute(t_utc_ns: I64) -> I64:
    """DE_DSecond (secMark) of UTC times, rounded to the nearest millisecond."""
    return (t_utc_ns + NS_PER_MS // 2) // NS_PER_MS % 60_000


def from_ms_of_minute(mark: I64, near_utc_ns: int | I64) -> I64:
    """UTC of DE_DSecond values: the instants nearest to a reference, or to one each.

    60000..60999 is the leap second at the end of a minute; UTC nanoseconds have no room for it, so it is read as the
    first second of the next minute, as POSIX time does.

    Raises
    ------
    CodecError
        For 61000..65535 (reserved or unavailable): such a state has no time.
    """
    if (mark >= DSECOND_RESERVED).any():
        raise CodecError(f"{int(mark.max())} names no millisecond of the minute", path="secMark")
    return _times(mark, np.full(mark.shape, near_utc_ns))


def times_of(mark: I64, near_utc_ns: I64) -> tuple[I64, NDArray[np.bool_]]:
    """`from_ms_of_minute`, or the reference where a value names no time; and where it names one."""
    return _times(mark, near_utc_ns), mark < DSECOND_RESERVED


@compiled
def _times(mark: I64, near_utc_ns: I64) -> I64:
    """The first result of `times_of`."""
    times = near_utc_ns.copy()
    for i in range(len(mark)):
        if mark[i] < DSECOND_RESERVED:
            times[i] = _nearest_minute(mark[i] * NS_PER_MS, near_utc_ns[i])
    return times


@compiled
def _nearest_minute(at_ns: int, near_utc_ns: int) -> int:
    """The instant so long after the beginning of a minute: of that minute which puts it nearest to a reference."""
    return at_ns + (near_utc_ns - at_ns + NS_PER_MINUTE // 2) // NS_PER_MINUTE * NS_PER_MINUTE


def minute_of_year(t_utc_ns: int) -> int:
    """DE_MinuteOfTheYear of a UTC time (the minute it lies in)."""
    return (t_utc_ns - _year_start_ns(utc_datetime(t_utc_ns).year)) // NS_PER_MINUTE


def minute_stamp(utc_ns: int, _msg_count: int) -> int:
    """DE_MinuteOfTheYear as a `v2x.messages.standing.Stamp`, rounded as `minute_and_ms` does."""
    return minute_and_ms(utc_ns)[0]


def ms_stamp(utc_ns: int, _msg_count: int) -> int:
    """The DE_DSecond that goes with it."""
    return minute_and_ms(utc_ns)[1]


def minute_and_ms(t_utc_ns: int) -> tuple[int, int]:
    """DE_MinuteOfTheYear and DE_DSecond of a UTC time, rounded together so that they never contradict."""
    ms = (t_utc_ns + NS_PER_MS // 2) // NS_PER_MS
    return minute_of_year(ms * NS_PER_MS), ms % 60_000


def from_minute_of_year(minute: int, near_utc_ns: int) -> int | None:
    """UTC of the start of a DE_MinuteOfTheYear in the year that puts it nearest to a reference, None if invalid."""
    if minute >= MINUTE_INVALID:
        return None
    year = utc_datetime(near_utc_ns).year
    candidates = [_year_start_ns(y) + minute * NS_PER_MINUTE for y in (year - 1, year, year + 1)]
    return min(candidates, key=lambda t: abs(t - near_utc_ns))


def stamp(minute: int | None, ms: int | None, near_utc_ns: int) -> int:
    """UTC of a message from its optional minute of the year and millisecond of the minute, else the reference."""
    start = None if minute is None else from_minute_of_year(minute, near_utc_ns)
    usable = ms is not None and ms < DSECOND_RESERVED
    if start is not None and usable and ms is not None:
        return start + ms * NS_PER_MS
    if start is not None:
        # the minute alone is too coarse to correct a reference that lies in it
        return near_utc_ns if start <= near_utc_ns < start + NS_PER_MINUTE else start
    return _nearest_minute(ms * NS_PER_MS, near_utc_ns) if usable and ms is not None else near_utc_ns


def to_time_mark(name: str, t_utc_ns: int, near_utc_ns: int, *, past: bool = False) -> int:
    """DE_TimeMark of an instant, rounded to the nearest tenth of a second.

    Parameters
    ----------
    name
        Field, for the error.
    t_utc_ns
        The instant.
    near_utc_ns
        Time of the message.
    past
        The instant is a beginning that lies behind, not an end ahead.

    Raises
    ------
    CodecError
        Where a receiver would read another hour.
    """
    tenths = (t_utc_ns + NS_PER_TENTH // 2) // NS_PER_TENTH
    mark = tenths % _TENTHS_PER_HOUR
    if from_time_mark(mark, near_utc_ns, past=past) != tenths * NS_PER_TENTH:
        raise CodecError(f"an instant {(t_utc_ns - near_utc_ns) / NS_PER_S:.1f} s from now fits no TimeMark", path=name)
    return mark


def from_time_mark(mark: int, near_utc_ns: int, *, past: bool = False, edition: int = 2020) -> int | None:
    """UTC of a DE_TimeMark, None where it names no instant.

    The hour is chosen so that the instant lies between `SLACK_NS` before the reference and an hour after that; with
    ``past`` it is the mirror image. Tenths of a leap second (2020 and later) are read as the first second of the next
    hour.
    """
    limit = _LEAP_TENTHS.stop if edition >= 2020 else TIME_MARK_BEYOND_HOUR
    if mark >= limit:
        return None
    at = mark * NS_PER_TENTH
    if past:
        return at + (near_utc_ns + SLACK_NS - at) // NS_PER_HOUR * NS_PER_HOUR
    return at - (at - near_utc_ns + SLACK_NS) // NS_PER_HOUR * NS_PER_HOUR


def to_counting(t_utc_ns: int, near_utc_ns: int) -> int:
    """T/CSAE 53 ``counting``: tenths of a second from now, 0 if past, 36000 for more than an hour (as defined)."""
    tenths = (t_utc_ns - near_utc_ns + NS_PER_TENTH // 2) // NS_PER_TENTH
    return min(max(tenths, 0), TIME_MARK_BEYOND_HOUR)


def from_counting(tenths: int, near_utc_ns: int) -> int | None:
    """UTC of a ``counting`` value, None for unknown and for more than an hour."""
    return None if tenths >= TIME_MARK_BEYOND_HOUR else near_utc_ns + tenths * NS_PER_TENTH


@lru_cache(maxsize=4)
def _year_start_ns(year: int) -> int:
    return utc_ns(datetime(year, 1, 1, tzinfo=UTC))
