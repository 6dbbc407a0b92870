"""Signal programmes: the measured times, right turn on red, protected lefts, nothing green against each other."""

from __future__ import annotations

import pytest

from v2x.errors import FieldError
from v2x.field.load import load_field
from v2x.field.model import Field
from v2x.field.net import Net, Program, read_net
from v2x.field.signals import running_programs, signal_groups


@pytest.fixture(scope="module")
def xiqing() -> Net:
    return read_net(load_field("xiqing").net_file)


def test_the_pure_two_phase_plan_is_the_measured_one() -> None:
    net = read_net(load_field("wangwenzhuang").net_file)
    # 26 + 3 + 1 s twice; the walk ends 10 s before the green
    assert [duration for duration, _ in net.programs["U_12"].phases] == [16, 10, 3, 1, 16, 10, 3, 1]


@pytest.mark.parametrize(
    ("junction", "green_s", "yellow_s", "red_s"), [("J_14", 26, 3, 31), ("J_12", 39, 3, 48), ("J_32", 44, 3, 53)]
)
def test_left_turns_have_the_measured_times(
    xiqing: Net, junction: str, green_s: int, yellow_s: int, red_s: int
) -> None:
    for connection in xiqing.connections:
        if connection.tl == junction and connection.direction == "l":
            spent = {"g": 0.0, "G": 0.0, "y": 0.0, "r": 0.0}
            for duration_s, state in xiqing.programs[junction].phases:
                spent[state[connection.link_index or 0]] += duration_s
            assert (spent["g"] + spent["G"], spent["y"], spent["r"]) == (green_s, yellow_s, red_s)
            assert spent["G"] >= 6  # the late left


@pytest.mark.parametrize(
    ("junction", "cycle_s"), [("J_14", 60), ("J_12", 90), ("J_32", 100), ("J_22", 100), ("J_21", 120)]
)
def test_cycles(xiqing: Net, junction: str, cycle_s: float) -> None:
    assert sum(duration for duration, _ in xiqing.programs[junction].phases) == cycle_s


def test_right_turns_stop_then_go_on_red_and_nothing_else_does(shipped: Field) -> None:
    net = read_net(shipped.net_file)
    programs = running_programs(net)
    for connection in net.connections:
        if connection.tl is None or connection.link_index is None:
            continue
        lights = {state[connection.link_index] for _, state in programs[connection.tl].phases}
        assert ("s" in lights) == (connection.direction == "r")
        assert ("r" in lights) != (connection.direction == "r")


def test_every_green_ends_in_at_least_three_seconds_of_yellow(shipped: Field) -> None:
    net = read_net(shipped.net_file)
    for program in net.programs.values():
        for (_, now), (duration_s, coming) in zip(program.phases, program.phases[1:] + program.phases[:1], strict=True):
            for link in {c.link_index for c in net.connections if c.tl == program.tl and c.origin[0] != ":"}:
                assert link is not None
                if now[link] in "Gg":
                    assert coming[link] in "Ggy"
                    assert coming[link] != "y" or duration_s >= 3.0


def test_a_left_turn_with_priority_meets_no_other_green(shipped: Field) -> None:
    net = read_net(shipped.net_file)
    for program in net.programs.values():
        links = {c.link_index: c for c in net.connections if c.tl == program.tl and c.origin[0] != ":"}
        for _, state in program.phases:
            first = {(c.origin, c.direction) for link, c in links.items() if link is not None and state[link] == "G"}
            lefts = {origin for origin, direction in first if direction == "l"}
            straights = {origin for origin, direction in first if direction == "s"}
            assert len(lefts | straights) <= 2
            if lefts and straights:  # one arm drives alone
                assert len(lefts | straights) == 1


def test_a_left_turn_lane_has_a_stage_of_its_own(xiqing: Net) -> None:
    lefts = [c for c in xiqing.onward["J_21.J_22"] if c.direction == "l"]
    assert [c.from_lane for c in lefts] == [4]
    lights = {state[lefts[0].link_index or 0] for _, state in xiqing.programs["J_22"].phases}
    assert lights == {"G", "y", "r"}


def test_more_lights_than_a_message_holds_are_refused() -> None:
    states = ["".join("G" if (link >> bit) & 1 else "r" for link in range(17)) for bit in range(5)]
    program = Program("J", 0.0, tuple((10.0, state) for state in states))
    assert len(signal_groups(program, set(range(16)))) == 16
    with pytest.raises(FieldError, match="17 different lights"):
        signal_groups(program, set(range(17)))
