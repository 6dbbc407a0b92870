"""What a vehicle's protocol can be in, what it is told, what it wants, and what it says to the driving part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from v2x.messages.model_cooperation import PlatoonRole

#: A road user ahead that is none of those heard.
STRANGER = -1

Place = Literal["here", "tail", "middle", "front"]
#: What a vehicle wishes to do with its lane; its own sensors have the last word.
LaneWish = Literal["keep", "in", "out"]
#: Told of each transition: kind, and what there is to say about it.
Log = Callable[[str, Mapping[str, object]], None]


class State(StrEnum):
    """Where a vehicle stands in its platoon. The value is its name in records and drawings."""

    FREE = "free"
    SEARCHING = "searching"
    ASKING = "asking"
    JOINING = "joining"
    CLOSING = "closing"
    FOLLOWING = "following"
    CUT_OFF = "cut_off"
    ASKING_OUT = "asking_out"
    LEAVING = "leaving"
    DISMISSED = "dismissed"
    LEADING = "leading"
    ADMITTING = "admitting"
    RELEASING = "releasing"
    SPLITTING = "splitting"
    HANDING_OVER = "handing_over"
    PULLING_OUT = "pulling_out"
    ASKING_MERGE = "asking_merge"
    MERGING = "merging"
    DISSOLVING = "dissolving"


class Brake(StrEnum):
    """Emergency braking, beside the `State`."""

    CALM = "calm"
    WARNED = "warned"
    BRAKING = "braking"


OUTSIDE = (State.FREE, State.SEARCHING, State.ASKING, State.PULLING_OUT)
ENTERING = (State.JOINING, State.CLOSING)
MEMBERS = (State.FOLLOWING, State.CUT_OFF, State.ASKING_OUT, State.LEAVING)
#: Leaders whose list stands; a leader that dissolves is none of them.
LEADERS = (
    State.LEADING,
    State.ADMITTING,
    State.RELEASING,
    State.SPLITTING,
    State.HANDING_OVER,
    State.ASKING_MERGE,
    State.MERGING,
)


@dataclass(frozen=True)
class Senses:
    """What a vehicle knows besides the statements, by its own sensors, clock and other decoded messages.

    Attributes
    ----------
    clock_ns
        Own clock, UTC.
    in_lane
        Whether it drives in the lane of those that it is with or wants to join.
    ahead
        Whom the radar sees ahead in the own lane, named by the positions that others tell; `STRANGER` where no name
        fits, None where nothing is tracked.
    in_place
        The gap ahead is the one that a member keeps.
    gap_safe
        The gap ahead is safe by radar alone.
    along_m
        How far ahead along the road those are whose positions were heard lately, front to front.
    must_brake
        Own sensors call for an emergency braking.
    warned, braking
        Who announces that it is going to brake hard, and whose told acceleration shows that it does.
    """

    clock_ns: int
    in_lane: bool = True
    ahead: int | None = None
    in_place: bool = False
    gap_safe: bool = True
    along_m: Mapping[int, float] = field(default_factory=dict)
    must_brake: bool = False
    warned: frozenset[int] = frozenset()
    braking: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Intent:
    """What the protocol allows and wants until the next step.

    Attributes
    ----------
    state, brake
        Where the vehicle stands.
    role
        What it says it is.
    platoon_id, leader, members
        The platoon, who leads it, and its order with all that are to be in it; None and empty outside.
    ahead
        Whom to follow, or to get behind of; None: nobody.
    cooperative
        Messages of the vehicle ahead may be driven by, at the cooperative gap; otherwise radar and its larger gap.
    close_up
        The gap may shrink below the one of radar driving. Cooperative without this keeps the gap it has.
    extra_gap_m
        By how much the gap ahead is to be larger, for somebody to go in or out.
    lane
        Wish to change lane, to be done only if own sensors see that there is room.
    warn
        Hard braking is to be announced.
    """

    state: State
    brake: Brake
    role: PlatoonRole
    platoon_id: int | None
    leader: int | None
    members: tuple[int, ...]
    ahead: int | None
    cooperative: bool
    close_up: bool
    extra_gap_m: float
    lane: LaneWish
    warn: bool


@dataclass(frozen=True)
class Wish:
    """A manoeuvre that the vehicle itself wants.

    Attributes
    ----------
    kind
        A member that wants to split leads the rear part from itself on.
    target
        Leader or another member of the platoon to join or merge into; or a vehicle ahead that is in none.
    place
        Where a joiner wants in.
    for_ns
        How long to brake.

    Raises
    ------
    ValueError
        Joining or merging into nobody.
    """

    kind: Literal["join", "leave", "split", "merge", "hand_over", "dissolve", "brake"]
    target: int | None = None
    place: Place = "here"
    for_ns: int = 0

    def __post_init__(self) -> None:
        if self.kind in ("join", "merge") and self.target is None:
            raise ValueError(f"{self.kind}: target is missing")
