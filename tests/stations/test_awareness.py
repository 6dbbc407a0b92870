"""The awareness application: what it learns from messages, and how old that is by its own clock."""

from __future__ import annotations

from typing import Any

from app_kit import bsm, inbox

from v2x.messages.model import Intersection, MapData, Notice, RoadsideInformation, SignalPhases, VehicleStates
from v2x.stations.applications.awareness import Awareness
from v2x.stations.base import Output, View

S = 1_000_000_000


def feed(*steps: tuple[int, list[Any]]) -> list[tuple[str, dict[str, Any]]]:
    events: list[tuple[str, dict[str, Any]]] = []
    application = Awareness(lambda kind, fields: events.append((kind, fields)))
    for clock_ns, messages in steps:
        assert application.on_step(View(clock_ns, None, inbox(messages, clock_ns))) == Output()
    return events


def state(who: int, utc_ns: int) -> VehicleStates:
    return bsm(who=who, utc_ns=utc_ns)


def test_ages_are_by_the_own_clock_and_the_newest_state_counts() -> None:
    events = feed(
        (10 * S, [state(1, 10 * S - 40_000_000), state(1, 10 * S - 90_000_000), state(2, 10 * S - 60_000_000)])
    )
    assert events == [("awareness", {"neighbours": 2, "median_age_ms": 60.0})]


def test_silent_neighbours_are_forgotten() -> None:
    events = feed((10 * S, [state(1, 10 * S)]), (14 * S, [state(2, 14 * S)]), (16 * S, []))
    assert [fields["neighbours"] for _, fields in events] == [1, 2, 1]


def test_reports_come_once_a_second() -> None:
    events = feed(*((10 * S + k * 100_000_000 - 7, []) for k in range(31)))
    assert len(events) == 4


def test_intersections_signals_and_notices_are_announced_once() -> None:
    geometry = MapData(1, 0, 1, (Intersection(3, 22, "x", 39.0, 117.0, float("nan"), ()),))
    phases = SignalPhases(0, 0, 3, 22, 1, ())
    notice = RoadsideInformation(0, 0, 9, 39.0, 117.0, float("nan"), (Notice(4, "roadworks", 39.0, 117.0, 0.0, 0),))
    said = [geometry, phases, notice]
    kinds = [kind for kind, _ in feed((S, said), (S + 1, said)) if kind != "awareness"]
    assert kinds == ["map.new", "spat.new", "notice.new"]
