"""SPAT says what the controller has told, no more than can be known, and stays the same while nothing changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from light_kit import IDEAL, UTC, Loop, report, site
from signal_kit import CYCLE, STEP, Player, S

from v2x.messages.model import SignalPhases, SignalState
from v2x.messages.profile import Profile
from v2x.scenario.model_signals import Controller
from v2x.stations.controller import Told
from v2x.stations.roadside import Inputs
from v2x_roadside import forecast
from v2x_roadside.spat_service import SpatService

MS = S // 1000


def service(wire: Controller = IDEAL, profile: str = "j2735", **about: Any) -> SpatService:
    made = SpatService.at(site(profile, controller=wire, **about))
    assert made is not None
    return made


def loop(wire: Controller = IDEAL, profile: str = "j2735", **about: Any) -> Loop:
    return Loop(service(wire, profile, **about), wire)


def present(message: SignalPhases, group: int = 1) -> SignalState:
    return next(each for each in message.groups if each.id == group).states[0]


def off_s(message: SignalPhases, instant_ns: int | None) -> float | None:
    return None if instant_ns is None else (instant_ns - UTC) / S


def test_present_and_following_states_in_the_units_clock() -> None:
    ahead_ns = 3_000  # of the unit's clock
    made = service(read_clock=lambda t_ns: UTC + t_ns + ahead_ns)
    made.step(0, 0, Inputs(reports=(report(0, Player()),)))
    message = made.message(7, 2 * S)
    assert (message.msg_count, message.region, message.intersection) == (7, 3, 22)
    first, second, third = message.groups[0].states
    assert (first.light, first.start_utc_ns, first.likely_end_utc_ns) == (
        "green",
        UTC + ahead_ns,
        UTC + ahead_ns + 30 * S,
    )
    assert (second.light, second.min_end_utc_ns) == ("yellow", UTC + ahead_ns + 33 * S)
    assert third.light == "red" and third.max_end_utc_ns == UTC + ahead_ns + 68 * S


def test_a_plan_that_is_kept_is_promised_without_reserve() -> None:
    run = loop(Controller(delay_ms=50, jitter_ms=10)).to(3 * CYCLE)
    edges = [30, 33, 68, 98, 101, 136, 166, 169, 204, 234]
    for t_ns, message in run.spats()[1:]:
        state = present(message)
        actual_s = next(edge for edge in edges if edge * S > t_ns)
        for instant_ns in (state.min_end_utc_ns, state.likely_end_utc_ns, state.max_end_utc_ns):
            assert off_s(message, instant_ns) == pytest.approx(actual_s, abs=0.0501)
        assert state.confidence == 1.0


@pytest.mark.parametrize("profile", ["j2735", "csae"])
@pytest.mark.parametrize("wire", [IDEAL, Controller(delay_ms=200, jitter_ms=120)])
def test_frames_are_the_messages_of_their_times(profile: str, wire: Controller) -> None:
    """Through ends of lights and a jump of the plan."""
    run = loop(wire, profile)
    run.orders.append((40 * S, lambda player: player.control.hold(player.t_ns, 9 * S)))
    spat = run.service
    assert isinstance(spat, SpatService)
    for _ in range(int(CYCLE / STEP)):
        run.to(run.player.t_ns + STEP)
        frame = spat.frame(5, run.player.t_ns)
        if frame is not None:
            assert frame == site(profile).profile.encode(spat.message(5, run.player.t_ns))


def encodings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """When messages were encoded, by their own times."""
    found: list[int] = []
    original = Profile.standing

    def standing(self: Profile, message: Any) -> Any:
        found.append(message.utc_ns - UTC)
        return original(self, message)

    monkeypatch.setattr(Profile, "standing", standing)
    return found


@pytest.mark.parametrize("jitter_ms", [0.0, 10.0, 40.0])
def test_encoded_when_a_light_ends_and_not_when_a_report_comes(
    jitter_ms: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = encodings(monkeypatch)
    loop(Controller(delay_ms=50, jitter_ms=jitter_ms)).to(2 * CYCLE)
    # 7 instants in a cycle at which some light ends: 10, 30, 33, 34, 64, 67, 68
    assert 14 <= len(found) <= 16
    assert all(min(abs(t_ns - (edge * S) % CYCLE) % CYCLE for edge in (0, 10, 30, 33, 34, 64, 67)) for t_ns in found)


def test_a_jump_is_seen_in_the_next_spat_and_makes_it_careful() -> None:
    events: list[tuple[str, dict[str, Any]]] = []
    run = loop(event=lambda kind, fields: events.append((kind, fields)))
    run.orders.append((20 * S, lambda player: player.control.hold(player.t_ns, 8 * S)))
    run.to(25 * S)
    before = [message for t_ns, message in run.spats() if t_ns < 20 * S]
    after = [message for t_ns, message in run.spats() if t_ns >= 20 * S]
    assert {off_s(m, present(m).likely_end_utc_ns) for m in before} == {30.0}
    assert {off_s(m, present(m).likely_end_utc_ns) for m in after} == {38.0}
    # from now on it may happen again
    assert {off_s(m, present(m).max_end_utc_ns) for m in after} == {46.0}
    assert all((present(m).confidence or 0) < 0.7 for m in after)
    assert [(kind, fields["shift_s"]) for kind, fields in events] == [("spat.plan_changed", 8.0)]


def test_a_green_that_was_cut_may_be_cut_again() -> None:
    run = loop()
    run.orders.append((36 * S, lambda player: player.control.skip(player.t_ns, 12 * S)))
    run.to(3 * CYCLE)
    later = [(t_ns, message) for t_ns, message in run.spats() if t_ns > 2 * CYCLE]
    for t_ns, message in later:
        state = present(message, 2)
        if state.light == "yellow":
            assert state.min_end_utc_ns == state.max_end_utc_ns  # that is never varied
        else:
            likely_ns = state.likely_end_utc_ns or 0
            early_s = None if state.min_end_utc_ns is None else (likely_ns - state.min_end_utc_ns) / S
            assert early_s == pytest.approx(12.0) or (early_s is None and likely_ns - UTC - t_ns <= 12.1 * S)
        assert 0.7 < (state.confidence or 0) < 1.0


def test_trust_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecast, "MEMORY_NS", 2 * CYCLE)
    run = loop()
    run.orders.append((20 * S, lambda player: player.control.hold(player.t_ns, 8 * S)))
    run.to(3 * CYCLE)
    _, message = run.spats()[-1]
    assert present(message).confidence == 1.0
    assert present(message).max_end_utc_ns == present(message).likely_end_utc_ns


def test_without_reports_promises_end_and_then_the_lights_are_unknown() -> None:
    events: list[str] = []
    wire = Controller(delay_ms=0, jitter_ms=0, outages=((22.0, 30.0),), silent_s=1.0, lost_s=5.0)
    run = loop(wire, event=lambda kind, fields: events.append(kind))
    run.to(31 * S)
    by_time = {t_ns // STEP * STEP: message for t_ns, message in run.spats()}
    live, silent, lost, again = (by_time[int(t_s * 10) * STEP] for t_s in (22.5, 24.0, 28.0, 30.5))
    assert off_s(live, present(live).likely_end_utc_ns) == 30.0
    assert (present(silent).light, present(silent).min_end_utc_ns, present(silent).likely_end_utc_ns) == (
        "green",
        None,
        None,
    )
    assert all(group.states[0].light == "unavailable" for group in lost.groups)
    assert [group.id for group in lost.groups] == [1, 2, 3]
    assert present(again).light == "yellow" and len(again.groups[0].states) > 1
    assert events == ["spat.silent", "spat.lost", "spat.live"]


def test_a_light_that_should_have_ended_is_not_told_on_without_reports() -> None:
    wire = Controller(delay_ms=0, jitter_ms=0, outages=((28.5, 40.0),), silent_s=1.0, lost_s=8.0)
    by_time = {t_ns // STEP * STEP: message for t_ns, message in loop(wire).to(35 * S).spats()}
    assert present(by_time[298 * STEP]).light == "green"
    assert present(by_time[302 * STEP]).light == "unavailable"
    assert present(by_time[302 * STEP], 2).light == "red"  # that one has time


def test_before_the_first_report_nothing_is_said() -> None:
    wire = Controller(delay_ms=3000, jitter_ms=0)
    run = loop(wire).to(5 * S)
    assert min(t_ns for t_ns, _ in run.spats()) >= 3 * S


def test_lights_without_a_plan_are_told_without_a_promise() -> None:
    made = service()
    told = {1: (Told("red", -5 * S, None),), 2: (Told("off", -5 * S, None),)}
    made.step(0, 0, Inputs(reports=(replace(report(0, Player()), sent_ns=0, groups=told),)))
    first, second = (group.states for group in made.message(0, S).groups)
    assert [(each.light, each.min_end_utc_ns, each.likely_end_utc_ns) for each in first] == [("red", None, None)]
    assert second[0].light == "off"


def test_a_wrong_idea_of_the_delay_is_an_error_of_the_prediction() -> None:
    """No report says how old it is: 300 ms that nobody told the unit of are 300 ms."""
    run = loop(Controller(delay_ms=300, jitter_ms=0, expected_delay_ms=0)).to(20 * S)
    _, message = run.spats()[-1]
    assert off_s(message, present(message).likely_end_utc_ns) == pytest.approx(30.3, abs=0.051)


def test_much_jitter_is_averaged_and_admitted() -> None:
    run = loop(Controller(delay_ms=300, jitter_ms=250)).to(28 * S)
    t_ns, message = run.spats()[-1]
    state = present(message)
    assert t_ns > 27 * S
    assert off_s(message, state.likely_end_utc_ns) == pytest.approx(30.0, abs=0.151)
    assert off_s(message, state.max_end_utc_ns) == pytest.approx(30.25, abs=0.151)


Order = Callable[[Player], object]
ORDERS = st.one_of(
    st.builds(lambda d: lambda p: p.control.hold(p.t_ns, d * STEP), st.integers(1, 200)),
    st.builds(lambda d: lambda p: p.control.skip(p.t_ns, d * STEP), st.integers(1, 200)),
)


@settings(max_examples=4, deadline=None, phases=[Phase.generate])
@given(st.lists(st.tuples(st.integers(1, CYCLE // STEP), ORDERS), max_size=3), st.integers(0, 40))
def test_whatever_the_plan_does_the_light_told_is_the_light(orders: list[tuple[int, Order]], jitter_ms: int) -> None:
    """But for the time that the news of a change takes, and what rounding moves."""
    wire = Controller(delay_ms=50, jitter_ms=jitter_ms)
    run = loop(wire)
    run.orders = [(at * STEP, order) for at, order in orders]
    shown: list[tuple[int, str]] = []
    while run.player.t_ns < 2 * CYCLE:
        run.to(run.player.t_ns + STEP)
        head = run.player.control.head()
        if not shown or shown[-1] != (head.since_ns[1], head.groups[1]):
            shown.append((head.since_ns[1], head.groups[1]))
    for t_ns, message in run.spats():
        if t_ns > 2 * CYCLE - S:  # the next change was not seen any more
            break
        near = [abs(t_ns - begin) for begin, _ in shown]
        light = [light for begin, light in shown if begin <= t_ns][-1]
        assert present(message).light == light or min(near) <= 350 * MS
