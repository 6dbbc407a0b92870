"""Each manoeuvre once, on a perfect radio, and undone where nobody answers."""

from __future__ import annotations

import pytest
from protocol_kit import CLOSE_M, LENGTH_M, World

from v2x.platooning.protocol.states import Brake, Place, State, Wish
from v2x.scenario.model_manoeuvres import PlatoonProtocol

FIVE = (1, 2, 3, 4, 5)


def _together(world: World, *members: int) -> bool:
    """Whether these are a platoon, all agree, and all drive at the cooperative gap."""
    close = all(world.gap_m(world.cars[me]) < CLOSE_M + 3.0 for me in members[1:])
    states = [world.state(me) for me in members]
    right = states == [State.LEADING] + [State.FOLLOWING] * (len(members) - 1)
    return close and right and all(world.members(me) == members for me in members) and not world.disagreements()


def test_a_platoon_that_has_formed_stays_one() -> None:
    world = World()
    world.platoon(FIVE)
    world.run(30.0)
    assert _together(world, *FIVE) and not world.log


@pytest.mark.parametrize(
    ("place", "order"), [("tail", (1, 2, 3, 4, 9)), ("middle", (1, 2, 9, 3, 4)), ("front", (9, 1, 2, 3, 4))]
)
def test_join(place: Place, order: tuple[int, ...]) -> None:
    world = World()
    world.platoon((1, 2, 3, 4))
    world.add(9, -120.0, in_lane=False)
    world.run(2.0)
    world.want(9, Wish("join", target=1, place=place))
    world.run_until(lambda: _together(world, *order), 90.0)
    assert world.ends(9) == [("join", "done")]


def test_two_vehicles_become_a_platoon() -> None:
    world = World()
    world.add(1, 0.0)
    world.add(2, -60.0)
    world.want(2, Wish("join", target=1))
    world.run_until(lambda: _together(world, 1, 2), 40.0)


def test_two_ask_at_once() -> None:
    world = World()
    world.platoon((1, 2, 3))
    world.add(8, -40.0, in_lane=False)
    world.add(9, -60.0, in_lane=False)
    for me in (8, 9):
        world.want(me, Wish("join", target=1, place="here"))
    world.run_until(lambda: _together(world, 1, 2, 3, 8, 9), 120.0)


def test_who_asks_behind_another_joiner_waits_for_its_turn() -> None:
    world = World()
    world.platoon((1, 2))
    for me, x_m in ((7, -40.0), (8, -60.0), (9, -80.0)):
        world.add(me, x_m)
        world.want(me, Wish("join", target=1))
    world.run_until(lambda: _together(world, 1, 2, 7, 8, 9), 120.0)


def test_a_joiner_that_dies_is_taken_back() -> None:
    world = World()
    world.platoon((1, 2, 3, 4))
    world.add(9, -15.0, in_lane=False)
    world.want(9, Wish("join", target=1, place="middle"))
    world.run_until(lambda: world.state(9) is State.JOINING, 30.0)
    world.cars[9].mute = world.cars[9].deaf = True
    world.run_until(lambda: _together(world, 1, 2, 3, 4), 80.0)
    world.run(world.t_s + 10.0)
    assert world.state(9) is State.FREE and world.ends(9) == [("join", "undone")]


def test_a_joiner_changes_its_mind() -> None:
    world = World()
    world.platoon((1, 2, 3, 4))
    world.add(9, -15.0, in_lane=False)
    world.want(9, Wish("join", target=1, place="middle"))
    world.run_until(lambda: world.state(9) is State.JOINING, 30.0)
    world.want(9, Wish("leave"))
    world.run_until(lambda: _together(world, 1, 2, 3, 4), 20.0)
    assert world.state(9) is State.FREE and not world.cars[9].in_lane


def test_a_joiner_finds_the_platoon_by_any_of_its_members() -> None:
    world = World()
    world.platoon((1, 2, 3))
    world.add(9, -80.0)
    world.run(1.0)
    world.want(9, Wish("join", target=2, place="tail"))
    world.run_until(lambda: _together(world, 1, 2, 3, 9), 40.0)


def test_nobody_answers_a_joiner() -> None:
    world = World()
    world.platoon((1, 2, 3))
    world.add(9, -80.0, in_lane=False)
    world.cars[9].mute = True
    world.want(9, Wish("join", target=1))
    world.run(70.0)
    assert world.state(9) is State.FREE and world.ends(9) == [("join", "undone")]
    assert _together(world, 1, 2, 3)


def test_a_closed_platoon_takes_nobody_in() -> None:
    world = World(PlatoonProtocol(open_to_join=False))
    world.platoon((1, 2, 3))
    world.add(9, -80.0)
    world.want(9, Wish("join", target=1))
    world.run(world.config.ask_s * 2 + 5.0)
    assert _together(world, 1, 2, 3) and world.state(9) is State.FREE


def test_who_finds_a_platoon_full_gives_up_at_once() -> None:
    """A platoon that wants to merge, and one vehicle; where there is a place nobody is refused."""
    world = World(PlatoonProtocol(capacity=4))
    world.platoon((1, 2, 3))
    world.platoon((11, 12), front_m=-60.0)
    world.add(8, -100.0)
    world.add(9, -110.0)
    world.run(1.0)
    world.want(11, Wish("merge", target=1))
    world.run(2.0)
    assert world.ends(11) == [("merge", "undone")] and world.state(11) is State.LEADING
    world.want(8, Wish("join", target=11, place="tail"))
    world.want(9, Wish("join", target=1, place="tail"))
    world.run(3.0)
    assert world.ends(8) == [] and world.ends(9) == []
    whole = World(PlatoonProtocol(capacity=3))
    whole.platoon((1, 2, 3))
    whole.add(9, -80.0)
    whole.run(1.0)
    whole.want(9, Wish("join", target=1))
    whole.run(2.0)
    assert whole.ends(9) == [("join", "undone")] and whole.state(9) is State.FREE


@pytest.mark.parametrize(
    ("who", "wish", "why"),
    [
        (2, Wish("dissolve"), "it does not lead"),
        (2, Wish("hand_over"), "it does not lead"),
        (2, Wish("merge", target=9), "it does not lead"),
        (2, Wish("join", target=9), "it is in a platoon"),
        (1, Wish("join", target=9), "it is in a platoon"),
        (1, Wish("merge", target=3), "that is its own platoon"),
        (1, Wish("split"), "it leads, and has nobody ahead to part from"),
        (9, Wish("leave"), "it is in no platoon"),
        (9, Wish("split"), "it is in no platoon"),
        (9, Wish("merge", target=1), "it is in no platoon"),
    ],
)
def test_what_can_never_be_is_refused_at_once(who: int, wish: Wish, why: str) -> None:
    world = World()
    world.platoon((1, 2, 3))
    world.add(9, -80.0)
    world.run(1.0)
    world.want(who, wish)
    world.run(1.5)
    assert [fields for _, me, kind, fields in world.log if me == who and kind == "wish"] == [
        {"wish": wish.kind, "ends": "undone", "why": why}
    ]
    assert _together(world, 1, 2, 3) and world.state(9) is State.FREE


def test_a_wish_that_another_replaces_is_given_up() -> None:
    world = World()
    world.platoon((1, 2, 3))
    world.run(1.0)
    world.want(1, Wish("leave"))
    world.want(1, Wish("dissolve"))
    world.run(25.0)
    assert [fields["why"] for _, _, kind, fields in world.log if kind == "wish"] == ["it wants something else"]
    assert world.ends(1) == [("dissolve", "done")]


def test_who_wants_to_leave_when_all_are_gone_has_left() -> None:
    world = World()
    world.platoon((1, 2))
    world.run(1.0)
    world.cars[1].mute = True
    world.run(2.0)
    world.want(2, Wish("leave"))
    world.run(20.0)
    assert world.ends(2) == [("leave", "done")] and world.state(2) is State.FREE


def test_nobody_leaves_a_platoon_that_dissolves() -> None:
    world = World()
    world.platoon((1, 2, 3))
    world.run(1.0)
    world.want(1, Wish("dissolve"))
    world.run(2.0)
    world.want(3, Wish("leave"))
    world.run(2.2)
    assert [fields["why"] for _, me, kind, fields in world.log if kind == "wish"] == ["its platoon dissolves"]


@pytest.mark.parametrize("who", [2, 3, 5])
def test_leave(who: int) -> None:
    world = World()
    world.platoon(FIVE)
    world.run(2.0)
    world.want(who, Wish("leave"))
    rest = tuple(me for me in FIVE if me != who)
    world.run_until(lambda: _together(world, *rest), 40.0)
    assert world.state(who) is State.FREE and world.ends(who) == [("leave", "done")]


def test_the_leader_leaves() -> None:
    world = World()
    world.platoon(FIVE)
    world.run(2.0)
    world.want(1, Wish("leave"))
    world.run_until(lambda: _together(world, 2, 3, 4, 5), 30.0)
    world.run(world.t_s + 2.0)
    assert world.state(1) is State.FREE and world.cars[2].intent is not None
    assert world.cars[2].intent.platoon_id == 2


def test_the_lead_is_handed_over_and_the_old_leader_joins_at_the_tail() -> None:
    world = World()
    world.platoon((1, 2, 3))
    world.run(2.0)
    world.want(1, Wish("hand_over"))
    world.run_until(lambda: _together(world, 2, 3, 1), 120.0)
    assert ("hand_over", "done") in world.ends(1) and world.ends(1)[-1] == ("join", "done")


def test_leaving_without_an_answer_is_undone() -> None:
    world = World(PlatoonProtocol(ask_s=5.0))
    world.platoon(FIVE)
    world.run(2.0)
    world.cars[3].mute = True
    world.want(3, Wish("leave"))
    world.run(6.0)
    assert world.state(3) is State.ASKING_OUT and world.cars[3].in_lane
    world.run(8.0)
    assert world.state(3) is State.FOLLOWING and world.ends(3) == [("leave", "undone")]


def test_split_and_merge() -> None:
    world = World()
    world.platoon(FIVE)
    world.run(2.0)
    world.want(4, Wish("split"))
    world.run_until(lambda: world.members(5) == (4, 5) and world.members(3) == (1, 2, 3), 10.0)
    assert not world.disagreements() and world.state(4) is State.LEADING
    world.run(world.t_s + 20.0)
    assert world.gap_m(world.cars[4]) > 20.0  # who leads drives by radar
    world.want(4, Wish("merge", target=1))
    world.run_until(lambda: _together(world, *FIVE), 40.0)
    assert world.ends(4)[-1] == ("merge", "done")


def test_the_last_one_splits_off_and_stays_in_the_lane() -> None:
    world = World()
    world.platoon((1, 2, 3))
    world.run(2.0)
    world.want(3, Wish("split"))
    world.run_until(lambda: world.members(1) == (1, 2) and world.state(3) is State.FREE, 30.0)
    assert world.cars[3].in_lane and world.ends(3) == [("split", "done")]


def test_of_two_that_want_to_merge_the_rear_one_does() -> None:
    world = World()
    world.platoon((1, 2))
    world.platoon((11, 12), front_m=-60.0)
    world.run(1.0)
    world.want(1, Wish("merge", target=11))
    world.want(11, Wish("merge", target=1))
    world.run_until(lambda: _together(world, 1, 2, 11, 12), 40.0)
    assert world.ends(1)[0] == ("merge", "undone") and world.ends(11) == [("merge", "done")]


def test_a_merge_while_one_leaves() -> None:
    world = World()
    world.platoon((1, 2, 3))
    world.platoon((6, 7, 8), front_m=-3 * (LENGTH_M + CLOSE_M) - 40.0)
    world.run(2.0)
    world.want(6, Wish("merge", target=1))
    world.want(2, Wish("leave"))
    world.run(world.t_s + 4.0)
    world.want(7, Wish("leave"))
    world.run_until(lambda: _together(world, 1, 3, 6, 8), 120.0)


def test_dissolve() -> None:
    world = World()
    world.platoon(FIVE)
    world.run(2.0)
    world.want(1, Wish("dissolve"))
    world.run_until(lambda: all(world.state(me) is State.FREE for me in FIVE), 40.0)
    assert all(world.gap_m(world.cars[me]) > 15.0 for me in FIVE)
    assert all(not world.members(me) for me in FIVE)


def test_a_stranger_cuts_in_and_goes() -> None:
    world = World()
    world.platoon(FIVE)
    stranger = world.add(99, -37.0, in_lane=False, stranger=True)
    world.run(2.0)
    stranger.x_m, stranger.in_lane = world.cars[3].x_m - LENGTH_M - 2.0, True
    world.run(4.0)
    intent = world.cars[4].intent
    assert intent is not None and intent.state is State.CUT_OFF and not intent.cooperative
    assert world.cars[5].intent is not None and world.cars[5].intent.cooperative
    world.run(15.0)
    assert world.gap_m(world.cars[4]) > 20.0 and world.members(1) == FIVE
    stranger.in_lane = False
    world.run_until(lambda: _together(world, *FIVE), 40.0)


def test_a_stranger_that_stays_parts_the_platoon() -> None:
    world = World()
    world.platoon(FIVE)
    stranger = world.add(99, -37.0, in_lane=False, stranger=True)
    world.run(2.0)
    stranger.x_m, stranger.in_lane = world.cars[3].x_m - LENGTH_M - 2.0, True
    world.run(40.0)
    assert world.members(1) == (1, 2, 3) and world.members(5) == (4, 5) and not world.disagreements()


def test_the_leader_dies() -> None:
    world = World()
    world.platoon(FIVE)
    world.run(2.0)
    world.cars[1].mute = world.cars[1].deaf = True
    world.run(6.0)
    assert all(not world.cars[me].intent.close_up for me in FIVE[1:])  # type: ignore[union-attr]
    world.run_until(lambda: world.members(5) == (2, 3, 4, 5), 8.0)
    world.run(20.0)
    assert world.state(1) is State.FREE  # it has struck them off, hearing nobody


def test_a_leader_that_was_only_away_finds_its_platoon_again() -> None:
    world = World()
    world.platoon(FIVE)
    world.run(2.0)
    world.cars[1].mute = True
    world.run(10.0)
    assert world.state(2) is State.LEADING
    world.cars[1].mute = False
    world.run_until(lambda: _together(world, *FIVE), 15.0)


def test_a_restarted_member_is_struck_off() -> None:
    world = World()
    world.platoon(FIVE)
    world.run(2.0)
    world.start(3)
    world.run_until(lambda: world.members(5) == (1, 2, 4, 5) and not world.disagreements(), 10.0)
    intent = world.cars[4].intent
    assert intent is not None and intent.state is State.CUT_OFF and not intent.cooperative


def test_two_platoons_with_one_number() -> None:
    world = World()
    world.platoon((1, 2, 3), number=7)
    world.platoon((4, 5, 6), front_m=-200.0, number=7)
    world.run(3.0)
    assert {world.cars[me].intent.platoon_id for me in (1, 2, 3)} == {1}  # type: ignore[union-attr]
    assert {world.cars[me].intent.platoon_id for me in (4, 5, 6)} == {4}  # type: ignore[union-attr]
    assert _together(world, 1, 2, 3) and _together(world, 4, 5, 6)


def test_all_brake_when_the_leader_says_so() -> None:
    world = World()
    world.platoon(FIVE)
    world.run(2.0)
    world.want(1, Wish("brake", for_ns=2_000_000_000))
    world.run(2.6)
    assert all(world.cars[me].intent.brake is Brake.BRAKING for me in FIVE)  # type: ignore[union-attr]
    world.run_until(lambda: _together(world, *FIVE), 60.0)


def test_coordinated_braking_begins_at_the_tail() -> None:
    world = World(PlatoonProtocol(brake_wait_s=3.0))
    world.platoon(FIVE)
    world.run(2.0)
    world.want(1, Wish("brake", for_ns=5_000_000_000))
    world.run(5.0)
    at_s = {who: t_s for t_s, who, kind, f in reversed(world.log) if kind == "brake" and f["after"] == "braking"}
    times = [at_s[me] for me in FIVE]
    assert times == sorted(times, reverse=True) and times[-1] < times[0] < 5.0
    assert min(world.gap_m(world.cars[me]) for me in FIVE) > CLOSE_M - 1.0


def test_everything_is_logged_with_the_age_of_what_it_rests_on() -> None:
    world = World()
    world.platoon((1, 2, 3))
    world.want(2, Wish("leave"))
    world.run(30.0)
    rows = [fields for _, who, kind, fields in world.log if kind == "state" and who == 2]
    assert [row["after"] for row in rows] == ["asking_out", "leaving", "free"]
    assert all(isinstance(row["age_ms"], float) and row["age_ms"] < 450.0 for row in rows)
