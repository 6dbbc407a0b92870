"""What every source of traffic gives: a `Snapshot` of columns each step, and the state of the signals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]

#: Traffic stays within this of the run's (0, 0), metres: a tangent plane's scale is true to 0.05 % there.
REACH_M = 200_000.0
#: Kinds of road user, in the order of their codes in ``Snapshot.type``.
KINDS = ("car", "bus", "truck", "ebike", "bicycle", "pedestrian")


@dataclass(frozen=True)
class Snapshot:
    """The state of all road users at one instant, one row each, sorted by ``id``.

    Truth: only the engine, the links and the recorder read it. Stations get it through their sensors.

    Attributes
    ----------
    t_ns
        Simulated time, nanoseconds.
    id
        Names, (n,) objects (str), strictly ascending.
    key
        64-bit keys of the names (`v2x.rng.key_of`), (n,).
    type
        Index into `KINDS`, (n,) int8.
    x_m, y_m
        Centre of the vehicle's rectangle on the field's plane, metres.
    lon_deg, lat_deg
        The same point in WGS-84.
    heading_deg
        True heading (not grid), clockwise from north, [0, 360).
    speed_mps, accel_mps2
        Along the heading.
    yaw_rate_dps
        Turn rate over the last step, degrees per second, clockwise positive.
    length_m, width_m
        Size of the rectangle.
    lane
        Lane id of the network, "" where there is none, (n,) objects (str).
    """

    t_ns: int
    id: NDArray[np.object_]
    key: NDArray[np.uint64]
    type: NDArray[np.int8]
    x_m: F64
    y_m: F64
    lon_deg: F64
    lat_deg: F64
    heading_deg: F64
    speed_mps: F64
    accel_mps2: F64
    yaw_rate_dps: F64
    length_m: F64
    width_m: F64
    lane: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.id)

    def columns(self) -> dict[str, NDArray[Any]]:
        """All columns by name, without ``t_ns``."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "t_ns"}

    def index_of(self, name: str) -> int | None:
        """Row of a road user, or None while it is not in the field."""
        return self._rows.get(name)

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {name: row for row, name in enumerate(self.id.tolist())}


@dataclass(frozen=True)
class SignalHead:
    """What a signal controller shows at one junction now, and its programme as far as it is known.

    Attributes
    ----------
    junction
        Id of the junction in the field.
    groups
        Signal group -> light: ``red``, ``yellow``, ``green`` (protected), ``permissive`` (green, give way), ``off``.
    since_ns
        Group -> simulated time at which the present light began.
    until_ns
        Group -> simulated time at which it will end by the running programme; absent where the plan is unknown.
    upcoming
        Group -> following (light, start_ns, end_ns) in order, by the running programme; empty where unknown.
    """

    junction: str
    groups: Mapping[int, str]
    since_ns: Mapping[int, int]
    until_ns: Mapping[int, int] = field(default_factory=dict)
    upcoming: Mapping[int, tuple[tuple[str, int, int], ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class DriveCommand:
    """How one road user is driven from now on, until the next command for it; the default leaves it to itself.

    Attributes
    ----------
    vehicle
        Id of the road user.
    cap_mps
        It drives no faster than this, None: as fast as it likes. It still minds lights and others.
    brake_mps2
        It brakes this hard, down to standstill, None: as it likes.
    overlooks
        What its driver does not see: ``lights`` (drives through red), ``users`` (minds nobody).
    """

    vehicle: str
    cap_mps: float | None = None
    brake_mps2: float | None = None
    overlooks: frozenset[str] = frozenset()


@dataclass(frozen=True)
class SignalCommand:
    """A wish to a signal controller, which decides for itself what it can do (minimum greens, clearance).

    Attributes
    ----------
    junction, group
        The signal group that should be green.
    in_ns, for_ns
        From now until the green is needed, and how long it is needed then.
    """

    junction: str
    group: int
    in_ns: int
    for_ns: int


class Traffic(Protocol):
    """A source of traffic. Implementations: SUMO, a recording, a synthetic pattern, scripted encounters."""

    def start(self) -> None:
        """Open the source; `TrafficError` when it cannot be used."""

    def step(self, t_ns: int) -> Snapshot:
        """State at ``t_ns``; called with ascending times on the run's grid, the first time with 0."""

    def signals(self) -> list[SignalHead]:
        """Signal heads at the time of the last step, sorted by junction."""

    def steer(self, commands: Sequence[DriveCommand | SignalCommand]) -> None:
        """Orders for the next step, from the present on; a source that only repeats what happened minds none."""

    def notes(self) -> list[dict[str, Any]]:
        """What had to be repaired or defaulted since the last call, for ``events``: dicts with ``kind`` and fields."""

    def statistics(self) -> dict[str, float]:
        """Whole-run figures (``teleports``, ``collisions``, ``departed``, ``arrived``, ``backlog``), empty if none."""

    def close(self) -> None:
        """Release the source; safe to call twice."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *exc: object) -> None: ...


def name_taken(name: str, whose: str) -> str:
    """Why a road user cannot have that name."""
    return f"road user '{name}' has the id of station '{name}', {whose}; rename one of the two"
