from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.clock import NS_PER_S, SimClock, to_ns, utc_datetime, utc_ns


def test_seconds_become_the_nearest_nanosecond() -> None:
    assert to_ns(0.1) == 100_000_000
    assert to_ns(0.1 + 0.2) == 300_000_000  # 0.30000000000000004 must not leave the grid
    assert to_ns(-1.5e-9) == -2
    assert isinstance(to_ns(3), int)


def test_utc_of_a_known_instant() -> None:
    moment = datetime(2024, 3, 1, 1, 59, 30, 250_000, tzinfo=UTC)
    assert utc_ns(moment) == 1_709_258_370_250_000_000
    assert utc_ns(moment.astimezone(timezone(timedelta(hours=8)))) == utc_ns(moment)


@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))
def test_utc_round_trip_is_exact_to_the_microsecond(moment: datetime) -> None:
    assert utc_datetime(utc_ns(moment)) == moment


def test_utc_datetime_rounds_down() -> None:
    assert utc_datetime(1_999) == datetime(1970, 1, 1, 0, 0, 0, 1, tzinfo=UTC)


def test_naive_datetime_is_refused() -> None:
    with pytest.raises(TypeError):
        utc_ns(datetime(2024, 3, 1))


def test_steps_cover_the_run_without_its_end() -> None:
    clock = SimClock(start_utc_ns=5 * NS_PER_S, step_ns=100_000_000, duration_ns=1_050_000_000)
    steps = list(clock.steps())
    assert steps[0] == 0 and steps[-1] == 1_000_000_000 and len(steps) == 11
    assert clock.utc_ns(steps[-1]) == 6_000_000_000
