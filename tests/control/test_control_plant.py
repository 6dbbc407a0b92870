"""Vehicles and leaders: dead time, standstill, and leaders that drive what they were told."""

from __future__ import annotations

import numpy as np
import pytest

from v2x.control.leader import Braking, Leader, Profile, Sine, sine_mps
from v2x.control.plant import Plant

DT_S, STEP_NS = 0.01, 10_000_000


def plant(speed_mps: float, lag_s: float = 0.5, dead_s: float = 0.0) -> Plant:
    return Plant(DT_S, np.full((1, 1), speed_mps), lag_s, dead_s)


def speeds(leader: Leader, vehicle: Plant, seconds: float) -> np.ndarray:
    """Speed at the beginning of each step."""
    out = []
    for k in range(round(seconds / DT_S)):
        out.append(vehicle.speed_mps[0, 0])
        vehicle.move(leader.command_mps2(k * STEP_NS, vehicle))
    return np.array(out)


def test_nothing_happens_before_the_dead_time_is_over() -> None:
    vehicle = plant(10.0, lag_s=0.4, dead_s=0.2)
    for k in range(60):
        assert vehicle.accel_mps2[0, 0] == pytest.approx(1.0 - (0.4 / 0.41) ** max(0, k - 20))
        vehicle.move(np.ones((1, 1)))


def test_a_braked_vehicle_stops_and_stays() -> None:
    vehicle = plant(5.0)
    for _ in range(300):
        vehicle.move(np.full((1, 1), -6.0))
        assert vehicle.speed_mps[0, 0] >= 0.0
    stood_at = vehicle.way_m[0, 0]
    for _ in range(100):
        vehicle.move(np.full((1, 1), -6.0))
    assert vehicle.speed_mps[0, 0] == vehicle.accel_mps2[0, 0] == 0.0
    assert vehicle.way_m[0, 0] == stood_at
    assert stood_at == pytest.approx((5.0 + 6.0 * 0.5) ** 2 / 12.0 - 6.0 * 0.5**2, abs=0.1)  # as in the guard


@pytest.mark.parametrize("dead_s", [0.0, 0.15])
def test_a_sine_leader_drives_its_sinusoid_exactly(dead_s: float) -> None:
    sine = Sine(25.0, 0.2, 2.0, 1.0)
    found = speeds(sine, plant(25.0, dead_s=dead_s), 20.0)
    assert found == pytest.approx([sine_mps(k * DT_S, 1.0, 25.0, 0.2, 2.0) for k in range(len(found))], abs=1e-9)
    assert np.ptp(found[1000:]) == pytest.approx(4.0, abs=1e-3)


@pytest.mark.parametrize(("lag_s", "dead_s"), [(0.5, 0.0), (0.2, 0.15), (1.0, 0.4)])
def test_a_braking_leader_ends_at_its_speed(lag_s: float, dead_s: float) -> None:
    found = speeds(Braking(25.0, 5.0, 6.0, 10.0), plant(25.0, lag_s, dead_s), 40.0)
    assert found[:500] == pytest.approx(25.0)
    assert found[-1] == pytest.approx(10.0, abs=1e-9)
    assert found.min() == pytest.approx(10.0, abs=1e-9)  # however long the engine lags behind the end of the braking
    assert np.diff(found).min() / DT_S == pytest.approx(-6.0, abs=0.6)


def test_a_leader_that_braked_too_much_comes_back_to_its_speed() -> None:
    vehicle = plant(25.0)
    vehicle.speed_mps[:] = 8.0
    assert speeds(Braking(25.0, 0.0, 6.0, 10.0), vehicle, 20.0)[-1] == pytest.approx(10.0, abs=1e-3)


def test_a_leader_that_brakes_to_standstill_stays_there() -> None:
    found = speeds(Braking(25.0, 1.0, 6.0), plant(25.0), 20.0)
    assert (found[-500:] == 0.0).all()


@pytest.mark.parametrize("dead_s", [0.0, 0.15])
def test_a_speed_settles_where_it_is_said_to(dead_s: float) -> None:
    vehicle = plant(20.0, dead_s=dead_s)
    for _ in range(30):
        vehicle.move(np.full((1, 1), -2.0))
    told = vehicle.settled_mps()[0, 0]
    for _ in range(2000):
        vehicle.move(np.zeros((1, 1)))
    assert vehicle.speed_mps[0, 0] == pytest.approx(told, abs=1e-9)


def test_a_profile_is_followed() -> None:
    found = speeds(Profile([(0.0, 20.0), (10.0, 20.0), (20.0, 10.0), (60.0, 10.0)]), plant(20.0), 60.0)
    assert found[1500] == pytest.approx(15.0, abs=0.6)
    assert found[-1] == pytest.approx(10.0, abs=1e-3)
