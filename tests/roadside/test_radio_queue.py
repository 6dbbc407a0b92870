"""Messages share a unit's radio: the urgent first, within the rate, less of it on a busy channel."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.scenario.model_roadside import Radio
from v2x.stations.roadside import Said
from v2x_roadside.radio_queue import BURST_S, RadioQueue

MS = 1_000_000
STEP_NS = 100 * MS


def said(t_ms: float, priority: int = 3, size: int = 100) -> Said:
    return Said(round(t_ms * MS), "TIM", bytes(size), priority)


def test_as_long_as_there_is_room_nothing_waits() -> None:
    dropped: list[Said] = []
    queue, some = RadioQueue(Radio(), dropped.append), [said(80.0, 1), said(10.0, 7), said(10.0, 2)]
    sent = queue.send(some, STEP_NS, None)
    assert sorted(sent, key=lambda each: each.priority) == sorted(some, key=lambda each: each.priority)
    assert not dropped


def test_the_urgent_one_goes_first_and_the_longest_waiting_of_equals() -> None:
    queue = RadioQueue(Radio(max_kbps=8.0, patience_ms=1e6), lambda _: None)  # 1000 bytes a second
    first = queue.send([said(0.0, 3, 200), said(1.0, 3, 100), said(2.0, 3, 100), said(3.0, 7, 100)], 1000 * MS, None)
    assert [(each.priority, round(each.t_ns / MS)) for each in first] == [(3, 0), (7, 100), (3, 200), (3, 300)]


def test_what_waited_too_long_is_dropped_and_told() -> None:
    dropped: list[Said] = []
    queue = RadioQueue(Radio(max_kbps=8.0, patience_ms=100.0), dropped.append)
    crowd = [said(0.0, k % 8, 100) for k in range(40)]
    sent = queue.send(crowd, STEP_NS, None)
    for step in range(1, 30):
        sent += queue.send([], (step + 1) * STEP_NS, None)
    assert len(sent) + len(dropped) == 40 and dropped
    assert min(each.priority for each in sent) > max(each.priority for each in dropped) - 1
    assert all(each.t_ns <= 100 * MS for each in sent)


@pytest.mark.parametrize(("busy", "share"), [(None, 1.0), (0.2, 1.0), (0.65, 0.625), (0.8, 0.25), (1.0, 0.25)])
def test_a_busy_channel_gets_less(busy: float | None, share: float) -> None:
    """Ten seconds of more than the radio takes; the burst at the beginning comes on top."""
    queue = RadioQueue(Radio(max_kbps=80.0, patience_ms=50.0), lambda _: None)
    bits = 0
    for step in range(100):
        sent = queue.send([said(step * 100.0 + k, 3, 100) for k in range(100)], (step + 1) * STEP_NS, busy)
        bits += 800 * len(sent)
    assert bits / (80_000 * (10.0 * share + BURST_S)) == pytest.approx(1.0, abs=0.02 / share)


@given(
    st.lists(st.tuples(st.integers(0, 499), st.integers(0, 7), st.integers(20, 1400)), max_size=60),
    st.floats(1.0, 500.0),
    st.one_of(st.none(), st.floats(0.0, 1.0)),
)
def test_every_frame_is_sent_once_in_its_time_or_dropped(
    frames: list[tuple[int, int, int]], max_kbps: float, busy: float | None
) -> None:
    dropped: list[Said] = []
    queue = RadioQueue(Radio(max_kbps=max_kbps), dropped.append)
    some = [Said(t * MS, str(number), bytes(size), priority) for number, (t, priority, size) in enumerate(frames)]
    sent: list[Said] = []
    for step in range(200):
        now = [each for each in some if step * STEP_NS <= each.t_ns < (step + 1) * STEP_NS]
        sent += queue.send(now, (step + 1) * STEP_NS, busy)
    first = {each.type: each.t_ns for each in some}
    assert sorted(each.type for each in sent + dropped) == sorted(first)
    assert all(0 <= each.t_ns - first[each.type] <= 100 * MS for each in sent)
    assert [each.t_ns for each in sent] == sorted(each.t_ns for each in sent)
