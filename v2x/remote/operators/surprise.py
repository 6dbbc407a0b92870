"""What a driver takes to be ahead of him: it goes on as it did, until a surprise has sunk in.

A thing ahead is where it was seen last and goes on at its speed. As long as each picture fits that, it is minded as
seen. What does not fit, a vehicle or a red light that was not there, or one that is gone, is believed only a while
later; until then he goes by what he expected.
"""

from __future__ import annotations

from dataclasses import dataclass

from v2x.clock import NS_PER_S, to_ns


@dataclass(frozen=True)
class Thing:
    """Something ahead: how far along one's own way, how fast, and as of when."""

    place_m: float
    speed_mps: float
    t_ns: int

    def at_m(self, t_ns: int) -> float:
        """Where it will be at a time if it goes on like that."""
        return self.place_m + self.speed_mps * (t_ns - self.t_ns) / NS_PER_S


class Watched:
    """One thing to look out for. The first look is no surprise.

    Parameters
    ----------
    jump_m
        How far it may be from where it is expected.
    notice_s
        From the first picture that does not fit until it is believed.
    """

    def __init__(self, jump_m: float, notice_s: float) -> None:
        self._jump_m, self._notice_ns = jump_m, to_ns(notice_s)
        self._believed: Thing | None = None
        self._since_ns: int | None = None
        self._looked = False

    def look(self, t_ns: int, seen: Thing | None) -> tuple[Thing | None, bool]:
        """What is believed when this is seen at a time at the seat, and whether it has just been a surprise."""
        if self._fits(seen) or not self._looked:
            new, self._looked = not self._looked, True
            self._believed, self._since_ns = seen, None
            return seen, new
        if self._since_ns is None:
            self._since_ns = t_ns
        sunk_in = t_ns - self._since_ns >= self._notice_ns
        if sunk_in:
            self._believed, self._since_ns = seen, None
        return self._believed, sunk_in

    def _fits(self, seen: Thing | None) -> bool:
        if seen is None or self._believed is None:
            return seen is self._believed
        return abs(seen.place_m - self._believed.at_m(seen.t_ns)) <= self._jump_m
