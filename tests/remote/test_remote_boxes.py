"""Boxes against brute force: polygons clipped by half-planes, points along edges, time in small steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from v2x.remote.boxes import Boxes, Contact, Contacts, distance_m, overlap, time_to_collision_s
from v2x.traffic.base import Snapshot

F64 = np.ndarray


def box(x: float, y: float, heading: float = 0.0, length: float = 4.6, width: float = 1.8) -> Boxes:
    return Boxes(*(np.array([value], float) for value in (x, y, heading, length, width)))


@st.composite
def boxes(draw: Any) -> Boxes:
    place, size = st.floats(-12.0, 12.0), st.floats(0.5, 9.0)
    return box(draw(place), draw(place), draw(st.floats(-7.0, 7.0)), draw(size), draw(size))


def corners(of: Boxes, grow_m: float = 0.0) -> F64:
    """Its corners, (4, 2), counter-clockwise, of the box grown on all sides."""
    x, y, heading, length, width = (float(column[0]) for column in of)
    along, across = (
        (length / 2.0 + grow_m) * np.array([1, -1, -1, 1]),
        (width / 2.0 + grow_m) * np.array([1, 1, -1, -1]),
    )
    c, s = np.cos(heading), np.sin(heading)
    return np.array([x + c * along - s * across, y + s * along + c * across]).T


def clipped(polygon: F64, by: F64) -> F64:
    """What of a polygon is inside a convex one (Sutherland and Hodgman)."""
    for a, b in zip(by, np.roll(by, -1, axis=0), strict=True):
        if not len(polygon):
            break
        side = (b[0] - a[0]) * (polygon[:, 1] - a[1]) - (b[1] - a[1]) * (polygon[:, 0] - a[0])
        kept = []
        for k in range(len(polygon)):
            if side[k - 1] * side[k] < 0.0:
                kept.append(polygon[k - 1] + (polygon[k] - polygon[k - 1]) * side[k - 1] / (side[k - 1] - side[k]))
            if side[k] >= 0.0:
                kept.append(polygon[k])
        polygon = np.array(kept).reshape(-1, 2)
    return polygon


def together(one: Boxes, other: Boxes, grow_m: float = 0.0) -> bool:
    return len(clipped(corners(one, grow_m), corners(other, grow_m))) > 0


def edges_apart_m(one: Boxes, other: Boxes) -> float:
    """Least distance of many points on their edges."""
    share = np.linspace(0.0, 1.0, 201)[:, None, None]
    edges = [corners(each) + share * (np.roll(corners(each), -1, axis=0) - corners(each)) for each in (one, other)]
    a, b = (edge.reshape(-1, 2) for edge in edges)
    return float(np.sqrt(((a[:, None] - b[None]) ** 2).sum(axis=2).min()))


@settings(deadline=None)
@given(boxes(), boxes())
def test_overlap_is_that_of_polygons(one: Boxes, other: Boxes) -> None:
    if together(one, other, -1e-6):
        assert overlap(one, other)[0] and overlap(other, one)[0] and distance_m(one, other)[0] == 0.0
    elif not together(one, other, 1e-6):
        assert not overlap(one, other)[0] and not overlap(other, one)[0]


@settings(max_examples=60, deadline=None)
@given(boxes(), boxes())
def test_distance_is_that_of_edges(one: Boxes, other: Boxes) -> None:
    assume(not together(one, other, 1e-6))
    least_m = distance_m(one, other)[0]
    assert least_m == pytest.approx(distance_m(other, one)[0], abs=1e-9)
    assert least_m - 1e-9 <= edges_apart_m(one, other) <= least_m + 0.05


@settings(max_examples=100, deadline=None)
@given(boxes(), boxes(), st.floats(-20.0, 20.0), st.floats(-20.0, 20.0))
def test_they_touch_when_told_and_not_before(one: Boxes, other: Boxes, speed: float, other_speed: float) -> None:
    """Both are moved on: overlapping right after the time told, apart at many instants before, and else for ever."""

    def moved(t_s: float) -> tuple[Boxes, Boxes]:
        pair = ((one, speed), (other, other_speed))
        a, b = (
            each._replace(
                x_m=each.x_m + t_s * v * np.cos(each.heading_rad), y_m=each.y_m + t_s * v * np.sin(each.heading_rad)
            )
            for each, v in pair
        )
        return a, b

    found_s = time_to_collision_s(one, speed, other, other_speed)[0]
    assert found_s == pytest.approx(time_to_collision_s(other, other_speed, one, speed)[0], rel=1e-6, abs=1e-6)
    until_s = min(found_s, 30.0)
    for t_s in np.linspace(0.0, until_s, 200, endpoint=False) if until_s > 0.0 else ():
        assert not together(*moved(t_s), -1e-6)
    if found_s < 30.0:
        assert together(*moved(found_s), 1e-6)


def test_known_encounters() -> None:
    """Behind another, head on, past it, away from it, at rest, across its way."""
    me = box(0.0, 0.0)
    others = Boxes(*np.array([
        (34.6, 0.0, 0.0, 4.6, 1.8), (34.6, 0.0, np.pi, 4.6, 1.8), (34.6, 1.9, np.pi, 4.6, 1.8),
        (-34.6, 0.0, 0.0, 4.6, 1.8), (4.0, 0.9, 0.0, 4.6, 1.8), (33.2, 31.4, -np.pi / 2.0, 4.6, 1.8),
    ]).T)  # fmt: skip
    speed = np.array([5.0, 5.0, 5.0, 5.0, 0.0, 10.0])
    assert time_to_collision_s(me, 10.0, others, speed) == pytest.approx([6.0, 2.0, np.inf, np.inf, 0.0, 3.0])
    assert distance_m(me, others) == pytest.approx([30.0, 30.0, np.hypot(30.0, 0.1), 30.0, 0.0, np.hypot(30.0, 28.2)])
    assert overlap(me, others).tolist() == [False] * 4 + [True, False]


def test_boxes_of_a_snapshot_are_on_the_plane() -> None:
    one, name = np.ones(1), np.array(["a"], object)
    snapshot = Snapshot(
        0, name, np.ones(1, np.uint64), np.zeros(1, np.int8), 5.0 * one, 6.0 * one, one, one, 30.2 * one, one, one, one,
        4.0 * one, 2.0 * one, name,
    )  # fmt: skip
    found = Boxes.of(snapshot, 0.2)
    assert [float(column[0]) for column in found] == pytest.approx([5.0, 6.0, np.radians(60.0), 4.0, 2.0])


def test_a_contact_is_reported_once_until_they_part() -> None:
    names, speed, contacts = ["a", "b", "c", "far"], np.array([8.0, 3.0, 0.0, 1.0]), Contacts()
    gaps_m = [6.0, 5.0, 4.5, 3.0, -3.0, -4.5, -5.0, -4.5]
    seen = []
    for step, gap_m in enumerate(gaps_m):
        here = Boxes(
            np.array([0.0, gap_m, 0.0, 90.0]), np.array([0.0, 0.0, 1.7 if step == 4 else 5.0, 0.0]),
            np.zeros(4), np.full(4, 4.6), np.full(4, 1.8),
        )  # fmt: skip
        seen += contacts.look(100 * step, names, here, speed, [0])
    assert seen == [
        Contact(200, "a", "b", 8.0, 3.0),
        Contact(400, "a", "c", 8.0, 0.0),
        Contact(700, "a", "b", 8.0, 3.0),
    ]


def test_two_who_are_watched_collide_once() -> None:
    here = Boxes(np.array([0.0, 1.0, 2.0]), np.zeros(3), np.zeros(3), np.full(3, 4.0), np.full(3, 2.0))
    found = Contacts().look(0, ["a", "b", "c"], here, np.zeros(3), [1, 0])
    assert {(each.vehicle, each.other) for each in found} == {("b", "a"), ("b", "c"), ("a", "c")} and len(found) == 3
