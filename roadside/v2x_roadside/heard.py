"""What road users say of themselves, as sightings: BSM and PSM."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_S
from v2x.geo import displace
from v2x.messages.model import VehicleStates
from v2x.messages.model_perception import VulnerableRoadUser
from v2x.stations.base import Inbox
from v2x.stations.sightings import SEEN, Sightings

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

#: Older messages than this are no news.
_OLDEST_NS = NS_PER_S
#: One-sigma position error of a sender that states none, and the least that is believed, metres. Assumed.
_UNSTATED_M, _LEAST_M = 5.0, 0.1
#: Errors of speed and heading, which neither BSM nor PSM states, one sigma. Assumed: a vehicle's, a person's.
_VEHICLE_SPEED_MPS, _VEHICLE_HEADING_DEG = 0.2, 2.0
_PERSON_SPEED_MPS, _PERSON_HEADING_DEG = 0.5, 15.0
#: How sure it is that a sender is what it says. Assumed.
_SURE = 0.98
#: BasicVehicleClass of two-wheelers and of people on foot (SAE J2735); all others are vehicles.
_KIND_OF_CLASS = {40: SEEN.index("cyclist"), 85: SEEN.index("cyclist"), 82: SEEN.index("pedestrian")}
#: Length and width by kind where they are not told, metres.
_SIZE_M = np.array([[4.5, 1.8], [1.7, 0.7], [0.5, 0.5]])
_NOBODY = Sightings.none(), np.zeros(0, np.int64)


class Ears:
    """What a unit makes of messages.

    Metres are counted from its mast by constant lengths of a degree: 2 mm off at 120 m.

    Parameters
    ----------
    lat_deg, lon_deg
        Where the mast stands.
    reach_m
        Nobody farther than this is listened to.
    """

    def __init__(self, lat_deg: float, lon_deg: float, reach_m: float) -> None:
        east_deg, north_deg = displace(np.array([lon_deg]), np.array([lat_deg]), 1.0, 1.0)
        self._origin = lon_deg, lat_deg
        self._metres = 1.0 / (east_deg - lon_deg), 1.0 / (north_deg - lat_deg)
        self._reach_m = reach_m

    def heard(self, inbox: Inbox, now_ns: int) -> tuple[Sightings, I64]:
        """The newest message of each road user that is near.

        Parameters
        ----------
        inbox
            What the unit has received.
        now_ns
            UTC by the unit's clock.

        Returns
        -------
        tuple
            The sightings, and how old each is, ns.
        """
        people = [got.message for got in inbox.received if isinstance(got.message, VulnerableRoadUser)]
        if not people and not len(inbox.states):
            return _NOBODY
        parts = [self._vehicles(inbox.states, now_ns)]
        if people:
            parts.append(self._people(people, now_ns))
        seen = Sightings.merge([sightings for sightings, _ in parts]) if people else parts[0][0]
        age_ns = np.concatenate([age for _, age in parts])
        newest = np.lexsort((age_ns, seen.number))
        number = seen.number[newest]
        rows = newest[np.append(True, number[1:] != number[:-1])[: len(number)]]
        return seen.take(rows), np.maximum(age_ns[rows], 0)

    def _near(self, lon_deg: F64, lat_deg: F64, motion: F64, age_ns: I64) -> tuple[NDArray[np.intp], F64, F64]:
        """Rows that are news of somebody near whose ``motion`` is known, and metres east and north of all."""
        (lon, lat), (per_lon, per_lat) = self._origin, self._metres
        east_m, north_m = (lon_deg - lon) * per_lon, (lat_deg - lat) * per_lat
        near = east_m * east_m + north_m * north_m <= self._reach_m**2  # false where the position is not known
        return np.flatnonzero(near & (age_ns <= _OLDEST_NS) & np.isfinite(motion)), east_m, north_m

    def _vehicles(self, states: VehicleStates, now_ns: int) -> tuple[Sightings, I64]:
        """BSMs, and how old they are."""
        age_ns = now_ns - states.utc_ns
        rows, east_m, north_m = self._near(
            states.lon_deg, states.lat_deg, states.speed_mps + states.heading_deg, age_ns
        )
        if not len(rows):
            return _NOBODY
        vehicle_class, length_m, width_m = (
            column[rows] for column in (states.vehicle_class, states.length_m, states.width_m)
        )
        kind = np.full(len(rows), SEEN.index("vehicle"), np.int8)
        for code, seen in _KIND_OF_CLASS.items():
            kind[vehicle_class == code] = seen
        sightings = Sightings(
            number=states.temporary_id[rows],
            east_m=east_m[rows],
            north_m=north_m[rows],
            speed_mps=states.speed_mps[rows],
            heading_deg=states.heading_deg[rows],
            length_m=np.where(length_m > 0, length_m, _SIZE_M[kind, 0]),
            width_m=np.where(width_m > 0, width_m, _SIZE_M[kind, 1]),
            kind=kind,
            kind_confidence=np.full(len(rows), _SURE),
            position_sigma_m=_sigma_m(states.semi_major_m[rows], states.semi_minor_m[rows]),
            speed_sigma_mps=np.full(len(rows), _VEHICLE_SPEED_MPS),
            heading_sigma_deg=np.full(len(rows), _VEHICLE_HEADING_DEG),
        )
        return sightings, age_ns[rows]

    def _people(self, people: Sequence[VulnerableRoadUser], now_ns: int) -> tuple[Sightings, I64]:
        """PSMs of people on foot or on two wheels, and how old they are."""
        lon, lat, speed, heading, major, minor = np.array(
            [(p.lon_deg, p.lat_deg, p.speed_mps, p.heading_deg, p.semi_major_m, p.semi_minor_m) for p in people]
        ).T
        age_ns = now_ns - np.array([person.utc_ns for person in people], np.int64)
        rows, east_m, north_m = self._near(lon, lat, speed + heading, age_ns)
        kinds = [SEEN.index("cyclist" if person.kind == "cyclist" else "pedestrian") for person in people]
        kind = np.array(kinds, np.int8)[rows]
        sightings = Sightings(
            number=np.array([person.temporary_id for person in people], np.uint64)[rows],
            east_m=east_m[rows],
            north_m=north_m[rows],
            speed_mps=speed[rows],
            heading_deg=heading[rows],
            length_m=_SIZE_M[kind, 0],
            width_m=_SIZE_M[kind, 1],
            kind=kind,
            kind_confidence=np.full(len(rows), _SURE),
            position_sigma_m=_sigma_m(major[rows], minor[rows]),
            speed_sigma_mps=np.full(len(rows), _PERSON_SPEED_MPS),
            heading_sigma_deg=np.full(len(rows), _PERSON_HEADING_DEG),
        )
        return sightings, age_ns[rows]


def _sigma_m(semi_major_m: F64, semi_minor_m: F64) -> F64:
    """Standard deviation per axis of an error ellipse."""
    sigma_m = np.sqrt((semi_major_m**2 + semi_minor_m**2) / 2)
    return np.maximum(np.where(np.isnan(sigma_m), _UNSTATED_M, sigma_m), _LEAST_M)
