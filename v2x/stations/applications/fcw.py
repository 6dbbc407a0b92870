"""Forward collision warning: a slower vehicle ahead in the own lane (BSM)."""

from __future__ import annotations

from dataclasses import dataclass

from v2x.scenario.use_cases import use_case
from v2x.stations.applications.braking import Braking, brakes_enough
from v2x.stations.applications.heard import Vehicles
from v2x.stations.applications.latch import Latch
from v2x.stations.applications.leaders import Leader, leaders
from v2x.stations.applications.motion import Own
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
            for leader in leaders(own, states, view.clock_ns, self._settings.range_m):
                if self._is_time(own, leader):
                    closing_mps = own.speed_mps - leader.along_mps
                    present[leader.name] = {
                        "gap_m": round(leader.gap_m, 1),
                        "closing_mps": round(closing_mps, 2),
                        "ttc_s": round(leader.gap_m / closing_mps, 2) if closing_mps > 0.0 else None,
                    }
        return Output(self._latch.update(view.clock_ns, present))

    def _is_time(self, own: Own, leader: Leader) -> bool:
        if leader.accel_mps2 < -SHARED.brake_slack_mps2:  # until it stands
            room_m = leader.gap_m + leader.along_mps**2 / (-2.0 * leader.accel_mps2)
            closing_mps = own.speed_mps
        else:
            room_m, closing_mps = leader.gap_m, own.speed_mps - leader.along_mps
        if closing_mps <= 0.0 or room_m > self._settings.distance_m(closing_mps):
            return False
        return self._latch.told(leader.name) or not brakes_enough(own.accel_mps2, closing_mps, room_m)
