"""What receives a stream at the operator's desk: reassembly, play-out and screen in a row."""

from __future__ import annotations

from v2x.remote.video.packets import Frame
from v2x.remote.video.playout import Playout
from v2x.remote.video.reassembly import Fate, Outcome, Reassembly
from v2x.remote.video.screen import Screen, Shown


class Desk:
    """One stream and its screen.

    Parameters
    ----------
    reassembly, playout, screen
        Its parts, of this stream alone.

    Attributes
    ----------
    fates
        How many pictures met each fate.
    """

    def __init__(self, reassembly: Reassembly, playout: Playout, screen: Screen) -> None:
        self._reassembly, self._playout, self._screen = reassembly, playout, screen
        self.fates = dict.fromkeys(Fate, 0)

    def arrive(self, at_ns: int, frame: Frame, index: int) -> None:
        """A packet has come; calls are in order of time."""
        self._take(self._reassembly.arrive(at_ns, frame, index))

    def look(self, t_ns: int) -> Shown | None:
        """What the operator sees, None if the screen is blank; asked in order of time, when all until then has come."""
        self._take(self._reassembly.advance(t_ns))
        for played in self._playout.due(t_ns):
            self._screen.take(played)
        return self._screen.on(t_ns)

    @property
    def shown(self) -> list[Shown]:
        """All that was seen up to the last look, in order of time."""
        return self._screen.shown

    def _take(self, outcomes: list[Outcome]) -> None:
        for outcome in outcomes:
            self.fates[outcome.fate] += 1
            self._playout.take(outcome)
