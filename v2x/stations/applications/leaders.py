"""Vehicles ahead in the own lane by their BSMs: those that FCW and EBW warn of."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from v2x.messages.model import VehicleStates
from v2x.stations.applications.heard import UNPROTECTED, identity
from v2x.stations.applications.motion import Movers, Own, Relative
from v2x.stations.applications.shared import SHARED


class Leader(NamedTuple):
    """One of them, now.

    Attributes
    ----------
    name
        By its temporary identity.
    gap_m
        From the own front to its rear.
    along_mps
        Its speed along the own heading.
    accel_mps2
        Its acceleration.
    """

    name: str
    gap_m: float
    along_mps: float
    accel_mps2: float


def leaders(own: Own, states: VehicleStates, clock_ns: int, reach_m: float) -> list[Leader]:
    """Vehicles that drive the same way, most likely in the own lane, no further ahead than the reach.

    Riders are left out: they have a lane of their own, and VRUCW. So is who is ahead by less than the two vehicles'
    length: two outlines that overlap along the road without a crash are beside each other.
    """
    others = Movers.of(states).at(clock_ns)
    seen = Relative.to(own, others)
    gap_m = seen.ahead_m - (others.length_m + own.length_m) / 2.0
    near = (gap_m > 0.0) & (gap_m <= reach_m) & (np.abs(seen.turn_deg) <= SHARED.same_way_deg)
    counts = near & seen.in_lane() & ~np.isin(states.vehicle_class, UNPROTECTED)
    return [
        Leader(
            identity(int(states.temporary_id[row])),
            float(gap_m[row]),
            float(seen.along_mps[row]),
            float(others.accel_mps2[row]),
        )
        for row in np.flatnonzero(counts).tolist()
    ]
