"""Emergency brake warning: a vehicle ahead says that it brakes hard (event flag of its BSM)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from v2x.messages.model import VehicleEvent
from v2x.scenario.use_cases import use_case
from v2x.stations.applications.heard import Vehicles
from v2x.stations.applications.latch import Latch
from v2x.stations.applications.leaders import leaders
from v2x.stations.applications.motion import Own
from v2x.stations.base import EventSink, Output, View


@dataclass(frozen=True)
class Settings:
    """Figures.

    Attributes
    ----------
    range_m
        Vehicles further away are left alone.
    headway_s
        So are vehicles that are further ahead than what the own vehicle drives in this time.
    min_mps
        Slower own vehicles are not warned.
    confirm_s, hold_s
        As in `Latch`.
    """

    range_m: float
    headway_s: float
    min_mps: float
    confirm_s: float
    hold_s: float


class EmergencyBrake:
    """Warns of hard braking ahead in the own lane, also behind vehicles that hide it."""

    hears = frozenset({"BSM"})

    def __init__(self, event: EventSink) -> None:  # noqa: ARG002
        self._settings = use_case("ebw").settings(Settings)
        self._vehicles = Vehicles()
        self._latch = Latch("ebw", self._settings.confirm_s, self._settings.hold_s)

    def on_step(self, view: View) -> Output:
        """See `v2x.stations.base.Application`."""
        states, own = self._vehicles.hear(view), Own.of(view)
        rows = np.flatnonzero(states.events & VehicleEvent.HARD_BRAKING)
        present = {}
        if own is not None and len(rows) and own.speed_mps >= self._settings.min_mps:
            reach_m = min(self._settings.range_m, own.speed_mps * self._settings.headway_s)
            for leader in leaders(own, states.take(rows), view.clock_ns, reach_m):
                present[leader.name] = {"gap_m": round(leader.gap_m, 1), "speed_mps": round(leader.along_mps, 2)}
        return Output(self._latch.update(view.clock_ns, present))
