"""What is recorded of the lights: each change once, at the time at which it was."""

from __future__ import annotations

from signal_kit import CYCLE, STEP, Player, S

from v2x.field.load import load_field
from v2x.traffic.base import SignalHead
from v2x.traffic.lights import LightChanges


def test_each_change_once() -> None:
    player, lights = Player(), LightChanges(None)
    rows = []
    while player.t_ns < CYCLE:
        player.to(player.t_ns + STEP)
        changed = lights.of([player.control.head()])
        rows += list(zip(*changed.values(), strict=True)) if changed else []
    assert rows[:3] == [(0, "J", 0, 1, 1, "green"), (-1 * S, "J", 0, 1, 2, "red"), (0, "J", 0, 1, 3, "green")]
    assert [(row[0] / S, row[5]) for row in rows if row[4] == 1] == [(0, "green"), (30, "yellow"), (33, "red")]
    assert len(rows) == 3 + 2 + 3 + 1


def test_intersections_have_the_numbers_of_their_messages() -> None:
    changed = LightChanges(load_field("xiqing")).of([SignalHead("J_22", {4: "red"}, {4: 7})])
    assert changed is not None
    assert (changed["region"], changed["intersection"], changed["group"]) == ([1], [22], [4])


def test_nothing_new_no_rows() -> None:
    head, lights = SignalHead("J", {1: "red"}, {1: 0}), LightChanges(None)
    assert lights.of([head]) is not None
    assert lights.of([head]) is None
    assert lights.of([SignalHead("J", {1: "red"}, {1: 0}, {1: 5})]) is None
    assert lights.of([]) is None
