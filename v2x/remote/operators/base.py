"""What an operator is given and what it gives: what is on the screen in, steering out, and no truth.

Arrays have the shape (n,), one value for each operator and vehicle. Angles are mathematical: to the left is positive.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from v2x.clock import NS_PER_S

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


class Ahead(Protocol):
    """The course as a vehicle in a frame has it ahead.

    Distances are along the course, from the point of it that is nearest to the rear axle's centre.
    """

    @property
    def offset_m(self) -> F64:
        """How far the rear axle's centre is to the left of the course."""
        ...

    def heading_rad(self, distance_m: F64) -> F64:
        """Heading of the vehicle less that of the course so far ahead, within half a turn."""
        ...

    def curvature_pm(self, distance_m: F64) -> F64:
        """Of the course so far ahead, positive where it bends to the left."""
        ...

    def point_m(self, distance_m: F64) -> tuple[F64, F64]:
        """The point of the course so far ahead: how far in front of the rear axle and how far to the left of it."""
        ...


@dataclass(frozen=True)
class Seen:
    """What is on the screen.

    Attributes
    ----------
    t_ns
        Time at the operator's seat.
    captured_ns
        When the frame on the screen was taken.
    ahead
        The course in that frame.
    speed_mps
        As told with that frame.
    command_s
        How long commands take to the vehicle, as it last told.
    """

    t_ns: int
    captured_ns: I64
    ahead: Ahead
    speed_mps: F64
    command_s: F64

    @property
    def frame_age_s(self) -> F64:
        """How old the frame is."""
        return (self.t_ns - self.captured_ns) / NS_PER_S


class Operator(Protocol):
    """One way to steer; its figures are given when it is made, one for all vehicles or one each.

    It may remember, and is asked in the order of time.
    """

    @property
    def reaction_s(self) -> ArrayLike:
        """Dead time from seeing to turning the wheel, which whoever asks it adds (`v2x.remote.operators.human`)."""
        ...

    def steer_rad(self, seen: Seen) -> F64:
        """Angle of the front wheels that it wants, not limited."""
        ...
