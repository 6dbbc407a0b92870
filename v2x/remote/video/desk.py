"""What receives a stream at the operator's desk: reassembly, play-out and screen in a row."""

from __future__ import annotations

from typing import NamedTuple

from v2x.remote.video.packets import Frame
from v2x.remote.video.playout import Playout
from v2x.remote.video.reassembly import Fate, Outcome, Reassembly
from v2x.remote.video.screen import Screen, Shown


class Story(NamedTuple):
    """What became of a picture: its fate, when it could be decoded, and how it was seen; None as far as it did not."""

    fate: Fate | None
    ready_ns: int | None
    shown: Shown | None


class Desk:
    """One stream and its screen.

    Parameters
    ----------
    reassembly, playout, screen
        Its parts, of this stream alone.
    """

    def __init__(self, reassembly: Reassembly, playout: Playout, screen: Screen) -> None:
        self._reassembly, self._playout, self._screen = reassembly, playout, screen
        self._settled: dict[int, Outcome] = {}  # by number of the picture, until `story`
        self._seen: dict[int, Shown] = {}
        self._noted = 0

    def arrive(self, at_ns: int, frame: Frame, packets: int) -> None:
        """Packets of a picture have come, a bit each by its index; calls are in order of time."""
        self._take(self._reassembly.arrive(at_ns, frame, packets))

    def look(self, t_ns: int) -> Shown | None:
        """What the operator sees, None if the screen is blank; asked in order of time, when all until then has come."""
        self._take(self._reassembly.advance(t_ns))
        for played in self._playout.due(t_ns):
            self._screen.take(played)
        shown = self._screen.on(t_ns)
        for one in self._screen.shown[self._noted :]:
            self._seen[one.frame.number] = one
        self._noted = len(self._screen.shown)
        return shown

    def story(self, number: int) -> Story:
        """What has become of a picture; it is forgotten then."""
        settled, shown = self._settled.pop(number, None), self._seen.pop(number, None)
        fate = None if settled is None else settled.fate
        ready_ns = settled.at_ns if settled is not None and fate is Fate.READY else None
        return Story(fate, ready_ns, shown)

    @property
    def shown(self) -> list[Shown]:
        """All that was seen up to the last look, in order of time."""
        return self._screen.shown

    def _take(self, outcomes: list[Outcome]) -> None:
        for outcome in outcomes:
            self._settled[outcome.number] = outcome
            self._playout.take(outcome)
