"""Braking with somebody close behind: the hardest that he can still answer.

A hard stop when the link is lost is a hazard of its own (Brettin 2025, arXiv 2502.10243, abstract): the follower may
not stop in time. Here he is taken to see the brake lights, to react a while later and then to brake at a rate of his
own. Both motions are added up in time, and the braking is the hardest within bounds for which he stays behind.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from v2x.errors import InputError
from v2x.jit import compiled

#: Step in which both motions are added up, s, and how often the range of decelerations is halved: to 1 mm/s^2.
_STEP_S, _HALVINGS = 0.05, 12


@dataclass(frozen=True)
class Follower:
    """What is taken for granted of somebody behind. All assumed.

    Attributes
    ----------
    reaction_s
        From the brake lights to his braking.
    brake_mps2
        How he brakes then: what stopping sight distances of AASHTO count on (from memory, not verified).
    margin_m
        Gap that is to be left.
    ttc_s
        Time to collision that is to be left while he comes nearer.

    Raises
    ------
    InputError
        If he does not brake.
    """

    reaction_s: float = 1.0
    brake_mps2: float = 3.4
    margin_m: float = 2.0
    ttc_s: float = 1.5

    def __post_init__(self) -> None:
        if not self.brake_mps2 > 0.0:
            raise InputError(f"a follower brakes at more than 0 m/s^2, not at {self.brake_mps2}")


@compiled
def _spare_m(
    braking: float, own: float, behind: float, gap: float,
    reaction: float, his_braking: float, margin: float, ttc: float,
) -> float:  # fmt: skip
    """Least gap over what is to be left, until the follower stands or the gap grows for good."""
    t, spare = 0.0, inf
    while True:
        closing = behind - own
        if t >= reaction and (behind <= 0.0 or (closing <= 0.0 and braking <= his_braking)):
            return min(spare, gap - margin)
        spare = min(spare, gap - max(margin, ttc * closing))
        own_next = max(0.0, own - braking * _STEP_S)
        behind_next = behind if t + 0.5 * _STEP_S < reaction else max(0.0, behind - his_braking * _STEP_S)
        gap += 0.5 * _STEP_S * (own + own_next - behind - behind_next)
        own, behind, t = own_next, behind_next, t + _STEP_S


@compiled
def _hardest(
    own: float, behind: float, gap: float, reaction: float, his_braking: float, margin: float, ttc: float,
    least: float, most: float,
) -> float:  # fmt: skip
    if _spare_m(most, own, behind, gap, reaction, his_braking, margin, ttc) >= 0.0:
        return most
    low, high = least, most
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        if _spare_m(middle, own, behind, gap, reaction, his_braking, margin, ttc) >= 0.0:
            low = middle
        else:
            high = middle
    return low


def gentle_mps2(
    speed_mps: float,
    behind_mps: float,
    gap_m: float,
    seen_s: float,
    follower: Follower,
    least_mps2: float,
    most_mps2: float,
) -> float:
    """The hardest deceleration for which a follower stays behind; the least one if he does not stay behind with any.

    Parameters
    ----------
    speed_mps, behind_mps
        Of the vehicle and of the follower.
    gap_m
        Between them.
    seen_s
        For how long he has seen the brake lights: his reaction is that much nearer.
    follower
        What is taken for granted of him.
    least_mps2, most_mps2
        Bounds of the deceleration.
    """
    reaction_s = max(0.0, follower.reaction_s - seen_s)
    return _hardest(
        speed_mps, behind_mps, gap_m, reaction_s, follower.brake_mps2, follower.margin_m, follower.ttc_s,
        least_mps2, most_mps2,
    )  # fmt: skip
