"""How the actors of a scene move: along a path, by a script of accelerations; exact at any time, in columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, pi, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

F64 = NDArray[np.float64]

#: Lateral acceleration with which corners are driven, m/s^2 (assumed; comfortable).
CORNER_MPS2 = 2.0
#: All corners turn right by this, radians.
_CORNER_RAD = pi / 2.0


@dataclass(frozen=True)
class Path:
    """A straight line, or one with a right turn: line, quarter of a circle, line.

    Attributes
    ----------
    x_m, y_m
        Point at way 0.
    heading_rad
        Grid heading of the first line, clockwise from north.
    turn_at_m
        Way at which the turn begins, infinite for a straight path.
    radius_m
        Radius of the turn.
    """

    x_m: float
    y_m: float
    heading_rad: float
    turn_at_m: float = inf
    radius_m: float = 1.0

    @property
    def turn_mps(self) -> float:
        """Speed through the turn."""
        return sqrt(CORNER_MPS2 * self.radius_m)


@dataclass(frozen=True)
class Motion:
    """A script: from each of ``knots`` (t_s, way_m, speed_mps, accel_mps2) on, constant acceleration until the next."""

    knots: tuple[tuple[float, float, float, float], ...]

    @classmethod
    def cruise(cls, speed_mps: float, *, way_m: float, at_s: float = 0.0) -> Motion:
        """Constant speed, and the way at one time."""
        return cls(((0.0, way_m - speed_mps * at_s, speed_mps, 0.0),))

    def then(self, at_s: float, accel_mps2: float, to_mps: float) -> Motion:
        """Accelerate (or brake) from a time after the last change until a speed is reached, and keep that."""
        start_s, way_m, speed_mps, _ = self.knots[-1]
        way_m += speed_mps * (at_s - start_s)
        span_s = (to_mps - speed_mps) / accel_mps2
        end_m = way_m + 0.5 * (speed_mps + to_mps) * span_s
        return Motion((*self.knots, (at_s, way_m, speed_mps, accel_mps2), (at_s + span_s, end_m, to_mps, 0.0)))


class Paths:
    """Paths as columns, (n,)."""

    def __init__(self, paths: Sequence[Path]) -> None:
        rows = [(p.x_m, p.y_m, p.heading_rad, p.turn_at_m, p.radius_m) for p in paths]
        self._x_m, self._y_m, self._heading_rad, self._turn_at_m, self._radius_m = (
            np.array(rows, float).reshape(-1, 5).T
        )

    def at(self, way_m: F64) -> tuple[F64, F64, F64, F64]:
        """x_m, y_m, grid heading (radians) and curvature (1/m, clockwise) at ways (..., n)."""
        past_m = np.maximum(way_m - self._turn_at_m, 0.0)
        turned = np.minimum(past_m / self._radius_m, _CORNER_RAD)
        east, north = np.sin(self._heading_rad), np.cos(self._heading_rad)
        beyond_m = past_m - turned * self._radius_m
        ahead_m = np.minimum(way_m, self._turn_at_m) + self._radius_m * np.sin(turned) + beyond_m * np.cos(turned)
        right_m = self._radius_m * (1.0 - np.cos(turned)) + beyond_m * np.sin(turned)
        curvature = np.where((turned > 0.0) & (turned < _CORNER_RAD), 1.0 / self._radius_m, 0.0)
        x_m = self._x_m + ahead_m * east + right_m * north
        y_m = self._y_m + ahead_m * north - right_m * east
        return x_m, y_m, self._heading_rad + turned, curvature


class Motions:
    """Scripts as columns, (n,)."""

    def __init__(self, motions: Sequence[Motion]) -> None:
        most = max((len(motion.knots) for motion in motions), default=1)
        never = (inf, 0.0, 0.0, 0.0)
        rows = [(*motion.knots, *[never] * (most - len(motion.knots))) for motion in motions]
        self._knots = np.array(rows, float).reshape(-1, most, 4)
        self._rows = np.arange(len(rows))

    def at(self, t_s: ArrayLike) -> tuple[F64, F64, F64]:
        """Way, speed and acceleration at times (...) not before 0, each (..., n)."""
        time_s = np.asarray(t_s, float)[..., None]
        knot = np.count_nonzero(time_s[..., None] >= self._knots[:, :, 0], axis=-1) - 1
        start_s, way_m, speed_mps, accel_mps2 = np.moveaxis(self._knots[self._rows, knot], -1, 0)
        since_s = time_s - start_s
        return (
            way_m + speed_mps * since_s + 0.5 * accel_mps2 * since_s**2,
            speed_mps + accel_mps2 * since_s,
            accel_mps2,
        )


@dataclass(frozen=True)
class Rectangles:
    """Outlines of road users on the plane, as columns: middle, grid heading (radians, clockwise from north), size."""

    x_m: F64
    y_m: F64
    heading_rad: F64
    length_m: F64
    width_m: F64

    def __getitem__(self, rows: NDArray[np.intp]) -> Rectangles:
        """Some of them."""
        columns = self.x_m, self.y_m, self.heading_rad, self.length_m, self.width_m
        return Rectangles(*(column[rows] for column in columns))


def touching(one: Rectangles, other: Rectangles) -> NDArray[np.bool_]:
    """Whether two rectangles overlap or touch, row by row: no side of either is an axis that separates them."""
    dx_m, dy_m = other.x_m - one.x_m, other.y_m - one.y_m
    sine, cosine = np.sin(one.heading_rad), np.cos(one.heading_rad)
    right_m, ahead_m = dx_m * cosine - dy_m * sine, dx_m * sine + dy_m * cosine
    sine, cosine = np.sin(other.heading_rad), np.cos(other.heading_rad)
    other_right_m, other_ahead_m = dx_m * cosine - dy_m * sine, dx_m * sine + dy_m * cosine
    turn_rad = other.heading_rad - one.heading_rad
    across, along = np.abs(np.sin(turn_rad)), np.abs(np.cos(turn_rad))
    overlap: NDArray[np.bool_] = 2.0 * np.abs(ahead_m) <= one.length_m + other.length_m * along + other.width_m * across
    overlap &= 2.0 * np.abs(right_m) <= one.width_m + other.length_m * across + other.width_m * along
    overlap &= 2.0 * np.abs(other_ahead_m) <= other.length_m + one.length_m * along + one.width_m * across
    overlap &= 2.0 * np.abs(other_right_m) <= other.width_m + one.length_m * across + one.width_m * along
    return overlap
