"""Vulnerable road user collision warning: somebody on foot or on two wheels is or gets into the way.

From what the roadside perceives (RSM, SDSM), from people's own messages (PSM), and from BSMs of two-wheelers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from v2x.messages.model import VehicleStates
from v2x.scenario.use_cases import use_case
from v2x.stations.applications.braking import Braking, brakes_enough
from v2x.stations.applications.heard import UNPROTECTED, User, Users, Vehicles, identity, movers
from v2x.stations.applications.latch import Latch
from v2x.stations.applications.motion import F64, Movers, Own, Relative
from v2x.stations.applications.shared import SHARED
from v2x.stations.base import EventSink, Output, View


@dataclass(frozen=True)
class Settings(Braking):
    """Figures.

    Attributes
    ----------
    early_s
        Warned at least so long before the vehicle would be there.
    min_mps
        Slower own vehicles are not warned.
    margin_m
        Room that is kept on either side of the vehicle.
    window_s
        Who is on the way into the path may hurry: being there so much earlier is a conflict, too.
    crossing_mps
        Who moves across slower than this counts as standing.
    heading_deg
        Bound of a heading's error with 95 % probability where it is not told.
    in_way_share
        Who moves along the road is in the way if that is at least so probable, by the stated accuracies.
    confirm_s, hold_s
        As in `Latch`.
    """

    early_s: float
    min_mps: float
    margin_m: float
    window_s: float
    crossing_mps: float
    heading_deg: float
    in_way_share: float
    confirm_s: float
    hold_s: float


class VulnerableUser:
    """Warns of people who stand in the vehicle's way, and of those whose way crosses it at about the same time.

    The way is as wide as the vehicle, the person and a margin on either side; for who moves across, also by one sigma
    of the relative position, since the place of a crossing then errs by that. Who moves along the road, as far as the
    accuracy of the heading can tell, keeps to a lane and crosses nothing: the outlines must overlap more likely than
    not. Who walks out of the way before the vehicle comes does not turn back.
    """

    hears = frozenset({"PSM", "RSM", "SDSM", "SSM"})

    def __init__(self, event: EventSink) -> None:  # noqa: ARG002
        self._settings = use_case("vrucw").settings(Settings)
        self._users, self._vehicles = Users(), Vehicles()
        self._latch = Latch("vrucw", self._settings.confirm_s, self._settings.hold_s)

    def on_step(self, view: View) -> Output:
        """See `v2x.stations.base.Application`."""
        states, own = self._vehicles.hear(view), Own.of(view)
        users = _unprotected(self._users.hear(view), states)
        present = {}
        if own is not None:
            users = [user for user in users if not _is_self(user, own)]
        if own is not None and users and own.speed_mps >= self._settings.min_mps:
            others = movers(users).at(view.clock_ns)
            seen = Relative.to(own, others)
            gap_m = seen.ahead_m - (others.length_m + own.length_m) / 2.0
            conflict = self._conflicts(own, others, seen, gap_m, self._goes_along(users, others, seen))
            for row in np.flatnonzero(conflict).tolist():
                if self._latch.told(users[row].name) or not brakes_enough(
                    own.accel_mps2, own.speed_mps, float(gap_m[row])
                ):
                    ttc_s = max(float(gap_m[row]), 0.0) / own.speed_mps
                    fields = {"ahead_m": round(float(gap_m[row]), 1), "beside_m": round(float(seen.beside_m[row]), 1)}
                    present[users[row].name] = fields | {"ttc_s": round(ttc_s, 2)}
        return Output(self._latch.update(view.clock_ns, present))

    def _goes_along(self, users: list[User], others: Movers, seen: Relative) -> NDArray[np.bool_]:
        """Whether each moves along the road, either way: its motion across is within its heading's error."""
        told_deg = np.array([user.heading_bound_deg for user in users])
        bound_deg = np.where(np.isnan(told_deg), self._settings.heading_deg, np.minimum(told_deg, SHARED.same_way_deg))
        slightly_mps = others.speed_mps * np.sin(np.radians(bound_deg))
        moves = others.speed_mps >= self._settings.crossing_mps
        return np.asarray(moves & (np.abs(seen.across_mps) <= slightly_mps))

    def _conflicts(
        self, own: Own, others: Movers, seen: Relative, gap_m: F64, along: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        settings = self._settings
        warn_m = max(own.speed_mps * settings.early_s, settings.distance_m(own.speed_mps))
        half_m = (own.width_m + others.width_m) / 2.0 + settings.margin_m
        crossing = np.abs(seen.across_mps) >= settings.crossing_mps
        enters_s, leaves_s = _within(seen.beside_m, seen.across_mps, half_m + seen.sigma_m)
        closing_mps = np.maximum(own.speed_mps - seen.along_mps, 1e-3)
        arrives_s = np.maximum(gap_m, 0.0) / closing_mps
        passes_s = (seen.ahead_m + (others.length_m + own.length_m) / 2.0) / closing_mps
        meets = (enters_s - settings.window_s <= passes_s) & (arrives_s <= leaves_s)
        overlaps = seen.share_within(half_m - settings.margin_m) >= settings.in_way_share
        in_the_way = np.select([along, crossing], [overlaps, meets], np.abs(seen.beside_m) <= half_m)
        ahead = (seen.ahead_m > 0.0) & (gap_m <= warn_m) & (own.speed_mps > seen.along_mps)
        return np.asarray(ahead & in_the_way)


def _within(beside_m: F64, across_mps: F64, half_m: F64) -> tuple[F64, F64]:
    """From when until when (seconds from now, from -inf to inf) each is at most ``half_m`` beside the path."""
    speed = np.where(np.abs(across_mps) < 1e-6, 1e-6, across_mps)
    one, other = (-half_m - beside_m) / speed, (half_m - beside_m) / speed
    return np.minimum(one, other), np.maximum(one, other)


def _unprotected(told: list[User], states: VehicleStates) -> list[User]:
    """Those that others tell of, and two-wheelers that send BSMs.

    What somebody says of itself counts for more: a sensor on a mast may join the BSM of a car with the rider beside it.
    """
    rides = np.logical_or.reduce([states.vehicle_class == code for code in UNPROTECTED])  # np.isin would sort
    drives = states.temporary_id[~rides & (states.vehicle_class > 0)].tolist() if told else []
    vehicles = {identity(each) for each in drives}
    users = {user.name: user for user in told if user.name not in vehicles}
    return list((users | {user.name: user for user in _riders(states, np.flatnonzero(rides))}).values())


def _riders(states: VehicleStates, rows: NDArray[np.intp]) -> list[User]:
    """Two-wheelers that send BSMs."""
    if not len(rows):
        return []
    found = Movers.of(states)
    columns = ("lat_deg", "lon_deg", "speed_mps", "heading_deg", "width_m", "sigma_m")
    return [
        User(
            identity(int(states.temporary_id[row])),
            int(found.utc_ns[row]),
            *(float(getattr(found, column)[row]) for column in columns),
        )
        for row in rows.tolist()
    ]


def _is_self(user: User, own: Own) -> bool:
    """Whether the roadside tells the vehicle of itself."""
    return user.name == identity(own.temporary_id)
