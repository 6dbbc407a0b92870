"""Post-encroachment times and decelerations needed: hand-computed cases, another way to the same figure, whole runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from remote_tables import SPEED_MPS, Drive, S, run

from v2x.remote.boxes import Boxes, time_to_collision_s
from v2x_analysis import Run
from v2x_analysis.measurement import F64
from v2x_analysis.remote.encroachment import crossings
from v2x_analysis.remote.figures import figures
from v2x_analysis.remote.needed import needed
from v2x_analysis.remote.places import Places, Shared
from v2x_analysis.remote.verdicts import judged

T_S = np.arange(0.0, 12.0, 0.1)


def straight(
    x_m: float, y_m: float, heading_rad: float, speed_mps: float, size: tuple[float, float] = (4.0, 2.0)
) -> Places:
    """Somebody who is at a place at 6 s, and drives straight on."""
    way_m = speed_mps * (T_S - 6.0)
    each = np.ones(len(T_S))
    return Places(
        T_S, x_m + way_m * np.cos(heading_rad), y_m + way_m * np.sin(heading_rad), heading_rad * each,
        size[0] * each, size[1] * each, speed_mps * each,
    )  # fmt: skip


def among(own: Places, *others: Places) -> Shared:
    who = np.repeat(np.arange(len(others)), [len(each.t_s) for each in others])
    return Shared.of(own, Places(*(np.concatenate(columns) for columns in zip(*others, strict=True))), who)


def pets_s(own: Places, *others: Places) -> list[float]:
    return [each.pet_s for each in crossings(among(own, *others))]


# ---------------------------------------------------------------- post-encroachment time


def test_right_angles_with_known_times() -> None:
    """It has left the other's strip of 2 m when its centre is 3 m beyond: 0.3 s after 6 s. He comes with his front."""
    own = straight(0.0, 0.0, 0.0, 10.0)
    behind = straight(0.0, -3.0 - 5.0 * 1.8, np.pi / 2.0, 5.0)  # his front is at its strip at 7.8 s
    before = straight(0.0, 3.0 + 5.0 * 2.3, -np.pi / 2.0, -5.0)  # backwards, and gone from its strip at 3.7 s
    (after,) = crossings(among(own, behind))
    assert after.pet_s == pytest.approx(1.5, abs=0.0201)
    assert after.t_s == pytest.approx(7.8, abs=0.0101)
    assert pets_s(own, behind, before) == pytest.approx([1.5, 2.0], abs=0.0201)


def test_a_collision_has_none_left() -> None:
    assert pets_s(straight(0.0, 0.0, 0.0, 10.0), straight(0.0, 0.0, np.pi / 2.0, 5.0)) == [0.0]


@pytest.mark.parametrize("turn_deg", [0.0, 20.0, 29.0])
def test_who_follows_or_merges_has_none(turn_deg: float) -> None:
    assert pets_s(straight(0.0, 0.0, 0.0, 10.0), straight(-20.0, 0.0, np.radians(turn_deg), 10.0)) == []


def test_who_follows_round_a_bend_has_none() -> None:
    """On a circle of 8 m a car is turned by half a radian against the one whose rear it touches."""
    angle = 5.0 * T_S / 8.0

    def on_circle(late_rad: float) -> Places:
        each = np.ones(len(T_S))
        bearing = angle - late_rad
        return Places(
            T_S, 8.0 * np.cos(bearing), 8.0 * np.sin(bearing), bearing + np.pi / 2.0, 4.5 * each, 1.8 * each, 5.0 * each
        )

    assert pets_s(on_circle(0.0), on_circle(1.0)) == []


def test_nobody_within_ten_seconds_is_no_conflict() -> None:
    own, late = straight(0.0, 0.0, 0.0, 10.0), straight(0.0, -3.0, np.pi / 2.0, 5.0)
    assert pets_s(own, late._replace(t_s=T_S + 10.2)) == pytest.approx([9.9], abs=0.0201)
    assert pets_s(own, late._replace(t_s=T_S + 10.4)) == []


ANGLES = st.floats(np.radians(35.0), np.radians(145.0))
SPEEDS = st.floats(3.0, 12.0)
LATE = st.floats(-3.0, 3.0)


def by_shift_s(own: Places, other: Places) -> float:
    """The least time by which one of them would have to be shifted for both to touch: TTC of rectangles finite."""
    shift_s = np.arange(-8.0, 8.0, 0.005)
    middle = int(np.argmin(np.abs(T_S - 6.0)))

    def boxes(each: Places, back_s: F64) -> Boxes:
        way_m = each.speed_mps[middle] * (back_s + 100.0)  # long before
        heading = np.broadcast_to(each.heading_rad[middle], back_s.shape)
        length, width = (np.broadcast_to(size[middle], back_s.shape) for size in (each.length_m, each.width_m))
        x_m, y_m = each.x_m[middle] - way_m * np.cos(heading), each.y_m[middle] - way_m * np.sin(heading)
        return Boxes(x_m, y_m, heading, length, width)

    none = np.zeros(len(shift_s))
    meets = time_to_collision_s(
        boxes(own, none), own.speed_mps[middle], boxes(other, shift_s), other.speed_mps[middle]
    )  # fmt: skip
    return float(np.abs(shift_s[np.isfinite(meets)]).min())


@settings(deadline=None, max_examples=50)
@given(angle=ANGLES, own_mps=SPEEDS, other_mps=SPEEDS, late_s=LATE)
def test_it_is_the_least_shift_that_makes_them_touch(
    angle: float, own_mps: float, other_mps: float, late_s: float
) -> None:
    """Found from times to collision of rectangles that are shifted in time, which are exact."""
    own = straight(0.0, 0.0, 0.0, own_mps)
    way_m = other_mps * late_s
    other = straight(-way_m * np.cos(angle), -way_m * np.sin(angle), angle, other_mps, (1.8, 0.8))
    expected_s = by_shift_s(own, other)
    assert pets_s(own, other) == pytest.approx([expected_s], abs=0.03)


@settings(deadline=None, max_examples=50)
@given(
    angle=ANGLES, own_mps=SPEEDS, other_mps=SPEEDS, late_s=LATE, turn=st.floats(0.0, 6.0), away_m=st.floats(-1e3, 1e3)
)
def test_it_is_the_same_whoever_is_asked_and_wherever_it_is(
    angle: float, own_mps: float, other_mps: float, late_s: float, turn: float, away_m: float
) -> None:
    way_m = other_mps * late_s
    own = straight(0.0, 0.0, 0.0, own_mps)
    other = straight(-way_m * np.cos(angle), -way_m * np.sin(angle), angle, other_mps)

    def moved(each: Places) -> Places:
        return each._replace(
            x_m=away_m + each.x_m * np.cos(turn) - each.y_m * np.sin(turn),
            y_m=2.0 * away_m + each.x_m * np.sin(turn) + each.y_m * np.cos(turn),
            heading_rad=each.heading_rad + turn,
        )

    found = pets_s(own, other)
    assert pets_s(other, own) == pytest.approx(found, abs=0.0101)
    assert pets_s(moved(own), moved(other)) == pytest.approx(found, abs=0.0101)


# ---------------------------------------------------------------- deceleration needed


def test_following_with_a_known_deceleration() -> None:
    """At 10 m/s behind 6 m/s, rectangles 4 m long and centres 24 m apart: 4²/(2 20) m/s²; half a second later 18 m."""
    own, ahead = straight(0.0, 0.0, 0.0, 10.0), straight(24.0, 0.0, 0.0, 6.0)
    t_s, mps2 = needed(among(own, ahead))
    assert mps2[np.isclose(t_s, 6.0)] == pytest.approx(0.4)
    assert mps2[np.isclose(t_s, 6.5)] == pytest.approx(16.0 / 36.0)


def test_only_the_nearest_who_is_ahead_counts() -> None:
    own, near, far = (straight(x_m, 0.0, 0.0, mps) for x_m, mps in ((0.0, 10.0), (24.0, 6.0), (44.0, 0.0)))
    beside, opposite = straight(30.0, 2.5, 0.0, 0.0), straight(14.0, 0.0, np.pi / 2.0, 3.0)
    t_s, mps2 = needed(among(own, near, far, beside, opposite))
    assert mps2[np.isclose(t_s, 6.0)] == pytest.approx(0.4)


def test_nobody_is_neared_who_is_behind_or_drives_off() -> None:
    own = straight(0.0, 0.0, 0.0, 10.0)
    t_s, _ = needed(among(own, straight(-12.0, 0.0, 0.0, 14.0), straight(24.0, 0.0, 0.0, 11.0)))
    assert not len(t_s[t_s < 6.1])  # later the one behind would have driven through it


def test_who_stands_beyond_the_end_of_the_way_was_ahead() -> None:
    own, stands = (
        straight(0.0, 0.0, 0.0, 10.0),
        straight(59.0 + 34.0, 0.0, 0.0, 0.0),
    )  # it gets to 59 m, its front to 61 m
    t_s, mps2 = needed(among(own, stands))
    assert (t_s[-1], mps2[-1]) == (pytest.approx(11.9), pytest.approx(100.0 / 60.0))


def test_the_gap_is_along_the_way_that_was_driven() -> None:
    """A quarter of a circle of 20 m, then straight on to somebody who stands there: 10 m of way, not the chord."""
    radius_m, speed_mps = 20.0, 8.0
    way_m = speed_mps * T_S
    bend_m = radius_m * np.pi / 2.0
    bearing = np.minimum(way_m, bend_m) / radius_m
    beyond_m = np.maximum(way_m - bend_m, 0.0)
    each = np.ones(len(T_S))
    own = Places(
        T_S, radius_m * np.sin(bearing), radius_m * (1.0 - np.cos(bearing)) + beyond_m, bearing, 4.0 * each, 2.0 * each,
        speed_mps * each,
    )  # fmt: skip
    stands = straight(radius_m, radius_m + 14.0, np.pi / 2.0, 0.0)
    t_s, mps2 = needed(among(own, stands))
    gap_m = bend_m + 10.0
    assert mps2[0] == pytest.approx(speed_mps**2 / (2.0 * gap_m), rel=0.01)
    assert t_s[0] == 0.0


# ---------------------------------------------------------------- whole runs


def value(found: Run, key: str) -> float | None:
    each = figures(found)[f"remote.{key}"].value
    assert each is None or isinstance(each, float)
    return each


def test_a_run_with_somebody_who_crosses_and_somebody_ahead(tmp_path: Path) -> None:
    """At 10 m/s along x: he who crosses at x = 100 m is a second late; another goes at 5 m/s, 10 m ahead at the end."""
    drive = Drive(16.0)
    t_s = np.arange(0.0, 16.0, 0.1)
    drive.road_user("remote", t_s, SPEED_MPS * t_s, 0.0 * t_s, 90.0, SPEED_MPS)
    # it is gone from his strip at 10.3 s, he is at its own at 11.3 s
    drive.road_user("crosses", t_s, 100.0 + 0.0 * t_s, -3.0 + 5.0 * (t_s - 11.3), 0.0, 5.0)
    late_s = t_s[t_s >= 10.0]
    drive.road_user("ahead", late_s, 173.0 + 5.0 * (late_s - 15.9), 0.0 * late_s, 90.0, 5.0)
    found = run(tmp_path / "run", drive)
    assert value(found, "pet_min_s") == pytest.approx(1.0, abs=0.021)
    assert figures(found)["remote.pet_min_s"].remark.startswith("with crosses at 11.3")  # type: ignore[union-attr]
    assert value(found, "drac_max_mps2") == pytest.approx(25.0 / (2.0 * 10.0))
    steps = {key: figures(found)[f"remote.{key}"].n for key in ("pet_min_s", "drac_max_mps2")}
    assert steps == {"pet_min_s": 1, "drac_max_mps2": len(late_s)}


def test_too_near_breaks_the_profile_when_the_second_comes(tmp_path: Path) -> None:
    drive = Drive(16.0)
    t_s = np.arange(0.0, 16.0, 0.1)
    drive.road_user("remote", t_s, SPEED_MPS * t_s, 0.0 * t_s, 90.0, SPEED_MPS)
    drive.road_user("crosses", t_s, 100.0 + 0.0 * t_s, -3.0 + 5.0 * (t_s - 11.0), 0.0, 5.0)
    rows = {one.row.id: one for one in run(tmp_path / "run", drive).derived(judged)}
    assert {name: rows[name].judgement.verdict for name in ("D4.pet", "D4.drac")} == {
        "D4.pet": "FAIL",
        "D4.drac": "PASS",
    }
    assert (rows["D4.pet"].broke_ns or 0) / S == pytest.approx(11.0, abs=0.0101)


def test_alone_on_the_road_there_is_no_conflict(tmp_path: Path) -> None:
    found = figures(run(tmp_path / "run", Drive(5.0)))
    pet, drac = found["remote.pet_min_s"], found["remote.drac_max_mps2"]
    assert (pet.value, pet.n, drac.value, drac.n) == (10.0, 0, 0.0, 0)
    assert "never below 10 s" in pet.remark
    assert "never above 0 m/s^2" in drac.remark
