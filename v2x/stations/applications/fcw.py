"""Forward collision warning: a slower vehicle ahead in the own lane (BSM)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from v2x.scenario.use_cases import use_case
from v2x.stations.applications.braking import Braking, brakes_enough
from v2x.stations.applications.heard import Vehicles, identity
from v2x.stations.applications.latch import Latch
from v2x.stations.applications.motion import Movers, Own, Relative
from v2x.stations.applications.shared import SHARED
from v2x.stations.base import EventSink, Output, View


@dataclass(frozen=True)
class Settings(Braking):
    """Figures.

    Attributes
    ----------
    range_m
        Vehicles further away are left alone.
    min_mps
        Slower own vehicles are not warned.
    confirm_s, hold_s
        As in `Latch`.
    """

    range_m: float
    min_mps: float
    confirm_s: float
    hold_s: float


class ForwardCollision:
    """Warns while a driver who reacts and brakes as assumed still does not touch the vehicle ahead.

    A vehicle ahead that brakes is taken to go on braking: the warning counts on the room that it leaves when it stands.
    """

    hears = frozenset({"BSM"})

    def __init__(self, event: EventSink) -> None:  # noqa: ARG002
        self._settings = use_case("fcw").settings(Settings)
        self._vehicles = Vehicles()
        self._latch = Latch("fcw", self._settings.confirm_s, self._settings.hold_s)

    def on_step(self, view: View) -> Output:
        """See `v2x.stations.base.Application`."""
        states, own = self._vehicles.hear(view), Own.of(view)
        present: dict[str, dict[str, float | None]] = {}
        if own is not None and len(states) and own.speed_mps >= self._settings.min_mps:
            others = Movers.of(states).at(view.clock_ns)
            seen = Relative.to(own, others)
            gap_m = seen.ahead_m - (others.length_m + own.length_m) / 2.0
            for row in np.flatnonzero(self._in_lane(seen, gap_m)).tolist():
                name = identity(int(states.temporary_id[row]))
                closing_mps = own.speed_mps - float(seen.along_mps[row])
                if self._is_time(own, float(others.accel_mps2[row]), closing_mps, float(gap_m[row]), name):
                    present[name] = {
                        "gap_m": round(float(gap_m[row]), 1),
                        "closing_mps": round(closing_mps, 2),
                        "ttc_s": round(float(gap_m[row]) / closing_mps, 2) if closing_mps > 0.0 else None,
                    }
        return Output(self._latch.update(view.clock_ns, present))

    def _in_lane(self, seen: Relative, gap_m: np.ndarray) -> np.ndarray:
        same_way = np.abs(seen.turn_deg) <= SHARED.same_way_deg
        ahead = (seen.ahead_m > 0.0) & (gap_m <= self._settings.range_m) & same_way
        return ahead & seen.in_lane()

    def _is_time(self, own: Own, accel_mps2: float, closing_mps: float, gap_m: float, name: str) -> bool:
        ahead_mps = own.speed_mps - closing_mps
        brakes = accel_mps2 < -SHARED.brake_slack_mps2
        if brakes:  # until it stands
            room_m = gap_m + ahead_mps**2 / (-2.0 * accel_mps2)
            closing_mps = own.speed_mps
        else:
            room_m = gap_m
        if closing_mps <= 0.0 or room_m > self._settings.distance_m(closing_mps):
            return False
        return self._latch.told(name) or not brakes_enough(own.accel_mps2, closing_mps, room_m)
