"""When a picture that can be decoded goes to the decoder.

newest    at once, unless a newer one has gone already
in_order  when all before it have gone or are given up: one late picture holds up all behind it, so under jitter
          their age is near the upper quantile of the delay and not near its mean
buffered  at a fixed time after it was taken; what is not there by then is not shown
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Literal

from v2x.clock import NS_PER_MS
from v2x.remote.video.packets import Frame
from v2x.remote.video.reassembly import Fate, Outcome

Kind = Literal["newest", "in_order", "buffered"]


@dataclass(frozen=True)
class Policy:
    """When pictures go: see the module.

    Attributes
    ----------
    kind
        Which way.
    deadline_ms
        After the middle of the exposure, for ``buffered``. Assumed: encoding and some 100 ms of network.
    """

    kind: Kind = "newest"
    deadline_ms: float = 150.0


@dataclass(frozen=True)
class Played:
    """A picture that goes to the decoder: when it could be decoded, and when it goes."""

    frame: Frame
    ready_ns: int
    play_ns: int


class Playout:
    """Holds pictures until they go.

    Parameters
    ----------
    policy
        When they go.
    """

    def __init__(self, policy: Policy) -> None:
        self._kind, self._deadline_ns = policy.kind, round(policy.deadline_ms * NS_PER_MS)
        self._going: list[tuple[int, int, Played]] = []  # heap by time, then number
        self._newest = -1
        self._settled: dict[int, Outcome] = {}
        self._next = 0

    def take(self, outcome: Outcome) -> None:
        """It is known what became of a picture; calls are in order of time."""
        if self._kind == "in_order":
            self._in_order(outcome)
        elif outcome.fate is Fate.READY and outcome.frame is not None:
            if self._kind == "newest":
                if outcome.number > self._newest:
                    self._newest = outcome.number
                    self._go(outcome, outcome.at_ns)
            elif outcome.at_ns <= (play_ns := outcome.frame.captured_ns + self._deadline_ns):
                self._go(outcome, play_ns)

    def due(self, to_ns: int) -> list[Played]:
        """What goes up to ``to_ns``, in order of time."""
        due = []
        while self._going and self._going[0][0] <= to_ns:
            due.append(heappop(self._going)[2])
        return due

    def _in_order(self, outcome: Outcome) -> None:
        self._settled[outcome.number] = outcome
        while (following := self._settled.pop(self._next, None)) is not None:
            self._next += 1
            if following.fate is Fate.READY:
                self._go(following, outcome.at_ns)

    def _go(self, outcome: Outcome, play_ns: int) -> None:
        assert outcome.frame is not None
        heappush(self._going, (play_ns, outcome.number, Played(outcome.frame, outcome.at_ns, play_ns)))
