"""The neighbour search against brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from links_kit import frames, hearers

from v2x.links.neighbours import Neighbourhood, neighbours
from v2x.links.watched import Watched

coordinates = st.lists(st.tuples(st.integers(-50, 50), st.integers(-50, 50)), max_size=30)


@settings(deadline=None)  # the first example waits for the compiler
@given(senders=coordinates, receivers=coordinates, range_m=st.floats(0.5, 80.0))
def test_equals_brute_force(senders: list[tuple[int, int]], receivers: list[tuple[int, int]], range_m: float) -> None:
    sx, sy = np.array(senders, float).reshape(-1, 2).T
    rx, ry = np.array(receivers, float).reshape(-1, 2).T
    sent, heard = frames(np.arange(len(sx)) % 7, 0, sx, sy), hearers(np.arange(len(rx)), rx, ry)
    distance_m = np.hypot(sx[:, None] - rx, sy[:, None] - ry)
    tx, receiver = np.nonzero((distance_m <= range_m) & (sent.sender[:, None] != heard.key))

    got_tx, got_receiver, got_distance_m = neighbours(sent, heard, range_m)

    assert np.array_equal(got_tx, tx)
    assert np.array_equal(got_receiver, receiver)
    assert np.allclose(got_distance_m, distance_m[tx, receiver])


def test_range_is_inclusive() -> None:
    tx, receiver, distance_m = neighbours(frames([1], 0), hearers([2, 3], [300.0, 300.001]), 300.0)
    assert (tx.tolist(), receiver.tolist(), distance_m.tolist()) == ([0], [0], [300.0])


@settings(deadline=None)  # the first example waits for the compiler
@given(senders=coordinates, receivers=coordinates, range_m=st.floats(0.5, 80.0), seed=st.integers(0, 2**32))
def test_only_what_is_watched(
    senders: list[tuple[int, int]], receivers: list[tuple[int, int]], range_m: float, seed: int
) -> None:
    sx, sy = np.array(senders, float).reshape(-1, 2).T
    rx, ry = np.array(receivers, float).reshape(-1, 2).T
    sent, heard = frames(np.arange(len(sx)) % 7, 0, sx, sy), hearers(np.arange(len(rx)), rx, ry)
    rng = np.random.default_rng(seed)
    keys = np.arange(7).astype(np.uint64)
    watched = Watched(keys, rng.integers(0, 8, 7).astype(np.uint64), rng.integers(0, 8, len(rx)).astype(np.uint64))
    tx, receiver, distance_m = neighbours(sent, heard, range_m)
    seen = (watched.speaks[tx % 7] & watched.listens[receiver]).astype(bool)

    got = neighbours(sent, heard, range_m, watched)

    for mine, whole in zip(got, (tx, receiver, distance_m), strict=True):
        assert np.array_equal(mine, whole[seen])


@pytest.mark.parametrize("senders", [40, 2])
def test_many_pairs_are_searched_as_few_are_looked_at(monkeypatch: pytest.MonkeyPatch, senders: int) -> None:
    rng = np.random.default_rng(3)
    place = rng.uniform(0.0, 500.0, (2, 50))
    sent, heard = frames(np.arange(senders), 0, *place[:, :senders]), hearers(np.arange(50), *place)
    watched = Watched.of(np.array([1, 30], np.uint64), rng.random(50) < 0.2)
    looked = [neighbours(sent, heard, 150.0, wanted) for wanted in (None, watched)]

    monkeypatch.setattr("v2x.links.neighbours._FEW", 0)

    for (*pairs, distance_m), wanted in zip(looked, (None, watched), strict=True):
        *others, other_m = neighbours(sent, heard, 150.0, wanted)
        assert len(distance_m) > 5
        assert np.array_equal(pairs, others)
        assert np.allclose(distance_m, other_m, rtol=1e-15)


def test_pairs_are_kept_up_while_stations_drive_come_and_go() -> None:
    """300 steps of up to 3 m in a square of 600 m, against all distances."""
    rng, n, range_m = np.random.default_rng(5), 60, 120.0
    x, y, kept, searches = rng.uniform(0, 600, n), rng.uniform(0, 600, n), Neighbourhood(range_m), []
    for step in range(300):
        x, y = x + rng.uniform(-2, 3, n), y + rng.uniform(-2, 2, n)
        present = np.flatnonzero(np.arange(n) != step // 50)
        stations = hearers(present, x[present], y[present])
        pairs = one, other = kept.among(stations)
        if not searches or pairs is not searches[-1]:
            searches.append(pairs)
        near = np.hypot(stations.x_m[one] - stations.x_m[other], stations.y_m[one] - stations.y_m[other]) <= range_m
        found = {frozenset(pair) for pair in zip(one[near].tolist(), other[near].tolist(), strict=True)}
        apart_m = np.hypot(stations.x_m[:, None] - stations.x_m, stations.y_m[:, None] - stations.y_m)
        one, other = np.nonzero(np.triu(apart_m <= range_m, 1))
        assert found == {frozenset(pair) for pair in zip(one.tolist(), other.tolist(), strict=True)}
    assert 6 <= len(searches) < 100


def test_nobody_has_no_pairs() -> None:
    one, other = Neighbourhood(100.0).among(hearers([]))
    assert len(one) == len(other) == 0
