"""Slaloms: a way that swings around cones on its line.

It leaves the way's line at a station s0; cone i stands on that line at s0 + (i + 1) D, D the spacing. The course passes
the first at its left by the amplitude A, the second at its right and so on: y(s) = -A cos(pi (s - s0) / D) between the
first and the last. Before the first and behind the last, a polynomial of fifth degree leads over one spacing from the
line to the swing and back with no step of offset, direction or curvature. The greatest curvature is A (pi / D)^2, at
the cones: the polynomial has no more, and what lies between has less. That is so on a straight way; in a bend its own
curvature comes on top.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from v2x.errors import InputError
from v2x.remote.course import Course
from v2x.remote.way import Way
from v2x.scenario.model_remote import Slalom

F64 = NDArray[np.float64]

#: Distance of the points of a slalom, m.
_APART_M = 0.25


def slalom_curvature_pm(spacing_m: float, amplitude_m: float) -> float:
    """Greatest curvature of a slalom on a straight way, 1/m."""
    return float(amplitude_m * (np.pi / spacing_m) ** 2)


def slalom_offset_m(station_m: F64, from_m: float, gates: int, spacing_m: float, amplitude_m: float) -> F64:
    """How far a slalom is to the left of its way at stations of the way; arguments as of `slalom`."""
    q = (station_m - from_m) / spacing_m
    last = -np.cos(np.pi * gates)  # side of the last cone
    swing: F64 = np.where(q < 1.0, _entry(q), np.where(q <= gates, -np.cos(np.pi * q), last * _entry(gates + 1.0 - q)))
    return amplitude_m * swing


def slalom(way: Way, from_m: float, gates: int, spacing_m: float, amplitude_m: float) -> Way:
    """A way that swings around cones.

    Parameters
    ----------
    way
        What it swings about. Lanes stay where they are, so `Way.lane_excess_m` is about the same borders.
    from_m
        Station where it leaves the way's line, one spacing before the first cone.
    gates
        How many cones.
    spacing_m
        From cone to cone.
    amplitude_m
        How far the course is from the way at a cone.

    Raises
    ------
    InputError
        With the path `remote.slalom.start_at_m` if the way ends before the slalom does, or `remote.slalom.amplitude_m`
        if the course is further aside than its bends are wide.
    """
    last_m = way.course.length_m - (gates + 1) * spacing_m
    if not 0.0 <= from_m <= last_m:
        reason = f"{gates} gates {spacing_m:g} m apart take {(gates + 1) * spacing_m:g} m of a way of"
        offer = f"must be from 0 to {last_m:.1f}" if last_m >= 0.0 else "there is no room"
        raise InputError(f"{reason} {way.course.length_m:.1f}, {offer}", path="remote.slalom.start_at_m")
    if slalom_curvature_pm(spacing_m, amplitude_m) * amplitude_m >= 1.0:
        reason = f"must be less than {spacing_m / np.pi:.1f} where gates are {spacing_m:g} m apart"
        raise InputError(reason, path="remote.slalom.amplitude_m")
    station = np.linspace(0.0, way.course.length_m, max(round(way.course.length_m / _APART_M), 1) + 1)
    aside = slalom_offset_m(station, from_m, gates, spacing_m, amplitude_m)
    heading = way.course.heading_rad(station)
    x, y = way.course.point_m(station)
    points = np.stack([x - aside * np.sin(heading), y + aside * np.cos(heading)], axis=1)
    along = np.append(0.0, np.cumsum(np.hypot(*np.diff(points, axis=0).T)))
    row = way.row(station)
    return replace(
        way,
        course=Course(points, limit_mps=way.course.limit_mps(station)),
        start_m=float(np.interp(way.start_m, station, along)),
        from_m=along,
        left_m=way.left_m[row] - aside,
        right_m=way.right_m[row] + aside,
        lane=way.lanes(station),
    )


def swinging(way: Way, cones: Slalom | None) -> Way:
    """The course of a scenario: the way itself, or swinging around its cones; `InputError` as `slalom`."""
    return way if cones is None else slalom(way, cones.start_at_m, cones.gates, cones.spacing_m, cones.amplitude_m)


def cone_stations_m(cones: Slalom) -> F64:
    """Where on the way's own line the cones stand, (gates,)."""
    return cones.start_at_m + cones.spacing_m * np.arange(1.0, cones.gates + 1.0)


def _entry(u: F64) -> F64:
    """From (0, 0, 0) at u = 0 to (1, 0, -pi^2) at 1, which are value, slope and second derivative; 0 before."""
    v = np.clip(u, 0.0, 1.0)
    swing: F64 = v**3 * (10.0 + v * (6.0 * v - 15.0)) - np.pi**2 * v**3 * (1.0 - v) ** 2 / 2.0
    return swing
