"""How vehicles move: against closed solutions and the linear single-track model at a frequency."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import remote_kit as theory

from v2x.clock import NS_PER_S
from v2x.remote.vehicle.bicycle import STEP_NS, Vehicles
from v2x.remote.vehicle.body import BODIES, Actuators
from v2x.remote.vehicle.disturbance import SIGMA_RADPS, disturbance

CAR = BODIES["bmw320i"]
SHARP = Actuators(steer_lag_s=0.0, steer_rate_radps=1e9, drive_lag_s=0.0, drive_dead_s=0.0)
DT = STEP_NS / NS_PER_S
NEVER = np.inf


def car(speed_mps: float, actuators: Actuators = SHARP, dynamic_from_mps: float = NEVER) -> Vehicles:
    return Vehicles([CAR], [actuators], speed_mps, dynamic_from_mps)


def drive(vehicles: Vehicles, steps: int, steer_rad: float = 0.0, accel_mps2: float = 0.0) -> None:
    n = len(vehicles.x_m)
    for _ in range(steps):
        vehicles.move(np.full(n, steer_rad), np.full(n, accel_mps2))


@pytest.mark.parametrize("dynamic_from_mps", [NEVER, 1.0])
def test_straight_on(dynamic_from_mps: float) -> None:
    one = car(10.0, dynamic_from_mps=dynamic_from_mps)
    drive(one, 200)
    assert (one.x_m[0], one.y_m[0], one.psi_rad[0]) == pytest.approx((20.0, 0.0, 0.0))


def test_a_circle_of_the_rear_axle() -> None:
    one, steer_rad = car(8.0), 0.1
    radius_m = CAR.wheelbase_m / np.tan(steer_rad)
    drive(one, 500, steer_rad)
    turned = 8.0 * 5.0 / radius_m
    assert one.psi_rad[0] == pytest.approx(turned)
    assert one.x_m[0] == pytest.approx(radius_m * np.sin(turned), abs=1e-3)
    assert one.y_m[0] == pytest.approx(radius_m * (1.0 - np.cos(turned)), abs=1e-3)


def test_steps_add_no_delay() -> None:
    """A command held over 100 ms moves the car in steps of 10 ms as in those of 1 ms."""
    lagging = replace(Actuators(), drive_dead_s=0.0)
    coarse = Vehicles([CAR], [lagging], 10.0, NEVER)
    fine = Vehicles([CAR], [lagging], 10.0, NEVER, STEP_NS // 10)
    for steer_rad in (0.02, 0.03, -0.04, 0.01):
        drive(coarse, 10, steer_rad)
        drive(fine, 100, steer_rad)
    assert coarse.y_m[0] == pytest.approx(fine.y_m[0], abs=1e-5)
    assert coarse.psi_rad[0] == pytest.approx(fine.psi_rad[0], abs=1e-6)


class TestActuators:
    def test_lag_of_the_steering(self) -> None:
        one = car(5.0, Actuators(steer_lag_s=0.2))
        drive(one, 20, 0.05)
        assert one.steer_rad[0] == pytest.approx(0.05 * (1.0 - np.exp(-1.0)))

    def test_rate_and_range_of_the_steering(self) -> None:
        one = car(5.0, Actuators(steer_lag_s=0.0))
        drive(one, 50, 5.0)
        assert one.steer_rad[0] == pytest.approx(0.4 * 0.5)
        drive(one, 500, 5.0)
        assert one.steer_rad[0] == pytest.approx(0.6)

    def test_dead_time_lag_and_limits_of_the_drive(self) -> None:
        one = car(5.0, Actuators(drive_dead_s=0.15, drive_lag_s=0.4))
        drive(one, 15, accel_mps2=9.0)
        assert one.speed_mps[0] == 5.0
        drive(one, 40, accel_mps2=9.0)
        assert one.accel_mps2[0] == pytest.approx(2.0 * (1.0 - np.exp(-1.0)), rel=0.02)
        drive(one, 300, accel_mps2=9.0)
        assert one.accel_mps2[0] == pytest.approx(2.0, rel=1e-3)

    def test_a_stop_is_one(self) -> None:
        one = car(10.0)
        drive(one, 400, accel_mps2=-9.0)
        assert one.speed_mps[0] == 0.0
        assert one.x_m[0] == pytest.approx(10.0**2 / (2.0 * 6.0), rel=0.01)


class TestSingleTrack:
    def test_it_settles_where_it_should(self) -> None:
        """Stiffness in proportion to load: neutral, so the yaw rate is v delta / L at any speed."""
        one = car(20.0, dynamic_from_mps=1.0)
        drive(one, 300, 0.01)
        assert one.yaw_radps[0] == pytest.approx(20.0 * 0.01 / CAR.wheelbase_m, rel=1e-4)

    def test_less_grip_in_front_understeers(self) -> None:
        one = Vehicles([replace(CAR, front_stiffness=15.0)], [SHARP], 20.0, 1.0)
        drive(one, 300, 0.01)
        grip = CAR.friction * 9.81
        gradient = 1.0 / (15.0 * grip) - 1.0 / (CAR.rear_stiffness * grip)
        expected = 20.0 * 0.01 / (CAR.wheelbase_m + gradient * 20.0**2)
        assert one.yaw_radps[0] == pytest.approx(expected, rel=1e-4)

    @pytest.mark.parametrize("kmh", [20.0, 50.0, 80.0])
    def test_its_answer_to_a_sine_is_that_of_linear_theory(self, kmh: float) -> None:
        v, f = kmh / 3.6, 0.8
        one = car(v, dynamic_from_mps=1.0)
        t_s = np.arange(2000) * DT
        psi, y = np.empty(2000), np.empty(2000)
        for k, t in enumerate(t_s):
            one.move(np.array([0.002 * np.sin(2.0 * np.pi * f * (t + 0.5 * DT))]), np.zeros(1))
            psi[k], y[k] = one.psi_rad[0], one.y_m[0]
        s = np.array([2j * np.pi * f])
        heading, offset = (float(abs(answer(s)[0])) * 0.002 for answer in theory.dynamic(v, CAR))
        tail = slice(1000, 2000)  # eight periods
        waves = np.column_stack([np.sin(2.0 * np.pi * f * t_s), np.cos(2.0 * np.pi * f * t_s), np.ones(2000), t_s])[
            tail
        ]
        found = [np.hypot(*np.linalg.lstsq(waves, column[tail], rcond=None)[0][:2]) for column in (psi, y)]
        assert found == pytest.approx([heading, offset], rel=0.03)

    def test_it_takes_over_without_a_jump(self) -> None:
        """Through its speed while turning: pose and yaw rate go on."""
        one, yaw = car(6.0, dynamic_from_mps=7.0), []
        for _ in range(200):
            one.move(np.full(1, 0.02), np.ones(1))
            yaw.append(one.yaw_radps[0])
        assert one.speed_mps[0] > 7.5
        assert np.abs(np.diff(yaw[1:])).max() < 0.002

    def test_not_from_standstill(self) -> None:
        with pytest.raises(ValueError, match=r"needs 1\.0 m/s at least"):
            car(5.0, dynamic_from_mps=0.5)


def test_each_its_own() -> None:
    """Bodies, actuators, speeds and models differ by replica; each moves as it would alone, bit for bit."""
    bodies = [BODIES[name] for name in ("escort", "bmw320i", "vanagon")]
    actuators = [Actuators(drive_dead_s=dead_s) for dead_s in (0.0, 0.1, 0.2)]
    speeds, models = np.array([5.0, 10.0, 20.0]), np.array([NEVER, 1.0, 12.0])
    together = Vehicles(bodies, actuators, speeds, models)
    alone = [Vehicles([bodies[i]], [actuators[i]], speeds[i], models[i]) for i in range(3)]
    for each in (together, *alone):
        drive(each, 100, 0.03, -1.0)
        drive(each, 100, -0.02, 1.0)
    for i, each in enumerate(alone):
        for name in ("x_m", "y_m", "psi_rad", "speed_mps", "yaw_radps"):
            assert getattr(each, name)[0] == getattr(together, name)[i], name


def test_a_disturbance_turns_the_vehicle_and_no_wheel() -> None:
    one = car(10.0)
    one.move(np.zeros(1), np.zeros(1), np.full(1, 0.1))
    assert one.psi_rad[0] == pytest.approx(0.1 * DT)
    assert one.steer_rad[0] == one.yaw_radps[0] == 0.0


def test_disturbances_are_keyed_and_of_their_size() -> None:
    keys = np.arange(2000, dtype=np.uint64)
    first, again = (disturbance(keys, 1) for _ in range(2))
    some = disturbance(keys[::-1][:5].copy(), 1)
    for k in range(3):
        values = first.at(k * STEP_NS).copy()
        assert values.tobytes() == again.at(k * STEP_NS).tobytes()
        assert values[::-1][:5].tobytes() == some.at(k * STEP_NS).tobytes()
    assert values.std() == pytest.approx(SIGMA_RADPS, rel=0.05)
    later = first.at(3 * STEP_NS + NS_PER_S).copy()
    assert np.corrcoef(values, later)[0, 1] == pytest.approx(np.exp(-1.0), abs=0.06)
    assert disturbance(keys, 2).at(0)[0] != disturbance(keys, 1).at(0)[0]
