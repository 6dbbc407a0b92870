"""What is recorded of the lights: each change once, at the time at which it was; and of the plans, when they change."""

from __future__ import annotations

from signal_kit import CYCLE, STEP, Player, S

from v2x.field.load import load_field
from v2x.traffic.base import SignalHead
from v2x.traffic.lights import LightChanges


def test_each_change_once() -> None:
    player, lights = Player(), LightChanges(None)
    rows, plans = [], []
    while player.t_ns < CYCLE:
        player.to(player.t_ns + STEP)
        changed = lights.of(player.t_ns, [player.control.head()])
        rows += list(zip(*changed["signals"].values(), strict=True)) if changed else []
        plans += list(zip(*changed["signal_plans"].values(), strict=True)) if changed else []
    assert rows[:3] == [(0, "J", 0, 1, 1, "green"), (-1 * S, "J", 0, 1, 2, "red"), (0, "J", 0, 1, 3, "green")]
    assert [(row[0] / S, row[5]) for row in rows if row[4] == 1] == [(0, "green"), (30, "yellow"), (33, "red")]
    assert len(rows) == 3 + 2 + 3 + 1
    first = [(place, light, start / S, end / S) for t_ns, _, group, place, light, start, end in plans
             if t_ns == STEP and group == 1]  # fmt: skip
    assert first[:3] == [(0, "green", 0, 30), (1, "yellow", 30, 33), (2, "red", 33, CYCLE / S)]


def test_intersections_have_the_numbers_of_their_messages() -> None:
    changed = LightChanges(load_field("xiqing")).of(0, [SignalHead("J_22", {4: "red"}, {4: 7})])["signals"]
    assert (changed["region"], changed["intersection"], changed["group"]) == ([1], [22], [4])


def test_nothing_new_no_rows() -> None:
    head, lights = SignalHead("J", {1: "red"}, {1: 0}), LightChanges(None)
    assert set(lights.of(0, [head])) == {"signals", "signal_plans"}
    assert lights.of(1, [head]) == lights.of(1, [SignalHead("J", {1: "red"}, {1: 0})]) == {}
    assert lights.of(2, [SignalHead("J", {1: "red"}, {1: 0}, {1: 5})]) == {
        "signal_plans": {"t_ns": [2], "junction": ["J"], "group": [1], "place": [0], "light": ["red"],
                         "start_ns": [0], "end_ns": [5]}
    }  # fmt: skip
    assert lights.of(3, []) == {}
