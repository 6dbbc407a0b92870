"""Hysteresis: an alert begins when its condition has lasted, and ends when it has been gone for a while."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from v2x.clock import to_ns
from v2x.stations.base import Alert


@dataclass
class _Seen:
    first_ns: int
    last_ns: int
    told: bool
    fields: Mapping[str, Any]


class Latch:
    """The alerts of one application.

    Parameters
    ----------
    application
        Its abbreviation.
    confirm_s
        How long a condition must hold before the alert begins.
    hold_s
        How long the alert stays on without its condition.
    """

    def __init__(self, application: str, confirm_s: float, hold_s: float) -> None:
        self._application = application
        self._confirm_ns, self._hold_ns = to_ns(confirm_s), to_ns(hold_s)
        self._seen: dict[str, _Seen] = {}

    def told(self, about: str) -> bool:
        """Whether the alert is on."""
        return about in self._seen and self._seen[about].told

    def update(self, clock_ns: int, present: Mapping[str, Mapping[str, Any]]) -> tuple[Alert, ...]:
        """All alerts that are on, given the conditions that hold now and their figures."""
        for about, fields in present.items():
            seen = self._seen.setdefault(about, _Seen(clock_ns, clock_ns, False, fields))
            seen.last_ns, seen.fields = clock_ns, fields
            seen.told = seen.told or clock_ns - seen.first_ns >= self._confirm_ns
        self._seen = {
            about: seen
            for about, seen in self._seen.items()
            if about in present or (seen.told and clock_ns - seen.last_ns < self._hold_ns)
        }
        return tuple(
            Alert(self._application, about, seen.fields) for about, seen in sorted(self._seen.items()) if seen.told
        )
