"""Vehicles that a scenario adds to SUMO's demand, one by one: the factor on the demand does not touch them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from v2x.errors import TrafficError
from v2x.scenario.model_vehicles import ScenarioVehicle

#: A car with siren and blue light. SUMO's device makes others form a lane for it. How much faster it drives is assumed.
_BLUE_LIGHT, _BLUE_LIGHT_SPEED = "car_blue_light", 1.2
#: SUMO's speed mode of an ordinary driver: minds speed limits of its own, right of way and red lights.
_MINDS_ALL = 31


def add_vehicles(api: Any, vehicles: Sequence[ScenarioVehicle], warmup_s: float) -> None:
    """Add vehicles to a simulation that has just started.

    Parameters
    ----------
    api
        libsumo or traci.
    vehicles
        Whom to add.
    warmup_s
        SUMO's time at the run's time 0.

    Raises
    ------
    TrafficError
        With the path of what SUMO refuses: an edge or lane that does not exist, no way between two edges.
    """
    if any(vehicle.blue_light for vehicle in vehicles):
        api.vehicletype.copy("car", _BLUE_LIGHT)
        api.vehicletype.setVehicleClass(_BLUE_LIGHT, "emergency")
        api.vehicletype.setSpeedFactor(_BLUE_LIGHT, _BLUE_LIGHT_SPEED)
        api.vehicletype.setParameter(_BLUE_LIGHT, "has.bluelight.device", "true")
    for row, vehicle in enumerate(vehicles):
        _add(api, vehicle, warmup_s, f"traffic.vehicles.{row}")


def wait_at_red(api: Any, vehicles: Sequence[ScenarioVehicle]) -> None:
    """Make blue-light vehicles stop at red in the next step, so that what a priority gains them is to be seen.

    SUMO's device has them drive through, and says so anew in every step.
    """
    waiting = {vehicle.id for vehicle in vehicles if vehicle.blue_light}
    for name in sorted(waiting & set(api.vehicle.getIDList())) if waiting else ():
        api.vehicle.setSpeedMode(name, _MINDS_ALL)


def _add(api: Any, vehicle: ScenarioVehicle, warmup_s: float, path: str) -> None:
    kind = _BLUE_LIGHT if vehicle.blue_light else vehicle.kind
    route = f"scenario.{vehicle.id}"
    edges = way(api, vehicle.route, kind, path)
    try:
        api.route.add(route, edges)
        depart, at = repr(warmup_s + vehicle.depart_s), repr(vehicle.depart_at_m) if vehicle.depart_at_m else "base"
        api.vehicle.add(vehicle.id, route, kind, depart, departLane="best", departPos=at, departSpeed="max")
    except api.TraCIException as cause:
        raise TrafficError(f"SUMO refuses it: {cause}", path=path) from cause
    for number, stop in enumerate(vehicle.stops):
        try:
            api.vehicle.setStop(vehicle.id, stop.edge, stop.at_m, stop.lane, stop.duration_s)
        except api.TraCIException as cause:
            raise TrafficError(f"SUMO refuses it: {cause}", path=f"{path}.stops.{number}") from cause


def way(api: Any, places: Sequence[str], kind: str, path: str) -> list[str]:
    """All edges from the first place to the last."""
    known = set(api.edge.getIDList())
    for row, edge in enumerate(places):
        if edge not in known:
            raise TrafficError(f"no edge '{edge}' in the field's network", path=f"{path}.route.{row}")
    edges = [places[0]]
    for row, (here, there) in enumerate(pairwise(places), 1):
        found = api.simulation.findRoute(here, there, kind).edges
        if not found:
            raise TrafficError(f"no way from '{here}' to '{there}'", path=f"{path}.route.{row}")
        edges += found[1:]
    return edges
