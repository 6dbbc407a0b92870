"""SUMO's lights do what our controllers decide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from v2x.clock import SimClock, to_ns
from v2x.errors import TrafficError
from v2x.field.load import load_field
from v2x.field.model import Field
from v2x.scenario.model_signals import SignalChange, Signals
from v2x.scenario.model_traffic import SumoTraffic as Config
from v2x.traffic.base import SignalCommand, SignalHead
from v2x.traffic.sumo import Engine, SumoTraffic

S = 1_000_000_000
J = "U_12"  # two phases of 26 + 3 + 1 s; people walk for 16 s and need 10 s


@pytest.fixture(scope="module")
def field() -> Field:
    return load_field("wangwenzhuang")


def played(
    field: Field,
    duration_s: float,
    changes: Sequence[SignalChange] = (),
    wishes: Sequence[tuple[float, SignalCommand]] = (),
    engine: Engine = "libsumo",
) -> Iterator[tuple[int, SignalHead]]:
    """Time and head of the junction at each step; nobody drives."""
    clock = SimClock(0, to_ns(0.1), to_ns(duration_s))
    config = Config(kind="sumo", warmup_s=2.0, scale=0.0, signals=Signals(changes=tuple(changes)))
    with SumoTraffic(config, field, clock, 5, engine=engine) as traffic:
        traffic.start()
        for t_ns in clock.steps():
            traffic.step(t_ns)
            (head,) = (head for head in traffic.signals() if head.junction == J)
            yield t_ns, head
            traffic.steer([wish for at_s, wish in wishes if to_ns(at_s) == t_ns])


def begins(heads: Iterator[tuple[int, SignalHead]], group: int) -> list[tuple[str, float]]:
    """Lights of a group and when they began, seconds."""
    found: list[tuple[str, float]] = []
    for _, head in heads:
        light = head.groups[group], head.since_ns[group] / S
        if not found or found[-1] != light:
            found.append(light)
    return found


def test_by_the_plan(field: Field) -> None:
    # the warm-up took 2 s off the first green
    assert begins(played(field, 70), 2)[1:] == [("yellow", 24.0), ("red", 27.0), ("green", 58.0)]


def test_what_is_planned_comes(field: Field) -> None:
    heads = list(played(field, 90, [SignalChange(at_s=20, junction=J, hold_s=8)]))
    ahead = [(head.groups[2], head.since_ns[2], head.until_ns[2]) for t_ns, head in heads if t_ns == 20 * S]
    _, head = heads[200]
    ahead += head.upcoming[2]
    seen = begins(iter(heads), 2)
    assert [(light, begin / S) for light, begin, _ in ahead][: len(seen)] == seen


def test_a_green_is_held(field: Field) -> None:
    seen = begins(played(field, 70, [SignalChange(at_s=20, junction=J, hold_s=8)]), 2)
    assert seen[1:3] == [("yellow", 32.0), ("red", 35.0)]
    assert seen[3] == ("green", 58.0)  # the cross road made up for it


def test_a_green_is_cut_and_the_walk_keeps_its_clearance(field: Field) -> None:
    seen = begins(played(field, 30, [SignalChange(at_s=6, junction=J, skip_s=20)]), 2)
    assert seen[1] == ("yellow", 16.0)  # after 8 of 16 s of walk, and 10 s to walk off


def test_a_wish_extends_and_brings_early(field: Field) -> None:
    late = (20.0, SignalCommand(J, 2, to_ns(5), to_ns(10)))
    assert begins(played(field, 40, wishes=[late]), 2)[1] == ("yellow", 35.0)
    early = (26.0, SignalCommand(J, 2, to_ns(20), to_ns(10)))
    assert begins(played(field, 60, wishes=[early]), 2)[3] == ("green", 49.0)  # 16 s of walk cut to 7


def test_both_bindings_do_the_same(field: Field) -> None:
    changes = [SignalChange(at_s=5, junction=J, hold_s=3), SignalChange(at_s=8, junction=J, program="0")]
    ours, theirs = (list(played(field, 40, changes, engine=engine)) for engine in ("libsumo", "traci"))
    assert ours == theirs


def test_another_programme_begins_in_all_red(field: Field) -> None:
    """The network's own: the same times, but no right turn on red; it starts over."""
    heads = list(played(field, 60, [SignalChange(at_s=5, junction=J, program="0")]))
    seen = begins(iter(heads), 2)
    assert seen[1:3] == [("yellow", 24.0), ("red", 27.0)]
    changed = next(t_ns for t_ns, head in heads if head.since_ns[5] > 0) / S
    assert changed == pytest.approx(28.0, abs=0.2)  # all-red again for its second, then the cross road's green
    assert all(set(head.groups.values()) == {"red"} for t_ns, head in heads if 27.1 <= t_ns / S < changed)


def test_off_is_off(field: Field) -> None:
    heads = list(played(field, 60, [SignalChange(at_s=5, junction=J, program="off")]))
    _, last = heads[-1]
    assert last.groups[1] == "flashing_yellow" and last.groups[7] == "off"
    assert last.until_ns == {} and last.since_ns[1] == pytest.approx(27.1 * S, abs=0.2 * S)
    changes = [
        SignalChange(at_s=5, junction=J, program="off"),
        SignalChange(at_s=30, junction=J, hold_s=5),
        SignalChange(at_s=35, junction=J, program="cn"),
    ]
    heads = list(played(field, 45, changes))
    assert set(heads[351][1].groups.values()) == {"red"}
    assert heads[-1][1].groups[5] == "green"


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"junction": "J_99", "hold_s": 1}, "traffic.signals.changes.0.junction: no signals at 'J_99'"),
        ({"junction": J, "program": "night"}, "traffic.signals.changes.0.program: no programme 'night' at U_12"),
    ],
)
def test_what_there_is_not_is_refused(field: Field, change: dict[str, object], path: str) -> None:
    with pytest.raises(TrafficError, match=path):
        next(played(field, 1, [SignalChange(at_s=0, **change)]))  # type: ignore[arg-type]
