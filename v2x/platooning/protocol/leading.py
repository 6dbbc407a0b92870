"""Rules of leaders. The docstring of a condition is its name in the drawing.

A leader has one manoeuvre in hand at a time; who asks meanwhile goes on asking. So the list never mixes two of them.
"""

from __future__ import annotations

from dataclasses import replace

from v2x.messages.model_cooperation import PlatoonManagement
from v2x.platooning.protocol.mind import Mind
from v2x.platooning.protocol.roster import Roster
from v2x.platooning.protocol.states import Brake

_OURS = ("navigating", "following", "ask_to_leave", "leaving", "joining")


def tend(mind: Mind) -> None:
    """Strike off members that are silent, or have said for a while that they are none.

    Who struck this leader off in its turn has agreed to part.
    """
    if not mind.leads:
        return
    lists = [said.roster for said in mind.heard.all() if said.roster is not None]
    mind.origin -= {each.leader for each in lists if mind.me not in each.members}
    members = [who for who in mind.own.arrived if who != mind.me]
    gone = tuple(who for who in members if _given_up(mind, who))
    if gone:
        mind.log("struck_off", {"who": gone, "age_ms": mind.age_ms(gone[0])})
        mind.roster = mind.own.without(gone)


def _given_up(mind: Mind, who: int) -> bool:
    said, believed_ns = mind.heard.of(who), mind.believed_ns.setdefault(who, mind.now_ns)
    if said is None or said.utc_ns <= believed_ns:
        return mind.for_s(believed_ns) > mind.config.forget_s
    if says_ours(mind, said):
        mind.believed_ns[who] = said.utc_ns
        return False
    return mind.own.dissolving or mind.for_s(believed_ns) > mind.config.answer_s


def says_ours(mind: Mind, said: PlatoonManagement) -> bool:
    """Whether a statement's sender counts itself to this leader's platoon."""
    leads_own = said.role == "leader" and said.status != "ask_to_leave"
    return said.platoon_id == mind.own.number and said.status in _OURS and not leads_own


def alone(mind: Mind) -> bool:
    """Nobody else is left."""
    return mind.own.members == (mind.me,)


def alone_and_wants_to_leave(mind: Mind) -> bool:
    """Nobody else is left, and it wants to leave."""
    return alone(mind) and mind.wish is not None and mind.wish.kind == "leave"


def go_alone(mind: Mind) -> None:
    """Live by nobody's list, as it wished."""
    mind.taken, mind.wish, mind.roster = mind.wish, None, None


# Letting in: one vehicle, or the platoon of one that asks for all on its list.


def somebody_asks(mind: Mind) -> bool:
    """Somebody asks to join, and may."""
    return _asker(mind) is not None


def _asker(mind: Mind) -> tuple[PlatoonManagement, tuple[int, ...], int] | None:
    """Who asks, for whom, and the place on the list."""
    mine = mind.own if mind.roster else Roster(mind.me, mind.me, (mind.me,))
    if not mind.config.open_to_join or mind.brake is not Brake.CALM:
        return None
    for said in mind.heard.all():
        ask = said.message
        if ask.status != "ask_to_join" or ask.platoon_id != mine.number or ask.temporary_id in mine.members:
            continue
        party = ask.members if ask.role == "leader" else (ask.temporary_id,)
        place = mind.place_among(ask.temporary_id, mine.members)
        fits = len(mine.members) + len(party) <= mind.config.capacity and not set(party) & set(mine.members)
        behind = place == len(mine.members)
        if place is None or not fits or not mind.hears(ask.temporary_id, mind.config.fresh_s):
            continue
        if behind or (len(party) == 1 and mind.roster is not None):
            return ask, party, place
    return None


def admit(mind: Mind) -> None:
    """List the asker, and those for whom it asks, where it drives."""
    asker = _asker(mind)
    if asker is None:
        raise ValueError("nobody asks")
    ask, mind.party, place = asker
    mind.partner = ask.temporary_id
    mine = mind.roster or Roster(mind.me, mind.me, (mind.me,))
    mind.roster = mine.with_joining(mind.party, place)


def in_place_in_front(mind: Mind) -> bool:
    """The joiner says that it is there, and is right ahead."""
    return mind.own.members[0] == mind.partner == mind.senses.ahead and _there(mind)


def in_place(mind: Mind) -> bool:
    """The joiner says that it is there."""
    return mind.own.members[0] != mind.partner and _there(mind)


def _there(mind: Mind) -> bool:
    said = mind.heard.of(mind.partner)
    return said is not None and said.platoon_id == mind.own.number and said.status == "following"


def joiner_gone(mind: Mind) -> bool:
    """The joiner is silent, or wants no longer."""
    said = mind.heard.of(mind.partner)
    if said is None or not mind.hears(mind.partner, mind.config.silence_s):
        return True
    wants = said.platoon_id == mind.own.number and said.status in ("ask_to_join", "joining", "following")
    return not wants or not set(mind.party) <= {mind.partner, *said.members}


def count_in(mind: Mind) -> None:
    """The party has arrived."""
    mind.believed_ns.update(dict.fromkeys(mind.party, mind.now_ns))
    mind.roster = replace(mind.own, joining=())


def take_back(mind: Mind) -> None:
    """As if nobody had asked."""
    came = mind.own.joining or (mind.party if mind.own.members[0] == mind.partner else ())
    mind.roster = replace(mind.own.without(came), leaving=())


# Letting out: one member, or one with all behind it.


def somebody_asks_out(mind: Mind) -> bool:
    """A member asks to leave."""
    return _leaver(mind, alone=True) is not None


def somebody_asks_to_split(mind: Mind) -> bool:
    """A member asks to leave with those behind it."""
    return _leaver(mind, alone=False) is not None


def _leaver(mind: Mind, *, alone: bool) -> tuple[int, tuple[int, ...]] | None:
    for who in mind.own.members:
        ask = mind.heard.of(who)
        if ask is None or ask.status != "ask_to_leave" or ask.platoon_id != mind.own.number:
            continue
        party = mind.own.rear_from(who) if ask.role == "leader" else (who,)
        if (len(party) == 1) == alone and mind.hears(who, mind.config.fresh_s):
            return who, party
    return None


def release(mind: Mind) -> None:
    """List the member as leaving."""
    _let_out(mind, alone=True)


def part(mind: Mind) -> None:
    """List the rear part as leaving."""
    _let_out(mind, alone=False)


def _let_out(mind: Mind, *, alone: bool) -> None:
    leaver = _leaver(mind, alone=alone)
    if leaver is None:
        raise ValueError("nobody asks to leave")
    mind.partner, mind.party = leaver
    mind.roster = replace(mind.own, leaving=mind.party)


def gone(mind: Mind) -> bool:
    """It says that it is no member any more."""
    said = mind.heard.of(mind.partner)
    return mind.partner not in mind.own.members or (said is not None and not says_ours(mind, said))


def gave_up(mind: Mind) -> bool:
    """It says that it stays."""
    said = mind.heard.of(mind.partner)
    return said is not None and said.status == "following" and says_ours(mind, said)


def rear_led(mind: Mind) -> bool:
    """The first of the rear part leads it."""
    led = mind.heard.roster(mind.partner)
    return led is not None and mind.partner in led.members and led.number != mind.own.number


def strike_off_party(mind: Mind) -> None:
    """The leavers are out."""
    mind.roster = replace(mind.own.without(mind.party), leaving=())


def keep_party(mind: Mind) -> None:
    """The leavers stay."""
    mind.roster = replace(mind.own, leaving=())


# Handing over, merging, dissolving.


def wants_to_go(mind: Mind) -> bool:
    """Wants to leave or hand over."""
    return mind.wish is not None and mind.wish.kind in ("leave", "hand_over")


def offer(mind: Mind) -> None:
    """List itself as leaving, so that the next one takes over."""
    mind.taken, mind.wish = mind.wish, None
    mind.partner, mind.party = None, ()
    mind.roster = replace(mind.own, leaving=(mind.me,))


def heir_has_me(mind: Mind) -> bool:
    """The heir leads, with it behind."""
    led = _heirs_list(mind)
    return led is not None and led.full(mind.me)


def heir_leads(mind: Mind) -> bool:
    """The heir leads, without it."""
    led = _heirs_list(mind)
    return led is not None and mind.me not in led.members


def _heirs_list(mind: Mind) -> Roster | None:
    return mind.heard.roster(next(iter(mind.own.staying), None))


def follow_heir(mind: Mind) -> None:
    """Live by the heir's list."""
    mind.roster = _heirs_list(mind)


def wants_to_merge(mind: Mind) -> bool:
    """Wants to merge into the platoon ahead."""
    return mind.wish is not None and mind.wish.kind == "merge" and mind.wish.target not in mind.own.members


def host_behind(mind: Mind) -> bool:
    """The platoon to merge into drives behind it."""
    return mind.host is not None and mind.senses.along_m.get(mind.host.leader, 0.0) < 0.0


def follow_host(mind: Mind) -> None:
    """Live by the host's list."""
    mind.roster = mind.host


def host_takes_back(mind: Mind) -> bool:
    """The host is silent, or lists it no longer."""
    return mind.host is None or mind.me not in mind.host.members


def wants_to_dissolve(mind: Mind) -> bool:
    """Wants to dissolve."""
    return mind.wish is not None and mind.wish.kind == "dissolve"


def dissolve(mind: Mind) -> None:
    """Tell all that the platoon ends."""
    mind.taken, mind.wish = mind.wish, None
    mind.roster = replace(mind.own, dissolving=True)


def number_taken(mind: Mind) -> bool:
    """Whether another leader uses this one's number, which is not this one's identity.

    A founder's number is its identity, and so is one's that takes over; numbers given otherwise may be given twice.
    """
    if mind.own.number == mind.me:
        return False
    rosters = [said.roster for said in mind.heard.all() if said.message.status not in ("ask_to_join", "joining")]
    return any(each is not None and each.number == mind.own.number and each.leader != mind.me for each in rosters)
