"""What poses on a course have ahead of them (`v2x.remote.operators.base.Ahead`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from v2x.remote.course import Course

F64 = NDArray[np.float64]


Angle = TypeVar("Angle", float, F64)


def wrapped(angle_rad: Angle) -> Angle:
    """The same direction from -pi on, below pi."""
    return (angle_rad + np.pi) % (2.0 * np.pi) - np.pi


def _from(psi_rad: F64, x_m: F64, y_m: F64) -> tuple[F64, F64]:
    """Something that far to the east and north: how far in front and to the left."""
    along, across = np.cos(psi_rad), np.sin(psi_rad)
    return x_m * along + y_m * across, y_m * along - x_m * across


@dataclass(frozen=True)
class OnCourse:
    """A course from poses (n,).

    Attributes
    ----------
    course
        It.
    x_m, y_m, psi_rad
        Poses.
    station_m, offset_m
        Where they are on it (`Course.project`).
    """

    course: Course
    x_m: F64
    y_m: F64
    psi_rad: F64
    station_m: F64
    offset_m: F64

    def heading_rad(self, distance_m: F64) -> F64:
        """As `Ahead`."""
        return wrapped(self.psi_rad - self.course.heading_rad(self.station_m + distance_m))

    def curvature_pm(self, distance_m: F64) -> F64:
        """As `Ahead`."""
        return self.course.curvature_pm(self.station_m + distance_m)

    def point_m(self, distance_m: F64) -> tuple[F64, F64]:
        """As `Ahead`."""
        x_m, y_m = self.course.point_m(self.station_m + distance_m)
        return _from(self.psi_rad, x_m - self.x_m, y_m - self.y_m)
