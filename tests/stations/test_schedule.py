"""Periodic sending: complete, staggered, indifferent to steps and to company."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from v2x.rng import Stream
from v2x.stations.schedule import Schedule

MS = 1_000_000
KEYS = np.arange(1, 6, dtype=np.uint64)


def instants(schedule: Schedule, edges: list[int], keys: np.ndarray) -> list[tuple[int, int, int]]:
    found = []
    for start, end in itertools.pairwise(edges):
        rows, t_ns, k = schedule.due(keys, start, end)
        found += [(int(keys[row]), int(t), int(c)) for row, t, c in zip(rows, t_ns, k, strict=True)]
    return sorted(found)


@given(st.lists(st.integers(1, 999), min_size=0, max_size=10), st.sampled_from([0.5, 1.0, 10.0, 30.0]))
def test_steps_do_not_matter(cuts: list[int], rate_hz: float) -> None:
    schedule = Schedule(rate_hz, Stream(3, "test"))
    whole = instants(schedule, [0, 1000 * MS], KEYS)
    assert instants(schedule, sorted({0, 1000 * MS, *(cut * MS for cut in cuts)}), KEYS) == whole


def test_rate_and_counters() -> None:
    schedule = Schedule(10.0, Stream(3, "test"))
    rows, t_ns, k = schedule.due(KEYS, 0, 10_000 * MS)
    assert np.bincount(rows).tolist() == [100] * 5
    for row in range(5):
        assert np.all(np.diff(t_ns[rows == row]) == 100 * MS)
        assert np.all(np.diff(k[rows == row]) == 1)


def test_phases_are_spread() -> None:
    keys = np.arange(1, 2001, dtype=np.uint64)
    _, t_ns, _ = Schedule(10.0, Stream(3, "test")).due(keys, 0, 100 * MS)
    counts, _ = np.histogram(t_ns, bins=10, range=(0, 100 * MS))
    assert len(t_ns) == 2000
    assert ((counts - 200) ** 2 / 200).sum() < 27.9  # chi-square, 9 degrees of freedom, 0.1 %


def test_company_does_not_matter() -> None:
    schedule = Schedule(10.0, Stream(3, "test"))
    alone = instants(schedule, [0, 500 * MS], KEYS[2:3])
    assert alone == [each for each in instants(schedule, [0, 500 * MS], KEYS) if each[0] == 3]


def test_rate_zero_is_never() -> None:
    rows, _, _ = Schedule(0.0, Stream(3, "test")).due(KEYS, 0, 10_000 * MS)
    assert len(rows) == 0


@given(st.integers(0, 5000), st.integers(0, 5000), st.sampled_from([0.0, 0.5, 1.0, 10.0, 30.0]))
def test_one_station_alone_keeps_the_same_time(start_ms: int, length_ms: int, rate_hz: float) -> None:
    schedule = Schedule(rate_hz, Stream(3, "test"))
    start_ns, end_ns = start_ms * MS, (start_ms + length_ms) * MS
    _, t_ns, k = schedule.due(KEYS[1:2], start_ns, end_ns)
    assert list(schedule.ticks(2).due(start_ns, end_ns)) == list(zip(t_ns.tolist(), k.tolist(), strict=True))
