"""A remotely driven vehicle in its whole loop, without a simulator of traffic: an empty road, and a network made up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import degrees, inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_S
from v2x.links.base import Carried, Direction, Transmissions
from v2x.remote.course import Course
from v2x.remote.drive import NAME, RemoteDrive
from v2x.remote.external import Look, Word
from v2x.remote.way import Way
from v2x.rng import key_of
from v2x.scenario.model_remote import Remote
from v2x.traffic.base import Snapshot
from v2x.traffic.mirrored import Posed
from v2x.traffic.steered import Convoy, Moved, Road, Side, Sights

F64 = NDArray[np.float64]

#: Step of the traffic, where the vehicle's front is at the start, and half of the road's width.
TRAFFIC_NS, START_M, BORDER_M = 100_000_000, 5.0, 1.75
#: Somebody who stands in the way.
OBSTACLE, OBSTACLE_M = "obstacle", (4.5, 1.8)
#: How long what is sent at once takes in a direction, s.
Delay = Callable[[Direction], float]
#: Somebody outside: what has come onto his screen, and the end of the step, to what he says.
Outsider = Callable[[list[Look], int], Sequence[Word]]


def constant(up_s: float, down_s: float) -> Delay:
    """Always the same."""
    return lambda direction: up_s if direction == "uplink" else down_s


def carry_of(delay_s: Delay) -> Callable[[Transmissions, Direction], Carried]:
    """A link that loses nothing. Packets that are handed over together, those of a picture, take the same time."""

    def carry(packets: Transmissions, direction: Direction) -> Carried:
        return Carried(packets.t_ns + round(delay_s(direction) * NS_PER_S), np.zeros(len(packets), np.int8))

    return carry


@dataclass
class Obstacle:
    """Somebody who stands on a straight road to the east from a time on, that far ahead of the vehicle's front then."""

    from_ns: int
    gap_m: float


class EmptyRoad:
    """Traffic of one vehicle, which is where it was told to be, and an obstacle at most."""

    def __init__(self, obstacle: Obstacle | None) -> None:
        self._obstacle, self._obstacle_x_m = obstacle, inf
        self._posed: Posed | None = None
        self._size_m = 0.0, 0.0

    def place(self, convoys: Sequence[Convoy], road: Road, apart_m: float) -> None:
        """As `Steered`; where it is placed nobody asks."""

    def move(self, moves: Sequence[Moved]) -> None:
        """As `Steered`; nobody is told."""

    def sides(self, snapshot: Snapshot, name: str) -> tuple[Side, Side]:
        """As `Steered`."""
        return Side(False, None, None), Side(False, None, None)

    def sights(self, snapshot: Snapshot, names: Sequence[str], reach_m: float) -> Sights:
        """As `Steered`: neither lines nor anybody who crosses."""
        far, none = np.full(1, inf), np.full(1, "", object)
        return Sights(
            np.ones(1, bool), none, far, np.zeros(1, np.int64), none, far, far * np.nan, far * np.nan, far, none, far
        )

    def embody(self, vehicle: str, length_m: float, width_m: float) -> None:
        """As `Mirrored`."""
        self._size_m = length_m, width_m

    def mirror(self, poses: Sequence[Posed]) -> None:
        """As `Mirrored`."""
        (self._posed,) = poses

    def snapshot(self, t_ns: int) -> Snapshot:
        """The vehicle where it was mirrored, nobody before that, and the obstacle."""
        posed, rows = self._posed, []
        if posed is not None:
            rows.append((NAME, posed.x_m, posed.y_m, posed.heading_rad, posed.speed_mps, *self._size_m))
            if self._obstacle is not None and t_ns == self._obstacle.from_ns:
                self._obstacle_x_m = posed.x_m + (self._size_m[0] + OBSTACLE_M[0]) / 2.0 + self._obstacle.gap_m
        if self._obstacle_x_m < inf:
            rows.insert(0, (OBSTACLE, self._obstacle_x_m, 0.0, 0.0, 0.0, *OBSTACLE_M))
        names = [row[0] for row in rows]
        x_m, y_m, heading_rad, speed_mps, length_m, width_m = np.array([row[1:] for row in rows]).reshape(-1, 6).T
        none = np.zeros(len(rows))
        return Snapshot(
            t_ns, np.array(names, object), np.array([key_of(name) for name in names], np.uint64), none.astype(np.int8),
            x_m, y_m, none, none, 90.0 - np.array([degrees(each) for each in heading_rad]), speed_mps, none, none,
            length_m, width_m, np.array(["lane"] * len(rows), object),
        )  # fmt: skip


@dataclass(frozen=True)
class Driven:
    """What a run leaves: numbers of the table ``remote`` by column, nan for null, and events in their order."""

    remote: dict[str, F64]
    events: list[tuple[str, dict[str, Any]]]

    def at(self, t_ns: float, column: str = "station_m") -> float:
        """A column at a time."""
        return float(np.interp(t_ns, self.remote["t_ns"], self.remote[column]))

    def event(self, kind: str) -> dict[str, Any]:
        """The only event of a kind."""
        (told,) = [fields for name, fields in self.events if name == kind]
        return told


def nobody(looks: list[Look], t_ns: int) -> Sequence[Word]:
    """Says nothing."""
    return ()


def drive(
    course: Course,
    config: Remote,
    delay_s: Delay,
    seconds: float,
    seed: int = 1,
    obstacle: Obstacle | None = None,
    outsider: Outsider = nobody,
) -> Driven:
    """Drive along a course for so long, beginning with standing."""
    events: list[tuple[str, dict[str, Any]]] = []
    border_m = np.array([BORDER_M])
    way = Way(course, START_M, np.zeros(1), border_m, border_m, ("lane",))
    one = RemoteDrive(config, way, 0.0, carry_of(delay_s), seed, lambda kind, told: events.append((kind, told)))
    road, parts = EmptyRoad(obstacle), []
    words: Sequence[Word] = ()
    one.begin(road, road)
    for t_ns in range(0, round(seconds * NS_PER_S), TRAFFIC_NS):
        words = outsider(one.take(road.snapshot(t_ns), t_ns + TRAFFIC_NS, words), t_ns + TRAFFIC_NS)
        parts += [columns for table, columns in one.record(t_ns) if table == "remote"]
    names = [name for name in parts[0] if name not in ("station", "mode")]
    whole = {name: np.ma.concatenate([np.ma.asarray(part[name], float) for part in parts]) for name in names}
    return Driven({name: column.filled(np.nan) for name, column in whole.items()}, events)
