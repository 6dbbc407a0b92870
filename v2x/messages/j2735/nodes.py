"""Node lists of SAE J2735: chained offsets in centimetres, each in the smallest form that holds it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from v2x.errors import CodecError
from v2x.messages import scales
from v2x.messages.plane import checked_path, to_degrees, to_metres

F64 = NDArray[np.float64]

#: Alternatives of DF_NodeOffsetPointXY and how far they reach, centimetres.
_FORMS = (
    ("node-XY1", 512),
    ("node-XY2", 1024),
    ("node-XY3", 2048),
    ("node-XY4", 4096),
    ("node-XY5", 8192),
    ("node-XY6", 32768),
)
_CM = 100
_LEAST, _MOST = 2, 63


def to_nodes(name: str, points_m: F64, reference: tuple[float, float]) -> list[dict[str, Any]]:
    """DF_NodeSetXY of a path.

    Parameters
    ----------
    name
        Field, for the error.
    points_m
        (k, 2) metres east, north of the reference, 2 to 63 points.
    reference
        Latitude and longitude of the reference point.

    Notes
    -----
    Points are rounded to centimetres before differences are taken, so errors do not add up along the chain. A step of
    more than 327.67 m has no XY form: that node is given in latitude and longitude, as the standard provides.
    """
    grid = np.rint(checked_path(name, points_m, _LEAST, _MOST) * _CM).astype(np.int64)
    steps = np.diff(grid, axis=0, prepend=np.zeros((1, 2), np.int64))
    degrees = to_degrees(reference, grid / _CM) if np.abs(steps).max() >= _FORMS[-1][1] else None
    return [{"delta": _delta(name, x, y, degrees, i)} for i, (x, y) in enumerate(steps.tolist())]


def _delta(name: str, x: int, y: int, degrees: F64 | None, i: int) -> tuple[str, dict[str, int]]:
    for form, reach in _FORMS:
        if -reach <= min(x, y) and max(x, y) < reach:
            return form, {"x": x, "y": y}
    if degrees is None:
        raise CodecError(f"node {i} is {x / _CM} m, {y / _CM} m from the one before", path=name)
    lon, lat = degrees[i]
    return "node-LatLon", {"lon": scales.LONGITUDE.one(name, lon), "lat": scales.LATITUDE.one(name, lat)}


def from_nodes(nodes: list[dict[str, Any]], reference: tuple[float, float]) -> F64:
    """(k, 2) metres of a DF_NodeSetXY."""
    points: list[tuple[float, float]] = []
    east = north = 0.0
    for node in nodes:
        form, delta = node["delta"]
        if form == "node-LatLon":
            degrees = np.array([[scales.LONGITUDE.si(delta["lon"]), scales.LATITUDE.si(delta["lat"])]])
            east, north = to_metres(reference, degrees)[0].tolist()
        elif form == "regional":
            raise CodecError("nodes of a regional extension are not in the model", path="nodeList")
        else:
            east, north = east + delta["x"] / _CM, north + delta["y"] / _CM
        points.append((east, north))
    return np.array(points)
