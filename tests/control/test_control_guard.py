"""Hard braking while messages are lost: emergency braking by radar, and what happens without it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from v2x.control.braking import BrakingStudy, minimal_safe_gap_m
from v2x.control.guard import MARGIN_M, radar_limit_mps2
from v2x.scenario.model_platoon import Fallback

#: Short: three onsets of the outage, four strings each.
SHORT = BrakingStudy(onsets_s=(-3.0, 0.0, 0.5), strings=4)


def limit(gap_m: float, rate_mps: float, ahead_mps2: float = 0.0, speed_mps: float = 25.0) -> float:
    columns = (np.array([[value]]) for value in (gap_m, rate_mps, ahead_mps2, speed_mps, 0.0, 0.5, 0.0))
    return float(radar_limit_mps2(*columns)[0, 0])


@pytest.mark.parametrize("law", ["path", "ploeg"])
def test_no_collision_at_a_gap_of_one_second_with_fallback(law: str) -> None:
    result = replace(SHORT, law=law, gap_m=SHORT.speed_mps).run()
    assert not result.collided.any()
    assert result.least_m.min() > 0.0


def test_five_metres_at_100_km_per_hour_without_fallback_collide() -> None:
    assert replace(SHORT, gap_m=5.0, fallback=Fallback(enabled=False)).run().collided.any()


@pytest.mark.validate
def test_the_smallest_safe_gap_lies_between() -> None:
    safe_m = minimal_safe_gap_m(BrakingStudy())
    assert 5.0 < safe_m < BrakingStudy().speed_mps


def test_ordinary_following_is_left_alone() -> None:
    assert limit(20.0, 0.0) == np.inf
    assert limit(20.0, 5.0) == np.inf
    assert limit(np.nan, np.nan) == np.inf


def test_braking_asked_for_stops_short_of_a_standing_vehicle() -> None:
    gap, speed, accel, dt = 60.0, 20.0, 0.0, 0.01
    while speed > 0.0:
        bound = float(
            radar_limit_mps2(*(np.array([[value]]) for value in (gap, -speed, 0.0, speed, accel, 0.5, 0.0)))[0, 0]
        )
        accel += dt / 0.51 * (min(0.0, bound) - accel)
        speed = max(0.0, speed + dt * accel)
        gap -= dt * speed
    assert 0.5 * MARGIN_M < gap < 2.0 * MARGIN_M


def test_the_harder_the_vehicle_ahead_brakes_the_more_is_asked() -> None:
    bounds = [limit(8.0, -2.0, ahead) for ahead in (-3.0, -5.0, -7.0)]
    assert bounds == sorted(bounds, reverse=True)
    assert bounds[2] < -7.0
