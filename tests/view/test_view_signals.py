"""Lights of a finished run, as its SPATs told them."""

from __future__ import annotations

from dataclasses import replace

import pytest
import view_kit

from v2x.messages.model import Light, SignalGroup, SignalPhases, SignalState
from v2x.messages.profile import get_profile
from v2x.view.signals_heard import heads_of

START_NS, S = view_kit.START_UTC_NS, 1_000_000_000


def state(light: Light, end_s: float | None = None, latest_s: float | None = None) -> SignalState:
    end, latest = (None if t_s is None else START_NS + round(t_s * S) for t_s in (end_s, latest_s))
    return SignalState(light, START_NS, end, latest)


def phases(*groups: SignalGroup, number: int = 11) -> SignalPhases:
    return SignalPhases(0, START_NS, 2, number, 0, groups, "a name")


@pytest.mark.parametrize("profile", ["j2735", "csae-a"])
def test_a_head_survives_the_air(profile: str) -> None:
    likely = replace(state("green", 5, 9), likely_end_utc_ns=START_NS + 7 * S)
    said = phases(SignalGroup(1, (likely, state("yellow", 10))), SignalGroup(2, (state("red", 12, 12),)))
    family = get_profile(profile)
    _, heard = family.decode(family.encode(said)[1], START_NS)
    assert isinstance(heard, SignalPhases)
    (head,) = heads_of([heard], {(2, 11): "J_11"}, START_NS)
    assert (head.junction, head.groups) == ("J_11", {1: "green", 2: "red"})
    assert head.until_ns == {1: 7 * S, 2: 12 * S}


@pytest.mark.parametrize(
    ("end_s", "latest_s", "until"), [(None, None, {}), (5, None, {}), (5, 9, {}), (5, 5, {1: 5 * S})]
)
def test_an_end_that_may_come_later_is_no_countdown(
    end_s: float | None, latest_s: float | None, until: dict[int, int]
) -> None:
    (head,) = heads_of([phases(SignalGroup(1, (state("green", end_s, latest_s),)))], {}, START_NS)
    assert (head.junction, head.until_ns) == ("a name", until)


def test_the_newest_message_of_a_junction_counts_and_unsaid_groups_are_left_out() -> None:
    old, new = (SignalGroup(1, (state(light),)) for light in ("red", "flashing_yellow"))
    heads = heads_of([phases(old), phases(old, number=9), phases(new, SignalGroup(3, ()))], {(2, 9): "J_9"}, START_NS)
    assert [(head.junction, head.groups) for head in heads] == [("J_9", {1: "red"}), ("a name", {1: "yellow"})]
