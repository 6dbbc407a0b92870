"""Road users as messages tell them, brought to the present moment and into the frame of the own vehicle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from v2x.clock import NS_PER_S
from v2x.geo import displace, turn_deg, wrap_deg
from v2x.messages.model import VehicleStates
from v2x.stations.applications.ground import Ground
from v2x.stations.applications.shared import SHARED
from v2x.stations.base import View

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

#: Below this speed a turn rate says nothing of the path ahead, m/s (the radius would be a few metres).
_TURNING_MPS = 2.0


@dataclass(frozen=True)
class Movers:
    """n road users, each at an instant of its own.

    Attributes
    ----------
    utc_ns
        Instant.
    lat_deg, lon_deg
        Centre, WGS-84.
    speed_mps, heading_deg, accel_mps2, yaw_rate_dps
        Motion, yaw clockwise positive; an acceleration or turn rate that is not told is 0.
    length_m, width_m
        Size.
    sigma_m
        One sigma of the position per axis, as the sender states it; not told is 0.
    """

    utc_ns: I64
    lat_deg: F64
    lon_deg: F64
    speed_mps: F64
    heading_deg: F64
    accel_mps2: F64
    yaw_rate_dps: F64
    length_m: F64
    width_m: F64
    sigma_m: F64

    def __len__(self) -> int:
        return len(self.utc_ns)

    @classmethod
    def of(cls, states: VehicleStates) -> Self:
        """Senders of BSMs."""
        return cls(
            states.utc_ns,
            states.lat_deg,
            states.lon_deg,
            states.speed_mps,
            states.heading_deg,
            _told(states.accel_long_mps2),
            _told(states.yaw_rate_dps),
            _told(states.length_m),
            _told(states.width_m),
            _told(states.semi_major_m),
        )

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Self:
        """Some of them."""
        return type(self)(**{name: column[rows] for name, column in vars(self).items()})

    def at(self, utc_ns: int) -> Self:
        """All at one instant: constant acceleration, down to standstill, along a constant turn."""
        dt_s = (utc_ns - self.utc_ns) / NS_PER_S
        moved = _moved(dt_s, self.speed_mps, self.heading_deg, self.accel_mps2, self.yaw_rate_dps)
        lon, lat = displace(self.lon_deg, self.lat_deg, moved.east_m, moved.north_m)
        return type(self)(
            np.full(len(self), utc_ns),
            lat,
            lon,
            moved.speed_mps,
            wrap_deg(moved.heading_deg),
            self.accel_mps2,
            self.yaw_rate_dps,
            self.length_m,
            self.width_m,
            self.sigma_m,
        )


def _told(column: F64) -> F64:
    """A column with 0 for what is not told."""
    return np.where(np.isnan(column), 0.0, column)


class _Moved(NamedTuple):
    """Displacement, and the motion after it."""

    east_m: F64
    north_m: F64
    speed_mps: F64
    heading_deg: F64


def _moved(dt_s: F64, speed_mps: F64, heading_deg: F64, accel_mps2: F64, yaw_rate_dps: F64) -> _Moved:
    """Constant acceleration, down to standstill, along a constant turn."""
    braking = np.minimum(accel_mps2, -1e-9)
    moving = np.where(accel_mps2 < 0.0, np.minimum(dt_s, -speed_mps / braking), dt_s)
    way_m = speed_mps * moving + 0.5 * accel_mps2 * moving**2
    course = np.radians(heading_deg + 0.5 * yaw_rate_dps * moving)
    return _Moved(
        way_m * np.sin(course),
        way_m * np.cos(course),
        np.maximum(speed_mps + accel_mps2 * moving, 0.0),
        heading_deg + yaw_rate_dps * moving,
    )


@dataclass(frozen=True)
class Own:
    """The own vehicle now, as it believes itself to be. Units as in `Movers`; ``emergency``: siren or blue light."""

    lat_deg: float
    lon_deg: float
    speed_mps: float
    heading_deg: float
    accel_mps2: float
    yaw_rate_dps: float
    length_m: float
    width_m: float
    sigma_m: float
    vehicle_class: int
    temporary_id: int
    emergency: bool

    @classmethod
    def of(cls, view: View) -> Own | None:
        """From a view, None where the vehicle has not sensed itself of late; the same object at every call."""
        return view.once(cls._now, view.own)

    @staticmethod
    def _now(view: View, states: VehicleStates | None) -> Own | None:
        if states is None or view.clock_ns - int(states.utc_ns[0]) > SHARED.max_age_s * NS_PER_S:
            return None
        now = Movers.of(states).at(view.clock_ns)
        return Own(
            lat_deg=float(now.lat_deg[0]),
            lon_deg=float(now.lon_deg[0]),
            speed_mps=float(now.speed_mps[0]),
            heading_deg=float(now.heading_deg[0]),
            accel_mps2=float(now.accel_mps2[0]),
            yaw_rate_dps=float(now.yaw_rate_dps[0]),
            length_m=float(now.length_m[0]),
            width_m=float(now.width_m[0]),
            sigma_m=float(now.sigma_m[0]),
            vehicle_class=int(states.vehicle_class[0]),
            temporary_id=int(states.temporary_id[0]),
            emergency=bool(states.emergency[0] == 1),
        )

    def bend_m(self, ahead_m: F64) -> F64:
        """How far to the right of straight on the own path is at distances ahead, by the turn rate."""
        turning = self.speed_mps > _TURNING_MPS and abs(self.yaw_rate_dps) > SHARED.straight_dps
        curvature = np.radians(self.yaw_rate_dps) / self.speed_mps if turning else 0.0
        return 0.5 * curvature * ahead_m**2


@dataclass(frozen=True)
class Relative:
    """Road users in the frame of the own vehicle, at the same instant.

    Attributes
    ----------
    ahead_m, right_m
        Their centres from the own centre, along the own heading and to the right of it.
    beside_m
        As ``right_m``, but from the own path.
    along_mps, across_mps
        Their velocity over ground along the own heading and to the right of it.
    turn_deg
        Their heading less the own one, clockwise positive, [-180, 180).
    sigma_m
        One sigma per axis of the relative position.
    """

    ahead_m: F64
    right_m: F64
    beside_m: F64
    along_mps: F64
    across_mps: F64
    turn_deg: F64
    sigma_m: F64

    @classmethod
    def to(cls, own: Own, movers: Movers) -> Relative:
        """Movers, already brought to the own instant, as the own vehicle sees them."""
        east, north = Ground.at(own.lat_deg, own.lon_deg).metres(movers.lat_deg, movers.lon_deg).T
        sine, cosine = np.sin(np.radians(own.heading_deg)), np.cos(np.radians(own.heading_deg))
        ahead = east * sine + north * cosine
        right = east * cosine - north * sine
        turn = turn_deg(own.heading_deg, movers.heading_deg)
        return cls(
            ahead_m=ahead,
            right_m=right,
            beside_m=right - own.bend_m(np.maximum(ahead, 0.0)),
            along_mps=movers.speed_mps * np.cos(np.radians(turn)),
            across_mps=movers.speed_mps * np.sin(np.radians(turn)),
            turn_deg=turn,
            sigma_m=np.hypot(movers.sigma_m, own.sigma_m),
        )

    def in_lane(self) -> NDArray[np.bool_]:
        """Whether the own lane is the most likely one for each.

        An error that is as likely to either side and the less likely the larger it is makes that the lane which holds
        the stated place, however large the error is.
        """
        return np.asarray(np.abs(self.beside_m) <= SHARED.lane_m / 2.0)

    def share_within(self, half_m: F64) -> F64:
        """Probability that each is at most so far beside the own path, given the stated accuracies."""
        sigma = np.maximum(self.sigma_m, 1e-3)
        return np.asarray(ndtr((half_m - self.beside_m) / sigma) - ndtr((-half_m - self.beside_m) / sigma))
