"""What one vehicle's protocol remembers, and the questions that its rules ask of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from v2x.clock import to_ns
from v2x.platooning.protocol.heard import Heard
from v2x.platooning.protocol.roster import ELSEWHERE, Roster
from v2x.platooning.protocol.states import ENTERING, LEADERS, MEMBERS, Brake, Log, Senses, State, Wish
from v2x.scenario.model_manoeuvres import PlatoonProtocol


@dataclass
class Mind:
    """Memory of one vehicle.

    Attributes
    ----------
    me, config, log
        Own identity, times and limits, who is told of transitions.
    heard
        What others said.
    senses
        What it senses now.
    state, since_ns
        Where it stands, and since when by its own clock.
    brake, brake_since_ns, brake_until_ns
        The same of braking, and until when its driver wants to brake.
    roster
        The list it lives by: its own if it leads, else its leader's newest; None outside of platoons.
    wish, wished_ns
        What it wants to do next, and since when.
    taken
        What it is doing of its own wish.
    partner, party
        Leader's manoeuvre in hand: who asked, and for whom.
    origin
        Those of the platoon out of which it became a leader, as far as they may still count on it.
    believed_ns
        Leader: when each member was last known to agree.
    agreed_with, agreed_ns
        Who was last seen to be the right one ahead and known to agree, and when; None once somebody else was seen.
    """

    me: int
    config: PlatoonProtocol
    log: Log
    heard: Heard
    senses: Senses
    state: State = State.FREE
    since_ns: int = 0
    brake: Brake = Brake.CALM
    brake_since_ns: int = 0
    brake_until_ns: int = 0
    roster: Roster | None = None
    wish: Wish | None = None
    wished_ns: int = 0
    taken: Wish | None = None
    partner: int | None = None
    party: tuple[int, ...] = ()
    origin: frozenset[int] = frozenset()
    believed_ns: dict[int, int] = field(default_factory=dict)
    agreed_with: int | None = None
    agreed_ns: int = 0

    @property
    def now_ns(self) -> int:
        """Own clock."""
        return self.senses.clock_ns

    @property
    def own(self) -> Roster:
        """The list it lives by, of a vehicle that has one."""
        if self.roster is None:
            raise ValueError(f"{self.me:x} is in no platoon ({self.state})")
        return self.roster

    @property
    def host(self) -> Roster | None:
        """Newest list of the platoon that it wants to join: led by its target, or with the target as a member.

        None if there is none, or its leader is silent.
        """
        target = self.taken.target if self.taken else None
        lists = [self.heard.roster(target), *(said.roster for said in self.heard.all())] if target is not None else []
        for each in lists:
            if each is not None and target in each.staying and self.hears(each.leader, self.config.silence_s):
                return each
        return None

    @property
    def platoon(self) -> Roster | None:
        """The list that says whom it follows: that of the host while its platoon merges into another."""
        return self.host if self.state is State.MERGING else self.roster

    def hears(self, who: int | None, within_s: float) -> bool:
        """Whether somebody's newest statement is no older than this."""
        return self.heard.age_ns(who, self.now_ns) <= to_ns(within_s)

    def for_s(self, since_ns: int) -> float:
        """Seconds gone by since an instant."""
        return (self.now_ns - since_ns) * 1e-9

    # The list it lives by.

    def follow(self) -> None:
        """Take over the leader's newest list, or that of a successor of the leader."""
        if self.state not in (*MEMBERS, *ENTERING, State.DISMISSED):
            return
        leader = self.own.leader
        told, said = self.heard.roster(leader), self.heard.of(leader)
        if told is not None and said is not None and told.utc_ns > self.own.utc_ns:
            # while its leader asks another platoon, the number that it says is that platoon's
            self.roster = replace(told, number=self.own.number) if said.status in ELSEWHERE else told
        successor = self._successor() if self.state in MEMBERS else None
        if successor is not None:
            self.log("led_by", {"leader": successor.leader, "before": leader, "age_ms": self.age_ms(leader)})
            self.roster = successor

    def _successor(self) -> Roster | None:
        named = self.heard.roster(self.own.heir(self.me))
        if named is not None and self._has_me(named):
            return named
        leader = self.own.leader
        leads = self.hears(leader, self.config.silence_s) and self.heard.roster(leader) is not None
        if leads and self.list_age_s < self.config.silence_s:
            return None
        order = {who: place for place, who in enumerate(self.own.members)}
        others = [said.roster for said in self.heard.all() if said.roster is not None and said.roster.leader != leader]
        lists = [each for each in others if self._has_me(each)]
        return min(lists, key=lambda each: (order.get(each.leader, len(order)), each.leader), default=None)

    def _has_me(self, roster: Roster) -> bool:
        return roster.full(self.me) and self.hears(roster.leader, self.config.fresh_s)

    @property
    def list_age_s(self) -> float:
        """How old the list is that it lives by."""
        return self.for_s(self.own.utc_ns)

    def age_ms(self, who: int | None) -> float | None:
        """Age of somebody's newest statement, None if there is none."""
        return None if self.heard.of(who) is None else self.heard.age_ns(who, self.now_ns) * 1e-6

    # Who is ahead.

    def file_ahead(self) -> tuple[int, ...]:
        """Those whom the radar may see ahead without a stranger being there, the nearest first.

        They are the next one that stays, and who comes in or goes out between it and this vehicle.
        """
        platoon, file = self.platoon, []
        for each in platoon.before(self.me) if platoon else ():
            file.append(each)
            if platoon and each in platoon.staying:
                break
        return tuple(file)

    def predecessor(self) -> int | None:
        """Whom it follows, or has to get behind of: of `file_ahead` whom the radar sees, or else who has arrived."""
        file, platoon = self.file_ahead(), self.platoon
        if self.senses.ahead in file:
            return self.senses.ahead
        return next((each for each in file if platoon and platoon.full(each)), None)

    def agrees(self, who: int | None) -> bool:
        """Whether somebody said lately that it is in the same platoon and stays, and the leader lately said so too."""
        platoon = self.platoon
        if who is None or platoon is None or who not in platoon.staying or platoon.dissolving:
            return False
        if not (self.hears(who, self.config.fresh_s) and self.hears(platoon.leader, self.config.fresh_s)):
            return False
        if who == platoon.leader:
            told = self.heard.roster(who)
            return told is not None and self.me in told.members and not told.dissolving
        said = self.heard.of(who)
        return said is not None and said.platoon_id == platoon.number and said.status in ("following", "ask_to_leave")

    def look_ahead(self) -> None:
        """Note if the vehicle ahead is the right one, and agrees; not to see it for a moment ends no agreement."""
        if self.agreed_with != self.predecessor():  # it is to follow another one, or nobody: what was agreed is over
            self.agreed_with = None
        ahead = self.senses.ahead if self.senses.in_lane else None
        if ahead is None:
            return
        if ahead == self.predecessor() and self.agrees(ahead):
            self.agreed_with, self.agreed_ns = ahead, self.now_ns
        elif ahead != self.agreed_with:
            self.agreed_with = None

    def in_file(self) -> bool:
        """Whether it drives in the lane at its place: right behind the one ahead on the list, or first of all."""
        ahead, platoon = self.predecessor(), self.platoon
        if not self.senses.in_lane or platoon is None:
            return False
        if ahead is None:
            return self.senses.along_m.get(platoon.leader, 0.0) < 0.0
        return self.senses.ahead == ahead

    def abreast(self) -> bool:
        """Whether it drives between its neighbours on the list, by the positions that all who have arrived tell."""
        if self.roster is None or self.me not in self.roster.members:
            return False
        place = self.roster.members.index(self.me)
        arrived = self.roster.arrived
        ahead = {each: each in self.roster.members[:place] for each in arrived if each != self.me}
        along_m = self.senses.along_m
        return all(each in along_m and (along_m[each] > 0.0) == is_ahead for each, is_ahead in ahead.items())

    def place_among(self, who: int, members: tuple[int, ...]) -> int | None:
        """How many of these drive ahead of somebody by the positions told, None if one is not known."""
        along_m = {**self.senses.along_m, self.me: 0.0}
        if not all(each in along_m for each in (who, *members)):
            return None
        return sum(along_m[each] > along_m[who] for each in members)

    def wanted_place(self, host: Roster) -> int | None:
        """How many of those who have arrived are to be ahead of it; None if that depends on a place not known."""
        vehicles, place = len(host.arrived), self.taken.place if self.taken else "here"
        if place == "here":
            return self.place_among(self.me, host.arrived)
        return {"front": 0, "middle": max(vehicles // 2, 1), "tail": vehicles}[place]

    @property
    def leads(self) -> bool:
        """Whether it writes a list."""
        return self.state in (*LEADERS, State.DISSOLVING)
