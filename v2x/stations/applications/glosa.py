"""Green light optimal speed advisory: the speed at which the vehicle arrives on green (MAP, SPAT)."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan

from v2x.clock import NS_PER_S, to_ns
from v2x.messages.model import SignalGroup
from v2x.scenario.use_cases import use_case
from v2x.stations.applications.approach import Maps, Matched, Place, main_connection
from v2x.stations.applications.motion import Own
from v2x.stations.applications.phases import Phases, greens
from v2x.stations.base import EventSink, Output, View


@dataclass(frozen=True)
class Settings:
    """Figures.

    Attributes
    ----------
    reach_m
        Advice begins at this distance from the line.
    close_m
        Nearer to the line there is none: the driver looks at the light.
    min_mps
        Slowest speed that is advised.
    limit_mps
        Fastest, where the MAP tells no limit.
    queue_s
        Arrive so long after the green begins: a queue has left by then.
    end_s
        Arrive so long before it ends.
    tell_mps
        A change of the advice by less is no event.
    """

    reach_m: float
    close_m: float
    min_mps: float
    limit_mps: float
    queue_s: float
    end_s: float
    tell_mps: float


class GreenSpeed:
    """Advises the greatest speed up to the limit that meets a green, the earliest that can be met."""

    hears = frozenset({"MAP", "SPAT"})

    def __init__(self, event: EventSink) -> None:
        self._settings = use_case("glosa").settings(Settings)
        self._event = event
        self._maps, self._phases = Maps(), Phases()
        self._told_mps: float | None = None
        self._sure: tuple[Place, int] | None = None  # intersection and group of the lane, when it was last known

    def on_step(self, view: View) -> Output:
        """See `v2x.stations.base.Application`."""
        self._maps.hear(view)
        self._phases.hear(view)
        own = Own.of(view)
        matched = self._maps.match(own) if own is not None else None
        advice_mps = None
        if matched is not None and self._settings.close_m < matched.to_line_m <= self._settings.reach_m:
            advice_mps = self._advice(view, matched)
        self._tell(advice_mps, matched)
        return Output(speed_mps=advice_mps)

    def _advice(self, view: View, matched: Matched) -> float | None:
        """None where the lights of the lane are not known, differ, or cannot be met at a speed worth advising."""
        told = self._phases.groups(matched)
        limits = [lane.speed_limit_mps for lane in matched.lanes if not isnan(lane.speed_limit_mps)]
        number = self._group(matched)
        if number is None or number not in told:
            return None
        limit_mps = min(limits, default=self._settings.limit_mps)
        return self._meeting(told[number], view.clock_ns, matched.to_line_m, limit_mps)

    def _group(self, matched: Matched) -> int | None:
        """The group of the lane, None if lanes that the vehicle may be in have different ones.

        Positions stray: the group that was the only one stays so while the vehicle may be in a lane of it, or else the
        advice would come and go.
        """
        main = [main_connection(lane) for lane in matched.lanes]
        groups = {None if each is None else each.signal_group for each in main}
        if len(groups) == 1:
            number = groups.pop()
            self._sure = None if number is None else (matched.place, number)
            return number
        if self._sure is not None and self._sure[0] == matched.place and self._sure[1] in groups:
            return self._sure[1]
        return None

    def _meeting(self, group: SignalGroup, clock_ns: int, to_line_m: float, limit_mps: float) -> float | None:
        for from_ns, until_ns in greens(group):
            begun = from_ns <= clock_ns
            open_s = 0.0 if begun else (from_ns - clock_ns) / NS_PER_S + self._settings.queue_s
            close_s = (until_ns - to_ns(self._settings.end_s) - clock_ns) / NS_PER_S
            soonest_s = max(to_line_m / limit_mps, open_s)
            if soonest_s <= close_s:
                speed_mps = to_line_m / soonest_s
                return speed_mps if speed_mps >= self._settings.min_mps else None
        return None

    def _tell(self, advice_mps: float | None, matched: Matched | None) -> None:
        """An event when advice begins, changes or ends."""
        told = self._told_mps
        if advice_mps is None and told is not None:
            self._event("glosa.end", {})
        elif advice_mps is not None and matched is not None:
            if told is not None and abs(advice_mps - told) < self._settings.tell_mps:
                return
            fields = {"intersection": matched.place[1], "speed_mps": round(advice_mps, 2)}
            self._event("glosa.advice", fields | {"to_line_m": round(matched.to_line_m, 1)})
        self._told_mps = advice_mps
