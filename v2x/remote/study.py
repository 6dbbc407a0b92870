"""The loop of remote driving in replicas: a course, an abstract network, constant delays.

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
from v2x.remote.course import Course
from v2x.remote.late import Late
from v2x.remote.operators import build_operator
from v2x.remote.operators.base import Seen
from v2x.remote.operators.human import Human
from v2x.remote.operators.remnant import remnant
from v2x.remote.sight import OnCourse
from v2x.remote.vehicle.bicycle import STEP_NS, Vehicles
from v2x.remote.vehicle.body import Actuators, Body
from v2x.remote.vehicle.disturbance import disturbance

F64 = NDArray[np.float64]
U64 = NDArray[np.uint64]
Bools = NDArray[np.bool_]

#: How far a vehicle is off a straight road at the start, and from where on it is lost.
PERTURBATION_M, LOST_M = 0.1, 1.0
#: The course of theory, to the east; it goes on straight beyond its end.
STRAIGHT = Course([(0.0, 0.0), (1000.0, 0.0)])
#: Share of the network's delay that frames have; commands have the rest. Assumed: a picture is more than a command.
OF_FRAMES = 0.7
#: Longest network delay tried, s, how many are tried at once, and how often; the last ones are 1 ms apart.
LONGEST_S, WAYS, ROUNDS = 3.0, 15, 3


@dataclass(frozen=True)
class Loop:
    """What drives on one course; sequences have one for each replica.

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
        Of the drive, one for all or (n,).
    course, start_m, perturbation_m
        What all follow, from which station on, and how far to its left they begin.
    lost_m
        A vehicle that is farther off is lost, and what becomes of it no longer counts.
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
    duration_s: ArrayLike = 60.0
    course: Course = STRAIGHT
    start_m: float = 0.0
    perturbation_m: float = PERTURBATION_M
    lost_m: float = LOST_M
    keys: U64 | None = None
    seed: int = 1


@dataclass(frozen=True)
class Outcome:
    """What became of a loop, (n,).

    Attributes
    ----------
    age_s
        Mean age of what a vehicle steers by, over the second half of its time.
    peak_m
        Largest offset in each quarter of the time, (4, n).
    rms_m
        Root of the mean square of the offset.
    lost
        Whether it was lost; peak and root are those of the time until then.
    """

    age_s: F64
    peak_m: F64
    rms_m: F64
    lost: Bools

    @property
    def grows(self) -> Bools:
        """Whether the offset grows: from the second quarter to the last, or until the vehicle is lost."""
        return np.asarray(self.lost | (self.peak_m[3] > self.peak_m[1]))


class _Chain:
    """Camera, network, operator and network back, to the wheels."""

    def __init__(self, loop: Loop, vehicles: Vehicles) -> None:
        wheelbase = np.array([each.wheelbase_m for each in loop.bodies])
        operator = build_operator(loop.operator, wheelbase, **loop.figures)
        n, self._frame_ns, self._command_ns = len(wheelbase), NS_PER_S // loop.frame_hz, NS_PER_S // loop.command_hz
        self._command_s = (1.0 - OF_FRAMES) * loop.network_s
        self._vehicles, self._course = vehicles, loop.course
        self._segment = np.repeat(loop.course.segment_at(np.array([loop.start_m])), n)
        self._before = self._pose()
        self._frames = Late(np.vstack((self._before, np.zeros(n))), OF_FRAMES * loop.network_s, self._frame_ns)
        self._commands = Late(np.zeros((2, n)), self._command_s, STEP_NS)
        noise = None if loop.keys is None else remnant(loop.keys, loop.seed)
        self._human = Human(operator, n, STEP_NS, noise)

    def _pose(self) -> F64:
        """Rear axle, heading, speed, and the segment of the course to look for it from."""
        of = self._vehicles
        return np.stack((of.x_m, of.y_m, of.psi_rad, of.speed_mps, self._segment.astype(np.float64)))

    def offset_m(self) -> F64:
        """How far the vehicles are to the left of the course, (n,); asked after each step, which it tracks them by."""
        on = self._course.project(self._vehicles.x_m, self._vehicles.y_m, self._segment)
        self._segment = on.segment
        return on.offset_m

    def _seen(self, t_ns: int) -> Seen:
        x_m, y_m, psi_rad, speed_mps, segment, captured_ns = self._frames.newest(t_ns)
        on = self._course.project(x_m, y_m, segment.astype(np.int64))
        ahead = OnCourse(self._course, x_m, y_m, psi_rad, on.station_m, on.offset_m)
        return Seen(t_ns, captured_ns.astype(np.int64), ahead, speed_mps, self._command_s)

    def at(self, t_ns: int) -> tuple[F64, F64]:
        """What the wheels are told at a step, and when the frame was taken that it goes by, ns, (n,)."""
        pose, since_ns = self._pose(), t_ns % self._frame_ns
        if since_ns < STEP_NS:  # a frame since the last step
            then = pose + since_ns / STEP_NS * (self._before - pose)
            self._frames.say(t_ns - since_ns, np.vstack((then, np.full(pose.shape[1], t_ns - since_ns))))
        self._before = pose
        if t_ns % self._command_ns < STEP_NS:
            self._commands.say(t_ns, np.stack(self._human.steer(self._seen(t_ns))))
        steer_rad, captured_ns = self._commands.newest(t_ns)
        return steer_rad, captured_ns


def run(loop: Loop) -> Outcome:
    """Drive from a perturbation on."""
    vehicles, n = _placed(loop), len(loop.bodies)
    steps = np.broadcast_to(np.rint(np.multiply(loop.duration_s, NS_PER_S)).astype(np.int64) // STEP_NS, n)
    chain, coasting, every = _Chain(loop, vehicles), np.zeros(n), np.arange(n)
    wind = None if loop.keys is None else disturbance(loop.keys, loop.seed)
    peak_m, age_ns, square_m2 = np.zeros((4, n)), np.zeros(n), np.zeros(n)
    lost, counted = np.zeros(n, bool), np.zeros(n)
    for k in range(int(steps.max())):
        steer_rad, captured_ns = chain.at(k * STEP_NS)
        vehicles.move(steer_rad, coasting, None if wind is None else wind.at(k * STEP_NS))
        off_m, going = np.abs(chain.offset_m()), k < steps
        here = going & ~lost
        quarter = np.minimum(4 * k // steps, 3)
        peak_m[quarter, every] = np.maximum(peak_m[quarter, every], here * off_m)
        square_m2 += here * off_m**2
        counted += here
        lost |= here & (off_m > loop.lost_m)
        age_ns += (going & (2 * k >= steps)) * ((k + 0.5) * STEP_NS - captured_ns)
    return Outcome(age_ns / (steps - (steps + 1) // 2) / NS_PER_S, peak_m, np.sqrt(square_m2 / counted), lost)


def _placed(loop: Loop) -> Vehicles:
    """The vehicles at the start."""
    vehicles = Vehicles(loop.bodies, loop.actuators, loop.speed_mps, loop.dynamic_from_mps)
    start_m = np.array([loop.start_m])
    (x_m, y_m), heading_rad = loop.course.point_m(start_m), loop.course.heading_rad(start_m)
    vehicles.x_m[:] = x_m - loop.perturbation_m * np.sin(heading_rad)
    vehicles.y_m[:] = y_m + loop.perturbation_m * np.cos(heading_rad)
    vehicles.psi_rad[:] = heading_rad
    return vehicles


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
        duration_s=np.tile(np.broadcast_to(loop.duration_s, n), times),
        figures=figures,
        keys=None,
    )
