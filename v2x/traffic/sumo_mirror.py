"""Vehicles that somebody else moves, mirrored into SUMO so that its traffic reacts to them.

What SUMO 1.28 makes of it was measured (tests/traffic/test_sumo_mirror.py), without its sublane model:

- ``moveToXY`` takes effect in the next step, is exact (1e-9 m) with ``keepRoute`` 2, and has to be called in each
  step: SUMO drives a vehicle that it was not called for. It also exchanges the route where a vehicle leaves it, and
  nobody arrives: at the end of the network a vehicle is off its lanes.
- The speed that SUMO then takes for the vehicle's is bounded by the limits of its type, and others believe it. The true
  one is set after each step, so those limits need not be bent; how hard others expect it to brake stays its type's.
- Only the traffic of the lane that SUMO finds nearest sees the vehicle. Where its body reaches into another, a `ghost`
  of it is there, as long as the body is along that lane, so that that lane's traffic brakes too.
- Off all lanes SUMO has no lane for it, and nobody sees it but where ghosts are; it stays in the snapshots.
- Who stands for ``time_to_teleport_s`` is teleported, and a ghost then is gone: neither is ever told to stand still.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import cos, degrees, pi, sin
from typing import Any

from v2x.errors import TrafficError
from v2x.traffic.lane_strips import LaneStrips, Reach
from v2x.traffic.mirrored import Posed
from v2x.traffic.sumo_lanes import SumoLanes
from v2x.traffic.sumo_reading import Reading

#: SUMO may move the vehicle to any place, and looks for its lane no farther away than this, metres: at its default of
#: 100 a vehicle in a junction gets a lane that is none of its own (SUMO's issues 15282 and 10448).
_ANYWHERE, _MATCH_M = 2, 20.0
#: The next lane's traffic minds a body that reaches this far over the line, metres (assumed), until it is off the line.
OVER_LINE_M = 0.2
#: To SUMO slower vehicles wait, and those that wait for long are teleported: whoever is put in its place anyway is told
#: to move this fast in a step, metres per second. Others see the speed that is set for the time before.
_AWAKE_MPS = 0.11
#: A ghost ends its step so far before the end of its lane, metres: within 0.1 m of it SUMO takes it for arrived.
_END_M = 0.5
#: Type of ghosts, and how their names begin.
_GHOST = "v2x.ghost"
#: Speed mode and lane change mode of a vehicle that minds nothing and decides nothing.
_AS_TOLD = 0


@dataclass
class _Ego:
    """One mirrored vehicle: its size, its last pose, and what SUMO makes of it.

    ``before`` is the lane from which it came to the one that it is on, not from beside; ghosts are by lane.
    """

    length_m: float
    width_m: float
    pose: Posed
    lane: str = ""
    before: str = ""
    ghosts: dict[str, str] = field(default_factory=dict)

    @property
    def front_m(self) -> tuple[float, float]:
        """SUMO's point of a vehicle: the middle of the front bumper."""
        half_m, heading = self.length_m / 2.0, self.pose.heading_rad
        return self.pose.x_m + half_m * cos(heading), self.pose.y_m + half_m * sin(heading)

    @property
    def grid_deg(self) -> float:
        """SUMO's angle: clockwise from the plane's north."""
        return degrees(pi / 2.0 - self.pose.heading_rad) % 360.0


class SumoMirror:
    """Obeys `Posed`.

    Parameters
    ----------
    api
        libsumo or traci, started.
    lanes
        Its lanes.
    strips
        Those outside junctions as strips of road.
    step_s
        Length of a step.
    """

    def __init__(self, api: Any, lanes: SumoLanes, strips: LaneStrips, step_s: float) -> None:
        self._api, self._lanes, self._strips, self._step_s = api, lanes, strips, step_s
        self._bodies: dict[str, tuple[float, float]] = {}
        self._egos: dict[str, _Ego] = {}

    # ------------------------------------------------------------------ orders

    def embody(self, vehicle: str, length_m: float, width_m: float) -> None:
        """Mirror a vehicle that minds nothing any more, see `v2x.traffic.mirrored.Mirrored`."""
        try:
            self._api.vehicle.setLength(vehicle, length_m)
            self._api.vehicle.setWidth(vehicle, width_m)
        except self._api.TraCIException as cause:
            raise TrafficError(f"no vehicle '{vehicle}' to be mirrored") from cause
        self._bodies[vehicle] = length_m, width_m

    def mirror(self, poses: Sequence[Posed]) -> None:
        """Where vehicles are at the end of the next step."""
        for pose in poses:
            name = pose.vehicle
            if name in self._egos:
                self._egos[name].pose = pose
            else:
                self._egos[name] = _Ego(*self._bodies[name], pose, self._api.vehicle.getLaneID(name))

    # ------------------------------------------------------------------ around a step of SUMO

    def move(self) -> None:
        """Before a step."""
        for name, ego in self._egos.items():
            edge, _, index = ego.lane.rpartition("_")
            number = int(index) if edge else -1
            self._api.vehicle.moveToXY(
                name, edge, number, *ego.front_m, angle=ego.grid_deg, keepRoute=_ANYWHERE, matchThreshold=_MATCH_M
            )

    def settle(self) -> Iterator[dict[str, Any]]:
        """After a step: speeds and ghosts. Yields a note when a vehicle has left the lanes."""
        vehicle = self._api.vehicle
        for name, ego in self._egos.items():
            lane = vehicle.getLaneID(name)
            if lane != ego.lane:
                if not lane:
                    yield {"kind": "traffic.off_lane", "vehicle": name, "lane": ego.lane}
                ego.before = ego.lane if lane in self._ways_on(ego.lane) else ""
                ego.lane = lane
            vehicle.setPreviousSpeed(name, ego.pose.speed_mps, ego.pose.accel_mps2)
            vehicle.setSpeed(name, max(ego.pose.speed_mps, _AWAKE_MPS))
            self._haunt(name, ego)

    def correct(self, reading: Reading) -> Reading:
        """The same reading, changed: without ghosts, and with mirrored vehicles as they are."""
        if not self._egos:
            return reading
        columns: list[list[Any]] = list(reading)
        for row in [row for row, name in enumerate(reading.names) if self._is_ours(name)][::-1]:
            for column in columns:
                del column[row]
        for name, ego in self._egos.items():
            values = name, ego.front_m, ego.grid_deg, ego.pose.speed_mps, ego.pose.accel_mps2, ego.lane
            for column, value in zip(columns, values, strict=True):
                column.append(value)
        return reading

    def others(self, names: Iterable[str]) -> list[str]:
        """Those of SUMO's road users that are neither mirrored nor ghosts."""
        return [name for name in names if not self._is_ours(name)]

    def _is_ours(self, name: str) -> bool:
        return name in self._egos or name.startswith(_GHOST)

    # ------------------------------------------------------------------ ghosts

    def _haunt(self, name: str, ego: _Ego) -> None:
        """Have ghosts where the body reaches into lanes that SUMO does not have it on."""
        reached, pose = {}, ego.pose
        for reach in self._strips.under(pose.x_m, pose.y_m, pose.heading_rad, ego.length_m, ego.width_m):
            if reach.depth_m > (0.0 if reach.lane in ego.ghosts else OVER_LINE_M):
                reached[reach.lane] = reach
        for lane in (ego.before, ego.lane, *self._ways_on(ego.lane)):  # there SUMO knows of it
            reached.pop(lane, None)
        for lane in [lane for lane in ego.ghosts if lane not in reached]:
            self._api.vehicle.remove(ego.ghosts.pop(lane))
        for lane, reach in reached.items():
            if lane not in ego.ghosts:
                ego.ghosts[lane] = self._new_ghost(name, lane, ego.width_m)
            self._put(ego.ghosts[lane], reach, pose)

    def _ways_on(self, lane: str) -> list[str]:
        """The lanes to which one leads, through a junction and in it; none if there is no lane."""
        links = self._api.lane.getLinks(lane) if lane else ()
        return [after for link in links for after in (link[0], link[4])]

    def _new_ghost(self, name: str, lane: str, width_m: float) -> str:
        vehicle, kinds, edge = self._api.vehicle, self._api.vehicletype, lane.rpartition("_")[0]
        if _GHOST not in kinds.getIDList():
            kinds.copy("car", _GHOST)
            kinds.setVehicleClass(_GHOST, "ignoring")  # may be on every lane
            kinds.setMinGap(_GHOST, 0.0)
        route, ghost = f"{_GHOST}.{edge}", f"{_GHOST}.{name}.{lane}"
        if route not in self._api.route.getIDList():
            self._api.route.add(route, [edge])
        vehicle.add(ghost, route, _GHOST, depart="now")
        vehicle.setSpeedMode(ghost, _AS_TOLD)
        vehicle.setLaneChangeMode(ghost, _AS_TOLD)
        vehicle.setWidth(ghost, width_m)
        return ghost

    def _put(self, ghost: str, reach: Reach, pose: Posed) -> None:
        """Have a ghost beside its vehicle, with the speed that that has along the lane."""
        vehicle, whole_m = self._api.vehicle, self._lanes.length_m(reach.lane)
        speed_mps = max(0.0, pose.speed_mps * cos(pose.heading_rad - reach.heading_rad))
        front_m = min(reach.front * whole_m, whole_m - speed_mps * self._step_s - _END_M)
        vehicle.setLength(ghost, max((reach.front - reach.rear) * whole_m, 0.1))
        vehicle.moveTo(ghost, reach.lane, max(front_m, 0.0))
        vehicle.setPreviousSpeed(ghost, speed_mps, 0.0)
        vehicle.setSpeed(ghost, max(speed_mps, _AWAKE_MPS))
