"""The controller leaves its plan within its limits, says so at once, and finds back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from signal_kit import CYCLE, PHASES, PLAN, STEP, Player, S

from v2x.traffic.signal_control import SignalControl


def test_left_alone_it_repeats_its_plan() -> None:
    player = Player()
    player.to(3 * CYCLE)
    assert player.lengths()[: 2 * len(PHASES)] == [(k, PLAN.durations_ns[k]) for k in range(len(PHASES))] * 2


def test_what_it_tells_is_what_it_does() -> None:
    player = Player()
    head = player.to(5 * S).head()
    assert head.groups == {1: "green", 2: "red", 3: "green"}
    assert head.until_ns == {1: 30 * S, 2: 34 * S, 3: 10 * S}
    assert head.upcoming[1][:3] == (("yellow", 30 * S, 33 * S), ("red", 33 * S, 68 * S), ("green", 68 * S, 98 * S))
    assert player.to(6 * S).head() is head


def test_a_green_is_held_and_the_next_ones_pay_for_it() -> None:
    player = Player()
    player.to(5 * S).hold(player.t_ns, 12 * S)
    assert player.control.head().until_ns[3] == 22 * S
    player.to(4 * CYCLE)
    lengths = dict(reversed(player.lengths()))  # the first of each phase
    assert (lengths[0], lengths[1], lengths[5]) == (22 * S, 14 * S, 18 * S)
    assert (0, CYCLE) in player.begins


def test_a_green_is_skipped_down_to_its_minimum() -> None:
    player = Player()
    player.to(1 * S).skip(player.t_ns, 60 * S)
    assert player.control.end_ns == 7 * S
    player.to(4 * CYCLE)
    assert (0, CYCLE) in player.begins


def test_what_clears_is_not_skipped() -> None:
    player = Player()
    player.to(12 * S).skip(player.t_ns, 4 * S)  # people walk off: nothing before road 2's green can be cut
    player.to(80 * S)
    assert [length for phase, length in player.lengths() if phase in (1, 3, 4)] == [14 * S, 3 * S, S]
    assert (5, 26 * S) in player.lengths()


def test_a_green_is_extended_for_a_wish() -> None:
    player = Player()
    assert player.to(25 * S).wish(player.t_ns, 1, 28 * S, 38 * S)
    assert player.control.head().until_ns[1] == 38 * S
    player.to(60 * S)
    assert (3, 38 * S) in player.begins
    player.to(3 * CYCLE)
    assert (0, CYCLE) in player.begins


def test_an_extension_has_its_limit() -> None:
    player = Player(max_extension_s=5.0)
    player.to(25 * S).wish(player.t_ns, 1, 28 * S, 38 * S)
    player.to(60 * S)
    assert (3, 30 * S) in player.begins


def test_a_green_is_brought_early_for_a_wish() -> None:
    player = Player()
    assert player.to(2 * S).wish(player.t_ns, 2, 20 * S, 30 * S)
    player.to(CYCLE)
    # 3 s of the walk's green that can be cut; the rest is people walking off, yellow and all-red
    assert (5, 31 * S) in player.begins
    assert (6, 64 * S) in player.begins  # and the green ends when it would have


def test_one_wish_at_a_time() -> None:
    player = Player()
    control = player.to(25 * S)
    assert control.wish(player.t_ns, 1, 28 * S, 38 * S)
    assert not control.wish(player.t_ns, 2, 30 * S, 40 * S)
    assert not control.wish(player.t_ns, 9, 30 * S, 40 * S)
    player.to(38 * S)
    assert control.wish(player.t_ns, 2, 50 * S, 60 * S)


def test_a_wish_withdrawn_is_undone() -> None:
    player = Player()
    control = player.to(25 * S)
    before = control.head()
    control.wish(player.t_ns, 1, 28 * S, 38 * S)
    assert control.head() != before
    assert control.wish(player.t_ns, 1, player.t_ns, player.t_ns)
    assert control.head() == before


Order = Callable[[SignalControl, int], object]
ORDERS = st.one_of(
    st.builds(lambda d: lambda c, t: c.hold(t, d * STEP), st.integers(1, 400)),
    st.builds(lambda d: lambda c, t: c.skip(t, d * STEP), st.integers(1, 400)),
    st.builds(
        lambda g, i, d: lambda c, t: c.wish(t, g, t + i * STEP, t + (i + d) * STEP),
        st.integers(1, 3),
        st.integers(0, 900),
        st.integers(0, 300),
    ),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3 * CYCLE // STEP), ORDERS), max_size=6))
def test_clearance_and_minimum_green_hold_whatever_is_asked(orders: list[tuple[int, Order]]) -> None:
    player = Player()
    for at, order in sorted(orders, key=lambda each: each[0]):
        order(player.to(at * STEP), player.t_ns)
    player.to(player.t_ns + 12 * CYCLE)
    assert [phase for phase, _ in player.lengths()] == [k % len(PHASES) for k in range(len(player.lengths()))]
    for phase, length in player.lengths():
        assert length >= PLAN.least_ns(phase, 7 * S)
        if not PLAN.steady[phase]:
            assert length == PLAN.durations_ns[phase]
    assert player.begins[-1][1] % CYCLE == sum(PLAN.durations_ns[: player.begins[-1][0]])  # back in the plan


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 3), st.integers(0, 800), st.integers(1, 200), st.integers(0, CYCLE // STEP))
def test_what_a_wish_was_promised_it_gets(group: int, in_steps: int, for_steps: int, at: int) -> None:
    player = Player()
    control = player.to(at * STEP)
    from_ns, until_ns = (at + in_steps) * STEP, (at + in_steps + for_steps) * STEP
    control.wish(player.t_ns, group, from_ns, until_ns)
    head = control.head()
    promised = [(head.groups[group], head.since_ns[group], head.until_ns[group]), *head.upcoming[group]]
    for light, start_ns, end_ns in promised:
        if until_ns <= end_ns:
            break
        player.to(end_ns + STEP)
        shown = control.head()
        assert (shown.groups[group], shown.since_ns[group]) != (light, start_ns)
        assert shown.since_ns[group] == end_ns


@pytest.mark.parametrize("by_s", [0.0, 0.04])
def test_what_is_less_than_a_tenth_is_nothing(by_s: float) -> None:
    player = Player()
    player.to(5 * S).hold(player.t_ns, int(by_s * S))
    assert player.control.end_ns == 10 * S
