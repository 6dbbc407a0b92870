"""Link models on live traffic: the laws are those of a run, and luck goes with the datagram, not with the clock."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path as File

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from v2x.bus.impairment import Path, uu_impairment
from v2x.bus.impairment_pc5 import pc5_impairment
from v2x.bus.link_option import read_pc5, read_uu
from v2x.errors import InputError
from v2x.links.base import Cause, Direction, Transmissions
from v2x.links.build import build_uu
from v2x.links.loss_tables import LOSS_TABLES
from v2x.links.uu_presets import UU_PRESETS

MS = 10**6
SECOND = 10**9


def uu(text: str, seed: int = 1, key: int = 77, direction: Direction = "uplink") -> Path:
    return uu_impairment(read_uu(text, "--uu"), seed, direction)(key)


def pc5(text: str, distance_m: float, seed: int = 1, key: int = 77) -> Path:
    return pc5_impairment(read_pc5(text, "--pc5"), seed, distance_m)(key)


def sent(t_ns: np.ndarray, key: int = 77) -> Transmissions:
    nothing = np.zeros(len(t_ns))
    sender = np.full(len(t_ns), key, np.uint64)
    kind = np.full(len(t_ns), "BSM", object)
    return Transmissions(np.arange(len(t_ns)), t_ns, sender, nothing, nothing, nothing.astype(np.int64), kind)


MODELS = [
    lambda seed, key: uu("weak_n8", seed, key),
    lambda seed, key: uu("{kind: constant, delay_ms: 3, loss: 0.5}", seed, key),
    lambda seed, key: pc5("{kind: statistical, pdr: dense, bursts: null}", 300.0, seed, key),
]


@pytest.mark.parametrize("model", MODELS)
def test_luck_is_of_seed_flow_and_number_alone(model: Callable[[int, int], Path]) -> None:
    """Whatever the time, and whatever was asked before; stalls, which are of the time, are not compared."""

    def luck(path: Path, offset_ns: int, numbers: list[int]) -> list[tuple[int, Cause]]:
        times = [number * MS + offset_ns for number in numbers]
        fates = [path.fate(number, t_ns) for number, t_ns in zip(numbers, times, strict=True)]
        return [(fate.arrival_ns - t_ns, fate.cause) for fate, t_ns in zip(fates, times, strict=True)]

    def like(one: list[tuple[int, Cause]], other: list[tuple[int, Cause]]) -> float:
        kept = [pair for pair in zip(one, other, strict=True) if Cause.OUTAGE not in (pair[0][1], pair[1][1])]
        assert len(kept) > 300
        return float(np.mean([first == second for first, second in kept]))

    numbers = list(range(700))
    first = luck(model(1, 77), 0, numbers)
    assert like(first, luck(model(1, 77), 123_456_789, numbers)) == 1.0
    backwards = luck(model(1, 77), 0, numbers[::-1])[::-1]
    assert backwards == first
    assert like(first, luck(model(2, 77), 0, numbers)) < 0.9
    assert like(first, luck(model(1, 78), 0, numbers)) < 0.9


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 2**32), key=st.integers(0, 2**64 - 1), transport=st.sampled_from(["udp", "tcp"]))
def test_stalls_are_those_of_a_run(seed: int, key: int, transport: str) -> None:
    text = f"{{kind: preset, preset: weak_n8, transport: {transport}}}"
    t_ns = np.arange(0, 120 * SECOND, 7 * MS)
    path = uu(text, seed, key)
    fates = [path.fate(number, int(at)) for number, at in enumerate(t_ns)]
    run = build_uu(read_uu(text, "--uu"), seed, 0, None).carry(sent(t_ns, key), "uplink")
    assert [fate.cause for fate in fates] == run.cause.tolist()
    if transport == "tcp":  # delays are drawn anew, but what a stall holds comes out at its end
        delay_ns = np.array([fate.arrival_ns for fate in fates]) - t_ns
        run_delay_ns = run.t_ns - t_ns
        held = run_delay_ns > 100 * MS
        assert np.allclose(delay_ns[held], run_delay_ns[held], rtol=0, atol=60 * MS)
        assert np.array_equal(delay_ns > 200 * MS, run_delay_ns > 200 * MS)


@pytest.mark.parametrize("direction", ["uplink", "downlink"])
@pytest.mark.parametrize("preset", ["weak_n8", "sa_trial"])
def test_delays_follow_the_preset(preset: str, direction: Direction) -> None:
    path, law = uu(preset, direction=direction), getattr(UU_PRESETS[preset], direction)
    delay_ms = np.array([path.fate(number, 0).arrival_ns / 1e6 for number in range(20_000)])
    assert stats.kstest(delay_ms, "gamma", args=(law.shape, law.shift_ms, law.scale_ms)).pvalue > 0.001


def test_constant_and_ideal() -> None:
    path = uu("{kind: constant, delay_ms: 7, loss: 0.2}")
    fates = [path.fate(number, 50) for number in range(10_000)]
    assert {fate.arrival_ns for fate in fates} == {7_000_050}
    lost = np.mean([fate.cause is Cause.RANDOM for fate in fates])
    assert lost == pytest.approx(0.2, abs=4 * np.sqrt(0.2 * 0.8 / 10_000))
    assert uu("{kind: ideal}").fate(3, 9) == pc5("{kind: ideal}", 10.0).fate(3, 9)
    assert (uu("{kind: ideal}").fate(3, 9).arrival_ns, uu("{kind: ideal}").fate(3, 9).cause) == (9, Cause.DELIVERED)


def test_a_trace_comes_out_as_in_a_run(tmp_path: File) -> None:
    drive = tmp_path / "drive.csv"
    rows = "".join(f"{55 * row},{20 + 13 * (row % 11)}\n" for row in range(200))
    drive.write_text("t_ms,rtt_ms\n" + rows)
    text = f"{{kind: trace, path: {drive}}}"
    t_ns = np.arange(0, 12 * SECOND, MS)
    run = build_uu(read_uu(text, "--uu"), 1, 0, None).carry(sent(t_ns), "downlink")
    path = uu(text, direction="downlink")
    fates = [path.fate(0, int(at)) for at in t_ns]
    assert [fate.arrival_ns for fate in fates] == run.t_ns.tolist()
    assert [fate.cause for fate in fates] == run.cause.tolist()
    assert {Cause.DELIVERED, Cause.OUTAGE} == {fate.cause for fate in fates}
    between = path.fate(0, 400_000)  # the trace is looked up by the millisecond, the delay counts from the very time
    assert between.arrival_ns == 400_000 + run.t_ns[0]


def test_a_sidelink_loses_by_table_and_cause() -> None:
    count, table = 40_000, LOSS_TABLES["dense"]
    path = pc5("{kind: statistical, pdr: dense, bursts: null, access_ms: [2, 12]}", 300.0)
    fates = [path.fate(number, 0) for number in range(count)]
    cause = np.array([fate.cause for fate in fates])
    row = table.loss[np.flatnonzero(table.distance_m == 300.0)[0]]
    for name, share in zip(table.causes, row, strict=True):
        assert np.mean(cause == name) == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / count) + 1e-9)
    wait_ms = np.array([fate.arrival_ns for fate in fates]) / 1e6
    assert stats.kstest(wait_ms, "uniform", args=(2.0, 10.0)).pvalue > 0.001


def test_sidelink_bursts_last_as_long_as_they_should() -> None:
    text = "{kind: statistical, pdr: [[0, 1.0], [500, 1.0]], bursts: {mean_good_s: 2.0, mean_bad_s: 0.5}}"
    path = pc5(text, 10.0)
    lost = np.array([path.fate(number, number * 5 * MS).cause is Cause.RANDOM for number in range(200_000)])
    starts = np.count_nonzero(np.diff(lost.astype(int)) == 1)
    assert lost.mean() == pytest.approx(0.2, abs=0.04)
    assert starts == pytest.approx(1000 / 2.5, rel=0.2)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("weak", "did you mean 'weak_n8'"),
        ("7", "expected a mapping"),
        ("[1]", "expected a mapping"),
        ("{", "not valid YAML"),
        ("{kind: preset, preset: weak_n9}", "--uu: links.uu.preset: unknown value 'weak_n9'"),
        ("{kind: constant, delay_ms: -1}", "--uu: links.uu.delay_ms: must be"),
        ("{kind: constant, delay: 1}", "did you mean 'delay_ms'"),
        ("{kind: constant, loss: 0.1, loss: 0.2}", "duplicate key"),
        ("{delay_ms: 1}", "links.uu.kind: required but missing"),
        ("{kind: trace, path: no-such-file.csv}", "no such file"),
        ("{kind: geometric}", "geometric looks at where a vehicle is"),
    ],
)
def test_models_that_cannot_be_used(text: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        uu(text)


@pytest.mark.parametrize(
    ("text", "distance_m", "complaint"),
    [
        ("{kind: sensing}", 10.0, "who else is on the road"),
        ("{kind: statistical}", 501.0, "beyond 500 m"),
        ("{kind: constant, range_m: 100}", 101.0, "beyond 100 m"),
        ("weak_n8", 10.0, "expected a mapping"),
    ],
)
def test_sidelinks_that_cannot_be_used(text: str, distance_m: float, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        pc5(text, distance_m)
