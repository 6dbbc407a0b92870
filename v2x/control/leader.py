"""How leaders drive when nobody is in their way: what they command, from the profile and their own motion."""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from v2x.clock import NS_PER_S
from v2x.control.plant import Plant, command_for
from v2x.jit import compiled
from v2x.scenario.model_platoon import BrakeLeader, ProfileLeader, SineLeader
from v2x.scenario.model_platoon import Leader as Config

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

#: Gain of the speed where a leader follows a profile or keeps a constant speed, 1/s (as in `platoon_string.CRUISE_PS`).
TRACK_PS = 1.0
#: How far a leader goes beyond smooth driving to be back on its sinusoid, m/s^2 (assumed; at 1 Hz the sinusoid itself
#: differs by less than that from what a step of 10 ms makes of its smooth command).
RETURN_MPS2 = 1.5


class Leader(Protocol):
    """A way to drive."""

    def command_mps2(self, t_ns: int, plant: Plant, vehicles: int | None = None) -> F64:
        """Acceleration to command at ``t_ns`` if one leads, (replica, vehicle), of the first ``vehicles`` or all."""
        ...


class Braking:
    """Constant speed, then as much braking as asked for until the plant is sure to come to the speed asked for.

    A first-order engine ends up exactly at the speed commanded, however long its lag: the sum of accelerations is the
    sum of commands. So the braking ends, with one weaker command, when engine and dead time hold what is still missing.
    To standstill it never ends. Values broadcast to (replica, vehicle).
    """

    def __init__(self, speed_mps: ArrayLike, at_s: ArrayLike, brake_mps2: ArrayLike, to_mps: ArrayLike = 0.0) -> None:
        self._speed, self._at = np.asarray(speed_mps, np.float64), np.asarray(at_s, np.float64)
        self._brake, self._to = np.asarray(brake_mps2, np.float64), np.asarray(to_mps, np.float64)

    def command_mps2(self, t_ns: int, plant: Plant, vehicles: int | None = None) -> F64:
        """As `Leader`."""
        settled, begun = plant.settled_mps(vehicles), t_ns / NS_PER_S >= self._at
        off = np.where(begun, self._to, self._speed) - settled
        braking = np.where(self._to > 0.0, np.maximum(off / plant.dt_s, -self._brake), -self._brake)
        return np.where(begun & ((off < 0.0) | (self._to <= 0.0)), braking, TRACK_PS * off)


@compiled
def sine_mps(t: float, start: float, mean: float, frequency: float, amplitude: float) -> float:
    """The speed that `Sine` keeps to at a time."""
    periods = max(t - start, 0.0) * frequency
    grown = 1.0 if periods >= 1.0 else 0.5 - 0.5 * math.cos(math.pi * periods)
    return mean + grown * amplitude * math.sin(2.0 * math.pi * periods)


@compiled
def _sine(
    out: F64, now: float, most: float, start: float, mean: F64, frequency: F64, amplitude: F64,
    speed: F64, accel: F64, queue: F64, dead: I64, share: F64, lag: F64, slot: int, dt: float,
) -> None:  # fmt: skip
    """`Sine.command_mps2`; figures may have one row or column for all."""
    rows, columns = mean.shape
    for r in range(out.shape[0]):
        for i in range(out.shape[1]):
            at = min(r, rows - 1), min(i, columns - 1)
            t = now + dead[r, i] * dt
            there = sine_mps(t + dt, start, mean[at], frequency[at], amplitude[at])
            queued = queue[:, r * speed.shape[1] + i]
            exact = command_for(there, speed[r, i], accel[r, i], queued, dead[r, i], share[r, i], slot, dt)
            if most < np.inf:
                here = sine_mps(t, start, mean[at], frequency[at], amplitude[at])
                before = sine_mps(t - dt, start, mean[at], frequency[at], amplitude[at])
                slope, jerk = (there - here) / dt, (there - 2.0 * here + before) / dt**2
                smooth = slope + lag[r, i] * jerk + TRACK_PS * (here - speed[r, i])
                exact = min(max(exact, smooth - most), smooth + most)
            out[r, i] = exact


class Sine:
    """Speed on a sinusoid, exactly: the plant's step is inverted. Values broadcast to (replica, vehicle).

    The amplitude grows over the first period (a raised cosine), so that the acceleration does not jump. After having
    been held up, the inverse would ask for anything to be back at once; ``return_mps2`` bounds how far it goes beyond
    what smooth driving asks for.
    """

    def __init__(
        self,
        speed_mps: ArrayLike,
        frequency_hz: ArrayLike,
        amplitude_mps: ArrayLike,
        start_s: float,
        return_mps2: float = math.inf,
    ) -> None:
        given = (np.atleast_2d(np.asarray(value, np.float64)) for value in (speed_mps, frequency_hz, amplitude_mps))
        mean, frequency, amplitude = (np.array(value) for value in np.broadcast_arrays(*given))
        self._figures = start_s, mean, frequency, amplitude
        self._return = return_mps2

    def command_mps2(self, t_ns: int, plant: Plant, vehicles: int | None = None) -> F64:
        """As `Leader`."""
        command = np.empty(plant.speed_mps[:, :vehicles].shape)
        start_s, mean, frequency, amplitude = self._figures
        _sine(command, t_ns / NS_PER_S, self._return, start_s, mean, frequency, amplitude, *plant.engine)
        return command


class Profile:
    """Speeds at given times, linear between them: their slope, corrected by how far off the speed is."""

    def __init__(self, points: ArrayLike) -> None:
        self._times_s, self._speeds_mps = np.asarray(points, np.float64).T
        self._slopes = np.pad(np.diff(self._speeds_mps) / np.diff(self._times_s), 1)

    def command_mps2(self, t_ns: int, plant: Plant, vehicles: int | None = None) -> F64:
        """As `Leader`."""
        t = t_ns / NS_PER_S
        piece = int(np.searchsorted(self._times_s, t, side="right"))
        slope = float(self._slopes[piece])
        wanted = float(np.interp(t, self._times_s, self._speeds_mps))
        return slope + TRACK_PS * (wanted - plant.speed_mps[:, :vehicles])


class InTurn:
    """One way to drive, then from some time on another."""

    def __init__(self, first: Leader, then: Leader, at_s: float) -> None:
        self._first, self._then, self._at_ns = first, then, round(at_s * NS_PER_S)

    def command_mps2(self, t_ns: int, plant: Plant, vehicles: int | None = None) -> F64:
        """As `Leader`."""
        return (self._first if t_ns < self._at_ns else self._then).command_mps2(t_ns, plant, vehicles)


def build_leader(config: Config) -> Leader:
    """The way to drive that a scenario means."""
    if isinstance(config, ProfileLeader):
        return Profile(config.points)
    if isinstance(config, BrakeLeader):
        return Braking(config.speed_mps, config.brake_at_s, config.brake_mps2, config.to_mps)
    assert isinstance(config, SineLeader)
    sine = Sine(config.speed_mps, config.frequency_hz, config.amplitude_mps, config.start_s, RETURN_MPS2)
    if config.brake_at_s is None:
        return sine
    return InTurn(sine, Braking(config.speed_mps, config.brake_at_s, config.brake_mps2), config.brake_at_s)


def initial_speed_mps(config: Config) -> float:
    """Speed that it has at time 0."""
    return config.points[0][1] if isinstance(config, ProfileLeader) else config.speed_mps
