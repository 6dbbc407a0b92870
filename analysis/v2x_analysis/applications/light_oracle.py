"""The truth about red lights: what the signal really showed when the subject crossed the line, or would have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_S
from v2x.geo import turn_deg
from v2x.messages.model import Lane
from v2x.scenario.use_cases import use_case
from v2x_analysis.applications.lanes import InLane, in_lanes
from v2x_analysis.applications.oracles import Hazards
from v2x_analysis.applications.surroundings import Surroundings
from v2x_analysis.measurement import F64, I64
from v2x_analysis.run import Run

#: Way past the line after which the heading tells the movement, metres, and from which turn on it is one (assumed).
_TURNED_M, _TURN_DEG = 35.0, 45.0


@dataclass(frozen=True)
class _Red:
    """Bars of RLVW."""

    min_mps: float
    needed_mps2: float
    required_s: float


class Lights:
    """The lights of all signal groups over the run, as recorded."""

    def __init__(self, run: Run) -> None:
        rows = run.signals
        t_ns, light = rows["t_ns"].to_numpy(np.int64), rows["light"].astype(object).to_numpy()
        self._changes: dict[tuple[str, int], tuple[I64, NDArray[np.object_]]] = {}
        for junction in rows["junction"].unique():
            for group in rows.loc[rows["junction"] == junction, "group"].unique():
                part = ((rows["junction"] == junction) & (rows["group"] == group)).to_numpy()
                self._changes[str(junction), int(group)] = t_ns[part], light[part]

    def __bool__(self) -> bool:
        return bool(self._changes)

    def red(self, junction: str, group: int, t_ns: F64) -> NDArray[np.bool_]:
        """Whether a group is red at each time; what was not recorded is not."""
        if (junction, group) not in self._changes:
            return np.zeros(len(t_ns), bool)
        since_ns, light = self._changes[junction, group]
        row = np.searchsorted(since_ns, t_ns, side="right") - 1
        return np.asarray((row >= 0) & (light[np.maximum(row, 0)] == "red"))


def rlvw(around: Surroundings) -> Hazards | None:
    """At its speed the subject arrives at red and would have to brake firmly: justified; it crosses at red: required.

    Its movement is the one that it then made. Where the run ends before, an alert is justified if any of the lane's is
    forbidden: nobody knows which it was to be. A right turn is a hazard only where MAP does not let it go on red.
    """
    lights = around.run.derived(Lights)
    if not lights:
        return None
    bars, found = use_case("rlvw").oracle_settings(_Red), []
    for lane in in_lanes(around):
        if lane.lane.ingress and lane.lane.connections:
            found += list(_approaches(around, lane, lights, bars))
    steps, conflicts, required = ([part[k] for part in found] for k in range(3))
    return Hazards.of(
        np.concatenate([*steps, np.zeros(0, np.intp)]),
        np.concatenate([*conflicts, np.zeros(0)]),
        np.concatenate([*required, np.zeros(0, bool)]),
    )


def _approaches(
    around: Surroundings, found: InLane, lights: Lights, bars: _Red
) -> Iterator[tuple[NDArray[np.intp], F64, NDArray[np.bool_]]]:
    """Hazards of each time that the subject drove up a lane: steps, times to the line, whether it crossed at red."""
    cuts = np.flatnonzero(np.diff(around.t_ns[found.step]) > NS_PER_S) + 1
    for part in np.split(np.arange(len(found.step)), cuts):
        step, to_line_m = found.step[part], found.to_line_m[part]
        before = to_line_m > 0.0
        crossed = bool(before[0]) and not before[-1]
        step, to_line_m = step[before], to_line_m[before]
        groups = _groups(found.lane, _movement(around, int(step[-1])) if crossed else None) if len(step) else set()
        if not groups:
            continue
        speed_mps = around.speed_mps[step]
        arrives_s = to_line_m / np.maximum(speed_mps, 0.1)
        arrives_ns = around.t_ns[step] + arrives_s * NS_PER_S
        red = np.any([lights.red(found.junction, group, arrives_ns) for group in groups], axis=0)
        hazard = red & (speed_mps >= bars.min_mps) & (speed_mps**2 / (2.0 * to_line_m) >= bars.needed_mps2)
        crossing_ns = around.t_ns[step[-1:]] + arrives_s[-1:] * NS_PER_S
        violates = crossed and all(lights.red(found.junction, group, crossing_ns)[0] for group in groups)
        required = hazard & violates & (arrives_s <= bars.required_s)
        yield step[hazard], arrives_s[hazard], required[hazard]


def _movement(around: Surroundings, last: int) -> str:
    """Which way the subject went after its last state before the line."""
    beyond = np.flatnonzero(around.gone_m >= around.gone_m[last] + _TURNED_M)
    turn = float(turn_deg(around.heading_deg[last], around.heading_deg[beyond[0] if len(beyond) else -1]))
    return "straight" if abs(turn) <= _TURN_DEG else "right" if turn > 0.0 else "left"


def _groups(lane: Lane, movement: str | None) -> set[int]:
    """Signal groups that forbid the movement while they are red, or any of the lane's if it is not known."""
    made = [each for each in lane.connections if each.maneuver == movement] or lane.connections
    return {each.signal_group for each in made if each.signal_group is not None and not each.on_red}
