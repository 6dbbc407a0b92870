"""Queues of the cells against their closed forms: M/D/1, D/D/1, full buffers, late frames, and who asks when."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.links.base import Cause
from v2x.links.cellular.queues import Background, Queues
from v2x.rng import Stream

MS, SECOND = 10**6, 10**9
ENDLESS = 1e18


def queues(load: float = 0.0, job_ns: float = 1e6, buffer_ns: float = ENDLESS, discard_ns: float = ENDLESS) -> Queues:
    return Queues(Stream(3, "test.queue"), Background(load, job_ns), buffer_ns, discard_ns)


def served(line: Queues, t_ns: np.ndarray, work_ns: float, key: int = 7, held_ns: int = 0) -> tuple[np.ndarray, ...]:
    n = len(t_ns)
    keys = np.full(n, key, np.uint64)
    return line.serve(keys, keys, t_ns, np.full(n, held_ns), np.full(n, work_ns))


@pytest.mark.parametrize("load", [0.2, 0.5, 0.8])
def test_mean_wait_is_that_of_m_d_1(load: float) -> None:
    # Frames without work of their own are a clock that looks at the queue: time averages (a Poisson stream sees the
    # same, PASTA). E W = rho D / (2 (1 - rho)), E W^2 = 2 (E W)^2 + rho D^2 / (3 (1 - rho)) (Pollaczek-Khinchine,
    # Takacs).
    job_ns, looks = 1e6, 40_000
    t_ns = SECOND + np.arange(looks) * 40 * MS
    wait_ns, cause = served(queues(load, job_ns), t_ns, 0.0)
    mean_ns = load * job_ns / (2 * (1 - load))
    variance = mean_ns**2 + load * job_ns**2 / (3 * (1 - load))
    # 40 jobs lie between looks, against a relaxation time of about rho / (1 - rho)^2 = 20 jobs at the highest load:
    # correlation exp(-2) at worst makes the standard error sqrt((1 + c) / (1 - c)) = 1.15 times that of free draws
    error_ns = 1.15 * np.sqrt(variance / looks)
    assert not cause.any()
    assert wait_ns.mean() == pytest.approx(mean_ns, abs=4 * error_ns)
    # An empty queue is met with probability 1 - rho.
    assert np.mean(wait_ns == 0) == pytest.approx(1 - load, abs=4 * 1.15 * np.sqrt(load * (1 - load) / looks))


def test_own_frames_faster_than_the_server_wait_ever_longer() -> None:
    # D/D/1 with a frame each 1 ms that takes 1.5 ms: the n-th waits n x 0.5 ms.
    wait_ns, _ = served(queues(), np.arange(2000) * MS, 1.5 * MS)
    assert np.array_equal(wait_ns, np.arange(2000) * MS // 2)


def test_a_full_buffer_drops_and_holds_the_wait_at_its_size() -> None:
    wait_ns, cause = served(queues(buffer_ns=20 * MS), np.arange(2000) * MS, 2.0 * MS)
    assert set(np.unique(cause)) == {Cause.DELIVERED, Cause.QUEUE}
    assert wait_ns.max() == 20 * MS
    # In balance one frame in two is served, 2 ms of work each 2 ms.
    assert np.mean(cause[100:] == Cause.QUEUE) == pytest.approx(0.5, abs=0.01)
    assert not wait_ns[cause == Cause.QUEUE].any()


def test_what_would_begin_too_late_is_discarded_and_takes_no_time() -> None:
    line = queues(discard_ns=10 * MS)
    _, cause = served(line, np.zeros(5, np.int64), 4.0 * MS, held_ns=3 * MS)
    assert cause.tolist() == [0, 0, Cause.EXPIRED, Cause.EXPIRED, Cause.EXPIRED]  # waits 0, 4, 8, 8, 8; 3 ms old
    wait_ns, _ = served(line, np.array([1 * MS]), 0.0)
    assert wait_ns.tolist() == [7 * MS]


def test_overload_by_others_fills_the_buffer_for_everybody() -> None:
    wait_ns, cause = served(queues(load=0.95, job_ns=20e6, buffer_ns=100 * MS), SECOND * np.arange(1, 400), 0.0)
    assert wait_ns.max() <= 100 * MS
    assert 0.0 < np.mean(cause == Cause.QUEUE) < 0.5


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_no_wait_depends_on_rows_batches_or_other_queues(data: st.DataObject) -> None:
    times = data.draw(st.lists(st.integers(0, 20 * SECOND), min_size=1, max_size=20, unique=True))
    t_ns = np.repeat(np.sort(np.array(times)), 4)
    key, who = np.tile(np.array([[5, 5, 9, 9], [1, 2, 3, 4]], np.uint64), len(times))
    held_ns, work_ns = np.zeros(len(t_ns), np.int64), np.full(len(t_ns), 0.7 * MS)
    whole = queues(0.6).serve(key, who, t_ns, held_ns, work_ns)
    order = data.draw(st.permutations(range(len(t_ns))))
    cut = data.draw(st.integers(0, len(times))) * 4
    line = queues(0.6)
    for part in (range(cut), range(cut, len(t_ns))):
        rows = np.array(sorted(part, key=order.index), np.intp)
        wait_ns, cause = line.serve(key[rows], who[rows], t_ns[rows], held_ns[rows], work_ns[rows])
        assert np.array_equal(wait_ns, whole[0][rows])
        assert np.array_equal(cause, whole[1][rows])
    five = np.flatnonzero(key == 5)
    alone = queues(0.6).serve(key[five], who[five], t_ns[five], held_ns[five], work_ns[five])[0]
    assert np.array_equal(alone, whole[0][five])


def test_a_queue_first_seen_now_is_what_it_would_have_been_when_watched() -> None:
    watched = served(queues(0.9), np.arange(0, 60 * SECOND, MS), 0.0)[0][59_000::100]
    fresh = [served(queues(0.9), np.array([t_ns]), 0.0)[0][0] for t_ns in range(59 * SECOND, 60 * SECOND, 100 * MS)]
    assert np.abs(watched - fresh).max() <= 1  # the sums are rounded in another order
    assert np.count_nonzero(watched) > 3
