"""What others said last. The newest instant of each sender counts, so loss, repetition and order cannot matter."""

from __future__ import annotations

from dataclasses import dataclass

from v2x.clock import NS_PER_S
from v2x.messages.model_cooperation import PlatoonManagement
from v2x.platooning.protocol.roster import Roster, roster_of

#: A statement from so far ahead of the own clock is a wrong clock, which would outlive all that comes after it.
MOST_AHEAD_NS = NS_PER_S


@dataclass(frozen=True)
class Statement:
    """The newest message of a sender, and the list in it."""

    message: PlatoonManagement
    roster: Roster | None


class Heard:
    """Statements of others.

    Parameters
    ----------
    forget_ns
        What is older than this when it arrives is not taken in.
    """

    def __init__(self, forget_ns: int) -> None:
        self._forget_ns = forget_ns
        self._newest: dict[int, Statement] = {}

    def take(self, message: PlatoonManagement, clock_ns: int) -> None:
        """Keep a message if it is the newest of its sender and its instant is believable."""
        if not -MOST_AHEAD_NS <= clock_ns - message.utc_ns <= self._forget_ns:
            return
        last = self._newest.get(message.temporary_id)
        if last is None or message.utc_ns > last.message.utc_ns:
            self._newest[message.temporary_id] = Statement(message, roster_of(message))

    def prune(self, clock_ns: int) -> None:
        """Forget who has been silent for long."""
        for who in [who for who in self._newest if self.age_ns(who, clock_ns) > self._forget_ns]:
            del self._newest[who]

    def of(self, who: int | None) -> PlatoonManagement | None:
        """Newest statement of a sender."""
        said = None if who is None else self._newest.get(who)
        return None if said is None else said.message

    def roster(self, who: int | None) -> Roster | None:
        """List of a sender, None if its newest statement has none."""
        said = None if who is None else self._newest.get(who)
        return None if said is None else said.roster

    def age_ns(self, who: int | None, clock_ns: int) -> int:
        """Age of the newest statement; of one never heard, more than any limit."""
        said = self.of(who)
        return clock_ns - said.utc_ns if said else 1 << 62

    def all(self) -> list[Statement]:
        """Newest statements, by sender."""
        return [self._newest[who] for who in sorted(self._newest)]
