"""Emergency vehicle warning: one with siren or blue light comes nearer (emergency state of its BSM)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from v2x.scenario.use_cases import use_case
from v2x.stations.applications.heard import Vehicles, identity
from v2x.stations.applications.latch import Latch
from v2x.stations.applications.motion import Movers, Own, Relative
from v2x.stations.base import EventSink, Output, View


@dataclass(frozen=True)
class Settings:
    """Figures.

    Attributes
    ----------
    range_m
        Vehicles further away are left alone.
    approach_mps
        It comes nearer at least so fast, and does not drive away that fast by itself.
    near_m
        Nearer than this it matters whichever way it drives.
    confirm_s, hold_s
        As in `Latch`.
    """

    range_m: float
    approach_mps: float
    near_m: float
    confirm_s: float
    hold_s: float


class EmergencyVehicle:
    """Tells that it comes, and from where.

    One that drives away and is only being caught up with wants nothing of the vehicle: it has passed, or leaves on
    another road. One that stands counts.
    """

    hears = frozenset({"BSM"})

    def __init__(self, event: EventSink) -> None:  # noqa: ARG002
        self._settings = use_case("evw").settings(Settings)
        self._vehicles = Vehicles()
        self._latch = Latch("evw", self._settings.confirm_s, self._settings.hold_s)

    def on_step(self, view: View) -> Output:
        """See `v2x.stations.base.Application`."""
        states, own = self._vehicles.hear(view), Own.of(view)
        rows = np.flatnonzero(states.emergency == 1)
        present = {}
        if own is not None and len(rows):
            responding = states.take(rows)
            seen = Relative.to(own, Movers.of(responding).at(view.clock_ns))
            away_m = np.maximum(np.hypot(seen.ahead_m, seen.right_m), 1e-3)
            leaving_mps = (seen.ahead_m * seen.along_mps + seen.right_m * seen.across_mps) / away_m
            nearing_mps = own.speed_mps * seen.ahead_m / away_m - leaving_mps
            bar_mps = self._settings.approach_mps
            comes = (nearing_mps >= bar_mps) & (leaving_mps < bar_mps)
            matters = (away_m <= self._settings.range_m) & (comes | (away_m <= self._settings.near_m))
            for row in np.flatnonzero(matters).tolist():
                side = _side(float(seen.ahead_m[row]), float(seen.right_m[row]))
                name = identity(int(responding.temporary_id[row]))
                present[name] = {"from": side, "away_m": round(float(away_m[row]), 1)}
        return Output(self._latch.update(view.clock_ns, present))


def _side(ahead_m: float, right_m: float) -> str:
    """Where it is, in quarters."""
    if abs(ahead_m) >= abs(right_m):
        return "ahead" if ahead_m > 0.0 else "behind"
    return "right" if right_m > 0.0 else "left"
