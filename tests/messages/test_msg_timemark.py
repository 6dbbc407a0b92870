from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.clock import NS_PER_MS, NS_PER_S, utc_ns
from v2x.errors import CodecError
from v2x.messages import timemark as tm

EPOCH_NS = utc_ns(datetime(2024, 1, 1, tzinfo=UTC))
instants = st.integers(EPOCH_NS, EPOCH_NS + 3 * 366 * 86400 * NS_PER_S)
HALF_TENTH_NS = NS_PER_S // 20


@given(instants, st.integers(-4 * 60 * NS_PER_S, 54 * 60 * NS_PER_S))
def test_an_end_ahead_comes_back_whatever_the_hour(now_ns, ahead_ns):
    mark = tm.to_time_mark("end", now_ns + ahead_ns, now_ns)
    assert 0 <= mark < 36000
    assert abs(tm.from_time_mark(mark, now_ns) - (now_ns + ahead_ns)) <= HALF_TENTH_NS


@given(instants, st.integers(-54 * 60 * NS_PER_S, 4 * 60 * NS_PER_S))
def test_a_beginning_behind_comes_back_whatever_the_hour(now_ns, ago_ns):
    mark = tm.to_time_mark("start", now_ns + ago_ns, now_ns, past=True)
    assert abs(tm.from_time_mark(mark, now_ns, past=True) - (now_ns + ago_ns)) <= HALF_TENTH_NS


@given(instants, st.integers(-4 * 60 * NS_PER_S, 53 * 60 * NS_PER_S), st.integers(-2 * NS_PER_S, 30 * NS_PER_S))
def test_a_receiver_with_another_clock_reads_the_same_hour(now_ns, ahead_ns, late_ns):
    mark = tm.to_time_mark("end", now_ns + ahead_ns, now_ns)
    assert abs(tm.from_time_mark(mark, now_ns + late_ns) - (now_ns + ahead_ns)) <= HALF_TENTH_NS


@pytest.mark.parametrize("ahead_s", [56 * 60, 3600, 7200, -6 * 60])
def test_an_instant_that_would_be_read_in_another_hour_is_refused(ahead_s):
    with pytest.raises(CodecError, match="end: an instant"):
        tm.to_time_mark("end", EPOCH_NS + ahead_s * NS_PER_S, EPOCH_NS)


def test_hour_change_by_hand():
    before = utc_ns(datetime(2024, 5, 3, 9, 59, 58, tzinfo=UTC))
    after = utc_ns(datetime(2024, 5, 3, 10, 0, 5, tzinfo=UTC))
    assert tm.to_time_mark("end", after, before) == 50
    assert tm.from_time_mark(50, before) == after
    assert tm.to_time_mark("start", before, after, past=True) == 35980
    assert tm.from_time_mark(35980, after, past=True) == before


def test_special_marks_by_edition():
    hour = utc_ns(datetime(2024, 5, 3, 10, tzinfo=UTC))
    assert tm.from_time_mark(36111, hour) is None
    assert tm.from_time_mark(36050, hour) is None  # reserved
    assert tm.from_time_mark(36005, hour - NS_PER_S) == hour + NS_PER_S // 2  # leap second, as POSIX folds it
    assert tm.from_time_mark(36001, hour, edition=2016) is None
    assert tm.from_time_mark(36000, hour, edition=2016) is None  # more than an hour


@given(instants, st.integers(0, 3599 * NS_PER_S))
def test_counting_comes_back(now_ns, ahead_ns):
    assert abs(tm.from_counting(tm.to_counting(now_ns + ahead_ns, now_ns), now_ns) - now_ns - ahead_ns) <= HALF_TENTH_NS


def test_counting_limits():
    assert tm.to_counting(EPOCH_NS - NS_PER_S, EPOCH_NS) == 0
    assert tm.to_counting(EPOCH_NS + 7200 * NS_PER_S, EPOCH_NS) == 36000
    assert tm.from_counting(36000, EPOCH_NS) is None
    assert tm.from_counting(36001, EPOCH_NS) is None


@given(instants, st.integers(-29 * NS_PER_S, 29 * NS_PER_S))
def test_sec_mark_near_a_reference(t_ns, offset_ns):
    mark = tm.ms_of_minute(np.array([t_ns]))
    assert 0 <= mark[0] < 60000
    assert abs(tm.from_ms_of_minute(mark, t_ns + offset_ns)[0] - t_ns) <= NS_PER_MS // 2


def test_sec_mark_specials():
    minute = utc_ns(datetime(2024, 5, 3, 10, 1, tzinfo=UTC))
    assert tm.ms_of_minute(np.array([minute - 1]))[0] == 0  # rounds into the next minute, not to 60000
    leap = tm.from_ms_of_minute(np.array([60250]), minute)
    assert leap[0] == minute + 250 * NS_PER_MS
    for mark in (61000, 65535):
        with pytest.raises(CodecError, match="secMark"):
            tm.from_ms_of_minute(np.array([mark]), minute)


@given(instants, st.integers(-150 * 86400 * NS_PER_S, 150 * 86400 * NS_PER_S))
def test_minute_of_the_year_near_a_reference(t_ns, offset_ns):
    minute, ms = tm.minute_and_ms(t_ns)
    assert 0 <= minute < 366 * 1440
    assert abs(tm.stamp(minute, ms, t_ns + offset_ns) - t_ns) <= NS_PER_MS // 2


def test_minute_of_the_year_by_hand():
    assert tm.minute_of_year(utc_ns(datetime(2024, 12, 31, 23, 59, 59, tzinfo=UTC))) == 527_039
    assert tm.minute_and_ms(utc_ns(datetime(2025, 1, 1, tzinfo=UTC)) - 1) == (0, 0)
    assert tm.from_minute_of_year(527_040, EPOCH_NS) is None


@pytest.mark.parametrize(
    ("minute", "ms", "expected_s"),
    [
        (None, None, 100),
        (1, None, 100),
        (3, None, 180),
        (1, 59_000, 119),
        (None, 20_000, 80),
        (527_040, 5_000, 65 + 60),
    ],
)
def test_stamp_uses_what_there_is(minute, ms, expected_s):
    assert tm.stamp(minute, ms, EPOCH_NS + 100 * NS_PER_S) == EPOCH_NS + expected_s * NS_PER_S
