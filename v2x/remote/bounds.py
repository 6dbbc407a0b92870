"""Bounds of the speed by what the network does: by the latency measured now, and by the coverage ahead.

Germany's remote driving ordinance (StVFernLV, in force since 2025-12-01) allows a loop of 0.2 s from the camera to the
vehicle's answer; beyond it the speed is to be such that the way driven blindly does not grow (read second-hand):

    v_max = v_limit * allowed / T

What is allowed is an argument, from the configuration. The vehicle's bound is not to jump with each picture, so that it
goes by the worst latency of the last while, has rates, and does not rise for a trifle (`QosCap`). The bound by coverage
knows the course: it falls ahead of a weak stretch, as fast as one brakes (`CoverageCap`).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from v2x.clock import NS_PER_S
from v2x.errors import InputError

F64 = NDArray[np.float64]

#: Distance of a profile's nodes, metres, as nearly as a whole number of them allows.
STEP_M = 1.0


def latency_cap_mps(limit_mps: ArrayLike, loop_s: ArrayLike, allowed_s: ArrayLike) -> F64:
    """Speeds at which the way driven in a loop's time is that of the road's limit in the time allowed.

    Arrays broadcast; the limit where the loop is as fast as allowed, 0 where it never ends.
    """
    loop, allowed = np.asarray(loop_s, np.float64), np.asarray(allowed_s, np.float64)
    capped: F64 = np.asarray(limit_mps, np.float64) * (allowed / np.maximum(loop, allowed))
    return capped


def throughput_cap_mps(limit_mps: ArrayLike, throughput_bps: ArrayLike, needed_bps: float, slow_mps: float) -> F64:
    """Speeds by the throughput expected: slow where it is less than the video needs, in proportion to what is missing.

    With half of what is needed half of the limit, but never below ``slow_mps``, at which one gets out again.
    """
    share = np.minimum(1.0, np.asarray(throughput_bps, np.float64) / needed_bps)
    limit = np.asarray(limit_mps, np.float64)
    capped: F64 = np.minimum(limit, np.maximum(slow_mps, limit * share))
    return capped


@dataclass(frozen=True)
class QosFigures:
    """Of a bound by the latency measured.

    Attributes
    ----------
    allowed_s
        Loop that needs no bound: 0.2 s by StVFernLV.
    hold_s
        The worst latency counts for so long. Assumed.
    fall_mps2, rise_mps2
        How fast the bound moves. Assumed; falling as one brakes comfortably.
    band_mps
        It rises only if it may by more than that. Assumed.
    """

    allowed_s: float
    hold_s: float = 2.0
    fall_mps2: float = 1.5
    rise_mps2: float = 0.5
    band_mps: float = 0.5


class QosCap:
    """The bound of one vehicle by the latency of its loop.

    Parameters
    ----------
    figures
        Its figures.
    """

    def __init__(self, figures: QosFigures) -> None:
        self._figures = figures
        self._worst: deque[tuple[int, float]] = deque()  # falling latencies: the first is the worst of the while
        self._cap_mps: float | None = None
        self._t_ns, self._rising = 0, False

    def at(self, t_ns: int, limit_mps: float, loop_s: float) -> float:
        """The bound, m/s, at a time with the road's limit there and the latency just measured; in order of time."""
        target = float(latency_cap_mps(limit_mps, self._held_s(t_ns, loop_s), self._figures.allowed_s))
        if self._cap_mps is None:
            self._cap_mps = target
        dt, self._t_ns = (t_ns - self._t_ns) / NS_PER_S, t_ns
        if target <= self._cap_mps:
            self._rising = False
            self._cap_mps = max(target, self._cap_mps - self._figures.fall_mps2 * dt)
        elif self._rising or target > self._cap_mps + self._figures.band_mps:
            self._rising = True
            self._cap_mps = min(target, self._cap_mps + self._figures.rise_mps2 * dt)
        return min(self._cap_mps, limit_mps)

    def _held_s(self, t_ns: int, loop_s: float) -> float:
        """The worst latency of the last while."""
        while self._worst and self._worst[-1][1] <= loop_s:
            self._worst.pop()
        self._worst.append((t_ns, loop_s))
        while t_ns - self._worst[0][0] > self._figures.hold_s * NS_PER_S:
            self._worst.popleft()
        return self._worst[0][1]


class CoverageCap:
    """A bound by station: low where coverage is weak, and falling towards there as fast as one brakes.

    Between two of the given stations it is as weak as at the weaker one.

    Parameters
    ----------
    station_m, cap_mps
        Bounds by station along the course (k,), as `latency_cap_mps` or `throughput_cap_mps` have them. Stations grow;
        outside of them the first and the last one hold.
    length_m
        Of the course.
    brake_mps2
        How one brakes ahead of a weak stretch.
    closed
        Whether the course is a ring.
    margin_m
        A weak stretch is so much longer at either end: nobody knows to the metre.

    Raises
    ------
    InputError
        If stations do not grow, or numbers do not fit or are no bounds.
    """

    def __init__(
        self,
        station_m: ArrayLike,
        cap_mps: ArrayLike,
        length_m: float,
        brake_mps2: float,
        *,
        closed: bool = False,
        margin_m: float = 0.0,
    ) -> None:
        station, cap = np.asarray(station_m, np.float64), np.asarray(cap_mps, np.float64)
        if station.ndim != 1 or station.shape != cap.shape or not len(station) or (np.diff(station) <= 0.0).any():
            raise InputError("a bound by coverage is one speed for each of some stations that grow")
        if not (np.isfinite(cap) & (cap >= 0.0)).all() or not brake_mps2 > 0.0:
            raise InputError("bounds of the speed are finite and not negative, and braking is above 0")
        self._length_m, self._closed = length_m, closed
        count = max(round(length_m / STEP_M), 1)
        nodes = np.linspace(0.0, length_m, count + 1)
        before = np.clip(np.searchsorted(station, nodes, side="right") - 1, 0, len(station) - 1)
        after = np.clip(np.searchsorted(station, nodes), 0, len(station) - 1)
        weakest = _widened(np.minimum(cap[before], cap[after]), int(np.ceil(margin_m / (length_m / count))), closed)
        self._nodes, self._square = nodes, _braked(weakest**2, 2.0 * brake_mps2 * length_m / count, closed)

    def at(self, station_m: ArrayLike) -> F64:
        """Bounds at stations, m/s, of the same shape; on a ring stations go on from lap to lap."""
        station = np.asarray(station_m, np.float64)
        if self._closed:
            station = np.remainder(station, self._length_m)
        capped: F64 = np.sqrt(np.interp(station, self._nodes, self._square))
        return capped


def _widened(cap: F64, by: int, closed: bool) -> F64:
    """Least of each node's neighbourhood; the last node of a ring is its first."""
    if closed:
        cap = np.append(np.minimum(cap[0], cap[-1]), cap[1:-1])
        by = min(by, len(cap) // 2)
        padded = np.pad(cap, by, mode="wrap")
    else:
        padded = np.pad(cap, by, mode="edge")
    least: F64 = np.lib.stride_tricks.sliding_window_view(padded, 2 * by + 1).min(axis=1)
    return np.append(least, least[0]) if closed else least


def _braked(square: F64, gain: float, closed: bool) -> F64:
    """Squares of the speed from which braking, which takes ``gain`` from it between nodes, still meets what follows."""
    twice = np.append(square, square[1:]) if closed else square
    along = gain * np.arange(len(twice))
    least: F64 = np.minimum.accumulate((twice + along)[::-1])[::-1] - along
    return least[: len(square)]
