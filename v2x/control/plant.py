"""Vehicles as their controllers move them: dead time, a first-order engine, limits of the speed.

    a[k+1] = al u[k-d] + (1 - al) a[k],   al = dt / (tau + dt)
    v[k+1] = max(0, v[k] + dt a[k+1]),    x[k+1] = x[k] + dt v[k+1]

A vehicle that stands has no acceleration, whatever its brake does: how long a brake takes to let go is not modelled.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from v2x.jit import compiled

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


def filled(shape: tuple[int, int], value: ArrayLike) -> F64:
    """An array of its own of that shape, of one value or of values that broadcast to it."""
    return np.array(np.broadcast_to(np.asarray(value, np.float64), shape), order="C")


@compiled
def _move(
    speed: F64, accel: F64, way: F64, queue: F64, dead: I64, share: F64, commanded: F64, slot: int, dt: float
) -> None:
    slots = len(queue)
    for i in range(speed.size):
        queue[slot, i] = commanded.flat[i]
        then = slot - dead.flat[i]
        if then < 0:
            then += slots
        a = share.flat[i] * queue[then, i] + (1.0 - share.flat[i]) * accel.flat[i]
        v = speed.flat[i] + dt * a
        if v < 0.0:
            a, v = -speed.flat[i] / dt, 0.0
        accel.flat[i], speed.flat[i] = a, v
        way.flat[i] += dt * v


@compiled
def _settled(speed: F64, accel: F64, queue: F64, dead: I64, lag: F64, slot: int, dt: float, out: F64) -> None:
    slots, vehicles = len(queue), speed.shape[1]
    for r in range(out.shape[0]):
        for i in range(out.shape[1]):
            v = speed[r, i] + lag[r, i] * accel[r, i]
            for step in range(slot - dead[r, i] + slots, slot + slots):
                v += dt * queue[step % slots, r * vehicles + i]
            out[r, i] = v


@compiled
def command_for(
    wanted: float, speed: float, accel: float, queued: F64, dead: int, share: float, slot: int, dt: float
) -> float:
    """Acceleration to command a vehicle now so that its speed is ``wanted`` after its dead time and one step more.

    All else is as `Plant.engine` has it; ``queued`` is its column of what was commanded.
    """
    slots = len(queued)
    a, v = accel, speed
    for step in range(slot - dead + slots, slot + slots):
        a = share * queued[step % slots] + (1.0 - share) * a
        v = max(0.0, v + dt * a)
    return ((wanted - v) / dt - (1.0 - share) * a) / share


@compiled
def _commands_for(wanted: F64, speed: F64, accel: F64, queue: F64, dead: I64, share: F64, slot: int, dt: float) -> F64:
    out = np.empty_like(wanted)
    for r in range(out.shape[0]):
        for i in range(out.shape[1]):
            queued = queue[:, r * speed.shape[1] + i]
            out[r, i] = command_for(wanted[r, i], speed[r, i], accel[r, i], queued, dead[r, i], share[r, i], slot, dt)
    return out


class Plant:
    """Vehicles of shape (replica, vehicle).

    Parameters
    ----------
    dt_s
        Control step.
    speed_mps
        Speeds at the start, of the shape that everything else takes.
    lag_s, dead_s
        Engine lag and dead time, one or one for each; dead times count in whole steps.

    Attributes
    ----------
    dt_s
        Control step.
    speed_mps, accel_mps2
        Motion now. Whoever moves a vehicle by other means writes its motion here.
    commanded_mps2
        Acceleration commanded in the last step.
    way_m
        How far it has come.
    lag_s, dead_s
        Engine lags, and dead times in whole steps.
    """

    def __init__(self, dt_s: float, speed_mps: F64, lag_s: ArrayLike, dead_s: ArrayLike) -> None:
        shape = (speed_mps.shape[0], speed_mps.shape[1])
        self.dt_s, self._slot = dt_s, 0
        self.lag_s = filled(shape, lag_s)
        self._share = dt_s / (self.lag_s + dt_s)
        self._dead = np.rint(filled(shape, dead_s) / dt_s).astype(np.int64)
        self.dead_s: F64 = self._dead * np.float64(dt_s)
        self._queue = np.zeros((int(self._dead.max(initial=0)) + 1, speed_mps.size))
        self.speed_mps, self.accel_mps2 = filled(shape, speed_mps), np.zeros(shape)
        self.commanded_mps2, self.way_m = np.zeros(shape), np.zeros(shape)

    def move(self, commanded_mps2: F64) -> None:
        """One step under these commanded accelerations."""
        self.commanded_mps2 = commanded_mps2
        _move(
            self.speed_mps,
            self.accel_mps2,
            self.way_m,
            self._queue,
            self._dead,
            self._share,
            commanded_mps2,
            self._slot,
            self.dt_s,
        )
        self._slot = (self._slot + 1) % len(self._queue)

    def settled_mps(self, vehicles: int | None = None) -> F64:
        """Speed that each comes to if nothing more is commanded: what the engine and the dead time still hold is added.

        A first-order engine gives a command's whole change of speed in the end, however long its lag. Of the first
        ``vehicles`` of each string or all.
        """
        out = np.empty(self.speed_mps[:, :vehicles].shape)
        _settled(self.speed_mps, self.accel_mps2, self._queue, self._dead, self.lag_s, self._slot, self.dt_s, out)
        return out

    def command_for(self, speed_mps: F64) -> F64:
        """Acceleration to command now so that the speed is this one after the dead time and one step more.

        Of the first vehicles of each string, as many as ``speed_mps`` (replica, n) has.
        """
        return _commands_for(
            speed_mps, self.speed_mps, self.accel_mps2, self._queue, self._dead, self._share, self._slot, self.dt_s
        )

    @property
    def engine(self) -> tuple[F64, F64, F64, I64, F64, F64, int, float]:
        """Speeds, accelerations, what was commanded, (slots, vehicles in a row), dead times in steps.

        And share of a command that acts in a step, lags, slot of the next command, and control step.
        """
        return self.speed_mps, self.accel_mps2, self._queue, self._dead, self._share, self.lag_s, self._slot, self.dt_s
