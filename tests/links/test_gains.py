"""Pair gains: the right level, the right statistics of shadowing, and nothing that depends on rows or bystanders."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import kstest

from v2x.errors import InputError
from v2x.jit import normal, unit
from v2x.links.base import Bodies, Scene, Stations
from v2x.links.propagation import tr37885, winner_b1
from v2x.links.sidelink.blockage import LOS, NLOS, NLOSV, Sight
from v2x.links.sidelink.gains import Gains, PairGains
from v2x.links.sidelink.median import MedianLoss
from v2x.scenario.model_propagation import Propagation, Tr37885, WinnerB1

GHZ, DBI = 5.9, 3.0
STEP_NS = 10**8
EMPTY = Bodies(np.zeros(0, np.uint64), *([np.zeros(0)] * 6))
FLAT = WinnerB1(kind="winner_b1", shadowing_db=0.0)
SHADOWED = WinnerB1(kind="winner_b1", decorrelation_m=25.0)

Column = NDArray[np.float64]


def scene(t_ns: int, key: Any, x_m: Any, y_m: Any = 0.0, antenna_m: Any = 1.5) -> Scene:
    """Stations with the given columns, scalars repeated."""
    key, x_m, y_m, antenna_m = np.broadcast_arrays(key, x_m, y_m, antenna_m)
    stations = Stations(key.astype(np.uint64), x_m.astype(float), y_m.astype(float), antenna_m.astype(float))
    return Scene(t_ns, t_ns + STEP_NS, stations, EMPTY)


def pair_gains(config: Propagation, reach_m: float = 500.0, **more: Any) -> PairGains:
    return PairGains(config, DBI, GHZ, seed=7, reach_m=reach_m, **more)


def by_name(at: Scene, gains: Gains) -> dict[tuple[int, int], tuple[float, float]]:
    """(station, neighbour) -> (distance, gain)."""
    one = np.repeat(at.stations.key, np.diff(gains.start))
    values = zip(gains.distance_m.tolist(), gains.gain.tolist(), strict=True)
    return dict(zip(zip(one.tolist(), at.stations.key[gains.other].tolist(), strict=True), values, strict=True))


def between(at: Scene, gains: Gains, one: int, other: int) -> float:
    """Gain of a pair in dB."""
    return float(10 * np.log10(by_name(at, gains)[one, other][1]))


def shadows(gains: Gains, config: WinnerB1 = SHADOWED) -> Column:
    """Shadowing of all pairs over its standard deviation, given that all stand 1.5 m high."""
    loss_db = winner_b1.los_db(gains.distance_m.astype(float), 1.5, 1.5, 0.0, GHZ)
    return np.asarray((10 * np.log10(gains.gain) - 2 * DBI + loss_db) / config.shadowing_db)


# --- level and neighbours


@settings(max_examples=40, deadline=None)
@given(n=st.integers(0, 25), seed=st.integers(0, 2**31), period_m=st.sampled_from([None, 900.0]))
def test_rows_hold_all_in_reach_at_the_median_level(n: int, seed: int, period_m: float | None) -> None:
    rng = np.random.default_rng(seed)
    x_m, y_m, antenna_m = rng.uniform(0, 900, n), rng.uniform(0, 50, n), rng.choice([1.6, 3.0, 5.0], n)
    at = scene(0, np.arange(n), x_m, y_m, antenna_m)
    gains = pair_gains(FLAT, 300.0, period_m=period_m).update(at)
    east_m = np.abs(np.subtract.outer(x_m, x_m))
    if period_m:
        east_m = np.minimum(east_m, period_m - east_m)
    apart_m = np.hypot(east_m, np.subtract.outer(y_m, y_m))
    one, other = np.nonzero((apart_m <= 300.0) & ~np.eye(n, dtype=bool))
    assert np.array_equal(gains.start, np.searchsorted(one, np.arange(n + 1)))
    assert np.array_equal(gains.other, other)
    assert gains.distance_m == pytest.approx(apart_m[one, other], rel=1e-6, abs=1e-4)
    slant_m = np.hypot(apart_m[one, other], antenna_m[one] - antenna_m[other])
    loss_db = winner_b1.los_db(slant_m, antenna_m[one], antenna_m[other], 0.0, GHZ)
    assert 10 * np.log10(gains.gain) == pytest.approx(2 * DBI - loss_db, abs=1e-9)


@pytest.mark.parametrize("environment", ["urban", "highway"])
def test_level_of_tr37885(environment: str) -> None:
    config = Tr37885.model_validate({"kind": "tr37885", "environment": environment, "shadowing_db": 0.0})
    formula = tr37885.urban_db if environment == "urban" else tr37885.highway_db
    at = scene(0, [1, 2], [0.0, 200.0])
    assert between(at, pair_gains(config).update(at), 1, 2) == pytest.approx(2 * DBI - formula(200.0, GHZ))


def test_reach_uses_up_the_budget() -> None:
    median = MedianLoss(FLAT, GHZ)
    reach_m = median.reach_m(130.0, 1.5)
    assert winner_b1.los_db(reach_m, 1.5, 1.5, 0.0, GHZ) == pytest.approx(130.0, abs=1e-6)
    assert median.reach_m(300.0, 1.5) == 5000.0
    assert median.reach_m(10.0, 1.5) == 1.0


def test_no_distance_is_above_the_reach() -> None:
    # 1099.99999 m is 1100 m in single precision
    at = scene(0, [1, 2], [0.0, 1099.99999])
    assert len(pair_gains(FLAT, 1099.999995).update(at).other) == 0
    assert len(pair_gains(FLAT, 1100.0).update(at).other) == 2


def test_antenna_below_the_environment_is_refused() -> None:
    config = WinnerB1(kind="winner_b1", environment_height_m=1.5)
    with pytest.raises(InputError, match="not above the environment"):
        pair_gains(config).update(scene(0, [1, 2], [0.0, 10.0]))


# --- nothing depends on rows or bystanders


def drive(rng: np.random.Generator, n: int) -> list[tuple[NDArray[np.int64], Column, Column]]:
    """Keys and places over 20 steps of cars that go at most 4 m in each; one in ten comes late or leaves early."""
    x_m, y_m, pace_m = rng.uniform(0, 600, n), rng.uniform(0, 20, n), rng.uniform(-4, 4, n)
    since, until = np.maximum(rng.integers(-100, 10, n), 0), rng.integers(10, 110, n)
    steps = []
    for step in range(20):
        here = np.flatnonzero((since <= step) & (step < until))
        steps.append((here + 100, x_m[here] + step * pace_m[here], y_m[here]))
    return steps


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31))
def test_the_list_of_pairs_stays_complete(seed: int) -> None:
    kept = pair_gains(FLAT, 250.0)
    for step, (key, x_m, y_m) in enumerate(drive(np.random.default_rng(seed), 30)):
        at = scene(step * STEP_NS, key, x_m, y_m)
        assert by_name(at, kept.update(at)) == by_name(at, pair_gains(FLAT, 250.0).update(at))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31))
def test_order_and_bystanders_do_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    config = Tr37885(kind="tr37885", environment="highway", line_of_sight="probability")
    straight, shuffled, alone = pair_gains(config, 250.0), pair_gains(config, 250.0), pair_gains(config, 250.0)
    for step, (key, x_m, y_m) in enumerate(drive(rng, 14)):
        order, some = rng.permutation(len(key)), np.flatnonzero(key % 2 == 0)
        scenes = [scene(step * STEP_NS, key[rows], x_m[rows], y_m[rows]) for rows in (slice(None), order, some)]
        first, second, third = (
            by_name(at, gains.update(at)) for at, gains in zip(scenes, (straight, shuffled, alone), strict=True)
        )
        assert first == second
        assert third == {ends: value for ends, value in first.items() if ends[0] % 2 == 0 and ends[1] % 2 == 0}
        assert all(first[other, one] == value for (one, other), value in first.items())


# --- shadowing


def test_normal_is_the_inverse_distribution_function() -> None:
    words = np.random.default_rng(1).integers(0, 2**64, 20_000, np.uint64, endpoint=False)
    words = np.append(words, np.array([0, 2**64 - 1, 2**63, 2**40, 2**64 - 2**40], np.uint64))
    exact = ndtri([unit(word) for word in words])
    assert [normal(word) for word in words] == pytest.approx(exact, rel=2e-7, abs=1e-12)


def test_shadowing_is_standard_normal_for_each_pair() -> None:
    # 300 stations: 44,850 independent pairs, each twice in the rows
    gains = pair_gains(SHADOWED).update(scene(0, np.arange(300), np.linspace(0, 400, 300)))
    one = np.repeat(np.arange(300), np.diff(gains.start))
    values = shadows(gains)[one < gains.other]
    n = len(values)
    assert n == 300 * 299 / 2
    assert np.mean(values) == pytest.approx(0.0, abs=4 / np.sqrt(n))
    assert np.std(values) == pytest.approx(1.0, abs=4 / np.sqrt(2 * n))
    assert kstest(values, "norm").pvalue > 1e-4


@pytest.mark.parametrize(("both_move", "steps"), [(True, 1), (True, 5), (False, 5)])
def test_shadowing_decorrelates_with_the_way_of_both_ends(both_move: bool, steps: int) -> None:
    # 150 stations on either side of a street: 22,500 independent pairs across it
    across = np.repeat([0.0, 30.0], 150)
    x_m = np.tile(np.linspace(0, 300, 150), 2)
    pace_m = np.where((across == 0.0) | both_move, 10.0, 0.0)
    gains = pair_gains(SHADOWED, 1000.0)

    def values(share: float) -> Column:
        at = scene(int(share * 10**9), np.arange(300), x_m + share * pace_m, across)
        rows = gains.update(at)
        one = np.repeat(np.arange(300), np.diff(rows.start))
        return shadows(rows)[(one < 150) & (rows.other >= 150)]

    before = values(0.0)
    for step in range(steps):
        after = values((step + 1) / steps)
    wanted = np.exp(-(20.0 if both_move else 10.0) / SHADOWED.decorrelation_m)
    assert np.corrcoef(before, after)[0, 1] == pytest.approx(wanted, abs=4 * (1 - wanted**2) / np.sqrt(22_500))
    assert np.std(after) == pytest.approx(1.0, abs=4 / np.sqrt(2 * 22_500))


def test_shadowing_rests_while_both_stand() -> None:
    gains, places = pair_gains(SHADOWED), np.linspace(0, 400, 20)
    first = gains.update(scene(0, np.arange(20), places)).gain
    assert np.array_equal(gains.update(scene(STEP_NS, np.arange(20), places)).gain, first)


@pytest.mark.parametrize("away_m", [505.0, 5000.0])
def test_a_pair_that_comes_back_begins_anew(away_m: float) -> None:
    # one station leaves 400 others for a moment: within the margin of the list of pairs, or far away
    config = WinnerB1(kind="winner_b1", decorrelation_m=1000.0)
    gains = pair_gains(config)
    values = []
    for step, apart_m in enumerate([400.0, away_m, 400.0]):
        rows = gains.update(scene(step * STEP_NS, np.arange(401), np.append(0.0, np.full(400, apart_m))))
        values.append(shadows(rows, config)[: rows.start[1]])
    assert [len(some) for some in values] == [400, 0, 400]
    assert np.corrcoef(values[0], values[2])[0, 1] == pytest.approx(0.0, abs=4 / np.sqrt(400))


def test_a_ring_is_closed() -> None:
    # 20 stations drive over the seam, 5 m apart: no distance changes, and their way is 2 m a step and not a lap
    config = WinnerB1(kind="winner_b1", decorrelation_m=1000.0)
    gains = pair_gains(config, 400.0, period_m=1000.0)
    key, x_m = np.arange(20), 900.0 + 5.0 * np.arange(20)
    rows = gains.update(scene(0, key, x_m))
    first, before = rows.distance_m, shadows(rows, config)
    for step in range(1, 60):
        rows = gains.update(scene(step * STEP_NS, key, (x_m + 2.0 * step) % 1000.0))
        assert rows.distance_m == pytest.approx(first, abs=1e-3)
        # a step of 4 m for both moves it by a normal number of standard deviation sqrt(2 - 2 exp(-0.004)) = 0.089
        assert np.abs(shadows(rows, config) - before).max() < 6 * 0.089
        before = shadows(rows, config)


# --- what stands in the way


class Wall:
    """A `LineOfSight` that gives every pair the same sight and remembers what it was asked."""

    def __init__(self, state: int, blockers: int = 0, height_m: float = 0.0) -> None:
        self.state, self.blockers, self.height_m = state, blockers, height_m
        self.asked: list[tuple[int, list[tuple[int, int]]]] = []

    def __call__(self, scene: Scene, one: NDArray[np.int32], other: NDArray[np.int32]) -> Sight:
        key = scene.stations.key
        self.asked.append((scene.t_ns, list(zip(key[one].tolist(), key[other].tolist(), strict=True))))
        n = len(one)
        return Sight(np.full(n, self.state, np.int8), np.full(n, self.blockers, np.int16), np.full(n, self.height_m))


URBAN = {"kind": "tr37885", "shadowing_db": 0.0, "shadowing_nlos_db": 0.0}


def test_buildings_change_formula_and_spread() -> None:
    at = scene(0, [1, 2], [0.0, 100.0])
    for config, loss_db in (
        (Tr37885.model_validate(URBAN), tr37885.nlos_db(100.0, GHZ)),
        (
            WinnerB1(kind="winner_b1", line_of_sight="geometry", shadowing_nlos_db=0.0),
            winner_b1.nlos_db(100 / np.sqrt(2), 100 / np.sqrt(2), 1.5, 1.5, 0.0, GHZ),
        ),
    ):
        gains = pair_gains(config, blockage=Wall(NLOS)).update(at)
        assert between(at, gains, 1, 2) == pytest.approx(2 * DBI - loss_db)
    wide = pair_gains(Tr37885.model_validate(URBAN | {"shadowing_nlos_db": 4.0}), blockage=Wall(NLOS))
    at = scene(0, np.arange(200), np.repeat([0.0, 100.0], 100))
    rows = wide.update(at)
    values = 10 * np.log10(rows.gain[rows.distance_m == 100.0])[:10_000]
    assert np.std(values) == pytest.approx(4.0, abs=4 * 4.0 / np.sqrt(2 * len(values)))


@pytest.mark.parametrize("mode", ["always", "probability"])
def test_geometry_is_asked_only_where_the_model_wants_it(mode: str) -> None:
    wall = Wall(NLOS)
    pair_gains(Tr37885.model_validate(URBAN | {"line_of_sight": mode}), blockage=wall).update(scene(0, [1, 2], [0, 9]))
    assert wall.asked == []


def test_vehicles_in_the_way_cost_one_draw_an_episode() -> None:
    wall = Wall(NLOSV, blockers=2, height_m=3.0)
    gains = pair_gains(Tr37885.model_validate(URBAN), blockage=wall)
    losses = []
    for t_ms, state in ((0, NLOSV), (100, NLOSV), (500, NLOSV), (1000, LOS), (1500, NLOSV), (2000, NLOSV)):
        wall.state = state
        at = scene(t_ms * 10**6, [1, 2], [0.0, 100.0])
        losses.append(2 * DBI - tr37885.urban_db(100.0, GHZ) - between(at, gains.update(at), 1, 2))
    first, second = losses[0], losses[4]
    assert losses == pytest.approx([first, first, first, 0.0, second, second], abs=1e-9)
    assert first != pytest.approx(second)
    assert [t_ns // 10**6 for t_ns, _ in wall.asked] == [0, 500, 1000, 1500, 2000]


def test_the_episode_ends_where_the_pair_does() -> None:
    # out of reach and back again between two looks, with the same vehicles in the way
    gains = pair_gains(Tr37885.model_validate(URBAN), 100.0, blockage=Wall(NLOSV, 1, 3.0))
    levels = []
    for step, apart_m in enumerate([90.0, 105.0, 90.0]):
        at = scene(step * STEP_NS, [1, 2], [0.0, apart_m])
        levels.append(gains.update(at).gain.tolist())
    assert levels[1] == []
    assert levels[0] != levels[2]


def test_vehicles_in_the_way_have_the_law_of_the_clause() -> None:
    # 10,000 pairs at 100 m, antennas below the blocker: mean 9 dB, sd 4.5 dB, the 2.3 % below 0 cut off
    at = scene(0, np.arange(200), np.repeat([0.0, 100.0], 100))
    rows = pair_gains(Tr37885.model_validate(URBAN), blockage=Wall(NLOSV, 1, 3.0)).update(at)
    losses = (2 * DBI - tr37885.urban_db(100.0, GHZ) - 10 * np.log10(rows.gain))[rows.distance_m == 100.0][:10_000]
    n, cut = len(losses), 9.0 / 4.5
    below = 0.0227501
    assert np.mean(losses < 1e-9) == pytest.approx(below, abs=4 * np.sqrt(below * (1 - below) / n))
    mean = 9.0 * (1 - below) + 4.5 * np.exp(-cut * cut / 2) / np.sqrt(2 * np.pi)
    assert np.mean(losses) == pytest.approx(mean, abs=4 * 4.5 / np.sqrt(n))


def test_each_vehicle_in_the_way_costs_the_same() -> None:
    config = Tr37885.model_validate(URBAN | {"nlosv": "per_vehicle"})
    at = scene(0, [1, 2], [0.0, 100.0])
    got = between(at, pair_gains(config, blockage=Wall(NLOSV, 3, 1.6)).update(at), 1, 2)
    assert got == pytest.approx(2 * DBI - tr37885.urban_db(100.0, GHZ) - 3 * 6.9)


def test_a_pair_is_looked_at_when_it_comes_into_reach_and_on_the_grid() -> None:
    wall = Wall(LOS)
    gains = pair_gains(Tr37885.model_validate(URBAN), 100.0, blockage=wall)
    for step, x_m in enumerate([95.0, 95.0, 95.0, 95.0, 95.0, 95.0]):
        late = 110.0 if step < 2 else 90.0
        gains.update(scene(step * STEP_NS, [1, 2, 3], [0.0, x_m, -late]))
    assert wall.asked == [(0, [(1, 2)]), (2 * STEP_NS, [(1, 3)]), (5 * STEP_NS, [(1, 2), (1, 3)])]


@pytest.mark.parametrize(("environment", "chance"), [("urban", 0.33581), ("highway", 0.840313)])
def test_line_of_sight_by_chance(environment: str, chance: float) -> None:
    # 10,000 pairs at 100 m; hidden ones lose 6.9 dB
    more = {"environment": environment, "line_of_sight": "probability", "nlosv": "per_vehicle"}
    gains = pair_gains(Tr37885.model_validate(URBAN | more))
    rows = gains.update(scene(0, np.arange(200), np.repeat([0.0, 100.0], 100)))
    level = np.log10(rows.gain[: rows.start[100]][rows.distance_m[: rows.start[100]] == 100.0])
    assert len(level) == 10_000
    seen = np.isclose(level, level.max())
    assert np.mean(seen) == pytest.approx(chance, abs=4 * np.sqrt(chance * (1 - chance) / len(level)))
