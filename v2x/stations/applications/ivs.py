"""In-vehicle signage: the signs that hold where the vehicle is or is about to be (RSI, TIM)."""

from __future__ import annotations

from dataclasses import dataclass

from v2x.messages.causes import SPEED_LIMIT
from v2x.scenario.use_cases import use_case
from v2x.stations.applications.latch import Latch
from v2x.stations.applications.motion import Own
from v2x.stations.applications.zones import Zone, Zones
from v2x.stations.base import EventSink, Output, View


@dataclass(frozen=True)
class Settings:
    """Figures.

    Attributes
    ----------
    show_m
        Shown from this far before the sign's zone.
    confirm_s, hold_s
        As in `Latch`.
    """

    show_m: float
    confirm_s: float
    hold_s: float


class Signage:
    """Shows each sign once, for as long as it matters."""

    hears = frozenset({"RSI", "TIM"})

    def __init__(self, event: EventSink) -> None:  # noqa: ARG002
        self._settings = use_case("ivs").settings(Settings)
        self._zones = Zones()
        self._latch = Latch("ivs", self._settings.confirm_s, self._settings.hold_s)

    def on_step(self, view: View) -> Output:
        """See `v2x.stations.base.Application`."""
        zones, own = self._zones.hear(view), Own.of(view)
        present = {}
        if own is not None:
            for zone in zones:
                if _is_sign(zone) and (ahead_m := zone.ahead_m(own)) <= self._settings.show_m:
                    fields = {"sign": zone.notice.cause, "text": zone.notice.text, "ahead_m": round(ahead_m, 1)}
                    present[zone.name] = fields
        return Output(self._latch.update(view.clock_ns, present))


def _is_sign(zone: Zone) -> bool:
    return zone.notice.cause == SPEED_LIMIT or zone.notice.cause.startswith("sign_")
