"""Polylines: cut to a length, thinned out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]


def cut(points: F64, length_m: float) -> F64:
    """First ``length_m`` of a polyline (k, 2), the last point interpolated; the whole line where it is shorter."""
    steps = np.hypot(*np.diff(points, axis=0).T)
    travelled = np.concatenate([[0.0], np.cumsum(steps)])
    if travelled[-1] <= length_m:
        return points
    end = [float(np.interp(length_m, travelled, points[:, axis])) for axis in (0, 1)]
    return np.vstack([points[travelled < length_m], end])


def between(points: F64, start_m: float, end_m: float) -> F64:
    """The part of a polyline (k, 2) from one distance along it to another."""
    return cut(cut(points, end_m)[::-1], end_m - start_m)[::-1]


def simplify(points: F64, tolerance_m: float) -> F64:
    """Fewest points so that none of the dropped ones is further than the tolerance away (Douglas and Peucker 1973)."""
    if len(points) < 3:
        return points
    start, end = points[0], points[-1]
    chord = end - start
    length = float(np.hypot(*chord))
    offset = points - start
    off_m = np.abs(chord[0] * offset[:, 1] - chord[1] * offset[:, 0]) / length if length else np.hypot(*offset.T)
    worst = int(np.argmax(off_m))
    if off_m[worst] <= tolerance_m:
        return np.vstack([start, end])
    return np.vstack([simplify(points[: worst + 1], tolerance_m)[:-1], simplify(points[worst:], tolerance_m)])


def simplify_to(points: F64, tolerance_m: float, most: int) -> F64:
    """Like `simplify`, with the tolerance doubled until at most ``most`` (>= 2) points remain."""
    thinned = simplify(points, tolerance_m)
    while len(thinned) > most:
        tolerance_m *= 2.0
        thinned = simplify(points, tolerance_m)
    return thinned
