"""The seat of who drives from afar: who is in it, what is shown there, and what is said from there."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import isinf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from v2x.bus.exchange import Answer, Outbound, Route
from v2x.errors import InputError
from v2x.remote.driver import OnScreen
from v2x.remote.external import Cockpit, Look, Word

#: Words that may wait for their time, and pictures that a word may go by, the newest ones (project choices).
MOST_WORDS, MOST_PICTURES = 2000, 256


@dataclass
class Seated:
    """Counts of the seat.

    Attributes
    ----------
    pictures, words
        Shown to who was there; said from there, and handed to the run.
    unsaid
        Words whose time had not come when who had said them left.
    gone
        Who vanished without rising.
    """

    pictures: int = 0
    words: int = 0
    unsaid: int = 0
    gone: int = 0


class Wheel:
    """One seat.

    Parameters
    ----------
    cockpit
        What there is to be driven.

    Attributes
    ----------
    cockpit
        The same.
    route
        How who sits there is reached, None while it is free.
    counts
        What has become of all.
    """

    def __init__(self, cockpit: Cockpit) -> None:
        self.cockpit = cockpit
        self.route: Route | None = None
        self.counts = Seated()
        self._waiting: list[Word] = []
        self._pictures: deque[int] = deque(maxlen=MOST_PICTURES)

    def sit(self, route: Route) -> dict[str, Any]:
        """Take the seat; what is to be known about the vehicle. `InputError` if somebody else has it."""
        if self.route not in (None, route):
            raise InputError("taken")
        self.route = route
        return asdict(self.cockpit)

    def rise(self, route: Route) -> bool:
        """Leave the seat, with all that was said for later; whether it was taken by this peer."""
        if self.route != route:
            return False
        self.counts.unsaid += len(self._waiting)
        self.route, self._waiting = None, []
        return True

    def drive(self, route: Route, word: Word) -> None:
        """Keep a word until its time.

        Raises
        ------
        InputError
            It comes from elsewhere, goes by no picture that has been shown lately, or too many are waiting.
        """
        if self.route != route:
            raise InputError("sit first")
        if word.captured_ns not in self._pictures:
            raise InputError(f"of none of the last {MOST_PICTURES} pictures", path="captured_ns")
        if len(self._waiting) >= MOST_WORDS:
            raise InputError(f"{MOST_WORDS} words are waiting already")
        self._waiting.append(word)

    def words(self, end_ns: int) -> list[Word]:
        """Words whose time is before ``end_ns``, in the order of their times; of the same time, as they were said."""
        due = sorted((word for word in self._waiting if word.from_ns < end_ns), key=lambda word: word.from_ns)
        self._waiting = [word for word in self._waiting if word.from_ns >= end_ns]
        self.counts.words += len(due)
        return due

    def shown(self, looks: Sequence[Look]) -> list[Outbound]:
        """What has come onto the screen, for who sits there; nothing while nobody does."""
        if self.route is None:
            return []
        out: list[Outbound] = []
        for look in looks:
            content: dict[str, Any] = {"do": "blank"}
            if look.screen is not None:
                content = _picture(look.screen)
                self._pictures.append(int(content["captured_ns"]))
                self.counts.pictures += 1
            out.append(Answer(look.t_ns, self.route, {**content, "t_ns": look.t_ns}))
        return out


def _picture(screen: OnScreen) -> dict[str, Any]:
    """A picture as a message: places ahead to the millimetre, what is infinitely far or unbounded as null."""
    seen, road = screen.seen, screen.road
    forward_m, left_m = seen.ahead.point_m(road.bends_m)
    ahead = {
        "distance_m": _rounded(road.bends_m, 3),
        "forward_m": _rounded(forward_m, 3),
        "left_m": _rounded(left_m, 3),
        "curvature_pm": _rounded(seen.ahead.curvature_pm(road.bends_m), 6),
        "limit_mps": _rounded(np.broadcast_to(road.limit_mps, road.bends_m.shape), 3),
    }
    lengthwise = {"gap_m": road.gap_m, "stop_m": road.stop_m, "end_m": road.left_m, "cap_mps": screen.cap_mps}
    return {
        "do": "picture",
        "captured_ns": int(seen.captured_ns[0]),
        "speed_mps": float(seen.speed_mps[0]),
        "command_s": float(seen.command_s[0]),
        "offset_m": float(seen.ahead.offset_m[0]),
        "heading_error_rad": float(seen.ahead.heading_rad(np.zeros(1))[0]),
        "ahead_mps": None if isinf(road.gap_m) else road.ahead_mps,
        **{name: None if isinf(value) else value for name, value in lengthwise.items()},
        "ahead": ahead,
    }


def _rounded(values: NDArray[np.float64], digits: int) -> list[float]:
    rounded: list[float] = np.round(values, digits).tolist()
    return rounded
