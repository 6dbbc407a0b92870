"""The wire between a controller and its unit: late, in order, sometimes cut."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from signal_kit import STEP, Player, S

from v2x.scenario.model_signals import Controller
from v2x.stations.controller import SignalInterface, SignalReport, SignalWish, Told
from v2x.traffic.base import SignalHead

MS = S // 1000
HEAD = SignalHead("J", {1: "green"}, {1: 0}, {1: 30 * S}, {1: (("yellow", 30 * S, 33 * S),)})


def arrivals(config: Controller, until_ns: int, step_ns: int = STEP, seed: int = 1) -> list[tuple[int, SignalReport]]:
    wire = SignalInterface("J", config, seed)
    return [(t_ns, each) for t_ns in range(0, until_ns, step_ns) for each in wire.reports(t_ns, HEAD)]


def test_an_ideal_wire_hands_on_what_is_shown_at_once() -> None:
    found = arrivals(Controller(delay_ms=0, jitter_ms=0), 10 * S)
    assert [t_ns for t_ns, _ in found] == [each.t_ns for _, each in found] == list(range(0, 10 * S, STEP))
    assert {each.t_ns - each.sent_ns for _, each in found} == {found[0][1].t_ns - found[0][1].sent_ns}


def test_times_are_those_of_a_clock_that_nobody_knows() -> None:
    ((_, first), *_) = arrivals(Controller(delay_ms=0, jitter_ms=0), S)
    zero_ns = first.t_ns - first.sent_ns
    assert zero_ns < 0
    assert first.groups[1] == (
        Told("green", 0 - zero_ns, 30 * S - zero_ns),
        Told("yellow", 30 * S - zero_ns, 33 * S - zero_ns),
    )
    other = SignalInterface("K", Controller(delay_ms=0, jitter_ms=0), 1).reports(0, HEAD)[0]
    assert other.sent_ns != first.sent_ns


@given(st.integers(10, 400), st.integers(0, 400), st.integers(0, 300), st.sampled_from([50, 100, 1000]))
def test_reports_are_late_by_the_delay_and_never_overtake(
    period_ms: int, delay_ms: int, jitter_ms: int, step_ms: int
) -> None:
    jitter_ms = min(jitter_ms, delay_ms)
    config = Controller(period_ms=period_ms, delay_ms=delay_ms, jitter_ms=jitter_ms)
    found = arrivals(config, 5 * S, step_ms * MS)
    times = [each.t_ns for _, each in found]
    sent = [each.sent_ns - found[0][1].sent_ns for _, each in found]
    assert times == sorted(times)
    assert sent == [k * period_ms * MS for k in range(len(sent))]
    for (t_ns, each), sent_ns in zip(found, sent, strict=True):
        assert each.t_ns <= t_ns < each.t_ns + step_ms * MS
        assert each.t_ns >= sent_ns + (delay_ms - jitter_ms) * MS
        assert each.t_ns <= sent_ns + (delay_ms + jitter_ms) * MS


def test_delays_depend_on_seed_junction_and_number_alone() -> None:
    config = Controller(delay_ms=200, jitter_ms=150)
    coarse, fine = (arrivals(config, 4 * S, step_ns) for step_ns in (STEP, STEP // 4))
    assert [each.t_ns for _, each in coarse] == [each.t_ns for _, each in fine][: len(coarse)]
    assert [each.t_ns for _, each in arrivals(config, 4 * S, seed=2)] != [each.t_ns for _, each in coarse]


def test_the_delay_has_the_mean_it_should() -> None:
    found = arrivals(Controller(delay_ms=80, jitter_ms=40), 300 * S)
    base = found[0][1].sent_ns
    late_ms = [(each.t_ns - (each.sent_ns - base)) / MS for _, each in found]
    assert abs(sum(late_ms) / len(late_ms) - 80) < 2  # uniform, sigma 23 ms, 3000 of them: five sigma
    assert min(late_ms) < 42 and max(late_ms) > 118


def test_what_is_sent_in_an_outage_is_lost() -> None:
    config = Controller(delay_ms=50, jitter_ms=0, outages=((2.0, 3.0),))
    times = [each.t_ns / S for _, each in arrivals(config, 6 * S)]
    assert [t for t in times if 2.05 <= t < 3.05] == []
    assert len(times) == 60 - 10 - 1  # the last one sent is still under way
    wire = SignalInterface("J", config, 1)
    assert wire.commands(0, [SignalWish(1, 0, S)]) == []
    assert [command.group for command in wire.commands(STEP, [])] == [1]
    assert wire.commands(2 * S, [SignalWish(2, 0, S)]) == []
    assert wire.commands(4 * S, []) == []


def test_reports_follow_the_lights() -> None:
    player, wire = Player(), SignalInterface("J", Controller(delay_ms=0, jitter_ms=0), 1)
    shown = []
    while player.t_ns < 80 * S:
        player.to(player.t_ns + STEP)
        for each in wire.reports(player.t_ns, player.control.head()):
            present = next(told for told in each.groups[1] if told.end_ns is None or told.end_ns > each.sent_ns)
            shown.append((each.t_ns, present.light))
    changes = [shown[0], *(b for a, b in pairwise(shown) if a[1] != b[1])]
    assert [(t_ns / S, light) for t_ns, light in changes[1:]] == [(30, "yellow"), (33, "red"), (68, "green")]


def test_equal_reports_are_the_same_object() -> None:
    found = arrivals(Controller(), 5 * S)
    assert len({id(each.groups) for _, each in found}) == 1
