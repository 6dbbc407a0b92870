"""Order and bound of what waits, and the counting of durations."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.bus.release import Flow, Order, ReleaseQueue
from v2x.bus.statistics import Durations

#: (flow, arrival, own delay) of datagrams.
DATAGRAMS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1000), st.integers(0, 1000)), max_size=60)


def released(datagrams: list[tuple[int, int, int]], order: Order) -> list[tuple[int, int, int]]:
    """(due, flow, number in the flow) in the order in which they leave."""
    queue = ReleaseQueue(order, 1000)
    flows = [Flow(path=None, began_ns=0) for _ in range(4)]  # type: ignore[arg-type]  # nobody asks for a fate here
    for flow, arrival_ns, delay_ns in datagrams:
        number = flows[flow].received
        flows[flow].received += 1
        assert queue.admit(flows[flow], arrival_ns + delay_ns, (bytes([flow]), bytes([number])))
    left = []
    while (due_ns := queue.next_ns) is not None:
        assert queue.pop_due(due_ns - 1) is None
        held = queue.pop_due(due_ns)
        assert held is not None
        left.append((held.due_ns, held.parts[0][0], held.parts[1][0]))
    assert len(left) == len(datagrams)
    return left


@settings(deadline=None)
@given(DATAGRAMS)
def test_fifo_never_overtakes_within_a_flow(datagrams: list[tuple[int, int, int]]) -> None:
    datagrams = sorted(datagrams, key=lambda row: row[1])
    left = released(datagrams, "fifo")
    own, due = defaultdict(list), defaultdict(list)
    for flow, arrival_ns, delay_ns in datagrams:
        own[flow].append(arrival_ns + delay_ns)
    for due_ns, flow, number in left:
        assert number == len(due[flow])
        due[flow].append(due_ns)
    for flow, times in own.items():  # release = max(previous release of the flow, own)
        assert due[flow] == np.maximum.accumulate(times).tolist()


@settings(deadline=None)
@given(DATAGRAMS)
def test_free_leaves_each_its_own_time(datagrams: list[tuple[int, int, int]]) -> None:
    left = released(datagrams, "free")
    assert [due_ns for due_ns, _, _ in left] == sorted(arrival_ns + delay_ns for _, arrival_ns, delay_ns in datagrams)


def test_free_lets_the_fast_overtake_and_ties_keep_their_order() -> None:
    assert released([(0, 0, 50), (0, 10, 5), (0, 20, 30)], "free") == [(15, 0, 1), (50, 0, 0), (50, 0, 2)]


def test_full_is_full_and_leaves_no_trace() -> None:
    queue, flow = ReleaseQueue("fifo", 2), Flow(path=None, began_ns=0)  # type: ignore[arg-type]
    assert queue.admit(flow, 10, (b"a",))
    assert queue.admit(flow, 20, (b"b",))
    assert not queue.admit(flow, 1000, (b"late",))
    assert flow.latest_due_ns == 20
    assert queue.pop_due(10) is not None
    assert queue.admit(flow, 15, (b"c",))
    assert [queue.pop_due(99).due_ns for _ in range(2)] == [20, 20]  # type: ignore[union-attr]
    assert len(queue) == 0


@settings(deadline=None)
@given(st.lists(st.integers(-5, 10**11), min_size=1), st.floats(0.0, 1.0))
def test_quantiles_are_upper_bounds_within_a_thirty_second(durations_ns: list[int], share: float) -> None:
    durations = Durations()
    for duration_ns in durations_ns:
        durations.add(duration_ns)
    clipped = np.maximum(durations_ns, 0)
    exact_ms = float(np.quantile(clipped, share, method="inverted_cdf")) / 1e6
    found_ms = durations.quantile_ms(share)
    assert found_ms is not None
    assert exact_ms <= found_ms * (1 + 1e-12)
    assert found_ms <= exact_ms * (1 + 1 / 32) + 1e-12
    answer = durations.as_json()
    assert answer["max"] == clipped.max() / 1e6
    assert sum(count for _, count in answer["counts"]) == len(durations_ns)


def test_nothing_counted() -> None:
    assert Durations().as_json() == {"p50": None, "p95": None, "p99": None, "max": None, "counts": []}


def test_memory_stays_small() -> None:
    durations = Durations()
    for exponent in np.linspace(0, 10, 20_000):
        durations.add(int(10**exponent))
    assert len(durations.as_json()["counts"]) < 1000
