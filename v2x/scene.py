"""From a snapshot to what the radio sees of it: antennas, and the bodies that stand in their way."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from v2x.assembly import PlacedUnit
from v2x.geo import Plane
from v2x.links.base import Scene, Stations
from v2x.messages.frame import Sender
from v2x.outside import Guest
from v2x.scenario.bodies import ANTENNA_HEIGHT_M
from v2x.stations.bodies import bodies_of
from v2x.traffic.base import KINDS, Snapshot

_ANTENNA_M = np.array([ANTENNA_HEIGHT_M[kind] for kind in KINDS])


def mobiles(snapshot: Snapshot, rows: NDArray[np.intp]) -> Stations:
    """Some road users as stations."""
    return Stations(snapshot.key[rows], snapshot.x_m[rows], snapshot.y_m[rows], _ANTENNA_M[snapshot.type[rows]])


def antennas(units: Sequence[PlacedUnit]) -> Stations:
    """Roadside units as stations."""
    return Stations(
        np.array([placed.unit.key for placed in units], np.uint64),
        np.array([placed.x_m for placed in units], float),
        np.array([placed.y_m for placed in units], float),
        np.array([placed.antenna_m for placed in units], float),
    )


def sender_of(guest: Guest) -> Sender:
    """A guest as the sender of frames."""
    return guest.name, guest.key, guest.x_m, guest.y_m


class SceneMaker:
    """Scenes of one run.

    Parameters
    ----------
    units
        The roadside units.
    plane
        The run's plane.
    step_ns
        Length of a step.
    """

    def __init__(self, units: Sequence[PlacedUnit], plane: Plane, step_ns: int) -> None:
        self._step_ns = step_ns
        self._units = antennas(units)
        self._names = np.array([placed.unit.name for placed in units], object)
        self._convergence_deg = plane.middle_convergence_deg  # elsewhere on the field 1 mm off at a bumper

    def scene(
        self, snapshot: Snapshot, equipped: NDArray[np.bool_], guests: Sequence[Guest] = ()
    ) -> tuple[Scene, NDArray[np.object_]]:
        """Everybody with a PC5 radio, and their names; and all bodies. Equipped road users, roadside units, guests."""
        vehicles = mobiles(snapshot, np.flatnonzero(equipped))
        bodies = bodies_of(snapshot, self._convergence_deg)
        stations = Stations.merge([vehicles, self._units, _visitors(guests)])
        scene = Scene(snapshot.t_ns, snapshot.t_ns + self._step_ns, stations, bodies)
        visitors = np.array([guest.name for guest in guests], object)
        return scene, np.concatenate([snapshot.id[equipped], self._names, visitors])


def _visitors(guests: Sequence[Guest]) -> Stations:
    return Stations(
        np.array([guest.key for guest in guests], np.uint64),
        np.array([guest.x_m for guest in guests], float),
        np.array([guest.y_m for guest in guests], float),
        np.array([guest.antenna_m for guest in guests], float),
    )
