"""What stands between two antennas: building blocks, and the bodies of other road users."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from v2x.field.model import Building
from v2x.jit import compiled
from v2x.links.base import F64, I32, Bodies, Scene
from v2x.links.sidelink.grid import Grid, columns_of, lay_grid, things_of

LOS: Final = 0
NLOSV: Final = 1
NLOS: Final = 2

#: Side of a cell of both grids. Walls are cut into pieces no longer than that, so that a grid can hold them.
_CELL_M = 64.0
#: A ray that goes due north is taken to go so far east, so that it has a slope.
_LEAST_EAST_M = 1e-9

_WALL = np.dtype([(name, np.float64) for name in ("x_m", "y_m", "east_m", "north_m", "roof_m")])
#: ``east`` and ``north``: unit vector along the length; ``half_m`` and ``side_m``: half the length and the width.
_BODY = np.dtype(
    [(name, np.float64) for name in ("x_m", "y_m", "east", "north", "half_m", "side_m", "height_m")]
    + [("key", np.uint64)]
)


@dataclass(frozen=True)
class Sight:
    """What stands between the antennas of each pair, one row a pair.

    Attributes
    ----------
    state
        `LOS`, `NLOSV` (road users in the way; TR 37.885 clause 6.2.1) or `NLOS` (a building in the way), int8.
    blockers
        Number of road users in the way, int16; 0 where a building is.
    height_m
        Height of the highest of them, 0 where there is none.
    """

    state: NDArray[np.int8]
    blockers: NDArray[np.int16]
    height_m: F64


class Blockage:
    """Decides by geometry what stands in the way of a ray.

    A building does where the ray crosses its outline lower than its roof. For an antenna within an outline, on a roof
    or in a yard, it counts at which height the ray leaves it.

    A road user does where the ray passes over its rectangle no higher than its height. This is TR 37.885 clause 6.2.1
    where both antennas are above it (never) or below it (always). With one above and one below, the clause has a loss
    wherever the road user stands; here the ray must be low enough there. Nobody stands in the way of its own radio.

    What a ray touches and does not cross may be taken either way.

    Parameters
    ----------
    buildings
        Of the field.
    """

    def __init__(self, buildings: Sequence[Building]) -> None:
        walls = np.concatenate([np.zeros(0, _WALL), *map(_walls, buildings)])
        middle = walls["x_m"] + walls["east_m"] / 2, walls["y_m"] + walls["north_m"] / 2
        self._walls_grid, order = lay_grid(*middle, _CELL_M / 2, _CELL_M)
        self._walls = walls[order]

    def __call__(self, scene: Scene, one: I32, other: I32) -> Sight:
        """What stands between the pairs of rows ``one`` and ``other`` (p,) of the scene's stations."""
        stations = scene.stations
        sight = Sight(np.zeros(len(one), np.int8), np.zeros(len(one), np.int16), np.zeros(len(one)))
        bodies_grid, bodies = _laid(scene.bodies)
        _look(
            (one, other, stations.key, stations.x_m, stations.y_m, stations.antenna_m),
            self._walls_grid, self._walls, bodies_grid, bodies, sight.state, sight.blockers, sight.height_m,
        )  # fmt: skip
        return sight


def _walls(building: Building) -> NDArray[Any]:
    """The walls of a building in pieces of equal length."""
    corners = building.points_m
    sides = np.roll(corners, -1, axis=0) - corners
    parts = np.maximum(np.ceil(np.hypot(*sides.T) / _CELL_M), 1.0).astype(int)
    share = (np.arange(parts.sum()) - np.repeat(np.cumsum(parts) - parts, parts)) / np.repeat(parts, parts)
    begin = np.repeat(corners, parts, axis=0) + share[:, None] * np.repeat(sides, parts, axis=0)
    walls = np.zeros(len(begin), _WALL)
    walls["x_m"], walls["y_m"] = begin.T
    walls["east_m"], walls["north_m"] = (np.roll(begin, -1, axis=0) - begin).T
    walls["roof_m"] = building.height_m
    return walls


def _laid(bodies: Bodies) -> tuple[Grid, NDArray[Any]]:
    """The bodies that can block, sorted into a grid."""
    rows = np.flatnonzero(bodies.height_m > 0)
    heading = np.radians(bodies.heading_deg[rows])
    half_m, side_m = bodies.length_m[rows] / 2, bodies.width_m[rows] / 2
    reach_m = float(np.sqrt(np.max(half_m * half_m + side_m * side_m, initial=0.0)))
    grid, order = lay_grid(bodies.x_m[rows], bodies.y_m[rows], reach_m, _CELL_M)
    laid = np.zeros(len(rows), _BODY)
    for name, column in (
        ("x_m", bodies.x_m[rows]), ("y_m", bodies.y_m[rows]), ("east", np.sin(heading)), ("north", np.cos(heading)),
        ("half_m", half_m), ("side_m", side_m), ("height_m", bodies.height_m[rows]), ("key", bodies.key[rows]),
    ):  # fmt: skip
        laid[name] = column[order]
    return grid, laid


#: Place and height of the western antenna, and the way from there to the other: east (> 0), north, up; metres.
_Ray = tuple[float, float, float, float, float, float]


@compiled
def _look(
    pairs: tuple[I32, I32, NDArray[np.uint64], F64, F64, F64],
    walls_grid: Grid,
    walls: NDArray[Any],
    bodies_grid: Grid,
    bodies: NDArray[Any],
    state: NDArray[np.int8],
    blockers: NDArray[np.int16],
    height_m: F64,
) -> None:
    """Fill in what `Sight` has for each pair; ``pairs`` are their rows, then the stations' columns."""
    one, other, key, x_m, y_m, antenna_m = pairs
    for pair in range(len(one)):
        a, b = one[pair], other[pair]
        if x_m[b] < x_m[a] or (x_m[b] == x_m[a] and y_m[b] < y_m[a]):
            a, b = b, a  # the same ray whoever asks, to the last bit
        east_m = max(x_m[b] - x_m[a], _LEAST_EAST_M)
        ray = (x_m[a], y_m[a], antenna_m[a], east_m, y_m[b] - y_m[a], antenna_m[b] - antenna_m[a])
        if _walled(ray, walls_grid, walls):
            state[pair] = NLOS
            continue
        blockers[pair], height_m[pair] = _bodies_under(ray, key[a], key[b], bodies_grid, bodies)
        if blockers[pair]:
            state[pair] = NLOSV


@compiled
def _walled(ray: _Ray, grid: Grid, walls: NDArray[Any]) -> bool:
    """Whether a ray crosses a wall below its roof."""
    x_m, y_m, z_m, east_m, north_m, up_m = ray
    first, last = columns_of(grid, x_m, x_m + east_m)
    for column in range(first, last):
        begin, end = things_of(grid, column, x_m, y_m, east_m, north_m / east_m)
        for i in range(begin, end):
            wall = walls[i]
            from_x, from_y = wall.x_m - x_m, wall.y_m - y_m
            # On which side of the ray the wall begins and ends; where it ends, the next one begins.
            here = east_m * from_y - north_m * from_x
            there = here + east_m * wall.north_m - north_m * wall.east_m
            if (here > 0.0) == (there > 0.0):
                continue
            # On which side of the wall the ray begins and ends.
            here = wall.north_m * from_x - wall.east_m * from_y
            there = here + wall.east_m * north_m - wall.north_m * east_m
            if (here > 0.0) != (there > 0.0) and z_m + here / (here - there) * up_m < wall.roof_m:
                return True
    return False


@compiled
def _bodies_under(
    ray: _Ray, key: np.uint64, other_key: np.uint64, grid: Grid, bodies: NDArray[Any]
) -> tuple[int, float]:
    """Number of bodies that a ray does not clear, but for those of its ends, and the height of the highest."""
    x_m, y_m, z_m, east_m, north_m, up_m = ray
    lowest_m, number, highest_m = min(z_m, z_m + up_m), 0, 0.0
    first, last = columns_of(grid, x_m, x_m + east_m)
    for column in range(first, last):
        begin, end = things_of(grid, column, x_m, y_m, east_m, north_m / east_m)
        for i in range(begin, end):
            body = bodies[i]
            from_x, from_y = x_m - body.x_m, y_m - body.y_m
            ahead, aside = east_m * body.east + north_m * body.north, east_m * body.north - north_m * body.east
            # Most are beside the whole line: seen along it, a rectangle is so wide to either side.
            if abs(east_m * from_y - north_m * from_x) >= body.half_m * abs(aside) + body.side_m * abs(ahead):
                continue
            if body.height_m < lowest_m or body.key == key or body.key == other_key:
                continue
            enter, leave = _within(from_x * body.east + from_y * body.north, ahead, body.half_m, 0.0, 1.0)
            enter, leave = _within(from_x * body.north - from_y * body.east, aside, body.side_m, enter, leave)
            if enter < leave and z_m + min(enter * up_m, leave * up_m) <= body.height_m:
                number += 1
                highest_m = max(highest_m, body.height_m)
    return number, highest_m


@compiled
def _within(at_m: float, way_m: float, half_m: float, enter: float, leave: float) -> tuple[float, float]:
    """Part of [enter, leave] of a way in which it is less than ``half_m`` to either side; enter >= leave if none is."""
    if way_m == 0.0:
        return (enter, leave) if abs(at_m) < half_m else (1.0, 0.0)
    one, other = (-half_m - at_m) / way_m, (half_m - at_m) / way_m
    return max(enter, min(one, other)), min(leave, max(one, other))
