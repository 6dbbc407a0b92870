"""What follows from a vehicle's state: what it says to others, and what it allows its own driving."""

from __future__ import annotations

from v2x.messages.model_cooperation import PlatoonManagement, PlatoonRole, PlatoonStatus
from v2x.platooning.protocol.mind import Mind
from v2x.platooning.protocol.roster import Roster
from v2x.platooning.protocol.states import ENTERING, LEADERS, MEMBERS, OUTSIDE, Brake, Intent, LaneWish, State

#: Those who drive by messages while they agree with the vehicle ahead.
_COOPERATIVE = (State.CLOSING, State.FOLLOWING, State.ASKING_OUT, State.MERGING)
_STATUS: dict[State, PlatoonStatus] = {
    State.ASKING: "ask_to_join",
    State.JOINING: "joining",
    State.CLOSING: "joining",
    State.FOLLOWING: "following",
    State.CUT_OFF: "following",
    State.ASKING_OUT: "ask_to_leave",
    State.LEAVING: "leaving",
    State.DISMISSED: "leaving",
    State.ASKING_MERGE: "ask_to_join",
    State.MERGING: "joining",
    State.DISSOLVING: "dissolving",
}


def role_of(mind: Mind) -> PlatoonRole:
    """Role on the air; one who wants to split calls itself leader of those behind it."""
    if mind.leads:
        return "leader"
    if mind.state not in MEMBERS or mind.roster is None:
        return "free"
    return "tail" if mind.roster.arrived[-1:] == (mind.me,) else "follower"


def statement(mind: Mind, msg_count: int, clock_ns: int) -> PlatoonManagement:
    """What the vehicle says now: one and the same until something changes."""
    role, status = role_of(mind), _STATUS.get(mind.state, "navigating")
    roster, platoon_id = mind.roster, mind.roster.number if mind.roster else None
    listed: Roster | None = roster if mind.leads else None
    if mind.state in (State.ASKING, State.ASKING_MERGE):
        platoon_id = mind.host.number if mind.host else mind.taken.target if mind.taken else None
    elif mind.state is State.MERGING and mind.host is not None:
        platoon_id = mind.host.number
    if mind.state in (State.CLOSING, State.MERGING) and _arrived(mind):
        status = "following"
    if mind.state is State.ASKING_OUT and mind.taken is not None and mind.taken.kind == "split" and roster is not None:
        role, listed = "leader", Roster(mind.me, roster.number, roster.rear_from(mind.me))
    return PlatoonManagement(
        msg_count=msg_count,
        temporary_id=mind.me,
        utc_ns=clock_ns,
        platoon_id=platoon_id,
        role=role,
        status=status,
        members=listed.members if listed else (),
        joining=listed.joining if listed else (),
        leaving=listed.leaving if listed else (),
        capacity=mind.config.capacity if listed else None,
        open_to_join=mind.config.open_to_join and mind.brake is Brake.CALM if listed else None,
    )


def _arrived(mind: Mind) -> bool:
    """Whether a joiner is where a member would be; ahead of all there is no gap to close."""
    if not mind.in_file():
        return False
    return mind.predecessor() is None or (mind.senses.in_place and mind.agrees(mind.predecessor()))


def intent_of(mind: Mind) -> Intent:
    """What the vehicle may do, and wants to."""
    ahead, extra_gap_m = _ahead(mind), _extra_gap_m(mind)
    agreed = mind.agreed_with == ahead and mind.for_s(mind.agreed_ns) <= mind.config.fresh_s
    right_one = ahead is not None and mind.senses.in_lane and mind.senses.ahead in (None, ahead)
    cooperative = mind.state in _COOPERATIVE and right_one and agreed
    now = mind.agreed_ns == mind.now_ns and mind.brake is Brake.CALM and extra_gap_m == 0.0
    roster = mind.roster
    return Intent(
        state=mind.state,
        brake=mind.brake,
        role=role_of(mind),
        platoon_id=roster.number if roster else None,
        leader=roster.leader if roster else None,
        members=roster.members if roster else (),
        ahead=ahead,
        cooperative=cooperative,
        close_up=cooperative and now,
        extra_gap_m=extra_gap_m,
        lane=_lane(mind),
        warn=mind.brake is Brake.BRAKING or (mind.brake is Brake.WARNED and mind.leads),
    )


def _ahead(mind: Mind) -> int | None:
    if mind.state in (*ENTERING, *MEMBERS, State.DISMISSED, State.MERGING):
        return mind.predecessor()
    if mind.state in (State.SEARCHING, State.ASKING) and mind.taken is not None:
        if mind.host is None:
            return mind.taken.target
        place = mind.wanted_place(mind.host)
        return mind.host.arrived[place - 1] if place else None
    return None


def _extra_gap_m(mind: Mind) -> float:
    """Room for a neighbour on the list that comes in or goes out ahead, and for oneself to go out."""
    if mind.state is State.LEAVING:
        return mind.config.open_gap_m
    next_ahead = next(iter(mind.roster.before(mind.me)), None) if mind.roster else None
    moving = mind.roster.moving if mind.roster and mind.state in (*MEMBERS, *LEADERS) else ()
    return mind.config.open_gap_m if next_ahead in moving else 0.0


def _lane(mind: Mind) -> LaneWish:
    in_lane = mind.senses.in_lane
    if mind.brake is not Brake.CALM:
        return "keep"
    if mind.state is State.JOINING and not in_lane:  # on fresh leave only: others give way to a listed joiner alone
        let_in = mind.roster is not None and mind.list_age_s <= mind.config.fresh_s
        return "in" if let_in and mind.abreast() else "keep"
    parts = mind.taken is not None and mind.taken.kind == "split"  # the last one, which stays in the lane
    away = mind.state is State.PULLING_OUT or (mind.state is State.LEAVING and not parts)
    return "out" if away and in_lane else "keep"


def speaks(mind: Mind) -> bool:
    """Whether there is anything to say: outside of platoons only to those who ask about, or still count on, it."""
    if mind.state not in OUTSIDE or mind.state is State.ASKING:
        return True
    counted_on = any(each.roster is not None and mind.me in each.roster.members for each in mind.heard.all())
    return counted_on or any(each.message.platoon_id == mind.me for each in mind.heard.all())
