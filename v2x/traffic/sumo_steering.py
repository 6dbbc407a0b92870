"""Vehicles of SUMO that go exactly as told, and what they have around them.

What SUMO 1.28 makes of it was measured (tests/traffic/test_sumo_steering.py). Under ballistic integration a vehicle
goes dt (v0 + v1) / 2, with v0 its speed as SUMO knows it and v1 the one that it is to have; both can be set, and in
speed mode 0 neither limits nor whoever is ahead change them. At the end of a lane that does not lead on it stands
nevertheless, and one that has stood for ``time_to_teleport_s`` is teleported as others are: both are noted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from v2x.traffic.base import Snapshot
from v2x.traffic.steered import Moved, Neighbour, Side, Sights
from v2x.traffic.sumo_lanes import SumoLanes

#: Speed mode and lane change mode of a vehicle that minds nothing and decides nothing.
_AS_TOLD = 0
#: Of SUMO's speeds, m/s: a vehicle that is further off was not moved as told.
_SAME_MPS = 1e-6
#: SUMO's signal states that close a link. A red with a green arrow (s) is red: nobody here stops, looks and goes.
_LIGHTS = {"r": "red", "u": "red", "s": "red", "y": "yellow", "Y": "yellow"}
#: A stop line no more than this past the end of the lane is there, metres.
_LINE_M = 0.1
# bits of SUMO's getNeighbors
_RIGHT, _LEADERS = 1, 2


class _Sight(NamedTuple):
    """One row of `Sights`; as it is, of a vehicle that has left, or is mirrored and off all lanes."""

    present: bool = False
    lane: str = ""
    lane_left_m: float = np.inf
    lane_changes: int = 0
    ahead: str = ""
    gap_m: float = np.inf
    ahead_speed_mps: float = np.nan
    ahead_accel_mps2: float = np.nan
    stop_m: float = np.inf
    stop: str = ""
    allowed_mps: float = np.nan


#: Of the columns of `Sights`.
_TYPES = (bool, object, float, np.int64, object, float, float, float, float, object, float)


class _Told(NamedTuple):
    """The last order for a vehicle, and the speed that SUMO was told for it."""

    move: Moved
    sumo_mps: float


class SumoSteering:
    """Obeys `Moved`, and looks around.

    Parameters
    ----------
    api
        libsumo or traci, started.
    lanes
        Its lanes.
    step_s
        Length of a step.
    """

    def __init__(self, api: Any, lanes: SumoLanes, step_s: float) -> None:
        self._api, self._lanes, self._step_s = api, lanes, step_s
        self._taken: set[str] = set()
        self._told: dict[str, _Told] = {}
        self._astray: set[str] = set()
        self._kept_m: dict[str, float] = {}

    def take(self, name: str) -> None:
        """From now on a vehicle minds nothing: no limit, light or vehicle; and keeps its lane."""
        vehicle = self._api.vehicle
        vehicle.setSpeedMode(name, _AS_TOLD)
        vehicle.setLaneChangeMode(name, _AS_TOLD)
        vehicle.setSpeedFactor(name, 1.0)  # its allowed speed is the road's
        vehicle.setMinGap(name, 0.0)  # SUMO subtracts it from gaps, and takes a smaller gap for a collision
        self._kept_m[name] = 0.0
        self._taken.add(name)

    def steers(self, name: str) -> bool:
        """Whether a vehicle goes as told."""
        return name in self._taken

    def move(self, moves: Sequence[Moved]) -> None:
        """Orders for the next step."""
        vehicle, dt = self._api.vehicle, self._step_s
        for move in moves:
            mean_mps = move.way_m / dt
            before_mps = max(0.0, 2.0 * mean_mps - move.speed_mps)
            after_mps = 2.0 * mean_mps - before_mps  # not its speed when it goes less far than from standstill
            try:
                if move.vehicle not in self._taken:
                    self.take(move.vehicle)
                vehicle.setPreviousSpeed(move.vehicle, before_mps)
                vehicle.setSpeed(move.vehicle, after_mps)
                if move.lane_change:
                    lane = vehicle.getLaneIndex(move.vehicle) + move.lane_change
                    vehicle.changeLane(move.vehicle, lane, dt)
            except self._api.TraCIException:
                continue  # it has left
            self._told[move.vehicle] = _Told(move, after_mps)

    def mirror(self, snapshot: Snapshot) -> Iterator[dict[str, Any]]:
        """Write the speeds and accelerations that were ordered into a snapshot that nobody has seen yet.

        Yields notes of vehicles that SUMO did not move as told, once as long as it lasts; they stay as SUMO has them.
        """
        astray = set()
        for name, (move, sumo_mps) in self._told.items():
            row = snapshot.index_of(name)
            if row is None:
                continue
            if abs(snapshot.speed_mps[row] - sumo_mps) < _SAME_MPS:
                snapshot.speed_mps[row], snapshot.accel_mps2[row] = move.speed_mps, move.accel_mps2
                continue
            astray.add(name)
            if name not in self._astray:
                wanted = {"lane": str(snapshot.lane[row]), "way_m": move.way_m, "speed_mps": move.speed_mps}
                yield {"kind": "traffic.not_as_told", "vehicle": name, **wanted}
        self._astray, self._told = astray, {}

    # ------------------------------------------------------------------ sights

    def sights(self, snapshot: Snapshot, names: Sequence[str], reach_m: float) -> Sights:
        """What is ahead of these vehicles."""
        rows = [self._sight(snapshot, name, reach_m) for name in names]
        columns = zip(*rows, strict=True) if rows else ((),) * len(_TYPES)
        return Sights(*(np.array(column, of) for column, of in zip(columns, _TYPES, strict=True)))

    def _sight(self, snapshot: Snapshot, name: str, reach_m: float) -> _Sight:
        row = snapshot.index_of(name)
        if row is None or not snapshot.lane[row]:
            return _Sight()
        lane = snapshot.lane[row]
        ahead, gap_m, speed_mps, accel_mps2 = self._ahead(snapshot, name, reach_m)
        left_m, changes, stop_m, stop = np.inf, 0, np.inf, ""
        end_m = self._lanes.length_m(lane) - self._api.vehicle.getLanePosition(name)
        if end_m <= reach_m:  # where the lane ends a stop line can be, and not before
            left_m, changes = self._left(name, lane, end_m)
            stop_m, stop = self._stop(name, lane, end_m, reach_m)
        return _Sight(
            present=True,
            lane=lane,
            lane_left_m=left_m if left_m <= reach_m else np.inf,
            lane_changes=changes if left_m <= reach_m else 0,
            ahead=ahead,
            gap_m=gap_m,
            ahead_speed_mps=speed_mps,
            ahead_accel_mps2=accel_mps2,
            stop_m=stop_m,
            stop=stop,
            allowed_mps=self._api.vehicle.getAllowedSpeed(name),
        )

    def _left(self, name: str, lane: str, end_m: float) -> tuple[float, int]:
        """Way to the end of the lanes that a vehicle can follow without a change, and how many it must go to the left.

        inf and 0 if its lane is a best one.
        """
        for best in self._api.vehicle.getBestLanes(name):
            if best[0] == lane and best[3]:  # its length, from the beginning of this lane, and the changes it needs
                return float(best[1] - self._lanes.length_m(lane) + end_m), int(best[3])
        return np.inf, 0

    def _ahead(self, snapshot: Snapshot, name: str, reach_m: float) -> tuple[str, float, float, float]:
        found = self._api.vehicle.getLeader(name, reach_m)
        if found and found[0]:
            gap_m = found[1] + self._kept(name)
            row = snapshot.index_of(found[0])
            if gap_m <= reach_m and row is not None:
                return found[0], gap_m, snapshot.speed_mps[row], snapshot.accel_mps2[row]
        return "", np.inf, np.nan, np.nan

    def _stop(self, name: str, lane: str, end_m: float, reach_m: float) -> tuple[float, str]:
        """The next closed stop line: of a light on the way, or of the junction at the end of this lane."""
        stop_m, stop = np.inf, ""
        for _, _, way_m, state in self._api.vehicle.getNextTLS(name):
            if way_m <= reach_m and state in _LIGHTS:
                stop_m, stop = way_m, _LIGHTS[state]
                break
        if stop_m > end_m + _LINE_M and not lane.startswith(":"):
            links = self._api.vehicle.getNextLinks(name)
            if links and not (links[0][1] or links[0][2]):  # neither right of way nor clear
                return end_m, "yield"
        return stop_m, stop

    def sides(self, snapshot: Snapshot, name: str) -> tuple[Side, Side]:
        """What is to the left and to the right."""
        row = snapshot.index_of(name)
        if row is None or not snapshot.lane[row] or snapshot.lane[row].startswith(":"):
            return Side(False, None, None), Side(False, None, None)
        edge, _, number = snapshot.lane[row].rpartition("_")
        left, right = int(number) + 1, int(number) - 1
        return self._side(snapshot, name, edge, left), self._side(snapshot, name, edge, right, _RIGHT)

    def _side(self, snapshot: Snapshot, name: str, edge: str, index: int, side: int = 0) -> Side:
        vehicle = self._api.vehicle
        inside = 0 <= index < self._lanes.count(edge)
        if not inside or not self._lanes.carries(f"{edge}_{index}", vehicle.getVehicleClass(name)):
            return Side(False, None, None)
        leader, follower = None, None
        for other, gap_m in vehicle.getNeighbors(name, side | _LEADERS):
            leader = self._neighbour(snapshot, other, gap_m + self._kept(name))
        for other, gap_m in vehicle.getNeighbors(name, side):
            follower = self._neighbour(snapshot, other, gap_m + self._kept(other))
        return Side(True, leader, follower)

    def _neighbour(self, snapshot: Snapshot, other: str, gap_m: float) -> Neighbour | None:
        row = snapshot.index_of(other)
        return None if row is None else Neighbour(other, gap_m, float(snapshot.speed_mps[row]))

    def _kept(self, name: str) -> float:
        """The gap that SUMO has a vehicle keep at standstill, and leaves out of the gaps that it tells."""
        if name not in self._kept_m:
            self._kept_m[name] = self._api.vehicle.getMinGap(name)
        return self._kept_m[name]
