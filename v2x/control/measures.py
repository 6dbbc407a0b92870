"""What a study works out while it runs, so that nothing has to be kept of every step."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from v2x.clock import NS_PER_S
from v2x.control.platoon_string import Decision
from v2x.jit import compiled

F64 = NDArray[np.float64]


@compiled
def _add(t: float, omega: F64, speed: F64, products: F64, sums: F64) -> None:
    for r in range(speed.shape[0]):
        basis = (math.sin(omega[r] * t), math.cos(omega[r] * t), 1.0)
        for one in range(3):
            for other in range(3):
                products[r, one, other] += basis[one] * basis[other]
        for i in range(speed.shape[1]):
            for one in range(3):
                sums[r, one, i] += basis[one] * speed[r, i]


class SineFit:
    """Least-squares fit of a sinusoid and a mean to every vehicle's speed.

    Parameters
    ----------
    frequency_hz
        One or one for each replica.
    from_s
        When the transient is over.
    replicas, vehicles
        Shape of the study.
    """

    def __init__(self, frequency_hz: ArrayLike, from_s: float, replicas: int, vehicles: int) -> None:
        self._omega = 2.0 * np.pi * np.array(np.broadcast_to(np.asarray(frequency_hz, np.float64), replicas))
        self._from_s, self._sums = from_s, np.zeros((replicas, 3, vehicles))
        self._products = np.zeros((replicas, 3, 3))

    def see(self, t_ns: int, decision: Decision, gap_m: F64) -> None:  # noqa: ARG002
        """As `Measure`."""
        t_s = t_ns / NS_PER_S
        if t_s >= self._from_s:
            _add(t_s, self._omega, decision.speed_mps, self._products, self._sums)

    @property
    def phasor_mps(self) -> NDArray[np.complex128]:
        """Amplitude and phase, (replica, vehicle)."""
        found = np.linalg.solve(self._products, self._sums)
        return np.asarray(found[:, 1] - 1j * found[:, 0])

    @property
    def gains(self) -> F64:
        """Amplitude of each follower over that of the vehicle ahead, (replica, follower)."""
        amplitude = np.abs(self.phasor_mps)
        return np.asarray(amplitude[:, 1:] / amplitude[:, :-1])


@compiled
def _closer(gap: F64, speed: F64, least: F64, impact: F64) -> None:
    for r in range(gap.shape[0]):
        for i in range(1, gap.shape[1]):
            least[r, i] = min(least[r, i], gap[r, i])
            if gap[r, i] <= 0.0 and np.isnan(impact[r, i]):
                impact[r, i] = speed[r, i] - speed[r, i - 1]


class Closest:
    """Smallest gaps and collisions.

    Attributes
    ----------
    least_m
        Smallest true gap of each vehicle, (replica, vehicle); inf for leaders.
    impact_mps
        Difference of speeds at the first contact; NaN where there was none.
    """

    def __init__(self, replicas: int, vehicles: int) -> None:
        self.least_m, self.impact_mps = np.full((replicas, vehicles), np.inf), np.full((replicas, vehicles), np.nan)

    def see(self, t_ns: int, decision: Decision, gap_m: F64) -> None:  # noqa: ARG002
        """As `Measure`."""
        _closer(gap_m, decision.speed_mps, self.least_m, self.impact_mps)

    @property
    def collided(self) -> NDArray[np.bool_]:
        """Whether any vehicle of each replica ran into the one ahead."""
        return np.asarray((self.least_m <= 0.0).any(axis=1))


@compiled
def _braking(t: float, onset: float, accel: F64, commanded: F64, brakes: F64, told: F64) -> None:
    for r in range(accel.shape[0]):
        for i in range(accel.shape[1]):
            if accel[r, i] < -onset:
                brakes[r, i] = min(brakes[r, i], t)
            if commanded[r, i] < -onset:
                told[r, i] = min(told[r, i], t)


class Reaction:
    """How long after the vehicle ahead has begun to brake each follower commands to brake.

    Parameters
    ----------
    replicas, vehicles
        Shape of the study.
    from_s
        Nothing before counts.
    onset_mps2
        Deceleration from which on a vehicle counts as braking.
    """

    def __init__(self, replicas: int, vehicles: int, from_s: float, onset_mps2: float = 2.0) -> None:
        self._from_s, self._onset = from_s, onset_mps2
        self._brakes_s, self._told_s = np.full((replicas, vehicles), np.inf), np.full((replicas, vehicles), np.inf)

    def see(self, t_ns: int, decision: Decision, gap_m: F64) -> None:  # noqa: ARG002
        """As `Measure`."""
        t_s = t_ns / NS_PER_S
        if t_s >= self._from_s:
            accel, commanded = decision.accel_mps2, decision.commanded_mps2
            _braking(t_s, self._onset, accel, commanded, self._brakes_s, self._told_s)

    @property
    def delay_s(self) -> F64:
        """From the braking ahead to the own command, (replica, follower); negative where a message was faster."""
        return np.asarray(self._told_s[:, 1:] - self._brakes_s[:, :-1])
