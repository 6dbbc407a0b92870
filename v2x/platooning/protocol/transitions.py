"""The state machine as a table. docs/platooning-protocol.md is drawn from it (`v2x.platooning.protocol.drawing`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from v2x.platooning.protocol import following as f
from v2x.platooning.protocol import leading as a
from v2x.platooning.protocol.mind import Mind
from v2x.platooning.protocol.states import LEADERS, MEMBERS, State
from v2x.scenario.model_manoeuvres import PlatoonProtocol

S = State

#: How long a state may last: a key of `v2x.scenario.model_manoeuvres.PlatoonProtocol`. The others are no waits.
BOUNDS: dict[State, str] = {
    S.SEARCHING: "ask_s",
    S.ASKING: "ask_s",
    S.JOINING: "join_s",
    S.CLOSING: "join_s",
    S.CUT_OFF: "cut_in_s",
    S.ASKING_OUT: "ask_s",
    S.LEAVING: "leave_s",
    S.DISMISSED: "dissolve_s",
    S.ADMITTING: "join_s",
    S.RELEASING: "leave_s",
    S.SPLITTING: "answer_s",
    S.HANDING_OVER: "answer_s",
    S.PULLING_OUT: "leave_s",
    S.ASKING_MERGE: "ask_s",
    S.MERGING: "join_s",
    S.DISSOLVING: "dissolve_s",
}


def bound_s(config: PlatoonProtocol, state: State) -> float:
    """How long a state that is a wait may last."""
    bound: float = getattr(config, BOUNDS[state])
    return bound


def time_out(mind: Mind) -> bool:
    """Time-out."""
    return mind.for_s(mind.since_ns) > bound_s(mind.config, mind.state)


def label(when: Callable[[Mind], bool]) -> str:
    """Name of a condition in records and drawings: its docstring."""
    text = (when.__doc__ or "").rstrip(".")
    return text[:1].lower() + text[1:]


@dataclass(frozen=True)
class Row:
    """One transition.

    Attributes
    ----------
    sources, when, target
        In any of these states, if this holds, the next state is that. The first row that holds counts.
    do
        What changes besides.
    ends
        How this ends the manoeuvre of the vehicle's own wish, or the one that it has in hand as a leader.
    keeps_clock
        Both states are one wait, and its time-out runs on.
    """

    sources: tuple[State, ...]
    when: Callable[[Mind], bool]
    target: State
    do: Callable[[Mind], None] | None = None
    ends: Literal["", "done", "undone"] = ""
    keeps_clock: bool = False


def _row(
    source: State | tuple[State, ...],
    when: Callable[[Mind], bool],
    target: State,
    do: Callable[[Mind], None] | None = None,
    ends: Literal["", "done", "undone"] = "",
) -> Row:
    sources = source if isinstance(source, tuple) else (source,)
    return Row(sources, when, target, do, ends, keeps_clock={*sources, target} == {S.JOINING, S.CLOSING})


_IN = (S.JOINING, S.CLOSING)

TABLE: tuple[Row, ...] = (
    # into a platoon
    _row(S.FREE, f.wants_to_join, S.SEARCHING, f.take_wish),
    _row(S.FREE, a.somebody_asks, S.ADMITTING, a.admit),
    _row((S.SEARCHING, S.ASKING, *_IN), f.changes_its_mind, S.FREE, f.call_off, "undone"),
    _row((S.SEARCHING, S.ASKING), f.no_room, S.FREE, ends="undone"),
    _row(S.SEARCHING, f.at_the_wanted_place, S.ASKING),
    _row(S.SEARCHING, time_out, S.FREE, ends="undone"),
    _row(S.ASKING, f.let_in, S.JOINING, f.enter),
    _row(S.ASKING, time_out, S.FREE, ends="undone"),
    _row(_IN, f.host_gone, S.FREE, f.quit_platoon, "undone"),
    _row(_IN, f.my_turn, S.LEADING, f.take_over, "done"),
    _row(_IN, f.arrived, S.FOLLOWING, ends="done"),
    _row(_IN, time_out, S.FREE, f.quit_platoon, "undone"),
    _row(S.JOINING, f.in_file, S.CLOSING),
    _row(S.CLOSING, f.not_in_file, S.JOINING),
    # in it
    _row(MEMBERS, f.unlisted, S.FREE, f.quit_platoon, "undone"),
    _row(MEMBERS, f.my_turn, S.LEADING, f.take_over),
    _row(MEMBERS, f.leader_silent, S.LEADING, f.take_over),
    _row(MEMBERS, f.dissolves, S.DISMISSED),
    _row(S.FOLLOWING, f.wants_out, S.ASKING_OUT, f.take_wish),
    _row(S.CUT_OFF, f.wants_out, S.ASKING_OUT, f.take_wish),
    _row(S.FOLLOWING, f.stranger_ahead, S.CUT_OFF),
    _row(S.CUT_OFF, f.right_one_ahead, S.FOLLOWING),
    _row(S.CUT_OFF, time_out, S.ASKING_OUT, f.ask_to_part),
    # out of it
    _row(S.ASKING_OUT, f.let_out, S.LEAVING),
    _row(S.ASKING_OUT, time_out, S.FOLLOWING, ends="undone"),
    _row(S.LEAVING, f.has_left, S.FREE, f.quit_platoon, "done"),
    _row(S.LEAVING, f.no_longer_let_out, S.FOLLOWING, ends="undone"),
    _row(S.LEAVING, time_out, S.FOLLOWING, ends="undone"),
    _row(S.DISMISSED, f.gap_is_safe, S.FREE, f.quit_platoon, "done"),
    _row(S.DISMISSED, time_out, S.FREE, f.quit_platoon, "done"),
    # leading it
    _row(LEADERS, f.listed_as_before, S.FOLLOWING, f.step_back, "undone"),
    _row(S.ADMITTING, a.joiner_gone, S.LEADING, a.take_back, "undone"),
    _row(S.ADMITTING, a.in_place_in_front, S.HANDING_OVER, a.count_in),
    _row(S.ADMITTING, a.in_place, S.LEADING, a.count_in, "done"),
    _row(S.ADMITTING, time_out, S.LEADING, a.take_back, "undone"),
    _row(S.RELEASING, a.gone, S.LEADING, a.strike_off_party, "done"),
    _row(S.RELEASING, a.gave_up, S.LEADING, a.keep_party, "undone"),
    _row(S.RELEASING, time_out, S.LEADING, a.keep_party, "undone"),
    _row(S.SPLITTING, a.rear_led, S.LEADING, a.strike_off_party, "done"),
    _row(S.SPLITTING, time_out, S.LEADING, a.keep_party, "undone"),
    _row(S.HANDING_OVER, a.heir_has_me, S.FOLLOWING, a.follow_heir, "done"),
    _row(S.HANDING_OVER, a.heir_leads, S.PULLING_OUT, f.quit_and_rejoin, "done"),
    _row(S.HANDING_OVER, time_out, S.LEADING, a.take_back, "undone"),
    _row(S.PULLING_OUT, f.out_of_lane, S.FREE),
    _row(S.PULLING_OUT, time_out, S.FREE),
    _row(S.MERGING, a.host_takes_back, S.LEADING, ends="undone"),
    _row(S.MERGING, f.merged, S.FOLLOWING, a.follow_host, "done"),
    _row(S.MERGING, time_out, S.LEADING, ends="undone"),
    _row(S.ASKING_MERGE, f.let_in, S.MERGING),
    _row(S.ASKING_MERGE, f.no_room, S.LEADING, ends="undone"),
    _row(S.ASKING_MERGE, a.host_behind, S.LEADING, ends="undone"),
    _row(S.ASKING_MERGE, time_out, S.LEADING, ends="undone"),
    _row(S.LEADING, a.alone_and_wants_to_leave, S.FREE, a.go_alone, "done"),
    _row(S.LEADING, a.alone, S.FREE, f.quit_platoon),
    _row(S.LEADING, a.wants_to_dissolve, S.DISSOLVING, a.dissolve),
    _row(S.LEADING, a.wants_to_go, S.HANDING_OVER, a.offer),
    _row(S.LEADING, a.somebody_asks_out, S.RELEASING, a.release),
    _row(S.LEADING, a.somebody_asks_to_split, S.SPLITTING, a.part),
    _row(S.LEADING, a.wants_to_merge, S.ASKING_MERGE, f.take_wish),
    _row(S.LEADING, a.somebody_asks, S.ADMITTING, a.admit),
    _row(S.DISSOLVING, a.alone, S.FREE, f.quit_platoon, "done"),
    _row(S.DISSOLVING, time_out, S.FREE, f.quit_platoon, "done"),
)
