"""Errors of a vehicle's own motion sensors.

Heading and speed: most of the variance moves within seconds, the rest is white. Acceleration and turn rate: white.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from v2x.draws import Draws, for_each, no_errors
from v2x.scenario.model import Motion
from v2x.stations.correlated import GaussMarkov

F64 = NDArray[np.float64]
U64 = NDArray[np.uint64]

#: Correlation time of the slow part, seconds. Assumed: heading filters of gyro and GNSS course settle in seconds.
CORRELATION_S = 3.0
#: Share of the variance in the slow part. Assumed.
SLOW_SHARE = 0.8
_SLOW, _WHITE = float(np.sqrt(SLOW_SHARE)), float(np.sqrt(1.0 / SLOW_SHARE - 1.0))
#: Below this true speed the speed error fades out linearly, m/s: a wheel that stands gives no pulses. Assumed.
FADE_MPS = 1.0


@dataclass(frozen=True)
class MotionErrors:
    """Errors of n measurements and the standard deviations that the vehicle states for them."""

    heading_deg: F64
    speed_mps: F64
    accel_mps2: F64
    yaw_rate_dps: F64
    heading_sigma_deg: F64
    speed_sigma_mps: F64


class MotionModel:
    """Heading and speed errors, a pure function of seed, station key and time.

    Parameters
    ----------
    config
        Standard deviations of heading, speed, acceleration and turn rate.
    seed
        Seed of the run.

    Attributes
    ----------
    exact
        Whether there are no errors.
    """

    def __init__(self, config: Motion, seed: int) -> None:
        self._heading_sigma_deg, self._speed_sigma_mps = config.heading_sigma_deg, config.speed_sigma_mps
        self._slow = GaussMarkov(seed, ["motion.heading", "motion.speed"], CORRELATION_S)
        self._white = Draws(seed, ["motion.accel", "motion.yaw_rate"])
        self._is_slow = config.heading_sigma_deg > 0.0 or config.speed_sigma_mps > 0.0
        self._white_sigma = np.array([[config.accel_sigma_mps2], [config.yaw_rate_sigma_dps]])
        self._is_white = bool(self._white_sigma.any())
        self.exact = not (self._is_slow or self._is_white)

    def measure(self, keys: U64, t_ns: ArrayLike, speed_mps: F64 | None = None) -> MotionErrors:
        """Errors at ``t_ns``, (n,) or one for all.

        ``speed_mps`` (n,) are the true speeds; without them every station counts as moving.
        """
        heading = speed = accel = yaw = heading_sigma = speed_sigma = no_errors(len(keys))
        if self.exact:
            return MotionErrors(heading, speed, accel, yaw, heading_sigma, speed_sigma)
        t = for_each(t_ns, keys)
        if self._is_slow:
            fade = np.ones(keys.shape) if speed_mps is None else np.minimum(1.0, np.abs(speed_mps) / FADE_MPS)
            heading_sigma, speed_sigma = np.full(keys.shape, self._heading_sigma_deg), self._speed_sigma_mps * fade
            slow = _SLOW * self._slow.all_at(keys, t, _WHITE)
            heading, speed = self._heading_sigma_deg * slow[0], speed_sigma * slow[1]
        if self._is_white:
            accel, yaw = self._white_sigma * self._white.normal(keys, t)
        return MotionErrors(heading, speed, accel, yaw, heading_sigma, speed_sigma)
