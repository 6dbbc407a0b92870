"""Commands: the newest counts; the watchdog trips once an outage, and never below its time-out."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.remote.command import Command, CommandLink, CommandReceiver, InForce, Trip

MS, S = 1_000_000, 1_000_000_000
STEP_NS = 10 * MS


def command(number: int, sent_ns: int = 0) -> Command:
    return Command(number, sent_ns, captured_ns=sent_ns - 200 * MS, steer_rad=0.01 * number, accel_mps2=0.0)


def drive(arrivals: list[tuple[int, Command]], until_ns: int, timeout_ms: float = 500.0) -> list[tuple[int, InForce]]:
    """What is in force at each control step, with commands that come at given times."""
    receiver, waiting, steps = CommandReceiver(CommandLink(timeout_ms=timeout_ms)), list(arrivals), []
    for t_ns in range(0, until_ns, STEP_NS):
        while waiting and waiting[0][0] <= t_ns:
            receiver.arrive(*waiting.pop(0))
        steps.append((t_ns, receiver.step(t_ns)))
    return steps


def trips(arrivals_ms: list[float], until_ms: int, timeout_ms: float = 500.0) -> list[tuple[float, float]]:
    arrivals = [(round(at_ms * MS), command(number)) for number, at_ms in enumerate(arrivals_ms)]
    steps = drive(arrivals, until_ms * MS, timeout_ms)
    return [(trip.at_ns / MS, trip.noticed_ns / MS) for _, now in steps for trip in now.trips]


def test_gaps_below_the_time_out_never_trip() -> None:
    assert trips([20.0 * k for k in range(50)] + [1180.0 + 200.0 * k for k in range(20)], 5000) == []
    assert trips([3.0, 502.9, 1002.8, 1502.7], 2000) == []


def test_an_outage_trips_once() -> None:
    steady = [20.0 * k for k in range(500) if not 2000 <= 20 * k < 4000]
    assert trips(steady, 10_000) == [(2480.0, 2480.0)]
    twice = [at_ms for at_ms in steady if not 6000 <= at_ms < 8000]
    assert trips(twice, 10_000) == [(2480.0, 2480.0), (6480.0, 6480.0)]


def test_a_trip_is_noticed_at_the_next_control_step() -> None:
    assert trips([3.0], 2000) == [(503.0, 510.0)]
    assert trips([3.0], 2000, timeout_ms=150.0) == [(153.0, 160.0)]


def test_a_gap_of_just_the_time_out_trips_even_if_a_command_comes_before_the_control_step() -> None:
    assert trips([3.0, 503.0, 600.0], 1000) == [(503.0, 510.0)]
    assert trips([3.0, 509.0, 600.0], 1000) == [(503.0, 510.0)]


def test_nothing_trips_before_the_first_command() -> None:
    assert trips([], 5000) == []
    assert trips([4000.0], 4400) == []


def test_an_older_command_changes_nothing_and_does_not_feed_the_watchdog() -> None:
    arrivals = [(0, command(5)), (400 * MS, command(4)), (450 * MS, command(5))]
    steps = drive(arrivals, 700 * MS)
    assert {now.command.number for _, now in steps if now.command} == {5}
    assert [trip for _, now in steps for trip in now.trips] == [Trip(500 * MS, 500 * MS)]


@given(
    gaps_ns=st.lists(st.integers(0, 1200 * MS), min_size=1, max_size=30),
    timeout_ms=st.sampled_from([20, 150, 500]),
)
def test_trips_are_the_gaps_that_reach_the_time_out(gaps_ns: list[int], timeout_ms: int) -> None:
    at_ns, arrivals = 0, []
    for number, gap_ns in enumerate(gaps_ns):
        at_ns += gap_ns
        arrivals.append((at_ns, command(number)))
    end_ns = at_ns + 2 * S
    got = [trip for _, now in drive(arrivals, end_ns, timeout_ms) for trip in now.trips]
    times = [t_ns for t_ns, _ in arrivals] + [end_ns]
    timeout_ns = timeout_ms * MS
    expected = [begin + timeout_ns for begin, end in pairwise(times) if end - begin >= timeout_ns]
    assert [trip.at_ns for trip in got] == expected
    assert all(0 <= trip.noticed_ns - trip.at_ns < STEP_NS for trip in got)


@given(
    delays_ms=st.lists(st.one_of(st.none(), st.integers(0, 300)), min_size=1, max_size=60),
    rate_hz=st.sampled_from([20, 50, 100]),
)
def test_the_newest_that_has_come_is_in_force(delays_ms: list[int | None], rate_hz: int) -> None:
    beat = CommandLink(rate_hz=rate_hz).beat(seed=1, station=7)
    said = [command(number, beat.at_ns(number)) for number in range(len(delays_ms))]
    arrivals = sorted(
        (
            (one.sent_ns + delay_ms * MS, one)
            for one, delay_ms in zip(said, delays_ms, strict=True)
            if delay_ms is not None
        ),
        key=lambda arrival: arrival[0],
    )
    fresh = list[int]()
    for t_ns, now in drive(arrivals, 5 * S):
        come = [one.number for at_ns, one in arrivals if at_ns <= t_ns]
        assert (now.command.number if now.command else None) == max(come, default=None)
        fresh += [now.command.number] if now.fresh and now.command else []
    assert fresh == sorted(set(fresh))


def test_latency_is_up_to_the_control_step_and_age_goes_on() -> None:
    link = CommandLink(rate_hz=50)
    beat = link.beat(seed=1, station=7)
    arrivals = [(beat.at_ns(number) + 33 * MS, command(number, beat.at_ns(number))) for number in range(100)]
    known = [(t_ns, now.command, now.fresh) for t_ns, now in drive(arrivals, 2 * S) if now.command is not None]
    ages_ns = [t_ns - one.sent_ns for t_ns, one, _ in known]
    latencies_ns = [t_ns - one.sent_ns for t_ns, one, fresh in known if fresh]
    assert all(33 * MS <= late < 43 * MS for late in latencies_ns)
    mean_latency_ns = sum(latencies_ns) / len(latencies_ns)
    assert sum(ages_ns) / len(ages_ns) == pytest.approx(mean_latency_ns + 5 * MS, abs=0.1 * MS)
    assert max(ages_ns) < 53 * MS


def test_commands_have_a_phase_of_their_own_and_no_drift() -> None:
    link = CommandLink(rate_hz=30)
    beats = [link.beat(seed=1, station=station) for station in range(50)]
    assert len({beat.phase_ns for beat in beats}) == 50
    assert all(beat.at_ns(30 * 3600) - beat.at_ns(0) == 3600 * S for beat in beats)
    assert link.payload_bytes * 8 <= 8000
