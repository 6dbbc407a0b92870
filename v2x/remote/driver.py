"""Who sits in the operator's seat: what is on the screen in, what is asked of the vehicle out, and no truth."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from v2x.remote.operators.base import Seen
from v2x.remote.operators.human import Human
from v2x.remote.operators.pedals import PedalWork, Road


class OnScreen(NamedTuple):
    """What is on the screen, of one vehicle."""

    seen: Seen
    """The course and what was told with the picture, (1,) each; moved on if the display does so."""
    road: Road
    """What the picture shows lengthwise, as it was taken."""
    cap_mps: float
    """Bound of the speed, as told with the picture; infinite without one."""


class Asked(NamedTuple):
    """What a command is to say."""

    captured_ns: int
    """Of the picture that it goes by."""
    steer_rad: float
    """Angle of the front wheels, to the left."""
    accel_mps2: float
    """Acceleration."""


class Driver(Protocol):
    """Somebody in the seat, asked at each command in the order of time."""

    def drive(self, t_ns: int, screen: OnScreen | None) -> Asked | None:
        """What he asks for now, None for nothing; the screen is None while it is blank."""
        ...


class Modelled:
    """A model of a driver.

    Parameters
    ----------
    human, foot
        His hands and his foot.
    blank_mps2
        Braking that he asks for while the screen is blank.
    """

    def __init__(self, human: Human, foot: PedalWork, blank_mps2: float) -> None:
        self._human, self._foot, self._blank_mps2 = human, foot, blank_mps2
        self._last: Asked | None = None

    def drive(self, t_ns: int, screen: OnScreen | None) -> Asked | None:
        """As `Driver`."""
        if screen is not None:
            seen = screen.seen
            hands = self._human.steer(seen)
            captured_ns, speed_mps = int(seen.captured_ns[0]), float(seen.speed_mps[0])
            accel_mps2 = self._foot.accel_mps2(t_ns, captured_ns, speed_mps, screen.road, screen.cap_mps)
            self._last = Asked(int(hands.captured_ns[0]), float(hands.steer_rad[0]), accel_mps2)
        elif self._last is not None:  # nothing is seen any longer: the hands stay where they are, and the foot brakes
            self._last = self._last._replace(accel_mps2=-self._blank_mps2)
        return self._last
