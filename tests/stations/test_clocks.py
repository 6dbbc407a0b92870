from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from v2x.clock import NS_PER_S
from v2x.rng import Stream, key_of
from v2x.scenario.model import StationClock
from v2x.stations.clocks import StationClocks

N = 20_000
KEYS = Stream(1, "test.keys").bits(np.arange(N))
CONFIG = StationClock(offset_sigma_ms=0.1, drift_sigma_ppm=0.05)
DAY_NS = 86_400 * NS_PER_S


def test_offset_and_drift_have_the_stated_deviations() -> None:
    """20 000 stations, 5 standard errors; one microsecond per second is 1 ppm."""
    clocks = StationClocks(CONFIG, 4)
    offset_ns = clocks.read_ns(KEYS, 0)
    drift_ppm = (clocks.read_ns(KEYS, 1000 * NS_PER_S) - 1000 * NS_PER_S - offset_ns) / 1e6
    for values, sigma in ((offset_ns, 100_000), (drift_ppm, 0.05)):
        assert abs(values.std() / sigma - 1) < 5 / np.sqrt(2 * N)
        assert abs(values.mean()) < 5 * sigma / np.sqrt(N)
    assert abs(np.corrcoef(offset_ns, drift_ppm)[0, 1]) < 5 / np.sqrt(N)


@settings(deadline=None)  # the first example waits for the compiler
@given(
    key=st.integers(0, 2**64 - 1),
    t_ns=st.integers(-NS_PER_S, DAY_NS),
    offset_ms=st.floats(0, 1000),
    drift_ppm=st.floats(0, 15),  # its 5-sigma station stays inside the documented 100 ppm
)
def test_inverse_is_good_to_a_nanosecond(key: int, t_ns: int, offset_ms: float, drift_ppm: float) -> None:
    clocks = StationClocks(StationClock(offset_sigma_ms=offset_ms, drift_sigma_ppm=drift_ppm), 4)
    keys = np.array([key], np.uint64)
    back = clocks.true_ns(keys, clocks.read_ns(keys, t_ns))
    assert back.dtype == np.int64 and abs(int(back[0]) - t_ns) <= 1


@settings(deadline=None)  # the first example waits for the compiler
@given(st.lists(st.integers(0, DAY_NS), min_size=2, max_size=20).map(sorted))
def test_a_clock_never_runs_backwards(times: list[int]) -> None:
    clocks = StationClocks(StationClock(offset_sigma_ms=1.0, drift_sigma_ppm=10.0), 4)
    shown = clocks.read_ns(np.full(len(times), KEYS[0]), np.array(times))
    assert (np.diff(shown) >= 0).all()


def test_one_by_name_is_one_by_key() -> None:
    clocks = StationClocks(CONFIG, 4)
    for t_ns in (0, 12_345_678_901, DAY_NS):
        column = clocks.read_ns(np.array([key_of("veh1")], np.uint64), t_ns)
        assert clocks.read_one_ns("veh1", t_ns) == int(column[0])


def test_order_does_not_matter() -> None:
    clocks, t = StationClocks(CONFIG, 4), np.arange(N)
    assert np.array_equal(clocks.read_ns(KEYS[::-1], t[::-1]), clocks.read_ns(KEYS, t)[::-1])
    assert np.array_equal(clocks.read_ns(KEYS[:5], t[:5]), clocks.read_ns(KEYS, t)[:5])
