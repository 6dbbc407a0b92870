"""CR limits and rate control against the published tables and formulas."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.clock import NS_PER_MS, NS_PER_S
from v2x.links.sidelink.cr_limits import PRIORITIES, admit, cr_limit
from v2x.links.sidelink.rate_control import (
    Motion,
    RateControl,
    max_itt_ms,
    neighbours_within,
    send_probability,
)

STEP_NS = 100 * NS_PER_MS


def test_cr_limits() -> None:
    """ETSI TS 103 574: both sides of each class of CBR, each group of priorities."""
    assert np.all(cr_limit(0.3, np.arange(1, 9)) == 1.0)
    assert cr_limit(0.31, [1, 2, 3, 5, 6, 8]).tolist() == [1.0, 1.0, 0.03, 0.03, 0.02, 0.02]
    assert cr_limit(0.66, [1, 3, 6]).tolist() == [0.02, 0.006, 0.004]
    assert cr_limit([0.8, 0.81], [3, 3]).tolist() == [0.006, 0.003]
    for wrong in (0, 9):
        with pytest.raises(ValueError, match="1 to 8"):
            cr_limit(0.5, wrong)


def test_admit_counts_the_packet_and_those_before() -> None:
    """A limit of 0.006 of 1000 sub-channels: six packets of one sub-channel, or three of two, and no more."""
    for width, allowed in ((1.0, 6), (2.0, 3), (7.0, 0)):
        used = np.zeros((1, PRIORITIES))
        packets = 10
        sent = admit(
            used, 1000.0, np.zeros(packets, np.int64), np.full(packets, 5), np.full(packets, width),
            np.full(packets, 0.006),
        )  # fmt: skip
        assert sent.tolist() == [True] * allowed + [False] * (packets - allowed)
        assert used.sum() == allowed * width


def test_admit_by_priority() -> None:
    """Less urgent packets count against an urgent one, more urgent ones do not; no limit is no limit."""
    used = np.zeros((3, PRIORITIES))
    used[0, 7] = used[1, 0] = used[2, 7] = 6.0
    sent = admit(used, 1000.0, np.arange(3), np.full(3, 5), np.ones(3), np.array([0.006, 0.006, 1.0]))
    assert sent.tolist() == [False, True, True]


def test_max_itt() -> None:
    """100 ms up to B = 25 neighbours, 100 N/B, 600 ms from 150."""
    assert max_itt_ms([0.0, 25.0, 26.0, 75.0, 150.0, 200.0]).tolist() == [100.0, 100.0, 104.0, 300.0, 600.0, 600.0]


def test_send_probability() -> None:
    """Nothing at 0.2 m, 1 - exp(-75 * 0.15^2) = 0.8150 at 0.35 m, certain from 0.5 m."""
    assert send_probability([0.0, 0.2, 0.35, 0.5, 2.0]) == pytest.approx([0.0, 0.0, 0.81501, 1.0, 1.0], abs=1e-5)
    assert 1.0 - send_probability(0.4999) == pytest.approx(np.exp(-6.75), rel=0.01)  # nearly no step at the upper end


def test_neighbours() -> None:
    assert neighbours_within(np.array([0.0, 99.0, 198.0, 500.0]), np.zeros(4)).tolist() == [1, 2, 1, 0]
    assert len(neighbours_within(np.zeros(0), np.zeros(0))) == 0


def motion(t_ns: int, keys: list[int], neighbours: int, turn_mps: float = 0.0) -> Motion:
    """Vehicles that have driven east at 20 m/s since time 0; with a turn they drift off north by ``turn_mps``."""
    key = np.array(keys, np.uint64)
    n, t_s = len(key), t_ns / NS_PER_S
    still = np.zeros(n)
    return Motion(key, np.full(n, 20.0 * t_s), np.full(n, turn_mps * t_s), np.full(n, 20.0), still,
                  np.full(n, neighbours))  # fmt: skip


def drive(
    control: RateControl,
    seconds: float,
    keys: list[int],
    neighbours: int,
    turn_mps: float = 0.0,
    step_ns: int = STEP_NS,
) -> dict[int, list[int]]:
    """Messages of each vehicle, ns."""
    sent: dict[int, list[int]] = {key: [] for key in keys}
    for start_ns in range(0, round(seconds * NS_PER_S), step_ns):
        rows, t_ns, count = control.due(start_ns, start_ns + step_ns, motion(start_ns, keys, neighbours, turn_mps))
        for row, at_ns, number in zip(rows.tolist(), t_ns.tolist(), count.tolist(), strict=True):
            assert start_ns <= at_ns < start_ns + step_ns
            assert number == len(sent[keys[row]])
            sent[keys[row]].append(at_ns)
    return sent


@pytest.mark.parametrize("neighbours", [0, 25, 26, 75, 150, 200])
def test_steady_rate(neighbours: int) -> None:
    """Straight on among a constant number of neighbours: exactly Max_ITT between messages."""
    for times in drive(RateControl(1), 5.0, [7, 2**63 + 5, 11], neighbours).values():
        assert set(np.diff(times)) == {round(float(max_itt_ms(neighbours)) * NS_PER_MS)}


def test_motion_brings_messages_forward() -> None:
    """1 m/s sideways: 0.5 m after 0.5 s, when a message is certain, which 0.6 s among 200 neighbours would not give."""
    gaps_ms = np.concatenate([
        np.diff(times) / NS_PER_MS for times in drive(RateControl(1), 20.0, list(range(50)), 200, 1.0).values()
    ])  # fmt: skip
    assert gaps_ms.max() <= 500.0
    assert gaps_ms.min() >= 300.0 - 1e-6  # at 0.2 m and below nothing happens


def test_share_sent_at_once() -> None:
    """At 0.3 m, 1 - exp(-0.75) = 0.5276 of the vehicles send at once; 4 sigma of 4000 draws are 0.032."""
    keys = list(range(4000))
    sent = drive(RateControl(3), 0.4, keys, 200, 3.0)
    at_once = np.array([len(times) > 1 and times[1] - times[0] == STEP_NS for times in sent.values()])
    assert at_once.mean() == pytest.approx(1.0 - np.exp(-75 * 0.1**2), abs=0.032)


@given(st.permutations([1, 2, 3, 4, 5]), st.sampled_from([10, 20, 50, 200]))
def test_order_and_steps(order: list[int], step_ms: int) -> None:
    """Vehicles in another order, others beside them, or other steps: the same messages."""
    usual = drive(RateControl(5), 2.0, [1, 2, 3, 4, 5], 60)
    assert drive(RateControl(5), 2.0, order, 60, step_ns=step_ms * NS_PER_MS) == usual
    assert drive(RateControl(5), 2.0, [3], 60)[3] == usual[3]


def test_density_is_smoothed_and_forgotten() -> None:
    """From 0 to 100 neighbours: after k decisions 100 (1 - 0.95^k); who has been away starts anew."""
    control = RateControl(9)
    alone = drive(control, 1.0, [4], 0)[4]
    times = list(alone)
    for start_ns in range(NS_PER_S, 6 * NS_PER_S, STEP_NS):
        times += control.due(start_ns, start_ns + STEP_NS, motion(start_ns, [4], 100))[1].tolist()
    decisions = 50
    expected_ms = 100.0 * 100.0 * (1.0 - 0.95**decisions) / 25.0
    assert np.diff(times)[-1] / NS_PER_MS == pytest.approx(expected_ms, rel=0.06)
    itt_ms = control.itt_ms(np.array([99, 4], np.uint64))
    assert np.isnan(itt_ms[0])
    assert itt_ms[1] == pytest.approx(expected_ms, rel=1e-9)
    control.due(6 * NS_PER_S, 6 * NS_PER_S + STEP_NS, motion(0, [5], 100))
    _, _, count = control.due(6 * NS_PER_S + STEP_NS, 6 * NS_PER_S + 2 * STEP_NS, motion(0, [4], 100))
    assert count.tolist() == [0]
