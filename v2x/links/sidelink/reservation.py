"""Reservation intervals: the few that a radio may announce, and which of them serves a given message rate."""

from __future__ import annotations

from v2x.scenario.model_sidelink import Mode

#: Whole hundreds of ms that both radios know.
_HUNDREDS = tuple(range(100, 1001, 100))
#: Allowed intervals, ms: TS 36.331 (SL-RestrictResourceReservationPeriod), TS 38.331 (SL-ResourceReservePeriod).
ALLOWED_MS: dict[Mode, tuple[int, ...]] = {"lte4": (20, 50, *_HUNDREDS), "nr2": (*range(1, 100), *_HUNDREDS)}


def reservation_ms(interval_ms: float, mode: Mode) -> int:
    """Interval to reserve for messages that come every ``interval_ms``.

    The longest allowed one that is not longer, so that every message finds a reserved resource before the next message
    comes; what is reserved in vain is the price. For messages that come faster than the shortest allowed interval that
    one is taken, and they wait.
    """
    return max((allowed for allowed in ALLOWED_MS[mode] if allowed <= interval_ms), default=ALLOWED_MS[mode][0])
