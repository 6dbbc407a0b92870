"""An operator outside of the process: a real steering wheel, or a program that plays one.

He gets what a model of one gets: each picture when it comes onto the screen. What he answers, a word, has a time from
which on it counts, and the picture that it goes by, so that the age of the loop stays measured. A word is repeated as
commands until the time of a newer one, and not for longer than `RemoteCommands.repeat_ms`: whoever is silent for longer
sends nothing, and the vehicle's watchdog trips. Whoever runs the simulation asks for words once a step of the traffic,
so that an answer takes effect in the step after the picture at the earliest (docs/live.md).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from v2x.remote.driver import Asked, OnScreen


@dataclass(frozen=True)
class Cockpit:
    """What he is told about the vehicle when he takes the seat.

    Attributes
    ----------
    wheelbase_m, length_m, width_m
        Its dimensions.
    max_steer_rad, max_accel_mps2, max_brake_mps2
        What he may ask for: angles of the front wheels to either side, acceleration and braking, all positive.
    speed_mps
        Speed asked for, where all else allows it.
    """

    wheelbase_m: float
    length_m: float
    width_m: float
    max_steer_rad: float
    max_accel_mps2: float
    max_brake_mps2: float
    speed_mps: float


@dataclass(frozen=True)
class Word:
    """What he asks for from ``from_ns`` on, by the picture taken at ``captured_ns``; else as `Asked`."""

    from_ns: int
    captured_ns: int
    steer_rad: float
    accel_mps2: float


@dataclass(frozen=True)
class Look:
    """What has come onto his screen, and when; None: it is blank from then on."""

    t_ns: int
    screen: OnScreen | None


class External:
    """His seat in the simulation (`v2x.remote.driver.Driver`).

    Parameters
    ----------
    repeat_ns
        So long a word counts.
    """

    def __init__(self, repeat_ns: int) -> None:
        self._repeat_ns = repeat_ns
        self._heard: deque[Word] = deque()
        self._word: Word | None = None
        self._captured_ns: int | None = None
        self._looks: list[Look] = []

    def hear(self, words: Sequence[Word]) -> None:
        """Words that begin to count before the next call, in the order of their times."""
        self._heard.extend(words)

    def looks(self) -> list[Look]:
        """What has come onto the screen since the last call: a picture once, at the command at which it was new."""
        looks, self._looks = self._looks, []
        return looks

    def drive(self, t_ns: int, screen: OnScreen | None) -> Asked | None:
        """As `Driver`."""
        captured_ns = None if screen is None else int(screen.seen.captured_ns[0])
        if captured_ns != self._captured_ns:
            self._captured_ns = captured_ns
            self._looks.append(Look(t_ns, screen))
        while self._heard and self._heard[0].from_ns <= t_ns:
            self._word = self._heard.popleft()
        word = self._word
        if word is None or t_ns - word.from_ns >= self._repeat_ns:
            return None
        return Asked(word.captured_ns, word.steer_rad, word.accel_mps2)
