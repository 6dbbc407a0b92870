"""The rate of the encoder, over a link with a queue and a link with losses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from video_kit import MS, S

from v2x.remote.video.coding import IntraRefresh
from v2x.remote.video.rate import Adaptive, RateControl, Report, Reporter
from v2x.remote.video.source import Camera, Source
from v2x.rng import Stream

FIGURES = Adaptive()


def report(t_s: float = 0.5, received_bps: float = 4e6, loss: float = 0.0, delay_ms: float = 30.0) -> Report:
    return Report(round(t_s * S), S // 2, received_bps, loss, round(delay_ms * MS))


def drive(
    seconds: int, capacity_bps: float, loss: float = 0.0, start_bps: float = 4e6
) -> tuple[np.ndarray, np.ndarray]:
    """Rate and queueing delay (s) twice a second, over a link of that capacity with a queue without end."""
    camera = Camera(rate_bps=start_bps, coding=IntraRefresh())
    source, control, reporter = Source(camera, 1, 7), RateControl(FIGURES, start_bps), Reporter()
    luck, free_ns, coming, rates, queues = Stream(1, "test.link"), 0, [], [], []
    for t_ns in range(0, seconds * S, S // 2):
        source.rate_bps = control.rate_bps
        for one in source.take(t_ns + S // 2):
            for index, size in enumerate(camera.packing.sizes_bytes(one).tolist()):
                free_ns = max(free_ns, one.sent_ns) + round(size * 8 / capacity_bps * S)
                if float(luck.uniform(one.first_packet + index)[0]) >= loss:
                    coming.append((free_ns + 20 * MS, one.first_packet + index, one.sent_ns, size - 40))
        while coming and coming[0][0] <= t_ns + S // 2:
            reporter.arrive(*coming.pop(0))
        queues.append(max(0, free_ns - t_ns - S // 2) / S)
        if (told := reporter.report(t_ns + S // 2)) is not None:
            control.hear(told)
        rates.append(control.rate_bps)
    return np.array(rates), np.array(queues)


def test_the_rate_settles_below_the_capacity_and_the_queue_drains() -> None:
    rates, queues = drive(120, capacity_bps=4e6, start_bps=8e6)
    settled = rates[120:]
    assert [settled.mean(), settled.min(), settled.max()] == pytest.approx([3.8e6, 3.3e6, 4.5e6], abs=0.05e6)
    assert [np.median(queues[120:]), queues[120:].max()] == pytest.approx([0.07, 0.30], abs=0.005)


def test_the_rate_grows_to_its_bound_where_there_is_room() -> None:
    rates, _ = drive(40, capacity_bps=50e6, start_bps=1e6)
    assert rates[-1] == FIGURES.most_bps
    assert rates[19] == pytest.approx(1e6 * 1.08**10, rel=0.01)


def test_loss_above_a_tenth_takes_the_rate_down_and_a_little_loss_does_not() -> None:
    assert drive(30, 50e6, loss=0.2)[0][-1] == FIGURES.least_bps
    assert drive(30, 50e6, loss=0.005)[0][-1] == FIGURES.most_bps


@pytest.mark.parametrize(
    ("told", "factor"),
    [
        (report(loss=0.0), 1.08**0.5),
        (report(loss=0.02), 1.08**0.5),
        (report(loss=0.05), 1.0),
        (report(loss=0.2), 0.9),
        (report(delay_ms=75.0), 1.08**0.5),
        (report(delay_ms=90.0), 1.0),
        (report(delay_ms=131.0, received_bps=3e6), 0.85 * 3 / 4),
        (report(delay_ms=131.0, received_bps=3e6, loss=0.5), 0.85 * 3 / 4),
        (report(delay_ms=131.0, received_bps=4e6, loss=0.5), 0.75),
        (report(received_bps=2e6), 1.0),  # the encoder makes less than it may: no growth beyond what is known to pass
    ],
)
def test_what_a_report_does_to_the_rate(told: Report, factor: float) -> None:
    control = RateControl(FIGURES, 4e6)
    control.hear(report(t_s=0.0, loss=0.05, delay_ms=30.0))  # holds, and tells the delay of the path
    assert control.rate_bps == 4e6
    assert control.hear(told) == pytest.approx(4e6 * factor)


def test_an_old_least_delay_is_forgotten() -> None:
    control = RateControl(FIGURES, 4e6)
    control.hear(report(t_s=0.0, delay_ms=30.0))
    rates = [control.hear(report(t_s=t_s, delay_ms=200.0)) for t_s in np.arange(0.5, 15.0, 0.5)]
    assert rates[0] == rates[19] == pytest.approx(0.85 * 4e6)  # another path, taken for a queue
    assert rates[-1] > rates[19]


@given(
    st.lists(
        st.builds(
            report,
            st.just(0.5),
            st.floats(0, 1e8),
            st.floats(0, 1),
            st.floats(-1000, 5000),
        ),
        max_size=30,
    )
)
def test_the_rate_stays_within_its_bounds_and_never_leaps(reports: list[Report]) -> None:
    control, before = RateControl(FIGURES, 4e6), 4e6
    for told in reports:
        rate = control.hear(told)
        assert FIGURES.least_bps <= rate <= FIGURES.most_bps
        assert rate <= before * 1.08**0.5 + 1e-6
        before = rate


def test_a_report_counts_what_came_and_what_did_not() -> None:
    reporter = Reporter()
    for number in (0, 1, 3, 2, 5, 9):
        reporter.arrive((100 + number) * MS, number, number * 2 * MS, 1000)
    told = reporter.report(S)
    assert told == Report(S, S, 48_000.0, pytest.approx(0.4), 91 * MS)
    assert reporter.report(2 * S) is None  # nothing came
    reporter.arrive(2100 * MS, 4, 0, 1000)  # late: no loss below nothing
    assert reporter.report(3 * S) == Report(3 * S, 2 * S, 4000.0, 0.0, 2100 * MS)
