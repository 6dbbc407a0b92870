"""Elements that several messages of SAE J2735 share: identities and dates."""

from __future__ import annotations

from datetime import UTC, datetime

from v2x.clock import NS_PER_MS, utc_datetime, utc_ns
from v2x.messages.codec import Value
from v2x.messages.timemark import DSECOND_RESERVED, DSECOND_UNAVAILABLE, NS_PER_MINUTE, stamp

_ID_BITS = 32


def to_temporary_id(number: int) -> bytes:
    """DE_TemporaryID: the low 32 bits of an identity, as in BSMs."""
    return (number & (1 << _ID_BITS) - 1).to_bytes(_ID_BITS // 8)


def to_date_time(t_utc_ns: int) -> Value:
    """DF_DDateTime in UTC, to the nearest millisecond."""
    ms = (t_utc_ns + NS_PER_MS // 2) // NS_PER_MS
    at = utc_datetime(ms * NS_PER_MS)
    date = {"year": at.year, "month": at.month, "day": at.day}
    return date | {"hour": at.hour, "minute": at.minute, "second": ms % 60_000}


def from_date_time(value: Value, near_utc_ns: int) -> int:
    """UTC of a DF_DDateTime; where it has no full date, its millisecond of the minute completed with a reference."""
    second = value.get("second", DSECOND_UNAVAILABLE)
    try:
        date = (value["year"], value["month"], value["day"])
        minute = datetime(*date, value["hour"], value["minute"], tzinfo=UTC)
    except (KeyError, ValueError):  # left out; the values for unknown are no dates either
        return stamp(None, second, near_utc_ns)
    start: int = utc_ns(minute) - value.get("offset", 0) * NS_PER_MINUTE
    return start + second * NS_PER_MS if second < DSECOND_RESERVED else start
