"""The neighbour search against brute force."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from links_kit import frames, hearers

from v2x.links.neighbours import neighbours

coordinates = st.lists(st.tuples(st.integers(-50, 50), st.integers(-50, 50)), max_size=30)


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
