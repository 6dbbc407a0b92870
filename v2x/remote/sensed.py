"""What a vehicle's own sensors tell of whoever is ahead and behind."""

from __future__ import annotations

from math import nan
from typing import NamedTuple


class Sensed(NamedTuple):
    """What the sensors tell at a control step; NaN where they see nobody."""

    ahead_gap_m: float = nan
    """Between the bumpers."""
    ahead_rate_mps: float = nan
    """How fast that grows, negative while it closes."""
    ahead_accel_mps2: float = 0.0
    """Acceleration of whoever is ahead, estimated from his speed."""
    follower_gap_m: float = nan
    """As ahead."""
    follower_rate_mps: float = nan
    """As ahead."""
    late_s: float = 0.0
    """Mean age of gaps and rates."""


#: There is nobody ahead, nobody behind.
ALONE = Sensed()
