"""Predictive display: the picture moved on to where the vehicle will be, by a model of it.

The operator's desk knows which commands it has sent and what speed the vehicle told with the picture. By a kinematic
bicycle with a lag of the steering it works out how the vehicle has moved since the picture was taken, and draws the
course as it lies ahead from there. The model is wrong by a mismatch: its wheelbase is that much too long, so that it
turns too little. Speed is held, disturbances are unknown, and so are limits of the steering's rate.

**No delay counts twice.** An operator who anticipates bends by the age of the picture (`TwoLevel.training`) must not do
so for a time that the display has done already. What he gets is therefore a `Foreseen`: its ``frame_age_s`` is only
what the display has left, which is nothing unless the picture is very old, and if the display shows the vehicle at the
arrival of the next command, its ``command_s`` is 0. His own reaction and the steering's lag are still his to foresee.
``captured_ns`` remains when the picture was taken: what is measured of the loop by it stays true.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, tan

import numpy as np
from numpy.typing import ArrayLike, NDArray

from v2x.clock import NS_PER_S, to_ns
from v2x.jit import compiled
from v2x.remote.operators.base import Ahead, Seen

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

#: Step of the model, and in how many lags before the picture the wheels are taken to have settled.
_STEP_NS, _LAGS = 10_000_000, 5.0
#: Said before everything.
_EVER = -(2**62)
#: Corrections of the place along the course; each leaves the square of a small error.
_CORRECTIONS = 4


@dataclass(frozen=True)
class Foreseen(Seen):
    """What is on the screen of a predictive display.

    Attributes
    ----------
    left_s
        How much of the picture's age the display has not made up for, (n,).
    """

    left_s: F64

    @property
    def frame_age_s(self) -> F64:
        """How old what is shown is: what the display has left of the picture's age."""
        return self.left_s


@dataclass(frozen=True)
class Moved:
    """A course as it lies ahead (`Ahead`) after a vehicle has moved, known from how it lay ahead before.

    Attributes
    ----------
    before
        How it lay ahead.
    forward_m, left_m, turned_rad
        Where the rear axle is now, seen from where it was, and by how much the vehicle has turned, (n,).
    along_m, offset_m
        How much farther along the course it is, and how far to the left of it.
    """

    before: Ahead
    forward_m: F64
    left_m: F64
    turned_rad: F64
    along_m: F64
    offset_m: F64

    def heading_rad(self, distance_m: F64) -> F64:
        """As `Ahead`."""
        turned = self.before.heading_rad(self.along_m + distance_m) + self.turned_rad
        return np.asarray(np.remainder(turned + np.pi, 2.0 * np.pi) - np.pi)

    def curvature_pm(self, distance_m: F64) -> F64:
        """As `Ahead`."""
        return self.before.curvature_pm(self.along_m + distance_m)

    def point_m(self, distance_m: F64) -> tuple[F64, F64]:
        """As `Ahead`."""
        forward, left = self.before.point_m(self.along_m + distance_m)
        forward, left = forward - self.forward_m, left - self.left_m
        along, across = np.cos(self.turned_rad), np.sin(self.turned_rad)
        return forward * along + left * across, left * along - forward * across


def moved(before: Ahead, forward_m: F64, left_m: F64, turned_rad: F64) -> Moved:
    """The course after such a move, (n,) each; of use within the radius of the bends, as `Course.project`."""
    along_m = np.array(forward_m, np.float64)
    for _ in range(_CORRECTIONS):
        short, _ = _across(before, forward_m, left_m, along_m)
        along_m = along_m + short
    _, offset_m = _across(before, forward_m, left_m, along_m)
    return Moved(before, forward_m, left_m, turned_rad, along_m, offset_m)


def _across(before: Ahead, forward_m: F64, left_m: F64, along_m: F64) -> tuple[F64, F64]:
    """A place in the course's own directions, from the course's point so far ahead."""
    forward, left = before.point_m(along_m)
    course_rad = -before.heading_rad(along_m)
    along, across = np.cos(course_rad), np.sin(course_rad)
    dx, dy = forward_m - forward, left_m - left
    return dx * along + dy * across, dy * along - dx * across


@compiled
def _roll(
    said_ns: I64, said: F64, last: int, since_ns: I64, until_ns: I64, way_ns: I64, speed: F64, wheelbase: F64, lag: F64
) -> F64:  # fmt: skip
    """How far forward and to the left, and by how much turned, (3, n)."""
    slots, n = said.shape
    out = np.zeros((3, n))
    for i in range(n):
        u = since_ns[i] - np.int64(_LAGS * lag[i] * NS_PER_S) // _STEP_NS * _STEP_NS
        back = slots - 1
        while back > 0 and said_ns[(last - back + 1) % slots] + way_ns[i] <= u:
            back -= 1
        steer = said[(last - back) % slots, i]
        forward, left, turned = 0.0, 0.0, 0.0
        while u < until_ns[i]:
            dt = min(_STEP_NS, until_ns[i] - u) / NS_PER_S
            while back > 0 and said_ns[(last - back + 1) % slots] + way_ns[i] <= u:
                back -= 1
            missing = said[(last - back) % slots, i] - steer
            share = 1.0 - exp(-dt / lag[i]) if lag[i] > 0.0 else 1.0
            if u >= since_ns[i]:
                mean = steer + missing * (1.0 - share * lag[i] / dt)
                rate = speed[i] / wheelbase[i] * tan(mean)
                middle = turned + 0.5 * dt * rate
                forward += dt * speed[i] * np.cos(middle)
                left += dt * speed[i] * np.sin(middle)
                turned += dt * rate
            steer += share * missing
            u += _STEP_NS
        out[0, i], out[1, i], out[2, i] = forward, left, turned
    return out


class PredictiveDisplay:
    """Displays of operators and vehicles (n,).

    Parameters
    ----------
    wheelbase_m, steer_lag_s
        Of the vehicles, one for all or one each.
    mismatch
        By how much the model's wheelbase is too long: 0.15 turns by 13 % too little, negative too much.
    n
        How many.
    least_ns
        Commands are never sent in shorter order than that.
    to_arrival
        Whether the vehicle is shown where it will be when a command sent now arrives, rather than where it is now.
    longest_s
        The picture is moved on by no more than that. Assumed: a screen is blank after 2 s.
    """

    def __init__(
        self,
        wheelbase_m: ArrayLike,
        steer_lag_s: ArrayLike,
        mismatch: ArrayLike,
        n: int,
        least_ns: int,
        *,
        to_arrival: bool = True,
        longest_s: float = 2.0,
    ) -> None:
        self._wheelbase_m = np.broadcast_to(np.multiply(wheelbase_m, np.add(1.0, mismatch)), n).astype(np.float64)
        self._lag_s = np.broadcast_to(np.asarray(steer_lag_s, np.float64), n).copy()
        self._to_arrival, self._longest_ns = to_arrival, to_ns(longest_s)
        memory_ns = 2 * self._longest_ns + to_ns(_LAGS * float(self._lag_s.max(initial=0.0)))
        slots = memory_ns // least_ns + 2
        self._said_ns, self._said, self._last = np.full(slots, _EVER), np.zeros((slots, n)), 0

    def sent(self, t_ns: int, steer_rad: F64) -> None:
        """A command leaves the desk, in the order of time; until the first one the wheels are straight."""
        self._last = (self._last + 1) % len(self._said)
        self._said[self._last], self._said_ns[self._last] = steer_rad, t_ns

    def show(self, seen: Seen) -> Foreseen:
        """What the operator gets to see in place of the picture."""
        way_ns = np.rint(seen.command_s * NS_PER_S).astype(np.int64)
        wanted_ns = seen.t_ns + (way_ns if self._to_arrival else 0) - seen.captured_ns
        by_ns = np.minimum(wanted_ns, self._longest_ns)
        until_ns = seen.captured_ns + by_ns
        forward_m, left_m, turned_rad = _roll(
            self._said_ns, self._said, self._last, seen.captured_ns, until_ns, way_ns,
            np.asarray(seen.speed_mps, np.float64), self._wheelbase_m, self._lag_s,
        )  # fmt: skip
        ahead = moved(seen.ahead, forward_m, left_m, turned_rad)
        command_s = np.zeros_like(seen.command_s) if self._to_arrival else seen.command_s
        left_s = (wanted_ns - by_ns) / NS_PER_S
        return Foreseen(seen.t_ns, seen.captured_ns, ahead, seen.speed_mps, command_s, left_s)
