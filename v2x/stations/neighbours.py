"""Who was heard of late, and how old the newest word of each is: the table behind awareness on any station."""

from __future__ import annotations

from typing import Any

from v2x.clock import NS_PER_S
from v2x.messages.model import VehicleStates

#: A vehicle not heard for this long is forgotten, seconds (project choice: fifty missed messages at 10 Hz).
FORGET_S = 5


class Neighbours:
    """Temporary identity -> instant of the newest state heard (UTC ns)."""

    def __init__(self) -> None:
        self._newest: dict[int, int] = {}

    def hear(self, states: VehicleStates) -> None:
        """Take in decoded BSMs; an older one than the newest known changes nothing."""
        for who, when in zip(states.temporary_id.tolist(), states.utc_ns.tolist(), strict=True):
            self._newest[who] = max(when, self._newest.get(who, when))

    def summary(self, clock_ns: int) -> dict[str, Any]:
        """Forget the silent ones; how many are left and the median age of what is known of them."""
        horizon_ns = clock_ns - FORGET_S * NS_PER_S
        self._newest = {who: when for who, when in self._newest.items() if when >= horizon_ns}
        ages_ms = sorted((clock_ns - when) / 1e6 for when in self._newest.values())
        return {"neighbours": len(ages_ms), "median_age_ms": ages_ms[len(ages_ms) // 2] if ages_ms else None}
