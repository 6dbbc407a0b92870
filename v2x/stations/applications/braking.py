"""When it is time to warn: as long as a driver who reacts and brakes as assumed still stops in time."""

from __future__ import annotations

import math
from dataclasses import dataclass

from v2x.stations.applications.shared import SHARED


@dataclass(frozen=True)
class Braking:
    """What is expected of a driver who is warned.

    Attributes
    ----------
    reaction_s
        From the alert to the brake.
    brake_mps2
        How hard he brakes then.
    """

    reaction_s: float
    brake_mps2: float

    def distance_m(self, closing_mps: float) -> float:
        """Way from the alert until nothing closes in any more: warn no later than here."""
        return closing_mps * self.reaction_s + closing_mps**2 / (2.0 * self.brake_mps2)


def needed_mps2(closing_mps: float, distance_m: float) -> float:
    """Constant deceleration that stops the closing within the distance, infinite where that is used up."""
    return closing_mps**2 / (2.0 * distance_m) if distance_m > 0.0 else math.inf


def brakes_enough(accel_mps2: float, closing_mps: float, distance_m: float) -> bool:
    """Whether the driver already brakes as hard as it takes: then a warning would only be a nuisance."""
    return accel_mps2 < 0.0 and SHARED.brake_slack_mps2 - accel_mps2 >= needed_mps2(closing_mps, distance_m)
