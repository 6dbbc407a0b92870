"""When pictures are played: never an older one after a newer, and what holding them up costs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from video_kit import MS, outcome

from v2x.remote.video.playout import Kind, Played, Playout, Policy
from v2x.remote.video.reassembly import Fate, Outcome
from v2x.rng import Stream

T_MS, BASE_MS, JITTER_MS = 33, 100.0, 143.0  # exponential jitter on top of a constant


def play(playout: Playout, outcomes: list[Outcome]) -> list[Played]:
    for one in sorted(outcomes, key=lambda one: one.at_ns):
        playout.take(one)
    return playout.due(10**15)


@st.composite
def histories(draw: st.DrawFn) -> list[Outcome]:
    """Pictures with fates of their own, settled in any order."""
    fates = draw(st.lists(st.sampled_from(list(Fate)), min_size=1, max_size=20))
    delays = draw(st.lists(st.integers(0, 400), min_size=len(fates), max_size=len(fates)))
    return [outcome(number, T_MS * number + delays[number], fate) for number, fate in enumerate(fates)]


@given(histories(), st.sampled_from(["newest", "in_order", "buffered"]))
def test_no_policy_plays_an_older_picture_after_a_newer_one(told: list[Outcome], policy: Kind) -> None:
    played = play(Playout(Policy(policy, 150.0)), told)
    numbers = [one.frame.number for one in played]
    assert numbers == sorted(set(numbers))
    assert [one.play_ns for one in played] == sorted(one.play_ns for one in played)
    assert all(one.play_ns >= one.ready_ns for one in played)
    assert {*numbers} <= {one.number for one in told if one.fate is Fate.READY}


@given(histories())
def test_newest_plays_at_once_what_no_newer_one_has_overtaken(told: list[Outcome]) -> None:
    played = play(Playout(Policy("newest")), told)
    assert all(one.play_ns == one.ready_ns for one in played)
    by_time = sorted(told, key=lambda one: one.at_ns)
    ready = [one.number for one in by_time if one.fate is Fate.READY]
    assert [one.frame.number for one in played] == [
        number for place, number in enumerate(ready) if number > max(ready[:place], default=-1)
    ]


@given(histories())
def test_in_order_plays_all_when_those_before_are_settled(told: list[Outcome]) -> None:
    played = {one.frame.number: one.play_ns for one in play(Playout(Policy("in_order")), told)}
    expected = {
        one.number: max(before.at_ns for before in told[: one.number + 1]) for one in told if one.fate is Fate.READY
    }
    assert played == expected


@given(histories(), st.integers(0, 400))
def test_buffered_plays_at_its_deadline_and_drops_what_is_late(told: list[Outcome], deadline_ms: int) -> None:
    played = {one.frame.number: one.play_ns for one in play(Playout(Policy("buffered", deadline_ms)), told)}
    deadlines = {one.number: (T_MS * one.number + deadline_ms) * MS for one in told if one.fate is Fate.READY}
    assert played == {number: at_ns for number, at_ns in deadlines.items() if told[number].at_ns <= at_ns}


@given(histories(), st.sampled_from(["newest", "in_order", "buffered"]), st.integers(1, 100))
def test_to_ask_often_is_to_ask_once(told: list[Outcome], policy: Kind, every_ms: int) -> None:
    playout, played = Playout(Policy(policy, 150.0)), []
    waiting = sorted(told, key=lambda one: one.at_ns)
    for t_ns in range(0, 1500 * MS, every_ms * MS):
        while waiting and waiting[0].at_ns <= t_ns:
            playout.take(waiting.pop(0))
        played += playout.due(t_ns)
    assert played + playout.due(10**15) == play(Playout(Policy(policy, 150.0)), told)


def _delays_ms(pictures: int) -> np.ndarray:
    return BASE_MS - JITTER_MS * np.log(Stream(5, "test.jitter").uniform(np.arange(pictures)))


def _in_order_above(x_ms: np.ndarray) -> np.ndarray:
    """Chance that a picture in order is later than that: max over j of D_j - j T, D_j independent."""
    j = np.arange(200)[:, None]
    return 1.0 - stats.expon(BASE_MS, JITTER_MS).cdf(x_ms + j * T_MS).prod(axis=0)


def test_in_order_under_jitter_is_as_late_as_the_upper_quantile_and_not_the_mean() -> None:
    delay_ms = _delays_ms(20_000)
    told = [outcome(number, T_MS * number + ms) for number, ms in enumerate(delay_ms.tolist())]
    ages_ms = {
        policy: np.array([(one.play_ns - one.frame.captured_ns) / MS for one in play(Playout(Policy(policy)), told)])
        for policy in ("newest", "in_order")
    }
    x_ms = np.arange(0.0, 4000.0)
    theory_ms = float(_in_order_above(x_ms + 0.5).sum())
    rank = stats.expon(BASE_MS, JITTER_MS).cdf(ages_ms["in_order"].mean())
    assert delay_ms.mean() == pytest.approx(BASE_MS + JITTER_MS, rel=0.02)
    assert ages_ms["in_order"].mean() == pytest.approx(theory_ms, rel=0.02)
    in_the_docs_ms = delay_ms.mean(), ages_ms["in_order"].mean(), theory_ms, ages_ms["newest"].mean()
    assert in_the_docs_ms == pytest.approx((243, 420, 417, 149), abs=0.5)
    assert rank == pytest.approx(0.89, abs=0.005)
