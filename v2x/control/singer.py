"""The acceleration of the vehicle ahead, from its speed as the radar gives it: Singer's model in a Kalman filter.

Singer, Estimating optimal tracking filter performance for manned maneuvering targets, IEEE TAES 6(4), 1970:
acceleration is a first-order Gauss-Markov process, da/dt = -alpha a + w, of variance amax^2/3 (1 + 4 Pmax - P0). Ploeg
et al. (2015) estimate with alpha = 1.25 1/s, amax = 3 m/s^2 and Pmax = P0 = 0.01 when messages stay away. The filter
here follows speed and acceleration only: the distance adds little to what the range rate tells, and nothing of the own
motion enters. Its gain is the one that the filter settles at.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_discrete_are

from v2x.control.radar import Sighting
from v2x.jit import compiled

F64 = NDArray[np.float64]

#: Bandwidth of the acceleration, 1/s, and its variance, m^2/s^4 (Ploeg et al. 2015).
ALPHA_PS = 1.25
ACCEL_VARIANCE = 3.0**2 / 3.0 * (1.0 + 4.0 * 0.01 - 0.01)


def transition(dt_s: float) -> F64:
    """What becomes of (speed, acceleration) after ``dt_s``, (2, 2)."""
    kept = np.exp(-ALPHA_PS * dt_s)
    return np.array([[1.0, (1.0 - kept) / ALPHA_PS], [0.0, kept]])


def gain(dt_s: float, speed_sigma_mps: float) -> F64:
    """Kalman gain (2,) of speeds measured every ``dt_s`` with that standard deviation, in the steady state."""
    kept, a, t = np.exp(-ALPHA_PS * dt_s), ALPHA_PS, dt_s
    # Covariance of white noise of density 2 a var, led through da/dt = -a x and dv/dt = x for dt_s (Singer's q22..q33).
    speed = (4.0 * kept - 3.0 - kept**2 + 2.0 * a * t) / (2.0 * a**3)
    cross = (kept**2 + 1.0 - 2.0 * kept) / (2.0 * a**2)
    accel = (1.0 - kept**2) / (2.0 * a)
    noise = 2.0 * a * ACCEL_VARIANCE * np.array([[speed, cross], [cross, accel]])
    seen = np.array([[1.0, 0.0]])
    spread = solve_discrete_are(transition(dt_s).T, seen.T, noise, np.array([[speed_sigma_mps**2]]))
    return np.asarray(spread[:, 0] / (spread[0, 0] + speed_sigma_mps**2))


@compiled
def _follow(
    speed: F64,
    accel: F64,
    measured: F64,
    fresh: NDArray[np.bool_],
    new_target: NDArray[np.bool_],
    kept: float,
    lead: float,
    gain_speed: float,
    gain_accel: float,
) -> None:
    for r in range(speed.shape[0]):
        for i in range(speed.shape[1]):
            v, a = speed[r, i] + lead * accel[r, i], kept * accel[r, i]
            if new_target[r, i]:
                v, a = measured[r, i], 0.0
            elif fresh[r, i]:
                off = measured[r, i] - v
                v, a = v + gain_speed * off, a + gain_accel * off
            speed[r, i], accel[r, i] = v, a


class Singer:
    """Estimates for every vehicle, (replica, vehicle).

    Parameters
    ----------
    shape
        Of everything.
    dt_s
        Control step.
    cycle_s, speed_sigma_mps
        Time from one measurement to the next, and its standard deviation.
    """

    def __init__(self, shape: tuple[int, int], dt_s: float, cycle_s: float, speed_sigma_mps: float) -> None:
        self._speed_mps, self.accel_mps2 = np.zeros(shape), np.zeros(shape)
        step = transition(dt_s)
        self._kept, self._lead = float(step[1, 1]), float(step[0, 1])
        self._gain = gain(cycle_s, speed_sigma_mps)

    def follow(self, seen: Sighting) -> F64:
        """Estimated acceleration of the vehicle ahead after this step's sighting."""
        _follow(
            self._speed_mps,
            self.accel_mps2,
            seen.ahead_speed_mps,
            seen.fresh,
            seen.new_target,
            self._kept,
            self._lead,
            float(self._gain[0]),
            float(self._gain[1]),
        )
        return self.accel_mps2
