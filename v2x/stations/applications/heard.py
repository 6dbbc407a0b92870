"""Who is around, as far as messages tell: the newest state of each, none that is too old."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import isnan, nan

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_S
from v2x.messages.model import VehicleStates
from v2x.messages.model_perception import PerceivedObject, PerceivedObjects, VulnerableRoadUser
from v2x.stations.applications.motion import Movers
from v2x.stations.applications.shared import SHARED
from v2x.stations.base import View

#: Two-sided 95 % of a normal error in standard deviations: the confidences of perceived objects are such bounds.
_SIGMAS_95 = 1.96
#: Width and length of a vulnerable road user that tells none, metres (a walker's shoulders, a bicycle's handlebar).
_WALKER_M = 0.6

#: DE_BasicVehicleClass (SAE J2735, T/CSAE 53) of two-wheelers and people: motorcycles, which e-bikes call themselves,
#: pedestrians, bicycles.
UNPROTECTED = (40, 82, 85)

MAX_AGE_NS = round(SHARED.max_age_s * NS_PER_S)
_NOBODY = VehicleStates.none()


class Vehicles:
    """Senders of BSMs: temporary identity -> newest state.

    Attributes
    ----------
    states
        One row each, sorted by identity.
    """

    def __init__(self) -> None:
        self.states = _NOBODY

    def hear(self, view: View) -> VehicleStates:
        """Take in what has arrived and forget what is too old; all that is left."""
        self.states = view.once(_newest, self.states)
        return self.states


def _newest(view: View, old: VehicleStates) -> VehicleStates:
    """The newest state of each sender that is not too old."""
    new = view.inbox.states
    if not len(new):
        fresh = view.clock_ns - old.utc_ns <= MAX_AGE_NS
        return old if fresh.all() else old.take(np.flatnonzero(fresh))
    sender = np.concatenate([old.temporary_id, new.temporary_id])
    utc_ns = np.concatenate([old.utc_ns, new.utc_ns])
    order = np.lexsort((utc_ns, sender))
    last = order[np.append(np.diff(sender[order]) != 0, True)]
    rows = last[view.clock_ns - utc_ns[last] <= MAX_AGE_NS]
    columns = vars(new)
    return VehicleStates(**{name: np.concatenate([column, columns[name]])[rows] for name, column in vars(old).items()})


@dataclass(frozen=True)
class User:
    """A vulnerable road user that somebody tells of.

    Attributes
    ----------
    name
        Who: its own temporary identity where it is known, else the sender's number for it.
    utc_ns, lat_deg, lon_deg, speed_mps, heading_deg
        Its state; a speed or heading that is not told is 0: it stands.
    size_m
        Its larger dimension across.
    sigma_m
        One sigma of its position per axis, 0 where it is not told.
    heading_bound_deg
        Bound of its heading's error with 95 % probability, NaN where it is not told.
    """

    name: str
    utc_ns: int
    lat_deg: float
    lon_deg: float
    speed_mps: float
    heading_deg: float
    size_m: float
    sigma_m: float
    heading_bound_deg: float = nan


class Users:
    """Vulnerable road users from RSM, SDSM or SSM, and from their own PSM; name -> newest state."""

    def __init__(self) -> None:
        self._known: dict[str, User] = {}

    def hear(self, view: View) -> list[User]:
        """Take in what has arrived and forget what is too old; all that is left."""
        for received in view.inbox.received:
            for user in _users_in(received.message):
                known = self._known.get(user.name)
                if known is None or user.utc_ns >= known.utc_ns:
                    self._known[user.name] = user
        self._known = {name: user for name, user in self._known.items() if view.clock_ns - user.utc_ns <= MAX_AGE_NS}
        return list(self._known.values())


def movers(users: list[User]) -> Movers:
    """Vulnerable road users in columns."""
    size, still = _column(users, "size_m"), np.zeros(len(users))
    return Movers(
        utc_ns=np.array([user.utc_ns for user in users], np.int64),
        lat_deg=_column(users, "lat_deg"),
        lon_deg=_column(users, "lon_deg"),
        speed_mps=_column(users, "speed_mps"),
        heading_deg=_column(users, "heading_deg"),
        accel_mps2=still,
        yaw_rate_dps=still,
        length_m=size,
        width_m=size,
        sigma_m=_column(users, "sigma_m"),
    )


def _column(users: list[User], name: str) -> NDArray[np.float64]:
    return np.array([getattr(user, name) for user in users], float)


def identity(temporary_id: int) -> str:
    """Name of a road user by its temporary identity."""
    return f"{temporary_id:x}"


def _users_in(message: object) -> Iterable[User]:
    match message:
        case PerceivedObjects():
            for seen in message.objects:
                if seen.kind in ("pedestrian", "cyclist"):
                    yield _perceived(message.sender_id, seen)
        case VulnerableRoadUser():
            yield User(
                identity(message.temporary_id),
                message.utc_ns,
                message.lat_deg,
                message.lon_deg,
                _told(message.speed_mps),
                _told(message.heading_deg),
                _WALKER_M if isnan(message.radius_m) else max(2.0 * message.radius_m, _WALKER_M),
                _told(message.semi_major_m),
            )


def _perceived(sender: int, seen: PerceivedObject) -> User:
    return User(
        f"{sender:x}/{seen.id}" if seen.temporary_id is None else identity(seen.temporary_id),
        seen.utc_ns,
        seen.lat_deg,
        seen.lon_deg,
        _told(seen.speed_mps),
        _told(seen.heading_deg),
        max(_told(seen.width_m), _WALKER_M),
        _told(seen.position_confidence_m) / _SIGMAS_95,
        seen.heading_confidence_deg,
    )


def _told(value: float) -> float:
    return 0.0 if isnan(value) else value
