"""The list that a leader repeats: it alone says who is in its platoon, and it alone is written by one vehicle."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from v2x.messages.model_cooperation import PlatoonManagement, PlatoonStatus

#: Statuses in which a leader speaks for another platoon than its own: `PlatoonManagement.platoon_id` is that one's.
ELSEWHERE: tuple[PlatoonStatus, ...] = ("ask_to_join", "joining", "following")


@dataclass(frozen=True)
class Roster:
    """A platoon as its leader wants it.

    Attributes
    ----------
    leader
        Who says so.
    number
        Of the platoon.
    members
        All, from the front backwards, with those who come and those who go.
    joining, leaving
        Who is not there yet, who is on the way out.
    open
        Whether others may ask to join.
    dissolving
        The platoon ends.
    utc_ns
        When it was said, by the leader's clock.
    """

    leader: int
    number: int
    members: tuple[int, ...]
    joining: tuple[int, ...] = ()
    leaving: tuple[int, ...] = ()
    open: bool = True
    dissolving: bool = False
    utc_ns: int = 0

    def full(self, who: int) -> bool:
        """Whether it is a member that has arrived."""
        return who in self.members and who not in self.joining

    @cached_property
    def arrived(self) -> tuple[int, ...]:
        """Members that have arrived, in order."""
        return tuple(each for each in self.members if each not in self.joining)

    @cached_property
    def staying(self) -> tuple[int, ...]:
        """Members that have arrived and do not go, in order."""
        return tuple(each for each in self.arrived if each not in self.leaving)

    @property
    def moving(self) -> tuple[int, ...]:
        """Who changes lanes, in or out; the rear part of a split stays where it is."""
        return self.joining + (self.leaving if len(self.leaving) == 1 else ())

    def before(self, who: int) -> tuple[int, ...]:
        """All listed ahead of it, the nearest first."""
        return self.members[: self.members.index(who)][::-1] if who in self.members else ()

    def behind(self, who: int) -> int | None:
        """The listed vehicle next behind it."""
        place = self.members.index(who) + 1 if who in self.members else len(self.members)
        return self.members[place] if place < len(self.members) else None

    def heir(self, who: int) -> int | None:
        """Who is to lead ``who`` from now on, where the list hands it over; None where the leader goes on leading it.

        Several that leave are the rear part of a split, and the first of them leads it. Of those who stay, the first
        leads: if that is not the leader, it is leaving itself, or somebody has joined in front of it.
        """
        if who in self.leaving:
            return self.leaving[0] if len(self.leaving) > 1 else None
        first = next(iter(self.staying), None)
        return first if first != self.leader and who in self.members else None

    def handed_to(self, heir: int) -> tuple[int, ...]:
        """Those that an heir leads."""
        return self.leaving if heir in self.leaving else self.staying

    def rear_from(self, who: int) -> tuple[int, ...]:
        """Those who stay, from one of them backwards."""
        return self.staying[self.staying.index(who) :] if who in self.staying else ()

    def without(self, gone: tuple[int, ...]) -> Roster:
        """The list with nobody of ``gone`` on it."""
        kept = [tuple(e for e in part if e not in gone) for part in (self.members, self.joining, self.leaving)]
        return replace(self, members=kept[0], joining=kept[1], leaving=kept[2])

    def with_joining(self, party: tuple[int, ...], place: int) -> Roster:
        """The list with a party on its way in, its first at this place."""
        return replace(self, members=self.members[:place] + party + self.members[place:], joining=party)


def roster_of(message: PlatoonManagement) -> Roster | None:
    """The list in a statement, None if its sender leads nobody.

    A member that asks to leave and calls itself leader is not one yet: its list names those who would go with it.
    """
    if message.role != "leader" or message.status == "ask_to_leave" or message.temporary_id not in message.members:
        return None
    if message.platoon_id is None:
        return None
    return Roster(
        leader=message.temporary_id,
        number=message.platoon_id,
        members=message.members,
        joining=message.joining,
        leaving=message.leaving,
        open=message.open_to_join is not False,
        dissolving=message.status == "dissolving",
        utc_ns=message.utc_ns,
    )
