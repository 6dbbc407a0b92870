"""The minimal-risk manoeuvre: what the vehicle does by itself when nobody drives it any more.

It brakes to standstill and keeps to the last path, the course or one that the operator has sent, by pure pursuit on
board at the vehicle's own rate. Steering frozen at the last command would leave the lane in any bend. Braking is as
planned, with three exceptions: it builds up at a limited jerk; somebody close behind, seen by a rear sensor, makes it
gentler (`v2x.remote.follower`); something ahead that needs more makes it harder, at once.

UN Regulation 157, 5.5.1 has such a manoeuvre stay in the lane and aim at a deceleration of no more than 4 m/s^2.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from math import isnan

import numpy as np

from v2x.clock import NS_PER_S
from v2x.control.guard import limit_mps2
from v2x.errors import InputError
from v2x.remote.follower import Follower, gentle_mps2
from v2x.remote.operators.base import Ahead, Seen
from v2x.remote.operators.pure_pursuit import PurePursuit
from v2x.remote.sensed import ALONE, Sensed
from v2x.remote.vehicle.body import Actuators


class State(StrEnum):
    """How far it has come: under way, or standing after it."""

    UNDER_WAY = "mrm"
    STOPPED = "stopped"


class Reason(StrEnum):
    """What decides on the braking: the plan, somebody behind, or something ahead."""

    PLAN = "plan"
    FOLLOWER = "follower"
    AHEAD = "ahead"


@dataclass(frozen=True)
class Plan:
    """Figures of the manoeuvre.

    Attributes
    ----------
    brake_mps2
        Planned deceleration. Assumed, below the 4 m/s^2 of UN Regulation 157, 5.5.1.
    least_mps2
        It is never gentler than that, whoever is behind. Assumed.
    most_mps2
        Hardest braking for something ahead. Assumed.
    jerk_mps3
        How fast the braking builds up, and eases. Assumed.
    look_ahead_s, look_ahead_least_m
        Of the pure pursuit. Assumed.
    tracks_path
        Whether it keeps to the last path; else the wheels stay as they were.
    follower
        What is taken for granted of somebody behind.

    Raises
    ------
    InputError
        If the decelerations are not in the order least, planned, most, above zero.
    """

    brake_mps2: float = 3.0
    least_mps2: float = 1.5
    most_mps2: float = 6.0
    jerk_mps3: float = 10.0
    look_ahead_s: float = 0.8
    look_ahead_least_m: float = 4.0
    tracks_path: bool = True
    follower: Follower = field(default_factory=Follower)

    def __post_init__(self) -> None:
        if not 0.0 < self.least_mps2 <= self.brake_mps2 <= self.most_mps2:
            raise InputError(
                f"braking has to be in order: least {self.least_mps2}, planned {self.brake_mps2}, "
                f"most {self.most_mps2} m/s^2, above zero"
            )

    def delay_s(self, actuators: Actuators) -> float:
        """What the build-up of the braking costs: dead time, lag, and half of the ramp that the jerk allows."""
        return actuators.drive_dead_s + actuators.drive_lag_s + self.brake_mps2 / self.jerk_mps3 / 2.0


def stopping_m(speed_mps: float, delay_s: float, brake_mps2: float) -> float:
    """Way to standstill: ``v t + v^2 / 2 a``, at full speed for a delay and then at an even deceleration.

    The delay is what has to be counted: the time until the outage is noticed if the way is taken from its beginning,
    and that of the build-up of the braking (`Plan.delay_s`). A first-order lag counts as its time constant, as long as
    braking lasts for several of them.
    """
    return speed_mps * delay_s + speed_mps**2 / (2.0 * brake_mps2)


class MinimalRisk:
    """One manoeuvre of one vehicle, from when it is noticed that nobody drives until the vehicle stands.

    Parameters
    ----------
    plan
        Figures.
    wheelbase_m, actuators
        Of the vehicle.
    steer_rad, accel_mps2
        In force when it begins. The drive is dropped at once, the braking is gone on from.

    Attributes
    ----------
    state
        How far it has come.
    reason
        What decided on the braking in the last step.
    """

    def __init__(
        self, plan: Plan, wheelbase_m: float, actuators: Actuators, steer_rad: float = 0.0, accel_mps2: float = 0.0
    ) -> None:
        self.state, self.reason = State.UNDER_WAY, Reason.PLAN
        self._plan, self._actuators = plan, actuators
        self._pursuit = PurePursuit(wheelbase_m, plan.look_ahead_s, plan.look_ahead_least_m)
        self._command_mps2 = min(accel_mps2, 0.0)
        self._braking_mps2 = self._command_mps2  # what the vehicle is taken to do by now
        self._steer_rad = steer_rad
        self._t_ns: int | None = None
        self._follower_since_ns: int | None = None

    def step(self, t_ns: int, speed_mps: float, ahead: Ahead, sensed: Sensed = ALONE) -> tuple[float, float]:
        """Angle of the front wheels (rad, to the left) and acceleration (m/s^2) to command at a control step.

        Parameters
        ----------
        t_ns, speed_mps
            The vehicle's own.
        ahead
            The path as the vehicle itself has it ahead now, of one vehicle (1,).
        sensed
            What its sensors tell of whoever is ahead and behind.
        """
        dt = 0.0 if self._t_ns is None else (t_ns - self._t_ns) / NS_PER_S
        self._t_ns = t_ns
        if speed_mps <= 0.0:
            self.state = State.STOPPED
        if self.state is State.STOPPED:  # wheels are not turned at standstill, and the brake holds
            return self._steer_rad, -self._plan.brake_mps2
        if self._plan.tracks_path:
            seen = Seen(t_ns, np.array([t_ns]), ahead, np.array([speed_mps]), np.zeros(1))
            self._steer_rad = float(self._pursuit.steer_rad(seen)[0])
        wanted = -self._gentle_mps2(t_ns, speed_mps, sensed)
        needed = self._needed_mps2(speed_mps, sensed)
        self._command_mps2 += float(np.clip(wanted - self._command_mps2, *self._steps(dt)))
        if needed < wanted:
            self.reason, self._command_mps2 = Reason.AHEAD, min(self._command_mps2, needed)
        lag_s = self._actuators.drive_lag_s
        self._braking_mps2 += dt / (lag_s + dt) * (self._command_mps2 - self._braking_mps2) if dt > 0.0 else 0.0
        return self._steer_rad, self._command_mps2

    def _steps(self, dt: float) -> tuple[float, float]:
        return -self._plan.jerk_mps3 * dt, self._plan.jerk_mps3 * dt

    def _gentle_mps2(self, t_ns: int, speed_mps: float, sensed: Sensed) -> float:
        """Deceleration for whoever is behind."""
        plan, self.reason = self._plan, Reason.PLAN
        if isnan(sensed.follower_gap_m):
            self._follower_since_ns = None
            return plan.brake_mps2
        if self._follower_since_ns is None:
            self._follower_since_ns = t_ns  # sees the brake lights from now on
        seen_s = (t_ns - self._follower_since_ns) / NS_PER_S
        gap_m = sensed.follower_gap_m + sensed.late_s * sensed.follower_rate_mps
        behind_mps = max(speed_mps - sensed.follower_rate_mps, 0.0)
        braking = gentle_mps2(speed_mps, behind_mps, gap_m, seen_s, plan.follower, plan.least_mps2, plan.brake_mps2)
        if braking < plan.brake_mps2:
            self.reason = Reason.FOLLOWER
        return braking

    def _needed_mps2(self, speed_mps: float, sensed: Sensed) -> float:
        """Upper bound of the acceleration for whatever is ahead; inf for nobody."""
        needed = limit_mps2(
            *(sensed.ahead_gap_m, sensed.ahead_rate_mps, sensed.ahead_accel_mps2, speed_mps, self._braking_mps2),
            *(self._actuators.drive_lag_s, self._actuators.drive_dead_s, sensed.late_s),
        )
        return max(needed, -self._plan.most_mps2)
