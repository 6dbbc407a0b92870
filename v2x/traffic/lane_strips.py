"""Lanes as strips of road: which ones a vehicle's rectangle reaches into, wherever it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import cos, hypot, sin
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from v2x.field.model import LaneShape

F64 = NDArray[np.float64]

#: Kinds of lane that vehicles use.
_CARRYING = ("vehicle", "bike")
#: Points of a rectangle that are looked at, as shares of its length and width: some half a metre apart on a car.
_ALONG, _ACROSS = (grid.ravel() for grid in np.meshgrid(np.linspace(-0.5, 0.5, 9), np.linspace(-0.5, 0.5, 5)))


class Reach(NamedTuple):
    """How a rectangle reaches into a lane.

    Attributes
    ----------
    lane
        Id of the lane.
    depth_m
        How far beyond the lane's nearer border.
    rear, front
        Between which shares of the lane's length.
    heading_rad
        Direction of the lane there, from the plane's east, counter-clockwise.
    """

    lane: str
    depth_m: float
    rear: float
    front: float
    heading_rad: float


class LaneStrips:
    """Strips of those lanes that carry vehicles.

    Parameters
    ----------
    lanes
        The lanes of a field.
    """

    def __init__(self, lanes: Sequence[LaneShape]) -> None:
        lanes = [lane for lane in lanes if lane.kind in _CARRYING]
        self._lanes = [lane.id for lane in lanes]
        pieces = [np.diff(lane.points_m, axis=0) for lane in lanes]
        lengths = [np.hypot(*piece.T) for piece in pieces]
        counts = [len(piece) for piece in pieces]
        self._lane = np.repeat(np.arange(len(lanes)), counts)
        self._from = np.concatenate([lane.points_m[:-1] for lane in lanes])
        self._length_m = np.concatenate(lengths)
        self._along = np.concatenate(pieces) / self._length_m[:, None]
        self._station_m = np.concatenate([np.cumsum(each) - each for each in lengths])
        self._total_m = np.array([each.sum() for each in lengths])
        self._half_m = np.repeat([lane.width_m / 2.0 for lane in lanes], counts)

    def under(self, x_m: float, y_m: float, heading_rad: float, length_m: float, width_m: float) -> Iterator[Reach]:
        """The lanes that a rectangle around a centre reaches into, in the order of the lanes."""
        ahead = np.array([cos(heading_rad), sin(heading_rad)])
        points = np.array([x_m, y_m]) + np.outer(length_m * _ALONG, ahead)
        points += np.outer(width_m * _ACROSS, [-ahead[1], ahead[0]])
        away = np.array([x_m, y_m]) - self._from
        station_m = (away * self._along).sum(axis=1)
        beside_m = np.hypot(*(away - np.clip(station_m, 0.0, self._length_m)[:, None] * self._along).T)
        near = np.flatnonzero(beside_m < self._half_m + hypot(length_m, width_m) / 2.0)
        way = points[None] - self._from[near][:, None]
        along, length = self._along[near], self._length_m[near][:, None]
        station = (way * along[:, None]).sum(axis=2)
        depth = self._half_m[near][:, None] - np.abs(way[..., 1] * along[:, :1] - way[..., 0] * along[:, 1:])
        inside = (station >= 0.0) & (station <= length)
        for number in np.unique(self._lane[near]).tolist():
            rows = self._lane[near] == number
            deep = np.where(inside[rows], depth[rows], -np.inf)
            row = near[rows][deep.max(axis=1).argmax()]
            if deep.max() <= 0.0:
                continue
            share = (self._station_m[near][rows][:, None] + station[rows])[inside[rows]] / self._total_m[number]
            course = float(np.arctan2(self._along[row, 1], self._along[row, 0]))
            yield Reach(self._lanes[number], float(deep.max()), float(share.min()), float(share.max()), course)
