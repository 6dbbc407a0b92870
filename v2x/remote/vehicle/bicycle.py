"""How vehicles move: a kinematic bicycle, and above a speed of its own a dynamic single-track model.

The pose is that of the rear axle's centre. The kinematic bicycle has no slip:

    psi' = v tan(delta) / L

The dynamic one has tyres whose lateral force is in proportion to their slip angle (Rajamani, Vehicle Dynamics and
Control, 2012, section 2.3), so it is good up to some 4 m/s^2 of lateral acceleration (from memory, not verified), and
goes on steering beyond. With V the lateral speed of the centre of gravity, r the yaw rate, c an axle's cornering
stiffness over the mass, and k the inertia over the mass,

    V' = -(cf + cr)/v V - (v + (cf a - cr b)/v) r + cf delta
    r' = (-(cf a - cr b)/v V - (cf a^2 + cr b^2)/v r + cf a delta) / k.

These are solved by the implicit Euler rule, which is stable at low speed, where they are stiff. All else is exact for
commands that are held over a step, so that a step adds no delay of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, exp, sin, tan
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from v2x.clock import NS_PER_S
from v2x.jit import compiled
from v2x.remote.vehicle.body import Actuators, Body

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

#: A step of everything that is driven from afar.
STEP_NS = 10_000_000
#: Slowest speed from which the dynamic model may be asked for: its equations have none at standstill. Assumed.
LEAST_DYNAMIC_MPS = 1.0
GRAVITY_MPS2 = 9.81
#: Rows of the state.
_X, _Y, _PSI, _SPEED, _ACCEL, _STEER, _SIDE, _YAW = range(8)


class _Figures(NamedTuple):
    """Bodies and actuators as a step needs them, (n,) each; shares and means are those of a first-order lag."""

    front: F64
    rear: F64
    front_grip: F64
    rear_grip: F64
    inertia: F64
    steer_share: F64
    steer_mean: F64
    steer_most: F64
    max_steer: F64
    drive_share: F64
    max_accel: F64
    max_brake: F64
    dynamic_from: F64


@compiled
def _turn(steer: float, command: float, i: int, of: _Figures) -> tuple[float, float]:
    """Steering angle after a step, and its mean over the step."""
    missing = min(max(command, -of.max_steer[i]), of.max_steer[i]) - steer
    change = of.steer_share[i] * missing
    if abs(change) > of.steer_most[i]:
        change = of.steer_most[i] if change > 0.0 else -of.steer_most[i]
        return steer + change, steer + 0.5 * change
    return steer + change, steer + of.steer_mean[i] * missing


@compiled
def _slide(side: float, yaw: float, speed: float, steer: float, i: int, of: _Figures, dt: float) -> tuple[float, float]:
    """Lateral speed of the centre of gravity and yaw rate after a step of the dynamic model."""
    a, b, cf, cr, k = of.front[i], of.rear[i], of.front_grip[i], of.rear_grip[i], of.inertia[i]
    skew = cf * a - cr * b
    side_side, side_yaw = 1.0 + dt * (cf + cr) / speed, dt * (speed + skew / speed)
    yaw_side, yaw_yaw = dt * skew / (speed * k), 1.0 + dt * (cf * a * a + cr * b * b) / (speed * k)
    side += dt * cf * steer
    yaw += dt * cf * a / k * steer
    whole = side_side * yaw_yaw - side_yaw * yaw_side
    return (side * yaw_yaw - side_yaw * yaw) / whole, (side_side * yaw - yaw_side * side) / whole


@compiled
def _move(
    state: F64, steer_command: F64, queue: F64, slot: int, dead: I64, disturbance: F64, of: _Figures, dt: float
) -> None:
    slots = len(queue)
    for i in range(state.shape[1]):
        before, accel, side, yaw = state[_SPEED, i], state[_ACCEL, i], state[_SIDE, i], state[_YAW, i]
        wanted = min(max(queue[(slot - dead[i]) % slots, i], -of.max_brake[i]), of.max_accel[i])
        accel += of.drive_share[i] * (wanted - accel)
        speed = before + dt * accel
        if speed < 0.0:
            accel, speed = -before / dt, 0.0
        steer, mean_steer = _turn(state[_STEER, i], steer_command[i], i, of)
        mean_speed = 0.5 * (before + speed)
        drift = 0.0  # of the rear axle, to the left
        if mean_speed >= of.dynamic_from[i]:
            side_then, yaw_then = side, yaw
            side, yaw = _slide(side, yaw, mean_speed, mean_steer, i, of, dt)
            mean_yaw = 0.5 * (yaw_then + yaw)
            drift = 0.5 * (side_then + side) - of.rear[i] * mean_yaw
        else:
            wheelbase = of.front[i] + of.rear[i]
            mean_yaw = mean_speed * tan(mean_steer) / wheelbase
            yaw = speed * tan(steer) / wheelbase
            side = of.rear[i] * yaw
        turned = dt * (mean_yaw + disturbance[i])
        middle = state[_PSI, i] + 0.5 * turned
        state[_X, i] += dt * (mean_speed * cos(middle) - drift * sin(middle))
        state[_Y, i] += dt * (mean_speed * sin(middle) + drift * cos(middle))
        state[_PSI, i] += turned
        state[_SPEED, i], state[_ACCEL, i], state[_STEER, i] = speed, accel, steer
        state[_SIDE, i], state[_YAW, i] = side, yaw


class Vehicles:
    """Vehicles (n,), each of its own kind, going straight on to the east from the origin.

    Parameters
    ----------
    bodies, actuators
        One for each.
    speed_mps
        At the start.
    dynamic_from_mps
        Speed from which the dynamic model moves a vehicle, one for all or one each, at least `LEAST_DYNAMIC_MPS`;
        infinite: never.
    step_ns
        Of a move.

    Attributes
    ----------
    x_m, y_m, psi_rad
        Rear axle's centre; from the east, counter-clockwise, not wrapped. Who places a vehicle writes its pose here.
    speed_mps, accel_mps2, steer_rad, yaw_radps
        Along the vehicle, and of the front wheels; how the vehicle itself turns, without any disturbance.
    """

    def __init__(
        self,
        bodies: Sequence[Body],
        actuators: Sequence[Actuators],
        speed_mps: ArrayLike,
        dynamic_from_mps: ArrayLike,
        step_ns: int = STEP_NS,
    ) -> None:
        n, self._dt = len(bodies), step_ns / NS_PER_S
        self._of = _figures(bodies, actuators, np.asarray(dynamic_from_mps, np.float64), self._dt)
        self._dead = np.rint([each.drive_dead_s / self._dt for each in actuators]).astype(np.int64)
        self._queue, self._slot = np.zeros((int(self._dead.max(initial=0)) + 1, n)), 0
        self._state, self._calm = np.zeros((8, n)), np.zeros(n)
        self._state[_SPEED] = speed_mps
        self.x_m, self.y_m, self.psi_rad = (self._state[row] for row in (_X, _Y, _PSI))
        self.speed_mps, self.accel_mps2 = self._state[_SPEED], self._state[_ACCEL]
        self.steer_rad, self.yaw_radps = self._state[_STEER], self._state[_YAW]

    def move(self, steer_rad: F64, accel_mps2: F64, disturbance_radps: F64 | None = None) -> None:
        """One step under these commands (n,), while wind and road turn the vehicles at ``disturbance_radps``."""
        self._queue[self._slot] = accel_mps2
        pushed = self._calm if disturbance_radps is None else disturbance_radps
        _move(self._state, steer_rad, self._queue, self._slot, self._dead, pushed, self._of, self._dt)
        self._slot = (self._slot + 1) % len(self._queue)


def _figures(bodies: Sequence[Body], actuators: Sequence[Actuators], dynamic_from: F64, dt: float) -> _Figures:
    if (dynamic_from < LEAST_DYNAMIC_MPS).any():
        raise ValueError(f"the dynamic model needs {LEAST_DYNAMIC_MPS} m/s at least, not {dynamic_from.min()}")

    def grip(body: Body, stiffness: float, other_m: float) -> float:
        """Cornering stiffness of an axle over the mass; the other axle's distance decides on its load."""
        return stiffness * body.friction * GRAVITY_MPS2 * other_m / body.wheelbase_m

    lags = [(1.0 - exp(-dt / lag)) if (lag := each.steer_lag_s) > 0.0 else 1.0 for each in actuators]
    rows = [
        (
            body.front_m,
            body.rear_m,
            grip(body, body.front_stiffness, body.rear_m),
            grip(body, body.rear_stiffness, body.front_m),
            body.yaw_inertia_kgm2 / body.mass_kg,
            share,
            1.0 - share * each.steer_lag_s / dt,
            each.steer_rate_radps * dt,
            each.max_steer_rad,
            dt / (each.drive_lag_s + dt),
            each.max_accel_mps2,
            each.max_brake_mps2,
            start,
        )
        for body, each, share, start in zip(
            bodies, actuators, lags, np.broadcast_to(dynamic_from, len(bodies)), strict=True
        )
    ]
    return _Figures(*np.array(rows, np.float64).T.copy())
