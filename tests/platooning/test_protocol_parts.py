"""Parts of the protocol by themselves: the list, what was heard, braking, agreement, the table, the keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from protocol_kit import T0, S, World, over_the_air
from pydantic import ValidationError

from v2x.messages.model_cooperation import PlatoonManagement
from v2x.platooning.protocol.drawing import diagrams, time_outs
from v2x.platooning.protocol.heard import Heard
from v2x.platooning.protocol.negotiator import Negotiator
from v2x.platooning.protocol.roster import Roster, roster_of
from v2x.platooning.protocol.states import STRANGER, Brake, Senses, State, Wish
from v2x.platooning.protocol.transitions import BOUNDS, TABLE, time_out
from v2x.scenario.model_manoeuvres import Manoeuvre, PlatoonProtocol

DOCS = Path(__file__).parents[2] / "docs" / "platooning-protocol.md"


def _said(who: int, at_ns: int = T0, status: str = "following", members: tuple[int, ...] = ()) -> PlatoonManagement:
    role = "leader" if members else "follower"
    return PlatoonManagement(0, who, at_ns, 1, role, status, members, capacity=9 if members else None)  # type: ignore[arg-type]


# The list.


def test_who_is_to_lead() -> None:
    plain = Roster(1, 1, (1, 2, 3, 4))
    assert [plain.heir(me) for me in (1, 2, 4, 9)] == [None] * 4
    leader_goes = Roster(1, 1, (1, 2, 3), leaving=(1,))
    assert [leader_goes.heir(me) for me in (1, 2, 3)] == [None, 2, 2] and leader_goes.handed_to(2) == (2, 3)
    one_goes = Roster(1, 1, (1, 2, 3), leaving=(2,))
    assert [one_goes.heir(me) for me in (1, 2, 3)] == [None] * 3
    split = Roster(1, 1, (1, 2, 3, 4), leaving=(3, 4))
    assert [split.heir(me) for me in (1, 2, 3, 4)] == [None, None, 3, 3] and split.handed_to(3) == (3, 4)
    on_its_way = Roster(1, 1, (9, 1, 2), joining=(9,))
    assert [on_its_way.heir(me) for me in (9, 1, 2)] == [None] * 3
    in_front = Roster(1, 1, (9, 1, 2))
    assert [in_front.heir(me) for me in (9, 1, 2)] == [9] * 3


def test_a_list_is_edited_as_a_whole() -> None:
    mine = Roster(1, 1, (1, 2, 3)).with_joining((8, 9), 2)
    assert mine.members == (1, 2, 8, 9, 3) and mine.joining == (8, 9) and mine.arrived == (1, 2, 3)
    assert mine.before(9) == (8, 2, 1) and mine.behind(9) == 3 and mine.behind(3) is None and not mine.full(8)
    assert mine.without((8, 9)) == Roster(1, 1, (1, 2, 3))
    assert mine.rear_from(2) == (2, 3) and mine.rear_from(8) == ()


def test_only_leaders_write_lists() -> None:
    assert roster_of(_said(1, members=(1, 2), status="navigating")) is not None
    assert roster_of(_said(2)) is None
    assert roster_of(_said(2, members=(2, 3), status="ask_to_leave")) is None
    assert roster_of(_said(2, members=(3, 4), status="navigating")) is None


# What was heard.


def test_the_newest_instant_counts_in_whatever_order() -> None:
    heard = Heard(10 * S)
    for at_s in (3, 1, 3, 2):
        heard.take(_said(5, T0 + at_s * S), T0 + 4 * S)
    assert heard.age_ns(5, T0 + 4 * S) == S and len(heard.all()) == 1


def test_instants_that_cannot_be_are_not_taken_in() -> None:
    heard = Heard(10 * S)
    heard.take(_said(5, T0 + 20 * S), T0)
    heard.take(_said(6, T0 - 20 * S), T0)
    assert not heard.all() and heard.of(5) is None
    heard.take(_said(5), T0)
    heard.prune(T0 + 11 * S)
    assert not heard.all()


# Agreement.


def _follower() -> tuple[Negotiator, Callable[..., Senses]]:
    """The second follower of (1, 2, 3), and its senses at an instant."""
    negotiator = Negotiator(3, PlatoonProtocol(), T0)
    negotiator.start_in((1, 2, 3), 1)

    def senses(at_s: float, ahead: int | None = 2) -> Senses:
        return Senses(T0 + round(at_s * S), ahead=ahead, in_place=True)

    return negotiator, senses


def _hear_both(negotiator: Negotiator, at_s: float) -> None:
    at_ns = T0 + round(at_s * S)
    negotiator.hear(_said(1, at_ns, "navigating", (1, 2, 3)), at_ns)
    negotiator.hear(_said(2, at_ns), at_ns)


def test_silence_ends_closing_up_and_then_cooperation() -> None:
    negotiator, senses = _follower()
    _hear_both(negotiator, 0.0)
    seen = {at_s: negotiator.step(senses(at_s)) for at_s in (0.1, 0.9, 1.1, 1.8, 2.1)}
    assert [each.close_up for each in seen.values()] == [True, True, False, False, False]
    assert [each.cooperative for each in seen.values()] == [True, True, True, True, False]


def test_no_cooperation_with_whom_nobody_vouches_for() -> None:
    for silent in (1, 2):  # the leader, the one ahead
        negotiator, senses = _follower()
        at_ns = T0 + 11 * S // 10
        said = {1: _said(1, at_ns, "navigating", (1, 2, 3)), 2: _said(2, at_ns)}
        negotiator.hear(said[3 - silent], at_ns)
        intent = negotiator.step(senses(1.1))
        assert not intent.close_up and not intent.cooperative and intent.ahead == 2


def test_who_begins_in_a_platoon_has_agreed_just_before() -> None:
    negotiator, senses = _follower()
    seen = {at_s: negotiator.step(senses(at_s)) for at_s in (0.1, 0.9, 1.1)}
    assert [each.cooperative for each in seen.values()] == [True, True, False]
    assert not any(each.close_up for each in seen.values())


def test_a_stranger_ends_cooperation_at_once() -> None:
    negotiator, senses = _follower()
    _hear_both(negotiator, 0.0)
    assert negotiator.step(senses(0.1)).close_up
    unseen = negotiator.step(senses(0.15, ahead=None))
    assert unseen.cooperative and not unseen.close_up
    intent = negotiator.step(senses(0.2, ahead=STRANGER))
    assert intent.state is State.CUT_OFF and not intent.cooperative and not intent.close_up
    assert negotiator.step(senses(0.3, ahead=None)).state is State.CUT_OFF  # not seen is not gone
    assert negotiator.step(senses(0.4)).state is State.FOLLOWING


def test_a_stranger_once_seen_is_not_forgotten_when_the_radar_loses_it() -> None:
    negotiator, senses = _follower()
    _hear_both(negotiator, 0.0)
    assert negotiator.step(senses(0.1)).cooperative
    negotiator.want(Wish("leave"))
    assert negotiator.step(senses(0.2, ahead=STRANGER)).state is State.ASKING_OUT
    assert not negotiator.step(senses(0.3, ahead=None)).cooperative


def test_agreement_is_with_one_vehicle_and_not_with_whoever_comes_between() -> None:
    negotiator, senses = _follower()
    _hear_both(negotiator, 0.0)
    assert negotiator.step(senses(0.1)).cooperative
    at_ns = T0 + S // 5
    negotiator.hear(_said(1, at_ns, "navigating", (1, 2, 9, 3)), at_ns)  # 9 itself has said nothing
    intent = negotiator.step(senses(0.2, ahead=9))
    assert intent.state is State.FOLLOWING and intent.ahead == 9 and not intent.cooperative


def test_joining_needs_a_target() -> None:
    for kind in ("join", "merge"):
        with pytest.raises(ValueError, match="target is missing"):
            Wish(kind)  # type: ignore[arg-type]


def test_own_messages_that_come_back_are_nobodys() -> None:
    negotiator, senses = _follower()
    negotiator.hear(_said(3, T0 + S), T0 + S)
    assert negotiator.step(senses(0.1)).state is State.FOLLOWING


def test_who_is_in_no_platoon_says_nothing_unless_counted_on() -> None:
    negotiator = Negotiator(9, PlatoonProtocol(), T0)
    negotiator.step(Senses(T0))
    assert negotiator.statement(T0) is None
    negotiator.hear(_said(1, T0, "navigating", (1, 9)), T0)
    negotiator.step(Senses(T0 + 1))
    said = negotiator.statement(T0 + 1)
    assert said is not None and said.role == "free" and said.platoon_id is None


def test_every_statement_fits_a_clpmm_and_counts_on() -> None:
    world = World()
    world.platoon(tuple(range(1, 33)))  # as many as T/CSAE 157 lists
    leader = world.cars[1].negotiator
    assert leader is not None
    counts = []
    for _ in range(130):
        said = leader.statement(T0)
        assert said is not None and over_the_air(said) == said
        counts.append(said.msg_count)
    assert counts[:3] == [1, 2, 3] and counts[126:129] == [127, 0, 1]


# Braking.


def test_who_sees_one_ahead_brake_does_not_wait() -> None:
    config = PlatoonProtocol(brake_wait_s=5.0)
    negotiator = Negotiator(2, config, T0)
    negotiator.start_in((1, 2, 3), 1)
    warned = frozenset({1})
    assert negotiator.step(Senses(T0 + 1, warned=warned)).brake is Brake.WARNED
    assert negotiator.step(Senses(T0 + 2, warned=warned, braking=frozenset({3}))).brake is Brake.BRAKING
    assert negotiator.step(Senses(T0 + 3)).brake is Brake.CALM
    intent = negotiator.step(Senses(T0 + 4, braking=warned))
    assert intent.brake is Brake.BRAKING and intent.warn and not intent.close_up


def test_own_need_to_brake_asks_nobody() -> None:
    negotiator = Negotiator(2, PlatoonProtocol(brake_wait_s=5.0), T0)
    assert negotiator.step(Senses(T0, must_brake=True)).brake is Brake.BRAKING
    negotiator.step(Senses(T0 + 1))
    negotiator.want(Wish("brake", for_ns=S))
    assert negotiator.step(Senses(T0 + 2)).brake is Brake.BRAKING
    assert negotiator.step(Senses(T0 + 2 * S)).brake is Brake.CALM


# Table and docs.


def _between(marker: str) -> str:
    return DOCS.read_text("utf-8").split(f"<!-- {marker} -->\n")[1].split("<!-- end -->")[0]


def test_the_docs_show_the_table_that_runs() -> None:
    """Remake them by putting what is printed by these functions between their comments."""
    assert _between("v2x.platooning.protocol.drawing.diagrams") == diagrams()
    assert _between("v2x.platooning.protocol.drawing.time_outs") == time_outs()


def test_every_wait_ends_and_every_state_is_reached_and_left() -> None:
    resting = {State.FREE, State.FOLLOWING, State.LEADING}
    assert set(BOUNDS) == set(State) - resting
    for state in BOUNDS:
        assert any(row.when is time_out and state in row.sources for row in TABLE), state
    assert {row.target for row in TABLE} == set(State)
    assert {state for row in TABLE for state in row.sources} == set(State)


# Keys.


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"silence_s": 0.5}, "longer than fresh_s"),
        ({"forget_s": 5.0}, "longer than silence_s"),
        ({"fresh_s": 0.3}, "two statements"),
        ({"capacity": 33}, "less than or equal to 32"),
    ],
)
def test_times_that_contradict_each_other_are_refused(keys: dict[str, float], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        PlatoonProtocol(**keys)  # type: ignore[arg-type]


def test_a_merge_names_another_platoon() -> None:
    Manoeuvre(at_s=1.0, kind="merge", platoon=1, into=0)
    for into in (None, 1):
        with pytest.raises(ValidationError, match="another platoon"):
            Manoeuvre(at_s=1.0, kind="merge", platoon=1, into=into)
