"""Vehicles of SUMO that somebody else drives, in part.

What SUMO 1.28 makes of it was measured (tests/traffic/test_sumo_drivers.py): a maximum speed below the present one is
met with the emergency deceleration, so a cap is lowered bit by bit; without bit 4 of the speed mode a vehicle drives
through red and minds everything else; a set speed without bit 0 drives through whoever is ahead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from v2x.traffic.base import DriveCommand

#: How fast a driver slows down to a cap, m/s^2: lifting the foot and a little brake (assumed).
EASING_MPS2 = 1.5
#: SUMO refuses a maximum speed of 0.
_LEAST_CAP_MPS = 0.1

# bits of SUMO's speed mode: keep the safe speed, the most acceleration, the most deceleration; right of way; red lights
_SAFE, _ACCELERATION, _DECELERATION, _PRIORITY, _RED = 1, 2, 4, 8, 16
_MIND_ALL = _SAFE | _ACCELERATION | _DECELERATION | _PRIORITY | _RED
#: Lights that SUMO stops at.
_CLOSED = frozenset("ryusY")


@dataclass(frozen=True)
class _Habits:
    """What a vehicle's type says, to be restored."""

    max_mps: float
    decel_mps2: float
    mode: int


class SumoDrivers:
    """Obeys `DriveCommand`.

    Parameters
    ----------
    api
        libsumo or traci, started.
    """

    def __init__(self, api: Any) -> None:
        self._api = api
        self._habits: dict[str, _Habits] = {}

    def obey(self, command: DriveCommand) -> None:
        """From the next step on. A lower cap is approached with each call: repeat the command every step.

        Orders for a vehicle that has left are void.
        """
        try:
            if command == DriveCommand(command.vehicle):
                self._release(command.vehicle)
            else:
                self._drive(command)
        except self._api.TraCIException:
            self._habits.pop(command.vehicle, None)

    def _drive(self, command: DriveCommand) -> None:
        vehicle, name = self._api.vehicle, command.vehicle
        habits = self._habits.get(name)
        if habits is None:
            habits = _Habits(vehicle.getMaxSpeed(name), vehicle.getDecel(name), vehicle.getSpeedMode(name))
            self._habits[name] = habits
        vehicle.setMaxSpeed(name, self._cap_mps(name, command.cap_mps, habits.max_mps))
        vehicle.setDecel(name, command.brake_mps2 or habits.decel_mps2)
        lights, users = "lights" in command.overlooks, "users" in command.overlooks
        mode = _MIND_ALL & ~(_RED if lights else 0)
        speed_mps = -1.0  # its own choice
        if command.brake_mps2 is not None:
            speed_mps = 0.0
        elif users and (lights or not self._nears_red(name, habits.decel_mps2)):
            mode &= ~(_SAFE | _PRIORITY | _RED)
            speed_mps = min(vehicle.getAllowedSpeed(name), vehicle.getMaxSpeed(name))
        vehicle.setSpeedMode(name, mode)
        vehicle.setSpeed(name, speed_mps)

    def _cap_mps(self, name: str, cap_mps: float | None, max_mps: float) -> float:
        if cap_mps is None:
            return max_mps
        eased_mps: float = self._api.vehicle.getSpeed(name) - EASING_MPS2 * self._api.simulation.getDeltaT()
        return min(max(cap_mps, eased_mps, _LEAST_CAP_MPS), max_mps)

    def _nears_red(self, name: str, decel_mps2: float) -> bool:
        """Whether a closed light is so near that the vehicle must brake for it; SUMO keeps 1 m from the line."""
        vehicle = self._api.vehicle
        ahead = vehicle.getNextTLS(name)
        speed_mps = vehicle.getSpeed(name)
        brake_m = speed_mps**2 / (2.0 * decel_mps2) + speed_mps * self._api.simulation.getDeltaT() + 2.0
        return bool(ahead) and ahead[0][3] in _CLOSED and ahead[0][2] <= brake_m

    def _release(self, name: str) -> None:
        """As its type would drive it."""
        habits = self._habits.pop(name, None)
        if habits is not None:
            vehicle = self._api.vehicle
            vehicle.setMaxSpeed(name, habits.max_mps)
            vehicle.setDecel(name, habits.decel_mps2)
            vehicle.setSpeedMode(name, habits.mode)
            vehicle.setSpeed(name, -1.0)
