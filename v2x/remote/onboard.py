"""The vehicle's own side: it obeys, it notices when nobody tells it anything any more, and then stops by itself.

waiting    before the first command it stands
remote     it obeys the newest command
mrm        the watchdog has tripped: a minimal-risk manoeuvre is under way, driven on board
stopped    it stands after one, until commands have come again for a while
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from v2x.clock import NS_PER_S
from v2x.remote.command import Command, CommandReceiver, InForce, Trip
from v2x.remote.minimal_risk import MinimalRisk
from v2x.remote.operators.base import Operator, Seen
from v2x.remote.sensed import Sensed
from v2x.remote.sight import OnCourse

#: Brake while it stands and nobody drives, m/s^2.
_HOLD_MPS2 = 2.0


class Mode(StrEnum):
    """Who drives."""

    WAITING = "waiting"
    REMOTE = "remote"
    MRM = "mrm"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Told:
    """What the actuators are told at a control step."""

    steer_rad: float
    accel_mps2: float


class OnBoard:
    """One vehicle.

    Parameters
    ----------
    receiver
        Of its commands.
    manoeuvre
        Begins a minimal-risk manoeuvre, given the steering and the acceleration in force.
    pursuit
        Tracks the operator's path on board, if it does: then he steers no more.
    resume_s
        Standing after one, it obeys again when commands have come without a gap for so long; None for never.

    Attributes
    ----------
    mode
        Who drives.
    trip
        The watchdog's last.
    """

    def __init__(
        self,
        receiver: CommandReceiver,
        manoeuvre: Callable[[float, float], MinimalRisk],
        pursuit: Operator | None,
        resume_s: float | None,
    ) -> None:
        self._receiver, self._begin, self._pursuit = receiver, manoeuvre, pursuit
        self._manoeuvre: MinimalRisk | None = None
        self._resume_ns = None if resume_s is None else round(resume_s * NS_PER_S)
        self.mode, self.trip = Mode.WAITING, Trip(0, 0)
        self._since_ns = 0  # commands have come without a gap
        self._steer_rad = 0.0  # what the actuators were told last

    def arrive(self, at_ns: int, command: Command) -> None:
        """A command has come; calls are in order of time, before the control step that is to use it."""
        self._receiver.arrive(at_ns, command)

    def step(
        self, t_ns: int, speed_mps: float, ahead: OnCourse, sensed: Sensed, cap_mps: float
    ) -> tuple[Told, InForce]:
        """What the actuators are told now, and what is in force.

        Parameters
        ----------
        t_ns, speed_mps, ahead
            Control step, own speed, and own place on the course as the vehicle itself has it.
        sensed
            What its sensors tell of whoever is ahead and behind.
        cap_mps
            Bound of the speed that it keeps to by itself, inf without one.
        """
        now = self._receiver.step(t_ns)
        if now.trips:
            self.trip, self._since_ns = now.trips[-1], t_ns
            if self.mode is Mode.REMOTE:
                self.mode = Mode.MRM
                accel_mps2 = 0.0 if now.command is None else now.command.accel_mps2
                self._manoeuvre = self._begin(self._steer_rad, accel_mps2)
        elif self.mode is Mode.WAITING and now.command is not None:
            self.mode = Mode.REMOTE
        if self.mode is Mode.MRM and speed_mps <= 0.0:
            self.mode, self._manoeuvre, self._since_ns = Mode.STOPPED, None, t_ns
        if self.mode is Mode.STOPPED and self._back(t_ns, now):
            self.mode = Mode.REMOTE
        told = self._told(t_ns, now, speed_mps, ahead, sensed, cap_mps)
        self._steer_rad = told.steer_rad
        return told, now

    def _back(self, t_ns: int, now: InForce) -> bool:
        """Whether commands have come without a gap for long enough."""
        if self._receiver.silent:
            self._since_ns = t_ns
        return self._resume_ns is not None and now.command is not None and t_ns - self._since_ns >= self._resume_ns

    def _told(self, t_ns: int, now: InForce, speed_mps: float, ahead: OnCourse, sensed: Sensed, cap_mps: float) -> Told:
        if self._manoeuvre is not None:
            return Told(*self._manoeuvre.step(t_ns, speed_mps, ahead, sensed))
        if self.mode is Mode.REMOTE and now.command is not None:
            # at 1/s, as leaders of platoons keep to a speed
            accel_mps2 = min(now.command.accel_mps2, cap_mps - speed_mps)
            if self._pursuit is None:
                return Told(now.command.steer_rad, accel_mps2)
            seen = Seen(t_ns, np.array([t_ns]), ahead, np.array([speed_mps]), np.zeros(1))
            return Told(float(self._pursuit.steer_rad(seen)[0]), accel_mps2)
        return Told(0.0, -_HOLD_MPS2)
