"""Draws of several streams in compiled loops against `v2x.rng.Stream`."""

from __future__ import annotations

import numpy as np

from v2x.draws import Draws, for_each
from v2x.rng import Stream

KEYS = np.array([0, 1, 2**63, 2**64 - 1, 12345678901234567890], np.uint64)


def test_they_are_those_of_the_streams_bit_for_bit() -> None:
    t_ns = np.array([0, -1, 10**18, 123, 86_400 * 10**9])
    purposes = ["motion.accel", "gnss.noise.east"]
    drawn = Draws(7, purposes).normal(KEYS, t_ns)
    assert np.array_equal(drawn, [Stream(7, purpose).normal(KEYS, t_ns) for purpose in purposes])
    assert Draws(7, purposes).normal(KEYS[:0], t_ns[:0]).shape == (2, 0)


def test_one_time_or_one_each() -> None:
    assert for_each(5, KEYS).tolist() == [5] * len(KEYS)
    times = np.arange(len(KEYS))
    given = for_each(times, KEYS)
    given += 1
    assert times.tolist() == list(range(len(KEYS)))  # a copy: who asks keeps what is given
