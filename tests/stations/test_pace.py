"""When vehicles speak: at a fixed rate, or by how many others are near and how predictable they are."""

from __future__ import annotations

import numpy as np
import pytest

from v2x.clock import NS_PER_MS, NS_PER_S
from v2x.rng import Stream
from v2x.stations.pace import DensityPace, FixedPace, Pace
from v2x.stations.schedule import Schedule
from v2x.traffic.base import Snapshot

STEP_NS = 100 * NS_PER_MS
#: Grid headings are these less than true ones.
CONVERGENCE_DEG = 5.0


def convoy(vehicles: int, t_ns: int, speed_mps: float, heading_deg: float, apart_m: float) -> Snapshot:
    """Vehicles abreast of each other, driving straight on."""
    way_m, course = speed_mps * t_ns / NS_PER_S, np.radians(heading_deg - CONVERGENCE_DEG)
    side_m, one = np.arange(vehicles) * apart_m, np.ones(vehicles)
    return Snapshot(
        t_ns=t_ns,
        id=np.array([f"v{number:04}" for number in range(vehicles)], object),
        key=np.arange(1, vehicles + 1, dtype=np.uint64),
        type=np.zeros(vehicles, np.int8),
        x_m=way_m * np.sin(course) + side_m * np.cos(course),
        y_m=way_m * np.cos(course) - side_m * np.sin(course),
        lon_deg=117 * one,
        lat_deg=39 * one,
        heading_deg=heading_deg * one,
        speed_mps=speed_mps * one,
        accel_mps2=0 * one,
        yaw_rate_dps=0 * one,
        length_m=5 * one,
        width_m=2 * one,
        lane=np.full(vehicles, "", object),
    )


def messages(
    pace: Pace, seconds: float, vehicles: int, speed_mps: float = 0.0, heading_deg: float = 90.0, apart_m: float = 0.1
) -> np.ndarray:
    """How many each vehicle sends."""
    sent = np.zeros(vehicles, int)
    rows = np.arange(vehicles)
    for t_ns in range(0, round(seconds * NS_PER_S), STEP_NS):
        snapshot = convoy(vehicles, t_ns, speed_mps, heading_deg, apart_m)
        which, at_ns, count = pace.due(snapshot, rows, t_ns + STEP_NS)
        assert np.all((t_ns <= at_ns) & (at_ns < t_ns + STEP_NS))
        for row, number in zip(which.tolist(), count.tolist(), strict=True):
            sent[row] += 1
            assert number >= sent[row] - 1
    return sent


def test_a_fixed_rate_is_the_schedule() -> None:
    snapshot, rows = convoy(9, 3 * NS_PER_S, 0.0, 0.0, 1.0), np.array([1, 4, 8])
    got = FixedPace(10.0, 3).due(snapshot, rows, 4 * NS_PER_S)
    want = Schedule(10.0, Stream(3, "obu.phase")).due(snapshot.key[rows], 3 * NS_PER_S, 4 * NS_PER_S)
    assert all(np.array_equal(ours, theirs) for ours, theirs in zip(got, want, strict=True))
    assert FixedPace(10.0, 3).interval_ms(snapshot.key) is None


@pytest.mark.parametrize(("vehicles", "interval_ms"), [(1, 100.0), (26, 100.0), (76, 300.0), (200, 600.0)])
def test_many_neighbours_lower_the_rate(vehicles: int, interval_ms: float) -> None:
    """SAE J3161/1: 100 ms up to 25 neighbours within 100 m, then in proportion, 600 ms at most."""
    pace = DensityPace(1, CONVERGENCE_DEG)
    sent = messages(pace, 6.0, vehicles)
    assert np.all(np.abs(sent - 6000.0 / interval_ms) <= 1)
    stranger = 12345
    set_ms = pace.interval_ms(np.array([vehicles, stranger], np.uint64))
    assert set_ms == pytest.approx([interval_ms, np.nan], nan_ok=True)


def test_those_beyond_100_m_do_not_count() -> None:
    assert np.all(np.abs(messages(DensityPace(1, CONVERGENCE_DEG), 6.0, 200, apart_m=101.0) - 60) <= 1)


@pytest.mark.parametrize("heading_deg", [0.0, 37.0, 181.0])
def test_who_drives_straight_on_is_where_the_others_expect_it(heading_deg: float) -> None:
    """True heading and grid differ: taken for one another, every message would seem 0.9 m off after 300 ms."""
    right, wrong = (
        messages(DensityPace(1, convergence_deg), 6.0, 200, speed_mps=33.0, heading_deg=heading_deg)
        for convergence_deg in (CONVERGENCE_DEG, 0.0)
    )
    assert np.all(np.abs(right - 10) <= 1)
    assert np.all(wrong > 20)


def test_nobody_depends_on_strangers_out_of_sight() -> None:
    def instants(vehicles: int) -> list[tuple[int, int]]:
        snapshot = convoy(vehicles, 0, 10.0, 90.0, apart_m=500.0)
        which, at_ns, _ = DensityPace(1, CONVERGENCE_DEG).due(snapshot, np.arange(vehicles), 10 * STEP_NS)
        return [(row, t_ns) for row, t_ns in zip(which.tolist(), at_ns.tolist(), strict=True) if row < 5]

    assert instants(5) == instants(40)
