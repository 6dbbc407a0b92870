"""Packets back to pictures: which are complete, which can be decoded, and which are given up.

Packets come late, twice, out of order or not at all. A picture is complete when as many of its packets have come as
it has packets of data. It can be decoded when, in addition, the image it builds on is whole. Nothing is sent again,
and no I picture is asked for.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from v2x.clock import NS_PER_MS
from v2x.remote.video.coding import Coding
from v2x.remote.video.packets import Frame


class Fate(Enum):
    """What became of a picture at the receiver."""

    READY = "ready"
    INCOMPLETE = "incomplete"
    UNDECODABLE = "undecodable"


@dataclass(frozen=True)
class Outcome:
    """A picture of which it is known what became of it.

    Attributes
    ----------
    number
        Of the picture.
    at_ns
        When that was settled.
    fate
        What became of it.
    frame
        The picture; None if no packet of it has come.
    """

    number: int
    at_ns: int
    fate: Fate
    frame: Frame | None


@dataclass(frozen=True)
class Patience:
    """When a picture that is not complete is given up.

    Attributes
    ----------
    wait_ms
        So long after the first packet came that told of it: its own, or one of a later picture. Assumed.
    until
        ``timeout``: only then. ``newer``: already when a later picture is complete. That takes the chance from one
        that is only late, and later ones need it, unless they are I pictures: so it is not the default.
    """

    wait_ms: float = 200.0
    until: Literal["newer", "timeout"] = "timeout"


class _Open:
    """A picture that is not settled, or waits for an earlier one to be."""

    __slots__ = ("complete", "frame", "got", "known_ns", "lost", "number", "to_heal")

    def __init__(self, number: int, known_ns: int) -> None:
        self.number, self.known_ns = number, known_ns
        self.frame: Frame | None = None
        self.got = 0  # a bit for each packet
        self.complete = self.lost = False
        self.to_heal: int | None = None  # pictures until the image is whole, after this one; None: not settled


class Reassembly:
    """One stream of pictures.

    Parameters
    ----------
    patience
        When pictures are given up.
    coding
        Which pictures need which.
    """

    def __init__(self, patience: Patience, coding: Coding) -> None:
        self._wait_ns, self._newer = round(patience.wait_ms * NS_PER_MS), patience.until == "newer"
        self._damage, self._heal = (coding.cycle, 1) if coding.heals else (1, 0)
        self._open: deque[_Open] = deque()  # without gaps in their numbers
        self._front = 0  # number of the first of them
        self._to_heal = self._damage  # before it

    def arrive(self, at_ns: int, frame: Frame, packets: int) -> list[Outcome]:
        """Packets of a picture have come, a bit each by its index; calls are in order of time.

        Says what is settled, in order of time.
        """
        settled = self.advance(at_ns)
        picture = self._known(frame.number, at_ns)
        if picture is None or picture.complete:
            return settled
        picture.frame = frame
        picture.got |= packets
        if picture.got.bit_count() >= frame.data_packets:
            picture.complete = True
            for older in self._open if self._newer else ():
                older.lost |= older.number < frame.number and not older.complete
            settled += self._settle(at_ns)
        return settled

    def advance(self, to_ns: int) -> list[Outcome]:
        """Time has come so far: what is settled, in order of time."""
        settled: list[Outcome] = []
        late_ns = to_ns - self._wait_ns
        if not self._open or self._open[0].known_ns > late_ns:  # none was known before the first: asked for each packet
            return settled
        for picture in [one for one in self._open if one.known_ns <= late_ns and not one.complete]:
            picture.lost = True
            settled += self._settle(picture.known_ns + self._wait_ns)
        return settled

    def _known(self, number: int, at_ns: int) -> _Open | None:
        """The picture, and all before it, if it is not long settled."""
        while self._front + len(self._open) <= number:
            self._open.append(_Open(self._front + len(self._open), at_ns))
        return self._open[number - self._front] if number >= self._front else None

    def _settle(self, at_ns: int) -> list[Outcome]:
        settled = []
        before: int | None = self._to_heal
        for picture in self._open:
            if picture.to_heal is None:
                picture.to_heal = self._after(picture, before)
                if picture.to_heal is not None:
                    whole = Fate.READY if picture.to_heal == 0 else Fate.UNDECODABLE
                    fate = Fate.INCOMPLETE if picture.lost else whole
                    settled.append(Outcome(picture.number, at_ns, fate, picture.frame))
            before = picture.to_heal
        while self._open and (to_heal := self._open[0].to_heal) is not None:
            self._open.popleft()
            self._to_heal, self._front = to_heal, self._front + 1
        return settled

    def _after(self, picture: _Open, before: int | None) -> int | None:
        """How many pictures the image needs after this one until it is whole; None if that is open."""
        if picture.lost:
            return self._damage
        if not picture.complete:
            return None
        assert picture.frame is not None
        if picture.frame.intra:
            return 0
        return None if before is None else max(before - self._heal, 0)
