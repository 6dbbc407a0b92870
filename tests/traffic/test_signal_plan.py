"""The timeline of a fixed-time programme against what one reads off the plan by hand."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.traffic.signal_plan import LIGHTS, SignalPlan

S = 1_000_000_000

# a two-phase junction: 26 s green, 3 s yellow, 1 s all red, twice; group 3 turns right on red
PHASES = [
    (26 * S, "Grs"),
    (3 * S, "yrs"),
    (1 * S, "rrs"),
    (26 * S, "rGg"),
    (3 * S, "ryy"),
    (1 * S, "rrs"),
]
PLAN = SignalPlan.of("J", PHASES, {1: [0], 2: [1], 3: [2]})


def test_what_is_shown_in_the_first_phase() -> None:
    head = PLAN.head(0, 100 * S)  # the first green ends at 100 s
    assert head.groups == {1: "green", 2: "red", 3: "red"}
    assert head.since_ns == {1: 74 * S, 2: 73 * S, 3: 73 * S}
    assert head.until_ns == {1: 100 * S, 2: 104 * S, 3: 104 * S}
    assert head.upcoming[1] == (("yellow", 100 * S, 103 * S), ("red", 103 * S, 134 * S))
    assert head.upcoming[2][:2] == (("green", 104 * S, 130 * S), ("yellow", 130 * S, 133 * S))


def test_right_turn_on_red_is_a_red_light() -> None:
    assert LIGHTS["s"] == "red"
    assert PLAN.head(3, 50 * S).groups[3] == "permissive"


def test_a_light_that_never_changes_promises_nothing() -> None:
    plan = SignalPlan.of("J", [(30 * S, "G"), (30 * S, "G")], {1: [0]})
    head = plan.head(1, 40 * S)
    assert head.groups == {1: "green"}
    assert head.until_ns == {} and head.upcoming == {}


@given(
    st.lists(st.tuples(st.integers(1, 60), st.sampled_from("rGgy")), min_size=2, max_size=8).filter(
        lambda phases: len({light for _, light in phases}) > 1
    ),
    st.data(),
)
def test_runs_join_without_gaps_and_cover_a_cycle(phases: list[tuple[int, str]], data: st.DataObject) -> None:
    plan = SignalPlan.of("J", [(seconds * S, light) for seconds, light in phases], {1: [0]})
    phase = data.draw(st.integers(0, len(phases) - 1))
    end_ns = data.draw(st.integers(0, 10_000)) * S
    head = plan.head(phase, end_ns)
    runs = [(head.groups[1], head.since_ns[1], head.until_ns[1]), *head.upcoming[1]]
    for (light, _, end), (following, start, _) in pairwise(runs):
        assert end == start and light != following
    assert runs[0][1] <= end_ns - plan.durations_ns[phase] < end_ns <= runs[0][2]
    assert all(light != head.groups[1] for light, _, _ in runs[1:])
    again = (runs[-1][2] - end_ns + plan.durations_ns[phase]) % sum(plan.durations_ns)
    starts = np.cumsum([0, *(plan.durations_ns[(phase + k) % len(phases)] for k in range(len(phases) - 1))])
    following = int(np.flatnonzero(starts == again)[0])  # the runs end where a phase begins that shows the same light
    assert plan.lights[1][(phase + following) % len(phases)] == head.groups[1]


def test_unknown_link_letter_is_an_error() -> None:
    with pytest.raises(KeyError):
        SignalPlan.of("J", [(S, "x")], {1: [0]})
