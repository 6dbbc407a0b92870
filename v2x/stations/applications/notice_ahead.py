"""What HLW and TJW have in common: a place that a notice is about lies on the way, and it is time to slow down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from v2x.scenario.use_cases import use_case
from v2x.stations.applications.braking import Braking
from v2x.stations.applications.latch import Latch
from v2x.stations.applications.motion import Own
from v2x.stations.applications.zones import Zones
from v2x.stations.base import Output, View


@dataclass(frozen=True)
class Settings(Braking):
    """Figures of a warning of what lies ahead.

    Attributes
    ----------
    early_s
        Warned at least so long before the place at the present speed.
    min_mps
        Slower vehicles are not warned.
    confirm_s, hold_s
        As in `Latch`.
    """

    early_s: float
    min_mps: float
    confirm_s: float
    hold_s: float


class NoticeAhead:
    """Warns of places whose notices have certain causes, while the vehicle drives up to or in them.

    Parameters
    ----------
    application
        Its abbreviation.
    concerns
        Whether a notice of that cause is its business.
    """

    hears = frozenset({"RSI", "TIM"})

    def __init__(self, application: str, concerns: Callable[[str], bool]) -> None:
        self._settings = use_case(application).settings(Settings)
        self._concerns = concerns
        self._zones = Zones()
        self._latch = Latch(application, self._settings.confirm_s, self._settings.hold_s)

    def on_step(self, view: View) -> Output:
        """See `v2x.stations.base.Application`."""
        zones, own = self._zones.hear(view), Own.of(view)
        present = {}
        if own is not None:
            moving = own.speed_mps >= self._settings.min_mps
            warn_m = max(own.speed_mps * self._settings.early_s, self._settings.distance_m(own.speed_mps))
            for zone in zones:
                if not self._concerns(zone.notice.cause):
                    continue
                ahead_m = zone.ahead_m(own)
                # who has been told and then stops on the way there is not told again when going on
                if (moving and ahead_m <= warn_m) or (self._latch.told(zone.name) and ahead_m < inf):
                    present[zone.name] = {"cause": zone.notice.cause, "ahead_m": round(ahead_m, 1)}
        return Output(self._latch.update(view.clock_ns, present))
