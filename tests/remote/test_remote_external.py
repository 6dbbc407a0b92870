"""An operator outside: his words become commands at their times and for so long, and silence ends standing."""

from __future__ import annotations

from collections.abc import Sequence
from math import atan2, sin

import numpy as np
import pytest
from drive_kit import TRAFFIC_NS, Driven, constant, drive

from v2x.clock import NS_PER_MS, NS_PER_S
from v2x.remote.course import Course
from v2x.remote.driver import Asked, OnScreen
from v2x.remote.external import External, Look, Word
from v2x.remote.operators.base import Seen
from v2x.remote.operators.pedals import Road
from v2x.remote.sight import OnCourse
from v2x.scenario.model_remote import Remote

MS = NS_PER_MS
STRAIGHT = Course([(0.0, 0.0), (1500.0, 0.0)])
BENDS = Course([(0.0, 0.0), (60.0, 0.0), *((60.0 + s, 6.0 * (1.0 - np.cos(s / 20.0))) for s in range(2, 240, 2))])
WHEELBASE_M, SPEED_MPS = 2.579, 6.0


def picture(t_ns: int, captured_ns: int) -> OnScreen:
    """A straight road."""
    one = np.zeros(1)
    seen = Seen(t_ns, np.array([captured_ns]), OnCourse(STRAIGHT, one, one, one, one, one), one, one)
    return OnScreen(seen, Road(one, one, 10.0), float("inf"))


def asked(seat: External, t_ns: int, captured_ns: int = 1) -> Asked | None:
    return seat.drive(t_ns, picture(t_ns, captured_ns))


def newest(seat: External) -> int:
    """When the last picture that has come onto the screen was taken."""
    screen = seat.looks()[-1].screen
    assert screen is not None
    return int(screen.seen.captured_ns[0])


def test_the_newest_word_whose_time_has_come_counts() -> None:
    seat = External(300 * MS)
    seat.hear([Word(100 * MS, 1, 0.1, 1.0), Word(100 * MS, 1, 0.2, 1.0), Word(130 * MS, 1, 0.3, -1.0)])
    assert asked(seat, 99 * MS) is None
    assert [asked(seat, t_ms * MS) for t_ms in (100, 120)] == [Asked(1, 0.2, 1.0)] * 2
    assert asked(seat, 140 * MS) == Asked(1, 0.3, -1.0)


def test_a_word_is_repeated_for_so_long_and_no_longer() -> None:
    seat = External(300 * MS)
    seat.hear([Word(100 * MS, 1, 0.1, 1.0)])
    assert asked(seat, 399 * MS) is not None
    assert asked(seat, 400 * MS) is None
    seat.hear([Word(500 * MS, 1, 0.2, 1.0)])
    assert asked(seat, 500 * MS) == Asked(1, 0.2, 1.0)


def test_words_count_while_the_screen_is_blank() -> None:
    """Whoever sits there sees that it is, and has to know himself what to do."""
    seat = External(300 * MS)
    seat.hear([Word(100 * MS, 1, 0.1, -2.0)])
    assert seat.drive(100 * MS, None) == Asked(1, 0.1, -2.0)


def test_each_picture_is_told_once_and_a_blank_screen_once() -> None:
    seat = External(300 * MS)
    seat.drive(0, None)
    for t_ms, captured in ((20, 5), (40, 5), (60, 50)):
        asked(seat, t_ms * MS, captured)
    assert [look.t_ns // MS for look in seat.looks()] == [20, 60]
    seat.drive(80 * MS, None)
    seat.drive(100 * MS, None)
    asked(seat, 120 * MS, 110)
    looks = seat.looks()
    assert [(look.t_ns // MS, look.screen is None) for look in looks] == [(80, True), (120, False)]
    assert not seat.looks()


def test_answers_take_effect_in_the_next_step() -> None:
    """New pictures and commands every 20 ms, and answers once in a step of 100 ms: half of both late in the mean."""
    seat, late_ns = External(300 * MS), []
    for start_ns in range(0, 2 * NS_PER_S, TRAFFIC_NS):
        for t_ns in range(start_ns, start_ns + TRAFFIC_NS, 20 * MS):
            made = asked(seat, t_ns, t_ns)
            assert (made is None) == (start_ns == 0)
            if made is not None:
                late_ns.append(t_ns - made.captured_ns)
        seat.hear([Word(start_ns + TRAFFIC_NS, newest(seat), 0.0, 0.0)])
    assert np.mean(late_ns) == (TRAFFIC_NS + 20 * MS) / 2
    assert max(late_ns) == TRAFFIC_NS


# ---------------------------------------------------------------------- in the whole loop


class Steered:
    """Pure pursuit 8 m ahead on the newest picture and a constant speed; silent in a span of time."""

    def __init__(self, silent_s: tuple[float, float] = (0.0, 0.0)) -> None:
        self._silent_ns = tuple(round(t_s * NS_PER_S) for t_s in silent_s)

    def __call__(self, looks: list[Look], t_ns: int) -> Sequence[Word]:
        screens = [look.screen for look in looks if look.screen is not None]
        if not screens:
            return ()
        seen = screens[-1].seen
        forward_m, left_m = (float(each[0]) for each in seen.ahead.point_m(np.array([8.0])))
        steer_rad = float(np.arctan(2.0 * WHEELBASE_M * sin(atan2(left_m, forward_m)) / 8.0))
        if self._silent_ns[0] <= t_ns < self._silent_ns[1]:
            return ()
        return [Word(t_ns, int(seen.captured_ns[0]), steer_rad, min(1.0, SPEED_MPS - float(seen.speed_mps[0])))]


def driven(course: Course, outsider: Steered, seconds: float, **settings: object) -> Driven:
    told = {"operator": "external", "route": ("road",), "start_at_m": 5.0, **settings}
    return drive(course, Remote.model_validate(told), constant(0.05, 0.03), seconds, outsider=outsider)


def test_he_drives_along_bends() -> None:
    run = driven(BENDS, Steered(), 40.0)
    assert run.remote["station_m"][-1] > 200.0
    assert np.abs(run.remote["offset_m"]).max() < 0.5
    assert not [kind for kind, _ in run.events if kind == "remote.mrm"]


@pytest.mark.parametrize(("silent_s", "stops"), [((8.0, 8.4), 0), ((8.0, 16.0), 1)])
def test_a_short_silence_is_ridden_through_and_a_long_one_ends_standing(
    silent_s: tuple[float, float], stops: int
) -> None:
    """The last word, of 7.9 s, is repeated for 0.3 s; then commands stay away, and the watchdog waits for 0.5 s."""
    run = driven(STRAIGHT, Steered(silent_s), 20.0)
    begun = [told for kind, told in run.events if kind == "remote.mrm"]
    assert len(begun) == stops
    if stops:
        assert 8.1 < (begun[0]["outage_from_ns"]) / NS_PER_S < 8.25
        assert run.at(14 * NS_PER_S, "speed_mps") == 0.0
        assert run.at(19.5 * NS_PER_S, "speed_mps") > 0.5  # he has spoken for two seconds: it obeys again
        run.event("remote.resumed")


def test_before_he_has_said_anything_it_stands() -> None:
    run = driven(STRAIGHT, Steered((0.0, 5.0)), 6.0)
    assert run.at(4.9 * NS_PER_S, "speed_mps") == 0.0
    assert run.remote["speed_mps"][-1] > 0.1
    assert not [kind for kind, _ in run.events if kind == "remote.mrm"]
