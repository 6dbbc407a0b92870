"""States between steps: against a 10 ms integration, at rest, and in a turn."""

from __future__ import annotations

import numpy as np
import pytest

from v2x.stations.kinematics import extrapolate
from v2x.traffic.base import Snapshot


def snapshot(speed: float, accel: float, yaw: float = 0.0, heading: float = 90.0) -> Snapshot:
    one = np.ones(1)
    return Snapshot(
        t_ns=0,
        id=np.array(["a"], object),
        key=np.array([1], np.uint64),
        type=np.zeros(1, np.int8),
        x_m=0 * one,
        y_m=0 * one,
        lon_deg=117 * one,
        lat_deg=39 * one,
        heading_deg=heading * one,
        speed_mps=speed * one,
        accel_mps2=accel * one,
        yaw_rate_dps=yaw * one,
        length_m=5 * one,
        width_m=2 * one,
        lane=np.array([""], object),
    )


def at(snap: Snapshot, dt_s: float) -> tuple[float, float, float, float]:
    motion = extrapolate(snap, np.array([0]), np.array([round(dt_s * 1e9)]))
    return tuple(float(column[0]) for column in (motion.east_m, motion.north_m, motion.speed_mps, motion.heading_deg))


@pytest.mark.parametrize("accel", [-4.5, -1.0, 0.0, 2.6])
@pytest.mark.parametrize("speed", [1.0, 13.9, 33.3])
def test_constant_acceleration_is_within_5_cm_of_a_10_ms_run(speed: float, accel: float) -> None:
    x, v = 0.0, speed
    for _ in range(10):  # 0.1 s in steps of 10 ms, ballistic like SUMO's run
        faster = max(v + accel * 0.01, 0.0)
        x += 0.5 * (v + faster) * 0.01
        v = faster
    east, north, reached, _ = at(snapshot(speed, accel), 0.1)
    assert east == pytest.approx(x, abs=0.05)
    assert north == pytest.approx(0.0, abs=1e-9)
    assert reached == pytest.approx(v, abs=1e-9)


def test_a_braking_vehicle_stops_and_stays() -> None:
    east, _, speed, _ = at(snapshot(0.2, -4.0), 1.0)
    assert east == pytest.approx(0.2**2 / (2 * 4.0))
    assert speed == 0.0


def test_a_vehicle_at_rest_stays_even_if_its_last_deceleration_is_remembered() -> None:
    assert at(snapshot(0.0, -4.0), 0.1)[:3] == (0.0, 0.0, 0.0)


def test_a_turn_follows_the_arc() -> None:
    radius, speed, dt = 15.0, 10.0, 0.1
    yaw_dps = np.degrees(speed / radius)
    east, north, _, heading = at(snapshot(speed, 0.0, yaw=yaw_dps, heading=0.0), dt)
    angle = speed * dt / radius  # clockwise from north: the arc's centre lies to the east
    assert east == pytest.approx(radius * (1 - np.cos(angle)), abs=1e-3)
    assert north == pytest.approx(radius * np.sin(angle), abs=1e-3)
    assert heading == pytest.approx(np.degrees(angle))
