"""The state of all of SUMO's road users.

Plain getters are the fastest way to read libsumo (0.2 us each, no dictionaries); over TraCI's socket a subscription is
ten times faster than they are. Hence two readers, which say the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from v2x.rng import key_of
from v2x.traffic.base import KINDS


class Reading(NamedTuple):
    """What SUMO says of all road users now, in its own order: vehicles, then people."""

    names: list[str]
    #: x, y of the front bumper's middle, metres.
    positions: list[tuple[float, float]]
    grid_deg: list[float]
    speeds_mps: list[float]
    accels_mps2: list[float]
    lanes: list[str]


class Static(NamedTuple):
    """What never changes about a road user."""

    key: int
    kind: int
    length_m: float
    width_m: float


def kind_of(type_id: str) -> int:
    """Code of a vehicle type by its name's first part (``ebike_redrunner`` -> ebike); unknown types count as cars."""
    head = type_id.partition("@")[0].partition("_")[0]
    return KINDS.index(head) if head in KINDS else 0


class _Reader:
    """What both have in common: the memory of everybody who was ever read."""

    def __init__(self, api: Any) -> None:
        self._api = api
        self.static: dict[str, Static] = {}

    def _learn(self, names: Sequence[str], domain: Any) -> None:
        for name in names:
            if name not in self.static:
                kind = kind_of(domain.getTypeID(name))
                self.static[name] = Static(key_of(name), kind, domain.getLength(name), domain.getWidth(name))


class GetterReader(_Reader):
    """Asks libsumo for every value."""

    def enter(self, vehicles: Sequence[str]) -> None:
        """Vehicles are new in the field, and maybe people."""

    def leave(self, vehicles: Sequence[str]) -> None:
        """Vehicles were taken out of the field since the last step."""

    def read(self) -> Reading:
        """Everybody's state now."""
        vehicle, person = self._api.vehicle, self._api.person
        flat = self._api.libsumo._libsumo  # the getters without the Python functions that pass arguments on to them
        driving, walking = vehicle.getIDList(), person.getIDList()
        lanes = list(map(flat.vehicle_getLaneID, driving))
        if "" in lanes:  # a vehicle being teleported is nowhere
            driving = [name for name, lane in zip(driving, lanes, strict=True) if lane]
            lanes = [lane for lane in lanes if lane]
        self._learn(driving, vehicle)
        self._learn(walking, person)
        return Reading(
            names=[*driving, *walking],
            positions=[*map(flat.vehicle_getPosition, driving), *map(person.getPosition, walking)],
            grid_deg=[*map(flat.vehicle_getAngle, driving), *map(person.getAngle, walking)],
            speeds_mps=[*map(flat.vehicle_getSpeed, driving), *map(person.getSpeed, walking)],
            accels_mps2=[*map(flat.vehicle_getAcceleration, driving), *(0.0 for _ in walking)],
            lanes=[*lanes, *map(person.getLaneID, walking)],
        )


class SubscribedReader(_Reader):
    """Has SUMO send the values with each step."""

    def enter(self, vehicles: Sequence[str]) -> None:
        """Vehicles are new in the field, and maybe people."""
        code = self._api.constants
        motion = [code.VAR_POSITION, code.VAR_ANGLE, code.VAR_SPEED, code.VAR_LANE_ID]
        for name in vehicles:
            self._api.vehicle.subscribe(name, [*motion, code.VAR_ACCELERATION])
        for name in self._api.simulation.getDepartedPersonIDList():
            self._api.person.subscribe(name, motion)

    def leave(self, vehicles: Sequence[str]) -> None:
        """Vehicles were taken out of the field since the last step, so what it said of them no longer holds."""
        for name in vehicles:
            self._api.vehicle.getAllSubscriptionResults().pop(name, None)

    def read(self) -> Reading:
        """Everybody's state at the last step, or at ``enter`` if that was later."""
        code = self._api.constants
        got: dict[str, dict[int, Any]] = {}
        for domain in (self._api.vehicle, self._api.person):
            results = domain.getAllSubscriptionResults()
            present = {
                name: row for name, row in results.items() if row[code.VAR_LANE_ID] or domain is self._api.person
            }
            self._learn(list(present), domain)
            got |= present
        rows = got.values()
        return Reading(
            names=list(got),
            positions=[row[code.VAR_POSITION] for row in rows],
            grid_deg=[row[code.VAR_ANGLE] for row in rows],
            speeds_mps=[row[code.VAR_SPEED] for row in rows],
            accels_mps2=[row.get(code.VAR_ACCELERATION, 0.0) for row in rows],
            lanes=[row[code.VAR_LANE_ID] for row in rows],
        )
