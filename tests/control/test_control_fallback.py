"""Modes by the age of messages: down at once, up slowly."""

from __future__ import annotations

import numpy as np

from v2x.control.fallback import FREE, LEADER, MODES, Modes
from v2x.control.laws import law
from v2x.scenario.model_platoon import Fallback

STEP_NS = 10_000_000
LAWS = tuple(law(name) for name in ("degraded", "acc", "ploeg", "path"))
PLOEG, PATH = 2, 3


class One:
    """One follower."""

    def __init__(self, code: int = PLOEG, config: Fallback | None = None) -> None:
        self._modes = Modes(config or Fallback(), LAWS, (1, 1), STEP_NS)
        self._code = np.full((1, 1), code, np.int8)

    def at(self, ahead_s: float, leader_s: float = 0.0, steps: int = 1, gap_m: float = 10.0) -> str:
        """Mode after some steps with messages of these ages."""
        ages = np.full((1, 1), ahead_s), np.full((1, 1), leader_s)
        for _ in range(steps):
            _, mode, _ = self._modes.decide(self._code, *ages, np.full((1, 1), gap_m))
        return MODES[mode[0, 0]]


def test_radar_alone_until_something_is_heard() -> None:
    follower = One()
    assert follower.at(np.inf, steps=500) == "acc"
    assert follower.at(0.05) == "cacc"


def test_down_at_once_by_as_many_modes_as_the_age_says() -> None:
    follower = One()
    follower.at(0.05)
    assert follower.at(0.3) == "cacc"
    assert follower.at(0.31) == "degraded"
    assert follower.at(1.01) == "acc"
    straight = One()
    straight.at(0.05)
    assert straight.at(1.5) == "acc"


def test_up_one_mode_at_a_time_after_fresh_messages_for_a_while() -> None:
    follower = One()
    follower.at(0.05)
    follower.at(1.5)
    assert follower.at(0.05, steps=100) == "acc"
    assert follower.at(0.05) == "degraded"
    assert follower.at(0.05, steps=100) == "degraded"
    assert follower.at(0.05) == "cacc"


def test_ages_between_fresh_and_old_change_nothing() -> None:
    follower = One()
    follower.at(0.05)
    follower.at(0.31)
    assert follower.at(0.25, steps=1000) == "degraded"
    follower.at(0.05, steps=90)
    follower.at(0.25)  # fresh again, but not for long enough
    assert follower.at(0.05, steps=100) == "degraded"


def test_the_leaders_messages_count_where_the_law_needs_them() -> None:
    ploeg, path = One(PLOEG), One(PATH)
    for follower in (ploeg, path):
        follower.at(0.05)
    assert ploeg.at(0.05, leader_s=0.5) == "cacc"
    assert path.at(0.05, leader_s=0.5) == "degraded"


def test_without_fallback_a_law_goes_on_with_what_it_heard() -> None:
    follower = One(config=Fallback(enabled=False))
    assert follower.at(np.inf) == "acc"
    assert follower.at(30.0) == "cacc"


def test_leaders_and_free_vehicles_keep_their_mode() -> None:
    assert One(LEADER).at(np.inf) == "leader"
    assert One(FREE).at(np.inf, gap_m=np.nan) == "free"
