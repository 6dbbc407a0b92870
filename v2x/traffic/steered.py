"""Traffic in which somebody else drives some of the vehicles: they are placed, they see, and they go as told.

What they see is the truth, for models of sensors to spoil and for safety layers to mind; no controller reads it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from v2x.errors import TrafficError
from v2x.traffic.base import F64, Snapshot, Traffic


@dataclass(frozen=True)
class Convoy:
    """Vehicles to be placed one behind the other.

    Attributes
    ----------
    names
        From the front, (n,).
    kinds
        ``car``, ``bus`` or ``truck`` each, (n,).
    gaps_m
        Ahead of each but the first, from bumper to bumper, (n - 1,).
    speed_mps
        Of all.
    ways
        Edges that single ones pass in order instead of the road's, from the same edge on, (n,); empty: none does.
    """

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    gaps_m: tuple[float, ...]
    speed_mps: float
    ways: tuple[tuple[str, ...] | None, ...] = ()


@dataclass(frozen=True)
class Road:
    """Where convoys are placed and go; keys and meaning as in `v2x.scenario.model_platoon.Platoon`.

    ``path`` is where the scenario has them, for error messages.
    """

    route: Sequence[str]
    lane: int
    start_at_m: float
    path: str = "platoon"


@dataclass(frozen=True)
class Moved:
    """How one vehicle moves in the next step, whatever is in its way.

    Attributes
    ----------
    vehicle
        Id of the road user; void once it has left.
    way_m
        How far it goes along its lane and route, not negative.
    speed_mps, accel_mps2
        At the end of the step.
    lane_change
        +1: it is a lane further left at the end of the step, -1: right. Void where there is no such lane, and inside
        junctions; its next `Sights.lane` tells.
    """

    vehicle: str
    way_m: float
    speed_mps: float
    accel_mps2: float
    lane_change: int = 0


@dataclass(frozen=True)
class Sights:
    """What is ahead of some vehicles at one instant, one row each in the order asked for, (n,). Truth.

    Attributes
    ----------
    present
        Whether the vehicle is in the field; the rest of its row means nothing if not.
    lane
        Id of its lane.
    lane_left_m, lane_changes
        Way to where it must have changed lanes to keep to its route: it cannot pass there. inf if its lane leads on for
        as far as its sight reaches. And by how many lanes, left is positive; 0 with an infinite way.
    ahead
        Id of the next vehicle on its own way, through junctions, "" if there is none within reach. In a junction that
        can be one that crosses or joins its way.
    gap_m
        Way from its front bumper to the other's rear, or to where their ways meet; negative while they overlap, inf if
        there is nobody.
    ahead_speed_mps, ahead_accel_mps2
        Of that vehicle, nan if there is none.
    stop_m
        Way from its front bumper to the next stop line that is closed, inf if there is none within reach.
    stop
        What closes it: ``red``, ``yellow`` (whether it can still stop is the driver's to judge), ``yield`` (who has
        right of way would be in its way if it passed the line now, so this counts near the line only), "" for nothing.
    allowed_mps
        Speed limit where it is.
    """

    present: NDArray[np.bool_]
    lane: NDArray[np.object_]
    lane_left_m: F64
    lane_changes: NDArray[np.int64]
    ahead: NDArray[np.object_]
    gap_m: F64
    ahead_speed_mps: F64
    ahead_accel_mps2: F64
    stop_m: F64
    stop: NDArray[np.object_]
    allowed_mps: F64


class Neighbour(NamedTuple):
    """A vehicle in the next lane: its id, the way from bumper to bumper (negative: side by side), its speed."""

    vehicle: str
    gap_m: float
    speed_mps: float


class Side(NamedTuple):
    """The next lane: whether there is one for this vehicle, and the nearest ahead and behind in it."""

    has_lane: bool
    leader: Neighbour | None
    follower: Neighbour | None


@runtime_checkable
class Steered(Protocol):
    """Traffic whose vehicles can be driven from outside, besides what `v2x.traffic.base.Traffic` offers."""

    def place(self, convoys: Sequence[Convoy], road: Road, apart_m: float) -> None:
        """Put convoys on the first edge of a road, in motion; to be called between ``start`` and the first ``step``.

        The first one's front is at ``start_at_m``, the others follow ``apart_m`` behind, and in the edge's other lanes
        that lead on (first those to the left) when there is no room left. Road users in the way vanish and are noted.

        Raises
        ------
        TrafficError
            With a path below ``platoon``: no such edge, lane or way, or no room.
        """

    def move(self, moves: Sequence[Moved]) -> None:
        """Orders for the next step. A vehicle that was placed or moved once and gets no order goes on at its speed."""

    def sights(self, snapshot: Snapshot, names: Sequence[str], reach_m: float) -> Sights:
        """What these vehicles have ahead of them within reach, at the time of the last snapshot."""

    def sides(self, snapshot: Snapshot, name: str) -> tuple[Side, Side]:
        """What a vehicle has to its left and to its right, for one that wants to change lanes."""


def steered(traffic: Traffic) -> Steered:
    """The same traffic, if its vehicles can be driven from outside.

    Raises
    ------
    TrafficError
        If not.
    """
    source: Any = traffic
    if not isinstance(source, Steered):
        raise TrafficError("the vehicles of this traffic cannot be driven by others, use 'sumo'", path="traffic.kind")
    return source
