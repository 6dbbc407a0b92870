"""Motion from quantised positions: local quadratic fits, and a heading that does not spin at standstill.

This is offline smoothing: each state is estimated from samples before and after it. That is right for a recording,
whose tracks are the truth of the run; what stations know of it comes through their own sensors.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

F64 = NDArray[np.float64]

#: Below this speed the direction of motion is noise and the heading is held, m/s.
STANDSTILL_MPS = 0.5
#: A road user moves only if it also keeps `STANDSTILL_MPS` over this time: jitter comes back, motion does not.
STEADY_S = 2.0


@dataclass(frozen=True)
class Fit:
    """Position, first and second derivative at each sample, each (n, k)."""

    value: F64
    rate: F64
    curvature: F64


@lru_cache(maxsize=256)
def _operators(window: int) -> F64:
    """Least-squares quadratic over ``window`` unit-spaced samples: [derivative, where, sample], (3, window, window).

    The rows are the Savitzky-Golay filters of order 2 (Savitzky, Golay 1964), also at the window's edges.
    """
    offset = np.arange(window) - (window - 1) / 2
    degree = min(2, window - 1)
    solve = np.linalg.pinv(np.vander(offset, degree + 1, increasing=True))
    solve = np.concatenate([solve, np.zeros((2 - degree, window))])
    one, zero = np.ones(window), np.zeros(window)
    basis = np.array([[one, offset, offset**2], [zero, one, 2 * offset], [zero, zero, 2 * one]])
    operators: F64 = np.einsum("dpw,ps->dws", basis, solve)
    return operators


def local_quadratic(values: F64, spacing_s: float, window_s: float) -> Fit:
    """Fit a quadratic around every sample of evenly spaced ``values`` (n, k), n >= 2.

    Parameters
    ----------
    values
        Samples.
    spacing_s
        Time between them.
    window_s
        Length of the window, at least three samples; the first and last half window use the outermost fit.
    """
    window = min(len(values), max(3, 2 * int(window_s / 2 / spacing_s + 1e-9) + 1))
    middle = window // 2
    operators = _operators(window)
    head = operators[:, :middle] @ values[:window]
    inner = np.moveaxis(sliding_window_view(values, window, axis=0) @ operators[:, middle].T, -1, 0)
    tail = operators[:, middle + 1 :] @ values[-window:]
    value, rate, curvature = np.concatenate([head, inner, tail], axis=1)
    return Fit(value, rate / spacing_s, curvature / spacing_s**2)


def _moving(fit: Fit, spacing_s: float) -> NDArray[np.bool_]:
    """Where a track (n, 2) truly moves: fast enough now and over `STEADY_S` around now."""
    n, half = len(fit.value), max(1, round(STEADY_S / 2 / spacing_s))
    before, after = np.maximum(np.arange(n) - half, 0), np.minimum(np.arange(n) + half, n - 1)
    chord_m = np.hypot(*(fit.value[after] - fit.value[before]).T)
    steady_mps = chord_m / ((after - before) * spacing_s)
    speed_mps: F64 = np.minimum(np.hypot(*fit.rate.T), steady_mps)
    return speed_mps >= STANDSTILL_MPS


def held_course_deg(values: F64, spacing_s: float, window_s: float) -> F64 | None:
    """Direction of motion clockwise from the plane's north, unwrapped, (n,); None for a track that never moves.

    Taken from a window twice as long as the speed's: at walking pace a pixel of noise turns the course far more than it
    changes the speed. At standstill the course before it leads evenly over to the course after it (mostly equal);
    at the ends of a track the nearest course holds.
    """
    fit = local_quadratic(values, spacing_s, 2.0 * window_s)
    rows = np.flatnonzero(_moving(fit, spacing_s))
    if not len(rows):
        return None
    course = np.unwrap(np.arctan2(fit.rate[rows, 0], fit.rate[rows, 1]))
    held: F64 = np.interp(np.arange(len(values)), rows, np.degrees(course))
    return held
