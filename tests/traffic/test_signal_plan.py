"""A fixed-time programme against what one reads off the plan by hand."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.traffic.signal_plan import LIGHTS, SignalPlan

S = 1_000_000_000

# two phases, 26 s green, 3 s yellow, 1 s all red; group 3 turns right on red, group 4 walks with group 1
PHASES = [
    (16 * S, "GrsG"),
    (10 * S, "Grsr"),
    (3 * S, "yrsr"),
    (1 * S, "rrsr"),
    (26 * S, "rGgr"),
    (3 * S, "ryyr"),
    (1 * S, "rrsr"),
]
PLAN = SignalPlan.of("J", PHASES, {1: [0], 2: [1], 3: [2], 4: [3]})
CYCLES = 2 * PLAN.durations_ns


def test_runs_are_read_off_the_plan() -> None:
    assert PLAN.runs(1, 1, 90 * S, CYCLES[1:9])[:3] == [
        ("green", 90 * S, 100 * S),
        ("yellow", 100 * S, 103 * S),
        ("red", 103 * S, 134 * S),
    ]
    assert PLAN.runs(4, 1, 90 * S, CYCLES[1:9])[0] == ("red", 90 * S, 134 * S)


def test_the_light_may_be_older_than_the_phase() -> None:
    assert PLAN.began_ns(1, 90 * S) == {1: 74 * S, 2: 73 * S, 3: 73 * S, 4: 90 * S}


def test_right_turn_on_red_is_a_red_light() -> None:
    assert LIGHTS["s"] == "red"
    assert PLAN.lights[3][4] == "permissive"


def test_only_greens_may_be_longer_and_only_those_shorter_in_which_nobody_walks_off() -> None:
    assert PLAN.steady == (True, True, False, False, True, False, False)
    least_s = [PLAN.least_ns(phase, 7 * S) / S for phase in range(len(PLAN))]
    assert least_s == [7, 10, 3, 1, 7, 3, 1]
    assert PLAN.least_ns(0, 60 * S) == 16 * S
    assert PLAN.all_red == 3 and PLAN.is_all_red(6) and not PLAN.is_all_red(2)


def test_a_light_that_never_changes_ends_nowhere() -> None:
    plan = SignalPlan.of("J", [(30 * S, "G"), (30 * S, "G")], {1: [0]})
    assert plan.runs(1, 1, 0, [S] * 9) == []
    assert plan.all_red is None


@given(
    st.lists(st.tuples(st.integers(1, 60), st.sampled_from("rGgy")), min_size=2, max_size=8).filter(
        lambda phases: len({light for _, light in phases}) > 1
    ),
    st.data(),
)
def test_runs_join_without_gaps(phases: list[tuple[int, str]], data: st.DataObject) -> None:
    plan = SignalPlan.of("J", [(seconds * S, light) for seconds, light in phases], {1: [0]})
    phase = data.draw(st.integers(0, len(phases) - 1))
    begin_ns = data.draw(st.integers(0, 10_000)) * S
    lengths = [plan.durations_ns[(phase + k) % len(plan)] for k in range(2 * len(plan) + 1)]
    runs = plan.runs(1, phase, begin_ns, lengths)
    for (light, _, end), (following, start, _) in pairwise(runs):
        assert end == start and light != following
    edges = {begin_ns + sum(lengths[:k]): (phase + k) % len(plan) for k in range(len(lengths))}
    for light, start, end in runs:
        assert plan.lights[1][edges[start]] == light != plan.lights[1][edges[end]]
    assert runs[-1][2] - begin_ns >= sum(plan.durations_ns)


def test_unknown_link_letter_is_an_error() -> None:
    with pytest.raises(KeyError):
        SignalPlan.of("J", [(S, "x")], {1: [0]})
