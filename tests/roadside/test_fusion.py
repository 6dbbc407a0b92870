"""Tracks out of sightings and messages."""

from __future__ import annotations

import numpy as np
import pytest
from perception_kit import MS, UTC, S, sightings

from v2x.stations.sightings import SEEN, Sightings
from v2x_roadside.fusion import FORGOTTEN_NS, SURE, Fusion


def take(fusion: Fusion, t_ns: int, seen: Sightings, observer: str = "sensor", age_ns: int = 0) -> None:
    fusion.move(UTC + t_ns)
    fusion.take(UTC + t_ns, seen, np.full(len(seen), age_ns), observer)  # type: ignore[arg-type]


def test_a_track_follows_better_than_its_sightings_and_knows_how_well() -> None:
    rng = np.random.default_rng(1)
    errors, stated, raw = [], [], []
    for _ in range(40):
        fusion = Fusion(1.4)
        for step in range(30):
            noise = rng.normal(0.0, 0.6, 2)
            east, north = 10.0 * step * 0.1 + noise[0], noise[1]
            speed, heading = 10.0 + rng.normal(0.0, 0.4), 90.0 + rng.normal(0.0, 3.0)
            seen = sightings(
                {"east_m": east, "north_m": north, "speed_mps": speed, "heading_deg": heading, "position_sigma_m": 0.6}
            )
            take(fusion, step * 100 * MS, seen)
        tracks = fusion.tracks
        assert len(tracks) == 1 and tracks.sightings[0] == 30
        errors += [tracks.east_m[0] - 29.0, tracks.north_m[0]]
        stated.append(tracks.place_m2[0])
        raw += noise.tolist()
    assert np.std(errors) < 0.75 * np.std(raw)
    assert np.mean(np.square(errors)) / np.mean(stated) == pytest.approx(1.0, abs=0.4)


def test_old_sightings_are_brought_forward() -> None:
    fusion = Fusion(1.4)
    moving = {"speed_mps": 10.0, "heading_deg": 90.0}
    take(fusion, S, sightings({"east_m": 8.0, **moving}), age_ns=200 * MS)
    assert fusion.tracks.east_m[0] == pytest.approx(10.0)
    assert fusion.tracks.place_m2[0] == pytest.approx(0.3**2 + (0.3 * 0.2) ** 2)
    fusion.move(UTC + S + 250 * MS)
    assert fusion.tracks.east_m[0] == pytest.approx(12.5)


def test_the_sensor_and_the_message_of_one_vehicle_become_one_track() -> None:
    fusion = Fusion(1.4)
    for step in range(10):
        t_ns, east = step * 100 * MS, step * 1.0
        moving = {"speed_mps": 10.0, "heading_deg": 90.0}
        take(fusion, t_ns, sightings({"east_m": east, **moving}, {"number": 2, "north_m": 30.0}))
        own = {"number": 9999, "east_m": east - 1.5, "north_m": 0.8, "position_sigma_m": 2.0}
        take(fusion, t_ns, sightings({**own, **moving}), "self")
    tracks = fusion.tracks
    assert len(tracks) == 2
    fused = int(np.flatnonzero(tracks.heard == 9999)[0])
    assert tracks.number[fused] == 1 and abs(tracks.east_m[fused] - 9.0) < 0.5  # the surer one counts more


def test_who_was_only_heard_is_the_one_that_the_sensor_sees_later() -> None:
    fusion = Fusion(1.4)
    moving = {"speed_mps": 10.0, "heading_deg": 90.0}
    own = {"number": 9999, "position_sigma_m": 2.0, **moving}
    for step in range(10):
        take(fusion, step * 100 * MS, sightings({**own, "east_m": step * 1.0}), "self")
    first = fusion.tracks.id[0]
    for step in range(10, 20):
        take(fusion, step * 100 * MS, sightings({"number": 4, "east_m": step * 1.0 + 0.5, **moving}))
        take(fusion, step * 100 * MS, sightings({**own, "east_m": step * 1.0}), "self")
    assert fusion.tracks.id.tolist() == [first] and fusion.tracks.number[0] == 4


def test_two_that_the_gate_kept_apart_are_joined_and_only_one_stays() -> None:
    """Heard 20 m from where it is seen, until its receiver recovers."""
    fusion = Fusion(1.4)
    for step in range(40):
        off_m = 20.0 if step < 10 else 0.5
        take(fusion, step * 100 * MS, sightings({"number": 4}))
        take(fusion, step * 100 * MS, sightings({"number": 9999, "north_m": off_m, "position_sigma_m": 1.0}), "self")
        if step == 9:
            assert len(fusion.tracks) == 2
    assert len(fusion.tracks) == 1 and fusion.tracks.heard[0] == 9999 and fusion.tracks.number[0] == 4


def test_a_message_goes_to_its_kind() -> None:
    """A walker at the kerb is nearer to where a badly placed cyclist says it is than the cyclist."""
    fusion = Fusion(1.4)
    for step in range(5):
        seen = sightings(
            {"number": 1, "kind": "pedestrian", "east_m": 1.0}, {"number": 2, "kind": "cyclist", "east_m": -3.0}
        )
        take(fusion, step * 100 * MS, seen)
        said = sightings({"number": 9999, "kind": "cyclist", "position_sigma_m": 3.0})
        take(fusion, step * 100 * MS, said, "self")
    cyclist = int(np.flatnonzero(fusion.tracks.heard == 9999)[0])
    assert SEEN[fusion.tracks.kind[cyclist]] == "cyclist" and fusion.tracks.number[cyclist] == 2


def test_exchanged_numbers_exchange_the_tracks_of_neighbours() -> None:
    fusion = Fusion(1.4)
    for step in range(20):
        one, other = (1, 2) if step < 5 else (2, 1)
        take(fusion, step * 100 * MS, sightings({"number": one, "kind": "pedestrian"},
                                                {"number": other, "kind": "pedestrian", "east_m": 0.8}))  # fmt: skip
    assert len(fusion.tracks) == 2
    assert fusion.tracks.east_m[fusion.tracks.number == 2][0] == pytest.approx(0.0, abs=0.3)


def test_tracks_are_told_when_sure_and_dropped_when_gone() -> None:
    fusion = Fusion(1.4)
    for step in range(SURE):
        assert not fusion.sure().any()
        take(fusion, step * 100 * MS, sightings({}))
    assert fusion.sure().all()
    last = (SURE - 1) * 100 * MS
    fusion.move(UTC + last + FORGOTTEN_NS)
    assert len(fusion.tracks) == 1
    fusion.move(UTC + last + FORGOTTEN_NS + 1)
    assert len(fusion.tracks) == 0
    take(fusion, 5 * S, sightings({"number": 3}))
    fusion.move(UTC + 5 * S + 400 * MS)
    assert len(fusion.tracks) == 0  # seen once, dropped sooner


def test_numbers_of_tracks_go_round() -> None:
    fusion = Fusion(1.4)
    fusion._begun = 65534
    take(fusion, 0, sightings({"number": 1}, {"number": 2, "east_m": 50.0}, {"number": 3, "east_m": -50.0}))
    assert sorted(fusion.tracks.id.tolist()) == [1, 2, 65535]


def test_standing_is_timed() -> None:
    fusion = Fusion(1.4)
    for step in range(30):
        speed = 5.0 if step < 10 else 0.0
        take(
            fusion, step * 100 * MS, sightings({"speed_mps": speed, "heading_deg": 90.0, "east_m": min(step, 10) * 0.5})
        )
        assert (fusion.tracks.standing_ns[0] > 0) == (fusion.tracks.speed_mps[0] < 1.4)
    assert S < UTC + 29 * 100 * MS - fusion.tracks.standing_ns[0] < 2 * S


def test_observers_without_errors_are_believed() -> None:
    fusion = Fusion(1.4)
    exact = {"position_sigma_m": 0.0, "speed_sigma_mps": 0.0, "heading_sigma_deg": 0.0}
    for step in range(5):
        for _ in range(2):  # two pictures of one instant
            take(fusion, step * 100 * MS, sightings({"east_m": 3.0, **exact}))
    assert fusion.tracks.east_m.tolist() == pytest.approx([3.0]) and fusion.tracks.place_m2[0] < 0.01
