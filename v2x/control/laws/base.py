"""What a control law is given and what it gives: columns in, the desired acceleration out, and no truth.

Every array of a `Situation` and of gains has one shape, mostly (replica, vehicle), which laws need not check, and a law
treats all elements alike: what makes one vehicle differ from another is in its gains. A law makes arrays of its own. A
law keeps nothing between steps. Those that are differential equations of the acceleration (Ploeg) go on from the
acceleration last commanded, whoever commanded it, so laws can be exchanged while driving without a jump.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
#: Gain, named as in the scenario -> its value for every vehicle.
Gains = Mapping[str, F64]
#: Which acceleration of the vehicle ahead a follower takes from messages.
FeedForward = Literal["desired", "measured"]


@dataclass
class Heard:
    """What the newest message of one other vehicle tells, for every vehicle that listens.

    Attributes
    ----------
    speed_mps, accel_mps2
        Its motion at the instant that the message tells of.
    desired_mps2
        The acceleration that it had commanded last; its measured one where the message has no such field.
    distance_m
        Road between the own front bumper, now, and where its rear bumper was then, without the lengths of vehicles
        between the two.
    age_s
        How long ago that instant was; infinite if nothing was heard yet.
    """

    speed_mps: F64
    accel_mps2: F64
    desired_mps2: F64
    distance_m: F64
    age_s: F64

    @classmethod
    def nothing(cls, shape: tuple[int, ...]) -> Heard:
        """No message so far."""
        return cls(np.zeros(shape), np.zeros(shape), np.zeros(shape), np.zeros(shape), np.full(shape, np.inf))


@dataclass
class Situation:
    """What vehicles know when they choose an acceleration.

    Attributes
    ----------
    dt_s
        Control step.
    feed_forward
        Which acceleration they take from messages.
    speed_mps, accel_mps2, commanded_mps2
        Own motion as sensed, and the acceleration commanded in the step before.
    gap_m, rate_mps
        Gap to the vehicle ahead and how fast it grows, by radar; NaN if the radar sees nobody.
    estimated_mps2
        Acceleration of the vehicle ahead as estimated by radar alone (`v2x.control.singer`).
    ahead, leader
        What was heard of the vehicle ahead and of the first one.
    place
        Number in the string: 1 is right behind the leader.
    extra_m
        Gap asked for beyond that of the law: a manoeuvre opens a gap, or a mode was left for another.
    """

    dt_s: float
    feed_forward: FeedForward
    speed_mps: F64
    accel_mps2: F64
    commanded_mps2: F64
    gap_m: F64
    rate_mps: F64
    estimated_mps2: F64
    ahead: Heard
    leader: Heard
    place: F64
    extra_m: F64

    def push_mps2(self, heard: Heard) -> F64:
        """The acceleration that is fed forward from a message."""
        return heard.desired_mps2 if self.feed_forward == "desired" else heard.accel_mps2


@dataclass(frozen=True)
class Law:
    """One control law.

    Attributes
    ----------
    defaults
        All its gains, with the values of its paper.
    hears
        Whose messages it cannot do without.
    wanted_gap_m
        (situation, gains) -> gap it asks for, without `Situation.extra_m`.
    accel_mps2
        (situation, gains, gap error) -> desired acceleration, not limited. The error is the gap by radar less the one
        asked for; where it is NaN the acceleration may be.
    time_gap
        Whether ``time_gap_s`` and ``spacing_m`` say how far it follows: by ``spacing_m + time_gap_s * speed``.
    places
        Whether it uses `Heard.distance_m`.
    """

    defaults: Mapping[str, float]
    hears: frozenset[Literal["ahead", "leader"]]
    wanted_gap_m: Callable[[Situation, Gains], F64]
    accel_mps2: Callable[[Situation, Gains, F64], F64]
    time_gap: bool
    places: bool = False
