"""Rules of those who want in, who follow, and who want out. The docstring of a condition is its name in the drawing."""

from __future__ import annotations

from v2x.platooning.protocol.mind import Mind
from v2x.platooning.protocol.roster import Roster
from v2x.platooning.protocol.states import Wish

#: Lists from before the asking do not answer it; clocks differ by less than this.
_SLACK_NS = 50_000_000


def wants_to_join(mind: Mind) -> bool:
    """Wants to join."""
    return mind.wish is not None and mind.wish.kind == "join"


def wants_out(mind: Mind) -> bool:
    """Wants to leave or split."""
    return mind.wish is not None and mind.wish.kind in ("leave", "split")


def changes_its_mind(mind: Mind) -> bool:
    """Wants to leave."""
    return mind.wish is not None and mind.wish.kind == "leave"


def at_the_wanted_place(mind: Mind) -> bool:
    """Drives where it wants in."""
    if mind.taken is None or mind.taken.target is None:
        return False
    host = mind.host
    if host is None:  # one that leads nobody yet: it is asked by who drives behind it
        return mind.senses.along_m.get(mind.taken.target, 0.0) > 0.0
    place = mind.place_among(mind.me, host.arrived)
    return host.open and place is not None and place == mind.wanted_place(host)


def no_room(mind: Mind) -> bool:
    """The platoon has no room for it."""
    host, party = mind.host, len(mind.roster.members) if mind.roster else 1
    if host is None or mind.me in host.members:
        return False
    return len(host.staying) + party > mind.config.capacity


def let_in(mind: Mind) -> bool:
    """The leader lists it as joining."""
    return mind.host is not None and mind.me in mind.host.joining and mind.host.utc_ns > mind.since_ns - _SLACK_NS


def in_file(mind: Mind) -> bool:
    """In the lane, right behind the one ahead."""
    return mind.in_file()


def not_in_file(mind: Mind) -> bool:
    """Somebody else is ahead."""
    return not mind.in_file()


def arrived(mind: Mind) -> bool:
    """The leader lists it as arrived."""
    return mind.own.full(mind.me) and mind.own.heir(mind.me) != mind.me


def merged(mind: Mind) -> bool:
    """The host lists it as arrived."""
    return mind.host is not None and mind.host.full(mind.me)


def my_turn(mind: Mind) -> bool:
    """The leader hands over to it."""
    return mind.own.full(mind.me) and mind.own.heir(mind.me) == mind.me


def leader_silent(mind: Mind) -> bool:
    """Leader silent, and so are those between for succession_s each."""
    if mind.list_age_s < mind.config.silence_s or not mind.own.full(mind.me):
        return False
    between = [who for who in mind.own.before(mind.me) if who in mind.own.staying and who != mind.own.leader]
    alive = sum(mind.hears(who, mind.config.silence_s) for who in between)
    return mind.list_age_s >= mind.config.silence_s + alive * mind.config.succession_s


def unlisted(mind: Mind) -> bool:
    """The leader lists it no longer."""
    return mind.me not in mind.own.members


def host_gone(mind: Mind) -> bool:
    """Leader silent, or lists it no longer."""
    return mind.list_age_s > mind.config.silence_s or unlisted(mind)


def dissolves(mind: Mind) -> bool:
    """The leader dissolves the platoon."""
    return mind.own.dissolving


def gap_is_safe(mind: Mind) -> bool:
    """The gap ahead is safe by radar."""
    return mind.senses.gap_safe


def stranger_ahead(mind: Mind) -> bool:
    """The radar sees somebody else ahead."""
    return mind.senses.ahead is not None and mind.senses.ahead not in mind.file_ahead()


def right_one_ahead(mind: Mind) -> bool:
    """The radar sees the right one ahead again."""
    return mind.senses.ahead in mind.file_ahead()


def let_out(mind: Mind) -> bool:
    """The leader lists it as leaving."""
    return mind.me in mind.own.leaving


def no_longer_let_out(mind: Mind) -> bool:
    """The leader lists it as staying."""
    return mind.me in mind.own.staying


def has_left(mind: Mind) -> bool:
    """Out of the lane, or last and with a safe gap."""
    last = mind.roster is not None and mind.own.members[-1:] == (mind.me,)
    return not mind.senses.in_lane or (last and mind.senses.gap_safe)


def out_of_lane(mind: Mind) -> bool:
    """Out of the lane."""
    return not mind.senses.in_lane


def take_wish(mind: Mind) -> None:
    """Begin what is wished for."""
    mind.taken, mind.wish = mind.wish, None


def ask_to_part(mind: Mind) -> None:
    """Give up on the stranger: those behind come along, and this vehicle leads them."""
    mind.taken = Wish("split")


def enter(mind: Mind) -> None:
    """Live by the host's list."""
    mind.roster = mind.host


def quit_platoon(mind: Mind) -> None:
    """Live by nobody's list."""
    mind.roster = None


def call_off(mind: Mind) -> None:
    """Want in no longer."""
    mind.roster = mind.wish = None


def quit_and_rejoin(mind: Mind) -> None:
    """Live by nobody's list; who handed over wants in again at the tail of its heir's platoon."""
    wish, heir = mind.taken, mind.own.staying[0]
    quit_platoon(mind)
    if wish is not None and wish.kind == "hand_over":
        mind.wish, mind.wished_ns = Wish("join", target=heir, place="tail"), mind.now_ns


def take_over(mind: Mind) -> None:
    """Lead those whom the list hands over, or else all behind that have arrived."""
    before = mind.own
    members = before.handed_to(mind.me) if before.heir(mind.me) == mind.me else before.rear_from(mind.me)
    mind.origin = frozenset(before.members)
    mind.roster = Roster(mind.me, mind.me, members or (mind.me,), utc_ns=mind.now_ns)
    mind.believed_ns = dict.fromkeys(mind.own.members, mind.now_ns)
    if mind.taken is not None and mind.taken.kind == "leave":
        mind.wish, mind.wished_ns = mind.taken, mind.now_ns
    mind.taken = None


def yields_to(mind: Mind) -> Roster | None:
    """List of one out of whose platoon this leader came, and which still has it as a member further back."""
    for leader in sorted(mind.origin):
        roster = mind.heard.roster(leader)
        if roster is None or not mind.hears(leader, mind.config.fresh_s):
            continue
        if mind.me in roster.staying and roster.heir(mind.me) is None and roster.leader in roster.before(mind.me):
            return roster
    return None


def listed_as_before(mind: Mind) -> bool:
    """The leader before it still lists it."""
    return yields_to(mind) is not None


def step_back(mind: Mind) -> None:
    """Live by the former leader's list again."""
    mind.roster = yields_to(mind)
