"""Drive and brake of an operator: the model's equilibria, stops, bends, surprises and late pictures."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from v2x.clock import NS_PER_S
from v2x.errors import InputError
from v2x.remote.operators.pedals import Pedals, PedalWork, Road
from v2x.remote.operators.surprise import Thing, Watched
from v2x.remote.vehicle.bicycle import STEP_NS, Vehicles
from v2x.remote.vehicle.body import BODIES, Actuators

F64 = NDArray[np.float64]
MS = 1_000_000
DT = STEP_NS / NS_PER_S
PLACES = np.arange(0.0, 120.0, 4.0)
STRAIGHT = np.zeros_like(PLACES)
KMH = 1.0 / 3.6


def road(
    gap_m: float = inf, ahead_mps: float = 0.0, stop_m: float = inf, left_m: float = inf, limit_mps: float = 50.0 * KMH
) -> Road:
    return Road(PLACES, STRAIGHT, limit_mps, gap_m, ahead_mps, stop_m, left_m)


def asked(pedals: Pedals, shown: Callable[[int], Road], until_ms: int, speed_mps: float = 10.0) -> list[float]:
    """What is asked for each 20 ms while the vehicle keeps its speed, of pictures that are not late."""
    work = PedalWork(pedals)
    return [work.accel_mps2(t * MS, t * MS, speed_mps, shown(t)) for t in range(0, until_ms, 20)]


@dataclass
class Drive:
    """What became of a drive, by 10 ms."""

    x_m: list[float] = field(default_factory=list)
    speed_mps: list[float] = field(default_factory=list)
    accel_mps2: list[float] = field(default_factory=list)


def drive(
    pedals: Pedals, shown: Callable[[float, float], Road], seconds: float, speed_mps: float, late_ms: int = 0,
    cap_mps: Callable[[float], float] = lambda t_s: inf,
) -> Drive:  # fmt: skip
    """A car with its lags, pictures late by a constant, and commands each 20 ms; ``shown`` is told time and place."""
    one, work, out = Vehicles([BODIES["bmw320i"]], [Actuators()], speed_mps, inf), PedalWork(pedals), Drive()
    pictures: deque[tuple[int, float, Road]] = deque()
    accel_mps2 = 0.0
    for k in range(round(seconds / DT)):
        t_ns, x_m, v_mps = k * STEP_NS, float(one.x_m[0]), float(one.speed_mps[0])
        out.x_m.append(x_m)
        out.speed_mps.append(v_mps)
        out.accel_mps2.append(float(one.accel_mps2[0]))
        pictures.append((t_ns, v_mps, shown(t_ns / NS_PER_S, x_m)))
        while len(pictures) > 1 and pictures[1][0] <= t_ns - late_ms * MS:
            pictures.popleft()
        if k % 2 == 0 and pictures[0][0] <= t_ns - late_ms * MS:
            accel_mps2 = work.accel_mps2(t_ns, *pictures[0], cap_mps=cap_mps(t_ns / NS_PER_S))
        one.move(np.zeros(1), np.array([accel_mps2]))
    return out


class TestModel:
    @pytest.mark.parametrize(("speed_kmh", "limit_kmh", "cap_kmh"), [(30, 50, 90), (90, 30, 90), (90, 50, 30)])
    def test_on_a_free_road_it_comes_to_the_least_of_its_speeds(
        self, speed_kmh: int, limit_kmh: int, cap_kmh: int
    ) -> None:
        found = drive(
            Pedals(speed_kmh * KMH), lambda t_s, x_m: road(limit_mps=limit_kmh * KMH), 90.0, 0.0,
            cap_mps=lambda t_s: cap_kmh * KMH,
        )  # fmt: skip
        assert found.speed_mps[-1] == pytest.approx(30.0 * KMH, rel=0.01)
        assert max(found.speed_mps) <= 30.0 * KMH + 0.05
        assert max(found.accel_mps2) <= Pedals().accel_mps2 + 1e-9

    @pytest.mark.parametrize("late_ms", [0, 200, 500])
    def test_following_is_the_models_equilibrium(self, late_ms: int) -> None:
        """(s0 + v T) / sqrt(1 - (v/v0)^4), behind somebody at 30 km/h where 50 km/h are allowed."""
        v, of = 30.0 * KMH, Pedals()
        found = drive(of, lambda t_s, x_m: road(40.0 + v * t_s - x_m, v), 90.0, 40.0 * KMH, late_ms)
        gap_m = 40.0 + v * 90.0 - found.x_m[-1]
        expected_m = (of.standing_m + v * of.headway_s) / sqrt(1.0 - (30.0 / 50.0) ** 4)
        # the picture is late for both, so that the gap in it is right; what he expects of a reaction time is nothing
        assert gap_m == pytest.approx(expected_m, rel=0.02)

    def test_the_acceleration_by_hand(self) -> None:
        """10 m/s of 50 km/h, 30 m behind somebody at 8 m/s: extrapolated over 0.2 s the gap is 29.6 m."""
        of = Pedals()
        found = asked(of, lambda t: road(30.0, 8.0), 400)[-1]
        wanted_m = 2.0 + 10.0 * 1.6 + 10.0 * 2.0 / (2.0 * sqrt(0.73 * 1.67))
        assert found == pytest.approx(0.73 * (1.0 - (10.0 / (50.0 * KMH)) ** 4 - (wanted_m / 29.6) ** 2))

    @pytest.mark.parametrize("kmh", [20.0, 50.0, 70.0])
    @pytest.mark.parametrize("late_ms", [0, 300])
    def test_it_stops_at_a_line_that_has_been_closed_for_long(self, kmh: float, late_ms: int) -> None:
        """A metre before it; braking is the comfortable one, and somewhat more for what the picture was late."""
        found = drive(
            Pedals(), lambda t_s, x_m: road(stop_m=150.0 - x_m, limit_mps=kmh * KMH), 60.0, kmh * KMH, late_ms
        )
        assert found.speed_mps[-1] < 0.05
        assert 149.0 - 0.5 < found.x_m[-1] < 149.5
        assert min(found.accel_mps2) > -1.67 * (1.25 + late_ms / 1000.0)

    def test_it_stops_at_the_end_of_the_course(self) -> None:
        found = drive(Pedals(), lambda t_s, x_m: road(left_m=120.0 - x_m), 60.0, 40.0 * KMH)
        assert found.x_m[-1] == pytest.approx(120.0, abs=0.5)
        assert found.speed_mps[-1] < 0.05

    @pytest.mark.parametrize("cap_mps", [0.0, 3.0])
    def test_a_bound_that_falls_is_braked_for_comfortably(self, cap_mps: float) -> None:
        found = drive(Pedals(), lambda t_s, x_m: road(), 30.0, 12.0, cap_mps=lambda t_s: inf if t_s < 5.0 else cap_mps)
        assert found.speed_mps[-1] == pytest.approx(cap_mps, abs=0.02)
        assert min(found.accel_mps2) == pytest.approx(-1.67, abs=0.05)

    def test_braking_has_an_end(self) -> None:
        assert asked(Pedals(), lambda t: road(1.0, 0.0), 400)[-1] == -Pedals().most_brake_mps2


@pytest.mark.parametrize("kmh", [30.0, 50.0, 70.0])
@pytest.mark.parametrize("radius_m", [20.0, 60.0])
def test_before_a_bend_it_has_braked(kmh: float, radius_m: float) -> None:
    """Comfortable lateral acceleration where the bend begins, and no hard braking on the way there."""

    def shown(t_s: float, x_m: float) -> Road:
        return Road(PLACES, np.where(PLACES + x_m >= 150.0, 1.0 / radius_m, 0.0), kmh * KMH)

    found = drive(Pedals(), shown, 40.0, kmh * KMH)
    begins = int(np.searchsorted(found.x_m, 150.0))
    expected_mps = min(sqrt(2.0 * radius_m), kmh * KMH)
    assert found.speed_mps[begins] == pytest.approx(expected_mps, rel=0.06)
    assert found.speed_mps[-1] == pytest.approx(expected_mps, rel=0.02)
    assert min(found.accel_mps2) > -2.5


def test_a_lower_limit_ahead_is_braked_for() -> None:
    def shown(t_s: float, x_m: float) -> Road:
        return Road(PLACES, STRAIGHT, np.where(PLACES + x_m >= 150.0, 30.0 * KMH, 60.0 * KMH))

    found = drive(Pedals(), shown, 30.0, 60.0 * KMH)
    assert found.speed_mps[int(np.searchsorted(found.x_m, 150.0))] == pytest.approx(30.0 * KMH, rel=0.06)
    assert found.speed_mps[int(np.searchsorted(found.x_m, 60.0))] > 55.0 * KMH


def when(accels: list[float], below_mps2: float) -> int:
    """At which of the 20 ms less than that was asked for."""
    return 20 * int(np.flatnonzero(np.array(accels) < below_mps2)[0])


class TestReaction:
    """Something happens in the picture of 1 s."""

    def test_nothing_is_asked_before_the_first_reaction(self) -> None:
        found = asked(Pedals(), lambda t: road(), 400)
        assert found[:10] == [0.0] * 10
        assert found[10] > 0.2

    def test_what_goes_on_as_expected_is_answered_soon(self) -> None:
        """Somebody ahead begins to brake; his place is hardly another at first."""
        found = asked(Pedals(), lambda t: road(25.0, 10.0 if t < 1000 else 8.0), 2000)
        assert when(found[10:], found[30] - 0.1) == 1000

    @pytest.mark.parametrize("surprise_s", [0.8, 1.0])
    def test_a_line_that_closes_is_a_surprise(self, surprise_s: float) -> None:
        found = asked(Pedals(surprise_s=surprise_s), lambda t: road(stop_m=inf if t < 1000 else 40.0), 2500)
        assert when(found, 0.0) == 1000 + round(1000 * surprise_s)

    def test_somebody_who_cuts_in_is_one(self) -> None:
        found = asked(Pedals(), lambda t: road(60.0 if t < 1000 else 12.0, 10.0), 2500)
        assert when(found, -0.5) == 1900

    def test_somebody_who_is_gone_is_one(self) -> None:
        """Until then he is followed as he would have gone on."""
        found = asked(Pedals(), lambda t: road(15.0, 10.0) if t < 1000 else road(), 2500)
        assert max(found[10:95]) < 0.0 < min(found[95:])

    def test_what_is_there_from_the_beginning_is_none(self) -> None:
        assert when(asked(Pedals(), lambda t: road(stop_m=40.0), 1000), -0.5) == 200

    def test_a_flicker_is_none(self) -> None:
        found = asked(Pedals(), lambda t: road(stop_m=20.0 if 1000 <= t < 1400 else inf), 3000)
        assert min(found[10:]) == pytest.approx(max(found[10:]))

    def test_a_line_that_closes_too_late_is_run_over(self) -> None:
        """From 50 km/h in 20 m takes 4.8 m/s^2, in 30 m 3.2."""
        late, soon = (
            asked(Pedals(), lambda t, way=way: road(stop_m=inf if t < 1000 else way), 2500, 50.0 * KMH)
            for way in (20.0, 30.0)
        )
        assert min(late[10:]) > -0.1
        assert min(soon) < -3.0

    def test_a_line_is_minded_after_all_by_one_who_has_become_slow(self) -> None:
        """20 m are too few for 50 km/h; for 18 km/h 18 m are enough."""
        work, found = PedalWork(Pedals()), []
        for t in range(0, 4000, 20):
            shown = road(stop_m=inf if t < 1000 else 20.0 if t < 3000 else 18.0)
            found.append(work.accel_mps2(t * MS, t * MS, 50.0 * KMH if t < 3000 else 5.0, shown))
        assert min(found[:160]) > -0.1
        assert found[-1] < -0.2

    def test_the_next_line_is_minded_again(self) -> None:
        def shown(t: int) -> Road:
            return road(stop_m=inf if t < 1000 else 10.0 if t < 4000 else 30.0)

        found = asked(Pedals(), shown, 6000)
        assert min(found[:240]) > -0.1
        assert min(found) < -1.0

    def test_the_trained_make_up_for_the_age_of_the_picture(self) -> None:
        """30 m behind somebody who stands, in a picture that is 0.5 s old: 23 m or 28 m away a reaction time on."""

        def first(training: float) -> float:
            work = PedalWork(Pedals(training=training))
            for t in range(0, 1000, 20):
                accel = work.accel_mps2(t * MS, (t - 500) * MS, 10.0, road(30.0 - 0.01 * t, 0.0))
            return accel

        def by_hand(gap_m: float) -> float:
            wanted_m = 2.0 + 16.0 + 100.0 / (2.0 * sqrt(0.73 * 1.67))
            return max(-6.0, 0.73 * (1.0 - (10.0 / (50.0 * KMH)) ** 4 - (wanted_m / gap_m) ** 2))

        shown_m = 30.0 - 0.01 * 780  # what was decided a reaction time ago
        assert first(0.0) == pytest.approx(by_hand(shown_m - 2.0))
        assert first(1.0) == pytest.approx(by_hand(shown_m - 7.0))

    def test_a_surprise_sooner_than_a_reaction(self) -> None:
        with pytest.raises(InputError, match="a surprise takes no less"):
            Pedals(reaction_s=0.5, surprise_s=0.4)


class TestWatched:
    def test_what_moves_as_expected_is_believed_at_once(self) -> None:
        watched = Watched(3.0, 0.7)
        for t in range(0, 5000, 100):
            thing = Thing(20.0 + 0.008 * t, 8.0, t * MS)
            assert watched.look(t * MS, thing) == (thing, t == 0)

    def test_a_jump_after_a_frozen_picture_is_a_surprise(self) -> None:
        """One second without a new picture, and then he is 4 m nearer than he would have been."""
        watched, first = Watched(3.0, 0.7), Thing(20.0, 8.0, 0)
        assert [watched.look(t * MS, first)[0] for t in (0, 500, 1000)] == [first] * 3
        nearer = Thing(24.0, 4.0, 1000 * MS)
        assert watched.look(1000 * MS, nearer) == (first, False)
        assert watched.look(1690 * MS, nearer) == (first, False)
        assert watched.look(1700 * MS, nearer) == (nearer, True)


@settings(max_examples=25, deadline=None)
@given(
    st.floats(20.0, 60.0),
    st.floats(0.0, 4.0),
    st.floats(2.0, 20.0),
    st.sampled_from([0, 100, 300]),
    st.floats(0.5, 3.0),
)
def test_nobody_is_hit_who_brakes_as_one_does(
    kmh: float, brake_mps2: float, from_s: float, late_ms: int, headway_s: float
) -> None:
    """Somebody ahead at the same speed brakes at up to 4 m/s^2 at any time; pictures are up to 0.3 s late."""
    v = kmh * KMH
    gap_m = 2.0 + (headway_s + 1.0) * v

    def ahead(t_s: float) -> tuple[float, float]:
        braking = max(0.0, t_s - from_s)
        until = v / brake_mps2 if brake_mps2 > 0.0 else inf
        lasted = min(braking, until)
        place_m = gap_m + v * (min(t_s, from_s) + lasted) - 0.5 * brake_mps2 * lasted**2
        return place_m, v - brake_mps2 * lasted

    def shown(t_s: float, x_m: float) -> Road:
        place_m, mps = ahead(t_s)
        return road(place_m - x_m, mps)

    found = drive(Pedals(v), shown, 45.0, v, late_ms)
    gaps = [ahead(k * DT)[0] - x_m for k, x_m in enumerate(found.x_m)]
    assert min(gaps) > 0.5
