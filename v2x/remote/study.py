"""The loop of remote driving in replicas: a straight road, an abstract network, constant delays.

A camera takes frames at a fixed rate; each is on the screen a constant while later. At a fixed rate the operator looks
and decides, and what he does with the wheel is at the vehicle a constant while later, where it is held until the next
command. All of it happens in steps of `v2x.remote.vehicle.bicycle.STEP_NS`, at the first one when it is due; but the
pose in a frame is that of its instant, between two steps.

What theory calls the loop's delay is the mean age of what a vehicle steers by: waiting for a frame, network, reaction,
waiting for a command, holding it, and steps. It is measured, not assumed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from v2x.clock import NS_PER_S
from v2x.remote.late import Late
from v2x.remote.operators import build_operator
from v2x.remote.operators.base import Seen
from v2x.remote.operators.human import Human
from v2x.remote.operators.remnant import remnant
from v2x.remote.sight import Straight
from v2x.remote.vehicle.bicycle import STEP_NS, Vehicles
from v2x.remote.vehicle.body import Actuators, Body
from v2x.remote.vehicle.disturbance import disturbance

F64 = NDArray[np.float64]
U64 = NDArray[np.uint64]
Bools = NDArray[np.bool_]

#: How far a vehicle is off the road at the start, and from where on it is lost.
PERTURBATION_M, LOST_M = 0.1, 1.0
#: Share of the network's delay that frames have; commands have the rest. Assumed: a picture is more than a command.
OF_FRAMES = 0.7
#: Longest network delay tried, s, how many are tried at once, and how often; the last ones are 1 ms apart.
LONGEST_S, WAYS, ROUNDS = 3.0, 15, 3


@dataclass(frozen=True)
class Loop:
    """What drives on the straight road; sequences have one for each replica.

    Attributes
    ----------
    operator
        Name of all operators.
    bodies, actuators
        Of the vehicles.
    speed_mps, network_s
        Constant speed, and delay of frames and commands together, (n,).
    figures
        Of the operators, in place of their own: one for all or (n,).
    dynamic_from_mps
        As `Vehicles` has it.
    frame_hz, command_hz
        Of the camera and of the operator, at most one in a step.
    duration_s
        From the perturbation on.
    keys
        What the remnants of operators and the disturbances of vehicles are keyed by, (n,): replicas of one key have the
        same luck. None: there is nothing of that.
    seed
        Of these draws.
    """

    operator: str
    bodies: Sequence[Body]
    actuators: Sequence[Actuators]
    speed_mps: F64
    network_s: F64
    figures: Mapping[str, ArrayLike] = field(default_factory=dict)
    dynamic_from_mps: float = np.inf
    frame_hz: int = 30
    command_hz: int = 50
    duration_s: float = 60.0
    keys: U64 | None = None
    seed: int = 1


@dataclass(frozen=True)
class Outcome:
    """What became of a loop, (n,).

    Attributes
    ----------
    age_s
        Mean age of what a vehicle steers by, over the second half.
    peak_m
        Largest offset in each quarter of the time, (4, n).
    rms_m
        Root of the mean square of the offset over the second half.
    """

    age_s: F64
    peak_m: F64
    rms_m: F64

    @property
    def grows(self) -> Bools:
        """Whether the offset grows: from the second quarter to the last, or until the vehicle is lost."""
        lost = self.peak_m.max(axis=0) > LOST_M
        return np.asarray(lost | (self.peak_m[3] > self.peak_m[1]))


class _Chain:
    """Camera, network, operator and network back, to the wheels."""

    def __init__(self, loop: Loop, vehicles: Vehicles) -> None:
        wheelbase = np.array([each.wheelbase_m for each in loop.bodies])
        operator = build_operator(loop.operator, wheelbase, **loop.figures)
        n, self._frame_ns, self._command_ns = len(wheelbase), NS_PER_S // loop.frame_hz, NS_PER_S // loop.command_hz
        self._command_s = (1.0 - OF_FRAMES) * loop.network_s
        self._vehicles = vehicles
        self._before = self._pose()
        self._frames = Late(np.vstack((self._before, np.zeros(n))), OF_FRAMES * loop.network_s, self._frame_ns)
        self._commands = Late(np.zeros((2, n)), self._command_s, STEP_NS)
        noise = None if loop.keys is None else remnant(loop.keys, loop.seed)
        self._human = Human(operator, n, STEP_NS, noise)

    def _pose(self) -> F64:
        return np.stack((self._vehicles.y_m, self._vehicles.psi_rad, self._vehicles.speed_mps))

    def at(self, t_ns: int) -> tuple[F64, F64]:
        """What the wheels are told at a step, and when the frame was taken that it goes by, ns, (n,)."""
        pose, since_ns = self._pose(), t_ns % self._frame_ns
        if since_ns < STEP_NS:  # a frame since the last step
            then = pose + since_ns / STEP_NS * (self._before - pose)
            self._frames.say(t_ns - since_ns, np.vstack((then, np.full(pose.shape[1], t_ns - since_ns))))
        self._before = pose
        if t_ns % self._command_ns < STEP_NS:
            y_m, psi_rad, speed_mps, captured_ns = self._frames.newest(t_ns)
            seen = Seen(t_ns, captured_ns.astype(np.int64), Straight(y_m, psi_rad), speed_mps, self._command_s)
            self._commands.say(t_ns, np.stack(self._human.steer(seen)))
        steer_rad, captured_ns = self._commands.newest(t_ns)
        return steer_rad, captured_ns


def run(loop: Loop) -> Outcome:
    """Drive from a perturbation on."""
    vehicles = Vehicles(loop.bodies, loop.actuators, loop.speed_mps, loop.dynamic_from_mps)
    vehicles.y_m[:] = PERTURBATION_M
    n, steps = len(loop.bodies), round(loop.duration_s * NS_PER_S) // STEP_NS
    chain, coasting = _Chain(loop, vehicles), np.zeros(n)
    wind = None if loop.keys is None else disturbance(loop.keys, loop.seed)
    peak_m, age_ns, square_m2 = np.zeros((4, n)), np.zeros(n), np.zeros(n)
    for k in range(steps):
        steer_rad, captured_ns = chain.at(k * STEP_NS)
        vehicles.move(steer_rad, coasting, None if wind is None else wind.at(k * STEP_NS))
        quarter = peak_m[4 * k // steps]
        np.maximum(quarter, np.abs(vehicles.y_m), out=quarter)
        if 2 * k >= steps:
            age_ns += (k + 0.5) * STEP_NS - captured_ns
            square_m2 += vehicles.y_m**2
    counted = steps // 2
    return Outcome(age_ns / counted / NS_PER_S, peak_m, np.sqrt(square_m2 / counted))


def critical_delay_s(loop: Loop) -> F64:
    """The loop's delay from which on a perturbation grows; `Loop.network_s` and `Loop.keys` are not used.

    By bisection in `WAYS` at once. The longest delay of the loop found stable, and the shortest that is not, (2, n):
    since all happens in steps, and decisions and frames are some apart, it takes a change of the network's delay by a
    little to change that of the loop at all. NaN if the loop is stable at all delays tried, or unstable at all.
    """
    n = loop.speed_mps.size
    many, shares = _repeated(loop, WAYS), np.linspace(0.0, 1.0, WAYS)[:, None]
    ends_s, ages_s = np.stack((np.zeros(n), np.full(n, LONGEST_S))), np.zeros((2, n))
    for _ in range(ROUNDS):
        tried_s = ends_s[0] + shares * (ends_s[1] - ends_s[0])
        outcome = run(replace(many, network_s=tried_s.ravel()))
        unstable = np.argmax(outcome.grows.reshape(WAYS, n), axis=0)  # 0 if none is or all are
        ends = np.stack((np.maximum(unstable - 1, 0), unstable))
        ends_s = np.take_along_axis(tried_s, ends, axis=0)
        ages_s = np.take_along_axis(outcome.age_s.reshape(WAYS, n), ends, axis=0)
    return np.where(ends_s[1] > ends_s[0], ages_s, np.nan)


def _repeated(loop: Loop, times: int) -> Loop:
    """All replicas, so many times over, and undisturbed."""
    n = loop.speed_mps.size
    figures = {name: np.tile(np.broadcast_to(value, n), times) for name, value in loop.figures.items()}
    return replace(
        loop,
        bodies=list(loop.bodies) * times,
        actuators=list(loop.actuators) * times,
        speed_mps=np.tile(loop.speed_mps, times),
        figures=figures,
        keys=None,
    )
