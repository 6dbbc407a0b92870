"""What happens if nobody reacts, and until when braking helps."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isnan

import numpy as np

from v2x.traffic.encounters.scene import Scene, Track

#: Distance of the samples that contacts are looked for at, s: a third of a metre at 60 km/h.
SAMPLE_S = 0.02
#: How exactly the latest braking is found, s.
_EXACT_S = 0.005


@dataclass(frozen=True)
class Truth:
    """What a scene comes to.

    Attributes
    ----------
    conflict_s
        When the rule is broken if the subject drives on, None if it never is.
    last_brake_s
        Latest begin of a braking to standstill that avoids it, None where none does or braking is no answer.
    """

    conflict_s: float | None
    last_brake_s: float | None


def truth_of(scene: Scene, duration_s: float, brake_mps2: float) -> Truth:
    """The truth of a scene.

    Parameters
    ----------
    scene
        Whose subject keeps its speed if there is a rule.
    duration_s
        How long it is played.
    brake_mps2
        Deceleration of the subject.
    """
    rule = scene.rule
    if rule is None:
        return Truth(None, None)

    def broken_s(brake_s: float) -> float:
        return rule.broken_s(braking(scene, duration_s, brake_s, brake_mps2))

    conflict_s = broken_s(inf)
    if isnan(conflict_s):
        return Truth(None, None)
    if scene.informs or not isnan(broken_s(0.0)):
        return Truth(conflict_s, None)
    early_s, late_s = 0.0, conflict_s  # who brakes later is farther on at any time: once too late, always too late
    while late_s - early_s > _EXACT_S:
        brake_s = (early_s + late_s) / 2.0
        if isnan(broken_s(brake_s)):
            early_s = brake_s
        else:
            late_s = brake_s
    return Truth(conflict_s, early_s)


def braking(scene: Scene, duration_s: float, brake_s: float, brake_mps2: float) -> Track:
    """Way of a subject that brakes to standstill from a time on (infinite: never)."""
    t_s = np.arange(0.0, duration_s, SAMPLE_S)
    _, way_m, speed_mps, _ = scene.subject.motion.knots[0]
    free_s = np.minimum(t_s, brake_s)
    braked_s = np.minimum(t_s - free_s, speed_mps / brake_mps2)
    gone_m = speed_mps * (free_s + braked_s) - 0.5 * brake_mps2 * braked_s**2
    return Track(t_s, way_m + gone_m, speed_mps - brake_mps2 * braked_s)
