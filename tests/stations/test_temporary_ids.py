"""Temporary identities: they change at times of their own, and members of a platoon keep theirs."""

from __future__ import annotations

import numpy as np

from v2x.rng import key_of
from v2x.stations.temporary_ids import TemporaryIds

S = 10**9
KEYS = np.array([key_of(name) for name in ("a", "b", "c")], np.uint64)


def test_each_changes_once_in_its_time_at_a_time_of_its_own() -> None:
    identities = TemporaryIds(300 * S, 64, seed=1)
    told = np.array([identities.of(KEYS, np.full(3, t * S))[0] for t in range(0, 600, 10)])
    changes = [np.flatnonzero(np.diff(column) != 0).tolist() for column in told.T]
    assert [len(each) for each in changes] == [2, 2, 2]
    assert len({each[0] for each in changes}) == 3
    assert [second - first for first, second in changes] == [30, 30, 30]


def test_settled_vehicles_keep_theirs_and_others_are_as_without() -> None:
    identities, plain = TemporaryIds(300 * S, 32, 1, settled=["b"]), TemporaryIds(300 * S, 32, 1)
    for t in range(0, 900, 100):
        number, count = identities.of(KEYS, np.full(3, t * S))
        assert number[1] == identities.of(KEYS, np.zeros(3, np.int64))[0][1]
        assert (number < 2**32).all()
        assert ((count >= 0) & (count < 128)).all()
        assert number[[0, 2]].tolist() == plain.of(KEYS, np.full(3, t * S))[0][[0, 2]].tolist()
