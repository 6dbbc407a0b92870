"""What members have heard of each other: the newest state that messages told, for every receiver and sender."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_S
from v2x.control.laws.base import Heard
from v2x.geo import apart
from v2x.messages.model_control import ControlStates

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

#: Before all messages: half of the range, so that an age can be taken.
_NEVER = np.iinfo(np.int64).min // 2
_SPEED, _ACCEL, _DESIRED, _LAT, _LON, _LENGTH = range(6)


class Hearsay:
    """Tables of (platoon, receiver, sender); messages from other platoons are none of it.

    Parameters
    ----------
    identity
        Temporary identity of each member, (platoon, vehicle).
    """

    def __init__(self, identity: NDArray[np.uint64]) -> None:
        platoons, vehicles = identity.shape
        self._shape = identity.shape
        self._place = {number: divmod(row, vehicles) for row, number in enumerate(identity.ravel().tolist())}
        entries = platoons * vehicles * vehicles
        self._utc_ns, self._told = np.full(entries, _NEVER), np.zeros((6, entries))
        self._first = np.arange(platoons * vehicles).reshape(identity.shape) * vehicles

    def entries(self, sender: I64) -> I64:
        """Where the others' news stand, given the place of the other for each member, (platoon, vehicle)."""
        entries: I64 = self._first + sender
        return entries

    def take(self, heard: Iterable[tuple[int, int, int]], states: ControlStates) -> None:
        """Take in messages that have arrived, in order; older news than what is known change nothing.

        Parameters
        ----------
        heard
            Platoon and place of who got each, and its row.
        states
            What they say.
        """
        desired = np.where(np.isnan(states.desired_accel_mps2), states.accel_mps2, states.desired_accel_mps2)
        columns = (states.speed_mps, states.accel_mps2, desired, states.lat_deg, states.lon_deg, states.length_m)
        news = np.stack(columns)
        numbers, utc_ns = states.temporary_id.tolist(), states.utc_ns.tolist()
        for platoon, place, row in heard:
            sender = self._place.get(numbers[row])
            if sender is not None and sender[0] == platoon:
                entry = self._first[platoon, place] + sender[1]
                if utc_ns[row] > self._utc_ns[entry]:
                    self._utc_ns[entry] = utc_ns[row]
                    self._told[:, entry] = news[:, row]

    def of(self, entries: I64, clock_ns: I64) -> Heard:
        """What each member has heard of one other, without distances.

        Parameters
        ----------
        entries
            `entries` of the others.
        clock_ns
            UTC by the clocks of the members, (platoon, vehicle).
        """
        utc_ns = self._utc_ns[entries]
        age_s = np.where(utc_ns == _NEVER, np.inf, (clock_ns - utc_ns) / NS_PER_S)
        speed, accel, desired = self._told[:3, entries]
        return Heard(speed, accel, desired, np.zeros(self._shape), age_s)

    def rear_m(self, entries: I64, lon_deg: F64, lat_deg: F64, heading_deg: F64) -> F64:
        """How far ahead of points the other's rear was, along a heading, by its own position; (platoon, vehicle)."""
        east_m, north_m = apart(lon_deg, lat_deg, self._told[_LON, entries], self._told[_LAT, entries])
        heading = np.radians(heading_deg)
        return east_m * np.sin(heading) + north_m * np.cos(heading) - self.length_m(entries) / 2.0

    def length_m(self, entries: I64) -> F64:
        """Length of the other as it tells it."""
        length_m: F64 = self._told[_LENGTH, entries]
        return length_m
