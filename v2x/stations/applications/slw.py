"""Speed limit warning: faster than the lane (MAP) or a notice (RSI, TIM) allows."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan

from v2x.messages.causes import SPEED_LIMIT
from v2x.scenario.use_cases import use_case
from v2x.stations.applications.approach import Maps
from v2x.stations.applications.latch import Latch
from v2x.stations.applications.motion import Own
from v2x.stations.applications.zones import Zone, Zones
from v2x.stations.base import EventSink, Output, View


@dataclass(frozen=True)
class Settings:
    """Figures.

    Attributes
    ----------
    tolerance_mps
        Not warned up to so much above the limit.
    confirm_s, hold_s
        As in `Latch`.
    """

    tolerance_mps: float
    confirm_s: float
    hold_s: float


class SpeedLimit:
    """A limit that is announced takes the place of the lane's; of several lanes or limits in question see `_limit`."""

    hears = frozenset({"MAP", "RSI", "TIM"})

    def __init__(self, event: EventSink) -> None:  # noqa: ARG002
        self._settings = use_case("slw").settings(Settings)
        self._zones, self._maps = Zones(), Maps()
        self._latch = Latch("slw", self._settings.confirm_s, self._settings.hold_s)

    def on_step(self, view: View) -> Output:
        """See `v2x.stations.base.Application`."""
        zones, own = self._zones.hear(view), Own.of(view)
        self._maps.hear(view)
        present = {}
        if own is not None:
            limit_mps = self._limit(own, zones)
            if limit_mps is not None and own.speed_mps > limit_mps + self._settings.tolerance_mps:
                fields = {"limit_mps": round(limit_mps, 2), "speed_mps": round(own.speed_mps, 2)}
                present[f"{limit_mps * 3.6:.0f} km/h"] = fields
        return Output(self._latch.update(view.clock_ns, present))

    def _limit(self, own: Own, zones: list[Zone]) -> float | None:
        """The lowest announced limit that holds here, else the highest of the lanes in question; None if not known."""
        announced = [
            zone.notice.speed_limit_mps
            for zone in zones
            if zone.notice.cause == SPEED_LIMIT and not isnan(zone.notice.speed_limit_mps) and zone.ahead_m(own) == 0.0
        ]
        if announced:
            return min(announced)
        matched = self._maps.match(own) or self._maps.match(own, "out")
        limits = [lane.speed_limit_mps for lane in matched.lanes] if matched is not None else []
        return max(limits) if limits and not any(map(isnan, limits)) else None
