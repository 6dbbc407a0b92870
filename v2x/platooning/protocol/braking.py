"""Emergency braking, a small machine beside that of membership.

No platoon message has a word for it. What tells of it are the accelerations in control messages: the one asked for
announces, the one measured acknowledges by doing.
"""

from __future__ import annotations

from collections.abc import Callable

from v2x.platooning.protocol.mind import Mind
from v2x.platooning.protocol.states import MEMBERS, Brake


def must(mind: Mind) -> bool:
    """Own sensors or its driver call for it, or one ahead in the platoon does it."""
    if mind.senses.must_brake or (_wants_to(mind) and not mind.leads):
        return True
    ahead = mind.platoon.before(mind.me) if mind.platoon and mind.senses.in_lane else ()
    return any(each in mind.senses.braking for each in ahead)


def warned(mind: Mind) -> bool:
    """The leader announces it."""
    return _wants_to(mind) if mind.leads else mind.state in MEMBERS and mind.own.leader in mind.senses.warned


def _wants_to(mind: Mind) -> bool:
    return mind.brake_until_ns > mind.now_ns


def may(mind: Mind) -> bool:
    """Nobody is behind, the next one behind brakes, or brake_wait_s is over."""
    behind = mind.roster.behind(mind.me) if mind.roster else None
    if behind is None or behind in mind.senses.braking:
        return True
    return mind.for_s(mind.brake_since_ns) >= mind.config.brake_wait_s


def over(mind: Mind) -> bool:
    """No reason is left."""
    return not must(mind) and not warned(mind)


BRAKES: tuple[tuple[Brake, Callable[[Mind], bool], Brake], ...] = (
    (Brake.CALM, must, Brake.BRAKING),
    (Brake.CALM, warned, Brake.WARNED),
    (Brake.WARNED, must, Brake.BRAKING),
    (Brake.WARNED, over, Brake.CALM),
    (Brake.WARNED, may, Brake.BRAKING),
    (Brake.BRAKING, over, Brake.CALM),
)
