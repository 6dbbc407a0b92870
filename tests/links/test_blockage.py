"""What stands in the way: corners as two setbacks leave them, roofs, and rectangles against an independent geometry."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely import affinity

from v2x.field.model import Building
from v2x.links.base import Bodies, Scene, Stations
from v2x.links.sidelink.blockage import LOS, NLOS, NLOSV, Blockage, Sight

metres = st.floats(1.0, 400.0)


def block(west: float, south: float, east: float, north: float, height_m: float = 20.0) -> Building:
    return Building("B", height_m, np.array([[west, south], [east, south], [east, north], [west, north]]))


def stations(*places: Sequence[float]) -> Stations:
    """Antennas at (x, y, height), with the keys 0, 1, 2, ..."""
    x_m, y_m, antenna_m = np.array(places, float).T
    return Stations(np.arange(len(places), dtype=np.uint64), x_m, y_m, antenna_m)


def bodies(*rows: Sequence[float], first_key: int = 100) -> Bodies:
    """Rectangles (x, y, heading, length, width, height)."""
    columns = np.array(rows, float).reshape(-1, 6).T
    return Bodies(np.arange(first_key, first_key + len(rows), dtype=np.uint64), *columns)


def look(ends: Stations, in_the_way: Bodies | None = None, *buildings: Building) -> Sight:
    """Between the first station and each other one."""
    other = np.arange(1, len(ends), dtype=np.int32)
    there = Scene(0, 10**8, ends, bodies() if in_the_way is None else in_the_way)
    return Blockage(buildings)(there, np.zeros_like(other), other)


# ---------------------------------------------------------------------------- buildings


@settings(deadline=None)  # the first example waits for the compiler
@given(half_m=metres, other_half_m=metres, along_m=metres, up_m=metres)
def test_a_corner_lets_through_what_two_building_lines_leave_open(
    half_m: float, other_half_m: float, along_m: float, up_m: float
) -> None:
    """A corner at (a, b) hides (x, 0) from (0, y) exactly when it lies on their side of the ray: a/x + b/y < 1."""
    past = other_half_m / along_m + half_m / up_m
    assume(abs(past - 1.0) > 1e-9)
    corner = block(other_half_m, half_m, other_half_m + 500.0, half_m + 500.0)
    sight = look(stations((along_m, 0.0, 1.6), (0.0, up_m, 1.6)), None, corner)
    assert sight.state.tolist() == [NLOS if past < 1.0 else LOS]


@pytest.mark.parametrize(("distance_m", "expected"), [(30.0, LOS), (41.9, LOS), (42.1, NLOS), (120.0, NLOS)])
def test_cars_at_equal_distances_meet_at_the_sum_of_both_half_widths(distance_m: float, expected: int) -> None:
    """Half a collector is 11 m, its setback at Xiqing 10 m: two cars see each other from 21 + 21 m on."""
    corners = [block(*box) for box in
               ((21, 21, 300, 300), (-300, 21, -21, 300), (-300, -300, -21, -21), (21, -300, 300, -21))]  # fmt: skip
    sight = look(stations((-distance_m, 0, 1.6), (0, distance_m, 1.6), (0, -distance_m, 1.6)), None, *corners)
    assert sight.state.tolist() == [expected] * 2


@pytest.mark.parametrize(
    ("mast_m", "car_m", "expected"),
    [
        # A ray from 28 m comes down to 20 m after (28 - 20) / (28 - 1.6) of its way; the block ends at x = 100 m.
        (28.0, 325.0, NLOS),
        (28.0, 335.0, LOS),
        (6.0, 335.0, NLOS),
        (200.0, 112.0, LOS),
        (200.0, 110.0, NLOS),
    ],
)
def test_a_mast_sees_over_the_roof_as_far_as_the_ray_is_above_it(mast_m: float, car_m: float, expected: int) -> None:
    sight = look(stations((0, 0, mast_m), (car_m, 3.0, 1.6)), None, block(40, -30, 100, 30))
    assert sight.state.tolist() == [expected]


def test_a_mast_on_a_roof_sees_over_its_edge() -> None:
    roof = block(-20, -20, 20, 20)
    # At the edge, 20 m away, the ray to x is at 28 - 26.4 * 20 / x.
    sight = look(stations((0, 0, 28.0), (65, 0, 1.6), (67, 0, 1.6), (0, 67, 1.6)), None, roof)
    assert sight.state.tolist() == [NLOS, LOS, LOS]


def test_there_is_no_gap_between_touching_blocks() -> None:
    row = [block(50.0 * i, 0.0, 50.0 * (i + 1), 10.0) for i in range(8)]
    beyond = [(float(x), 40.0, 1.6) for x in range(401)]
    assert set(look(stations((200.0, -30.0, 1.6), *beyond), None, *row).state.tolist()) == {NLOS}


# ---------------------------------------------------------------------------- road users


@pytest.mark.parametrize(
    ("heights_m", "body_m", "expected"),
    [
        ((3.0, 3.0), 1.6, LOS),  # TR 37.885 clause 6.2.1: both antennas above the blocker
        ((1.6, 1.6), 3.0, NLOSV),  # both below
        ((1.6, 1.6), 1.6, NLOSV),  # neither
        ((1.6, 3.0), 2.5, NLOSV),  # between, and the ray is at 2.3 m in the middle
        ((1.6, 3.0), 2.2, LOS),  # between, and the ray passes over it
        ((1.6, 1.6), 0.0, LOS),  # a cyclist
    ],
)
def test_a_body_blocks_where_the_ray_is_no_higher(heights_m: tuple[float, float], body_m: float, expected: int) -> None:
    sight = look(stations((0, 0, heights_m[0]), (100, 0, heights_m[1])), bodies((50, 0.5, 90, 0.2, 2, body_m)))
    assert sight.state.tolist() == [expected]
    assert sight.blockers.tolist() == [int(expected == NLOSV)]
    assert sight.height_m.tolist() == [body_m if expected == NLOSV else 0.0]


def test_bodies_in_the_way_are_counted_and_the_highest_is_told() -> None:
    queue = bodies(*((20.0 * i, 0.3, 90, 9.1 if i == 2 else 4.6, 1.8, 3.0 if i == 2 else 1.6) for i in range(1, 5)))
    sight = look(stations((0, 0, 1.6), (100, 0, 1.6), (50, 0, 1.6), (100, 40, 1.6)), queue)
    assert sight.blockers.tolist() == [4, 2, 0]
    assert sight.height_m.tolist() == [3.0, 3.0, 0.0]


def test_nobody_stands_in_the_way_of_its_own_radio() -> None:
    own = bodies((0, 0, 90, 5, 2, 3.0), (100, 0, 90, 13, 2.6, 3.0), first_key=0)
    ends = stations((0, 0, 1.6), (100, 0, 3.0), (100, 0, 1.6))
    sight = look(ends, own)  # the third station has the key 2: it only stands where the second's body is
    assert sight.state.tolist() == [LOS, NLOSV]


def test_a_ray_beside_a_body_passes() -> None:
    ends = stations((0, 1.001, 1.6), (100, 1.001, 1.6), (100, 0.99, 1.6))
    assert look(ends, bodies((50, 0, 90, 5, 2, 1.6))).state.tolist() == [LOS, NLOSV]


@settings(deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_rectangles_against_shapely(seed: int) -> None:
    draw = np.random.default_rng(seed)
    size_m = draw.choice([60.0, 600.0])
    ends = stations(*draw.uniform((-size_m, -size_m, 1.0), (size_m, size_m, 6.0), (12, 3)))
    blocks = [_turned(draw, size_m, 4.0, 120.0) for _ in range(6)]
    heights_m = draw.uniform(2.0, 5.0, 6)
    buildings = [Building(f"B{i}", h, _ring(b)) for i, (b, h) in enumerate(zip(blocks, heights_m, strict=True))]
    n = 40
    rows = np.column_stack([draw.uniform(-size_m, size_m, (n, 2)), draw.uniform(0, 360, n), draw.uniform(1, 15, n),
                            draw.uniform(0.5, 3, n), draw.uniform(0, 5, n)])  # fmt: skip
    sight = look(ends, bodies(*rows), *buildings)
    cars = [_rectangle(*row[:5]) for row in rows]
    for pair in range(len(ends) - 1):
        a, b = (np.array([ends.x_m[k], ends.y_m[k], ends.antenna_m[k]]) for k in (0, pair + 1))
        if any(_reaches(a, b, edge, h) for edge, h in zip((b.exterior for b in blocks), heights_m, strict=True)):
            assert sight.state[pair] == NLOS
            continue
        hit = [height for car, height in zip(cars, rows[:, 5], strict=True) if _reaches(a, b, car, height)]
        assert sight.state[pair] == (NLOSV if hit else LOS)
        assert sight.blockers[pair] == len(hit)
        assert sight.height_m[pair] == max(hit, default=0.0)


def _rectangle(x_m: float, y_m: float, heading_deg: float, length_m: float, width_m: float) -> shapely.Polygon:
    north = shapely.box(-width_m / 2, -length_m / 2, width_m / 2, length_m / 2)
    return affinity.translate(affinity.rotate(north, -heading_deg, origin=(0, 0)), x_m, y_m)


def _turned(draw: np.random.Generator, size_m: float, least_m: float, most_m: float) -> shapely.Polygon:
    return _rectangle(*draw.uniform(-size_m, size_m, 2), draw.uniform(0, 360), *draw.uniform(least_m, most_m, 2))


def _ring(polygon: shapely.Polygon) -> np.ndarray:
    return shapely.get_coordinates(polygon)[:-1]


def _reaches(a: np.ndarray, b: np.ndarray, what: shapely.Geometry, height_m: float) -> bool:
    """Whether the straight line from a to b is, over ``what``, anywhere no higher than ``height_m``."""
    shared = shapely.LineString([a[:2], b[:2]]).intersection(what)
    way_m = np.hypot(*(b - a)[:2])
    over = [a[2] + np.hypot(*(point - a[:2])) / way_m * (b[2] - a[2]) for point in shapely.get_coordinates(shared)]
    assume(all(abs(z - height_m) > 1e-6 for z in over))
    return any(z < height_m for z in over)


# ---------------------------------------------------------------------------- order


def test_the_order_of_rows_and_of_ends_changes_nothing() -> None:
    draw = np.random.default_rng(4)
    n = 150
    ends = stations(*draw.uniform((0, 0, 1), (400, 400, 6), (n, 3)))
    rows = np.column_stack([draw.uniform(0, 400, (n, 2)), draw.uniform(0, 360, n), draw.uniform(1, 15, n),
                            draw.uniform(1, 3, n), draw.uniform(1, 4, n)])  # fmt: skip
    users = bodies(*rows, first_key=0)
    buildings = [block(x, y, x + 60, y + 50, 5.0) for x in (0, 150, 300) for y in (20, 200)]
    one, other = (side.astype(np.int32) for side in np.triu_indices(n, 1))
    first = Blockage(buildings)(Scene(0, 1, ends, users), one, other)
    assert set(first.state.tolist()) == {LOS, NLOSV, NLOS}
    place, shuffled = draw.permutation(n), draw.permutation(n)
    row_of = np.argsort(place).astype(np.int32)
    moved = Scene(0, 1, ends.take(place), Bodies(*(column[shuffled] for column in vars(users).values())))
    again = Blockage(buildings[::-1])(moved, row_of[other], row_of[one])
    for name in ("state", "blockers", "height_m"):
        np.testing.assert_array_equal(getattr(first, name), getattr(again, name))


def test_far_away_and_nowhere() -> None:
    """Stations outside the ground of all bodies, with a block between, and no pair at all."""
    ends = stations((-5e4, 0, 1.6), (5e4, 0, 1.6), (-5e4, 9e4, 1.6))
    sight = look(ends, bodies((0, 0, 0, 5, 2, 1.6), (1e4, 1e4, 0, 5, 2, 1.6)))
    assert sight.state.tolist() == [NLOSV, LOS]
    assert look(ends, None, block(0, -50, 10, 50)).state.tolist() == [NLOS, LOS]
    assert len(look(stations((0, 0, 1.6)), bodies()).state) == 0
