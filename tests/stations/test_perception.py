"""Sensors at masts: who is in view, and how the truth is blurred."""

from __future__ import annotations

import numpy as np
import pytest
from road_users import PLANE, User, snapshot

from v2x.field.model import Building
from v2x.rng import key_of
from v2x.scenario.model_perception import FieldOfView, Misses, Perception
from v2x.stations.mast_view import Masts
from v2x.stations.perception import MastSensors, Scan
from v2x.stations.sightings import SEEN

MS = 1_000_000
STEP = 100 * MS
EXACT = Perception(
    latency_ms=0,
    jitter_ms=0,
    position_sigma_m=0,
    speed_sigma_mps=0,
    heading_sigma_deg=0,
    size_sigma_m=0,
    misses=Misses(near={}, far={}),
    false_per_minute=0,
    misclassified=0,
    swap_per_s=0,
)


def masts(*places: tuple[float, float], height_m: float = 6.0) -> Masts:
    key = np.array([key_of(f"mast-{k}") for k in range(len(places))], np.uint64)
    return Masts(key, *np.array(places, float).T, np.full(len(places), height_m))


def scans(
    config: Perception, users: list[User], steps: int = 2, at: Masts | None = None, seed: int = 1, **known: object
) -> list[Scan]:
    """What the first mast's unit gets within some steps of standing or moving users."""
    where = at or masts((0.0, 0.0))
    sensors = MastSensors(config, where, PLANE, known.get("buildings", ()), seed)  # type: ignore[arg-type]
    got: list[Scan] = []
    for step in range(steps):
        moved = [
            (name, kind, x + step * 0.1 * v * np.sin(np.radians(h)), y + step * 0.1 * v * np.cos(np.radians(h)), v, h)
            for name, kind, x, y, v, h in users
        ]
        got += sensors.sensor(0).scans(snapshot(moved, step * STEP))
    return got


def seen(config: Perception, users: list[User], **known: object) -> int:
    """How many are in the first picture."""
    return len(scans(config, users, **known)[0].objects)  # type: ignore[arg-type]


def test_without_errors_the_truth_at_the_time_of_the_picture() -> None:
    first, *_, last = scans(EXACT, [("a", "car", 30.0, -40.0, 10.0, 90.0)], steps=30)
    assert 0 <= first.age_ns < STEP  # pictures between steps wait for the next one
    for scan in (first, last):
        taken_s = (scan.t_ns - scan.age_ns) / 1e9
        assert scan.objects.east_m[0] == pytest.approx(30.0 + 10.0 * taken_s, abs=1e-3)
        assert scan.objects.north_m[0] == pytest.approx(-40.0, abs=1e-3)
    assert (last.objects.speed_mps[0], last.objects.heading_deg[0]) == pytest.approx((10.0, 90.0))
    assert SEEN[last.objects.kind[0]] == "vehicle" and last.objects.kind_confidence[0] == 1.0


def test_pictures_come_at_their_rate_and_late() -> None:
    late = EXACT.model_copy(update={"latency_ms": 150.0, "jitter_ms": 20.0, "rate_hz": 5.0})
    got = scans(late, [("a", "car", 10.0, 0.0, 0.0, 0.0)], steps=401)
    taken = np.array([scan.t_ns - scan.age_ns for scan in got])
    assert np.all(np.diff(taken) == 200 * MS) and len(got) == pytest.approx(200, abs=2)
    age_ms = np.array([scan.age_ns for scan in got]) / MS
    assert age_ms.min() > 150 and age_ms.mean() == pytest.approx(150 + 20, abs=5)
    assert np.all(np.diff([scan.t_ns for scan in got]) >= 0)


@pytest.mark.parametrize(
    ("east", "north", "expected"), [(50.0, 0.0, 1), (121.0, 0.0, 0), (5.0, 0.0, 0), (0.0, 50.0, 0), (40.0, 30.0, 1)]
)
def test_the_view_has_a_range_and_an_angle(east: float, north: float, expected: int) -> None:
    view = FieldOfView(bearing_deg=90.0, opening_deg=120.0, near_m=10.0, far_m=120.0)
    config = EXACT.model_copy(update={"view": view})
    assert seen(config, [("a", "car", east, north, 0.0, 0.0)]) == expected


def test_a_high_mast_looks_over_a_car_and_not_over_a_bus() -> None:
    walker: User = ("w", "pedestrian", 15.0, 0.0, 0.0, 0.0)
    assert seen(EXACT, [walker, ("c", "car", 11.0, 0.0, 0.0, 0.0)]) == 2
    assert seen(EXACT, [walker, ("b", "bus", 12.0, 0.0, 0.0, 0.0)]) == 1
    assert seen(EXACT, [walker, ("b", "bus", 12.0, 0.0, 0.0, 0.0)], at=masts((0.0, 0.0), height_m=20.0)) == 2


def test_buildings_hide() -> None:
    block = Building("B", 10.0, np.array([[20.0, -5.0], [30.0, -5.0], [30.0, 5.0], [20.0, 5.0]]))
    users: list[User] = [("a", "car", 50.0, 0.0, 0.0, 0.0), ("b", "car", 50.0, 40.0, 0.0, 0.0)]
    assert seen(EXACT, users) == 2 and seen(EXACT, users, buildings=(block,)) == 1


CROWD: list[User] = [(f"p{k}", "car", 10.0 * (k % 10) - 45.0, 7.0 * (k // 10) - 20.0, 0.0, 0.0) for k in range(60)]


def test_errors_have_the_standard_deviations_that_are_stated() -> None:
    config = EXACT.model_copy(update={"position_sigma_m": 0.5, "speed_sigma_mps": 0.4, "heading_sigma_deg": 3.0})
    errors, speeds, headings = [], [], []
    for seed in range(40):
        (scan,) = scans(config, [("a", "car", 60.0, 80.0, 10.0, 90.0)], steps=2, seed=seed)[:1]
        taken_s = (scan.t_ns - scan.age_ns) / 1e9
        errors.append((scan.objects.east_m[0] - 60.0 - 10.0 * taken_s) / scan.objects.position_sigma_m[0])
        speeds.append((scan.objects.speed_mps[0] - 10.0) / scan.objects.speed_sigma_mps[0])
        headings.append((scan.objects.heading_deg[0] - 90.0) / scan.objects.heading_sigma_deg[0])
        assert scan.objects.position_sigma_m[0] == pytest.approx(1.0, rel=0.01)  # twice as large at 100 m
    for column in (errors, speeds, headings):
        assert np.std(column) == pytest.approx(1.0, abs=0.3) and abs(np.mean(column)) < 0.5


def test_misses_have_their_rate_and_last() -> None:
    config = EXACT.model_copy(update={"misses": Misses(near={"vehicle": 0.2}, far={"vehicle": 0.2}, lasting_s=1.0)})
    got = scans(config, CROWD, steps=400)
    clear = len(scans(EXACT, CROWD)[0].objects)
    share = 1 - np.mean([len(scan.objects) for scan in got]) / clear
    assert share == pytest.approx(0.2, abs=0.04)
    numbers = [set(np.round(scan.objects.east_m * 1000 + scan.objects.north_m, 3).tolist()) for scan in got]
    everybody = set().union(*numbers)
    missed = np.array([[who not in picture for who in everybody] for picture in numbers])
    again = np.mean(missed[1:][missed[:-1]])
    assert again > 0.5  # independent misses would repeat at 0.2


def test_nobody_changes_anybody_elses_luck() -> None:
    config = Perception(swap_per_s=0, false_per_minute=0)
    few, many = scans(config, CROWD[:3], steps=30), scans(config, [*CROWD[:3], ("z", "car", -30.0, 60.0, 3.0, 0.0)], 30)
    for one, other in zip(few, many, strict=True):
        assert set(one.objects.east_m.tolist()) <= set(other.objects.east_m.tolist())
        assert set(one.objects.number.tolist()) <= set(other.objects.number.tolist())
    second = scans(config, CROWD[:3], steps=30, at=masts((0.0, 0.0), (500.0, 0.0)))
    for one, other in zip(few, second, strict=True):
        np.testing.assert_array_equal(one.objects.east_m, other.objects.east_m)


def test_numbers_stay_and_are_exchanged_only_between_neighbours_of_a_kind() -> None:
    config = EXACT.model_copy(update={"swap_per_s": 2.0, "swap_within_m": 2.0})
    users: list[User] = [
        ("a", "pedestrian", 20.0, 0.0, 0.0, 0.0),
        ("b", "pedestrian", 21.0, 0.0, 0.0, 0.0),
        ("c", "pedestrian", 30.0, 0.0, 0.0, 0.0),
        ("d", "bicycle", 30.5, 0.0, 0.0, 0.0),
    ]
    got = [scan.objects for scan in scans(config, users, steps=100)]
    number = np.array([objects.number[np.argsort(objects.east_m)] for objects in got])
    assert len(np.unique(number[:, 2])) == 1 and len(np.unique(number[:, 3])) == 1
    assert len(np.unique(number[:, 0])) == 2 and set(number[:, 0]) == set(number[:, 1])
    exchanges = np.count_nonzero(np.diff(number[:, 0].astype(object)))
    assert exchanges == pytest.approx(20, abs=12)  # 10 s at 2 a second


def test_false_objects_have_their_rate_and_place() -> None:
    view = FieldOfView(bearing_deg=0.0, opening_deg=180.0, near_m=20.0, far_m=100.0)
    config = EXACT.model_copy(update={"false_per_minute": 60.0, "false_lasting_s": 0.5, "view": view})
    got = scans(config, [], steps=3000)
    objects = np.concatenate([scan.objects.number for scan in got])
    assert len(np.unique(objects)) == pytest.approx(300, rel=0.2)
    north = np.concatenate([scan.objects.north_m for scan in got])
    range_m = np.hypot(north, np.concatenate([scan.objects.east_m for scan in got]))
    assert north.min() >= 0.0 and range_m.min() >= 20.0 and range_m.max() <= 100.0


def test_kinds_are_mistaken_at_their_rate() -> None:
    config = EXACT.model_copy(update={"misclassified": 0.1, "doubling_m": 1e6})
    kinds = np.concatenate([scan.objects.kind for scan in scans(config, CROWD, steps=600)])
    assert np.mean(kinds != SEEN.index("vehicle")) == pytest.approx(0.1, abs=0.03)
