"""Priority of an emergency vehicle: asks with its arrival, asks again, withdraws, and only when it responds."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from app_kit import HERE, LEFT, PLACE, STEP_NS, STRAIGHT, T0, Bench, S, driving, map_of

from v2x.messages.model import SignalRequest
from v2x.messages.model_cooperation import RequestStatus, SignalRequestStatus
from v2x.messages.profile import get_profile
from v2x.scenario.use_cases import use_case

FIGURES = use_case("evp").values


def ride(own_at: Any, steps: int, *messages: Any) -> tuple[Bench, list[tuple[int, SignalRequest]]]:
    """Step number and message of each request on a ride towards the line and beyond."""
    bench, said = Bench("evp"), []
    for k in range(steps):
        now = T0 + k * STEP_NS
        for message in bench.step(now, own_at(now), map_of(STRAIGHT, LEFT), *messages).say:
            assert isinstance(message, SignalRequest)
            said.append((k, message))
    return bench, said


def test_asks_from_the_reach_on_until_it_has_passed() -> None:
    bench, said = ride(driving(202.5, 20.0, emergency=1, length_m=5.0), 140)
    actions = [message.requests[0].action for _, message in said]
    asked = [k for (k, _), action in zip(said, actions, strict=True) if action != "cancel"]
    assert actions[0] == "request" and set(actions[1 : len(asked)]) == {"update"}
    assert {later - sooner for sooner, later in pairwise(asked)} == {round(FIGURES["repeat_s"] * 10)}
    cancelled = [k for (k, _), action in zip(said, actions, strict=True) if action == "cancel"]
    assert len(cancelled) == FIGURES["cancel_count"] and actions[len(asked) :] == ["cancel"] * len(cancelled)
    assert 100 <= cancelled[0] <= 101 + FIGURES["hold_s"] * 10
    assert [kind for kind, _ in bench.events] == ["evp.request", "evp.cancel"]
    assert len({message.requests[0].id for _, message in said}) == 1


def test_tells_lane_movement_and_arrival() -> None:
    _, said = ride(driving(102.5, 20.0, emergency=1), 1)
    request = said[0][1].requests[0]
    assert (request.region, request.intersection) == PLACE
    assert (request.in_lane, request.out_lane, request.maneuver) == (2, 20, "straight")
    assert request.arrive_utc_ns is not None and abs(request.arrive_utc_ns - T0 - 5 * S) < 1e7
    assert request.duration_s == FIGURES["green_s"] and said[0][1].role == "emergency"


def test_only_with_siren_or_blue_light() -> None:
    for state in (0, -1):
        assert not ride(driving(102.5, 20.0, emergency=state), 20)[1]


def test_asks_anew_when_it_comes_again() -> None:
    bench, numbers = Bench("evp"), set()
    for k in range(120):
        now = T0 + k * STEP_NS
        own = driving(52.5 + 120.0 * (k // 60), 20.0, emergency=1)(now)
        for message in bench.step(now, own, map_of(STRAIGHT)).say:
            assert isinstance(message, SignalRequest)
            numbers.add(message.requests[0].id)
    assert numbers == {1, 2}


def test_notes_each_new_answer_to_it() -> None:
    def answer(who: int, verdict: Any) -> SignalRequestStatus:
        return SignalRequestStatus(0, T0, *PLACE, (RequestStatus(who, 1, verdict),))

    bench, own_at = Bench("evp"), driving(202.5, 20.0, emergency=1)
    answers = [answer(1, "processing"), answer(1, "processing"), answer(2, "rejected"), answer(1, "granted")]
    bench.step(T0, own_at(T0), map_of(STRAIGHT))
    for k, message in enumerate(answers, 1):
        bench.step(T0 + k * STEP_NS, own_at(T0 + k * STEP_NS), message)
    told = [fields["verdict"] for kind, fields in bench.events if kind == "evp.answer"]
    assert told == ["processing", "granted"]


def test_both_families_can_say_it() -> None:
    _, said = ride(driving(102.5, 20.0, emergency=1), 1)
    for name, type_name in (("j2735", "SRM"), ("csae", "VIR")):
        profile = get_profile(name)
        kind, data = profile.encode(said[0][1])
        assert kind == type_name
        _, back = profile.decode(data, T0)
        assert isinstance(back, SignalRequest) and back.requests[0].intersection == PLACE[1]
        assert back.lat_deg == pytest.approx(HERE[0], abs=0.01)
