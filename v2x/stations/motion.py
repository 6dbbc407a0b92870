"""Errors of a vehicle's own motion sensors.

Heading and speed: most of the variance moves within seconds, the rest is white. Acceleration and turn rate: white.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from v2x.rng import Stream
from v2x.scenario.model import Motion
from v2x.stations.correlated import GaussMarkov

F64 = NDArray[np.float64]
U64 = NDArray[np.uint64]

#: Correlation time of the slow part, seconds. Assumed: heading filters of gyro and GNSS course settle in seconds.
CORRELATION_S = 3.0
#: Share of the variance in the slow part. Assumed.
SLOW_SHARE = 0.8
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
    """

    def __init__(self, config: Motion, seed: int) -> None:
        self._heading_sigma_deg = config.heading_sigma_deg
        self._speed_sigma_mps = config.speed_sigma_mps
        self._heading = _Error(seed, "motion.heading")
        self._speed = _Error(seed, "motion.speed")
        self._accel_sigma_mps2, self._yaw_sigma_dps = config.accel_sigma_mps2, config.yaw_rate_sigma_dps
        self._accel, self._yaw = Stream(seed, "motion.accel"), Stream(seed, "motion.yaw_rate")

    def measure(self, keys: U64, t_ns: ArrayLike, speed_mps: F64 | None = None) -> MotionErrors:
        """Errors at ``t_ns``, (n,) or one for all.

        ``speed_mps`` (n,) are the true speeds; without them every station counts as moving.
        """
        t = np.broadcast_to(np.asarray(t_ns, np.int64), keys.shape)
        heading_sigma, none = np.full(keys.shape, self._heading_sigma_deg), np.zeros(keys.shape)
        fade = np.ones(keys.shape) if speed_mps is None else np.minimum(1.0, np.abs(speed_mps) / FADE_MPS)
        speed_sigma = self._speed_sigma_mps * fade
        heading = heading_sigma * self._heading.at(keys, t) if self._heading_sigma_deg else none
        speed = speed_sigma * self._speed.at(keys, t) if self._speed_sigma_mps else none
        accel = self._accel_sigma_mps2 * self._accel.normal(keys, t) if self._accel_sigma_mps2 else none
        yaw = self._yaw_sigma_dps * self._yaw.normal(keys, t) if self._yaw_sigma_dps else none
        return MotionErrors(heading, speed, accel, yaw, heading_sigma, speed_sigma)


class _Error:
    """An error of variance 1: slow part and white part."""

    def __init__(self, seed: int, purpose: str) -> None:
        self._slow = GaussMarkov(seed, purpose, CORRELATION_S)

    def at(self, keys: U64, t_ns: NDArray[np.int64]) -> F64:
        return float(np.sqrt(SLOW_SHARE)) * self._slow.at(keys, t_ns, float(np.sqrt(1.0 / SLOW_SHARE - 1.0)))
