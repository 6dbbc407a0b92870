"""PC5: the published table comes out again, and no result depends on rows, batches or bystanders."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from links_kit import by_name, frames, hearers, scene

from v2x.links.base import MAX_PC5_BYTES, BroadcastLink, Cause
from v2x.links.build import build_pc5
from v2x.links.loss_tables import LOSS_TABLES
from v2x.links.watched import EVERYWHERE, Watched
from v2x.scenario.model import ConstantLink, GilbertElliott, IdealLink, StatisticalPc5

PUBLISHED = {
    "light": "veinssim_beta0.1_lambda10_Pt20_S4_B190.csv",
    "medium": "veinssim_beta0.2_lambda10_Pt20_S4_B190.csv",
    "dense": "veinssim_beta0.2_lambda10_Pt20_S2_B190.csv",
}
COLUMNS = {
    Cause.HALF_DUPLEX: "d_HD",
    Cause.BELOW_SENSITIVITY: "d_SEN",
    Cause.PROPAGATION: "d_PRO",
    Cause.COLLISION: "d_COL",
}
BURSTY = GilbertElliott(mean_good_s=0.5, mean_bad_s=0.2, loss_good=0.05)


def models() -> list[BroadcastLink]:
    configs = (
        IdealLink(kind="ideal", range_m=250.0),
        ConstantLink(kind="constant", loss=0.3, range_m=250.0),
        StatisticalPc5(kind="statistical", pdr="dense", bursts=BURSTY),
    )
    return [build_pc5(config, seed=3) for config in configs]


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_tables_are_the_published_ones(name: str, shared: Path) -> None:
    with (shared / "reference" / "pc5" / PUBLISHED[name]).open() as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    table = LOSS_TABLES[name]
    assert table.distance_m.tolist() == [float(row["distance_m"]) for row in rows]
    assert table.pdr == pytest.approx([float(row["PDR"]) for row in rows], abs=2e-4)
    for cause, column in zip(table.causes, table.loss.T, strict=True):
        assert column == pytest.approx([float(row[COLUMNS[cause]]) for row in rows], abs=5.1e-5)


@pytest.mark.parametrize("distance_m", [0.0, 25.0, 112.5, 300.0, 387.5, 500.0])
def test_table_comes_out_within_binomial_error(distance_m: float) -> None:
    n, table = 40_000, LOSS_TABLES["medium"]
    link = build_pc5(StatisticalPc5(kind="statistical", pdr="medium", bursts=None), seed=11)
    heard = scene(hearers(np.arange(2, 202), distance_m))
    got = link.broadcast(frames(1, np.arange(200) * 10**8), heard).receptions
    assert len(got) == n
    wanted = {
        cause: np.interp(distance_m, table.distance_m, column)
        for cause, column in zip(table.causes, table.loss.T, strict=True)
    }
    wanted[Cause.DELIVERED] = np.interp(distance_m, table.distance_m, table.pdr)
    for cause, share in wanted.items():
        assert np.mean(got.cause == cause) == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / n) + 1e-9)


def test_bursts_multiply_the_table() -> None:
    config = StatisticalPc5(kind="statistical", pdr=((0.0, 0.9), (100.0, 0.5)), bursts=BURSTY)
    heard = scene(hearers(np.arange(300, 600), 50.0))
    got = build_pc5(config, seed=4).broadcast(frames(np.arange(300), 10**9), heard).receptions
    survive = 1 - (0.5 * 0.05 + 0.2) / 0.7
    assert np.mean(got.cause != Cause.PROPAGATION) == pytest.approx(0.7, abs=0.01)
    assert np.mean(got.cause == Cause.DELIVERED) == pytest.approx(0.7 * survive, abs=0.01)
    assert set(got.cause.tolist()) == {Cause.DELIVERED, Cause.PROPAGATION, Cause.RANDOM}


def test_beyond_the_table_nothing_is_tried() -> None:
    link = build_pc5(StatisticalPc5(kind="statistical"), seed=1)
    got = link.broadcast(frames([1], 0), scene(hearers([2, 3, 1], [499.0, 501.0, 0.0]))).receptions
    assert got.receiver.tolist() == [0]


def test_access_delay_is_the_senders_and_uniform() -> None:
    link = build_pc5(StatisticalPc5(kind="statistical", access_ms=(4.0, 20.0)), seed=1)
    sent = frames(np.arange(2000), 10**9)
    got = link.broadcast(sent, scene(hearers([10**6, 10**6 + 1], [1.0, 2.0]))).receptions
    wait_ms = (got.t_ns - sent.t_ns[got.tx_id]).reshape(2000, 2) / 1e6
    assert np.array_equal(wait_ms[:, 0], wait_ms[:, 1])
    assert 4.0 <= wait_ms.min() < 4.1
    assert 19.9 < wait_ms.max() <= 20.0
    assert wait_ms.mean() == pytest.approx(12.0, abs=4 * 16 / np.sqrt(12 * 2000))


def test_ideal_and_constant() -> None:
    sent, heard = frames([1, 2], [0, 5]), scene(hearers([1, 2, 3], [0.0, 100.0, 900.0]))
    got = build_pc5(IdealLink(kind="ideal", range_m=200.0), 1).broadcast(sent, heard).receptions
    assert got.tx_id.tolist() == [0, 1]
    assert got.receiver.tolist() == [1, 0]
    assert got.t_ns.tolist() == [0, 5]
    assert got.cause.dtype == np.int8
    assert not got.cause.any()
    lossy = build_pc5(ConstantLink(kind="constant", delay_ms=3.0, loss=0.25), 1)
    got = lossy.broadcast(frames(np.arange(100), 0), scene(hearers(np.arange(100, 200)))).receptions
    assert set(got.t_ns.tolist()) == {3_000_000}
    assert np.mean(got.cause == Cause.RANDOM) == pytest.approx(0.25, abs=0.02)


@pytest.mark.parametrize("link", models())
def test_what_is_too_long_is_refused_wherever_it_would_be_heard(link: BroadcastLink) -> None:
    sent = frames([1, 2, 3], [0, 5, 9], air_bytes=[MAX_PC5_BYTES + 1, MAX_PC5_BYTES, 3000])
    got = link.broadcast(sent, scene(hearers(np.arange(10, 60), 20.0))).receptions
    assert len(got) == 150
    assert np.array_equal(got.cause == Cause.OVERSIZE, np.isin(got.tx_id, [0, 2]))


@pytest.mark.parametrize("link", models())
def test_only_the_watched_are_drawn_and_as_among_all(link: BroadcastLink) -> None:
    sent, heard = frames(np.arange(40), np.arange(40), np.arange(40) * 9.0), hearers(np.arange(40), np.arange(40) * 9.0)
    watched = Watched.of(np.array([3, 7, 20], np.uint64), np.arange(40) % 13 == 0)
    every = by_name(sent, heard, link.broadcast(sent, scene(heard)).receptions)
    some = by_name(sent, heard, link.broadcast(sent, scene(heard), watched).receptions)
    assert some == {name: fate for name, fate in every.items() if name[0] in (3, 7, 20) or name[2] % 13 == 0}
    assert 0 < len(some) < len(every)


@pytest.mark.parametrize("watched", [[], [5], [2, 5, 2**64 - 1]])
def test_frames_of_watched_senders(watched: list[int]) -> None:
    sender = np.array([1, 2, 5, 5, 9, 2**64 - 1, 0], np.uint64)
    these = Watched.of(np.array(watched, np.uint64), np.zeros(3, bool))
    assert (these.spoken(sender) & EVERYWHERE).astype(bool).tolist() == [key in watched for key in sender.tolist()]
    assert these.spoken(sender[:0]).shape == (0,)
    more = these.also_from(np.array([9, 2], np.uint64))
    assert (more.spoken(sender) & EVERYWHERE).astype(bool).tolist() == [
        key in (*watched, 2, 9) for key in sender.tolist()
    ]


@pytest.mark.parametrize("link", models())
def test_empty_batches(link: BroadcastLink) -> None:
    one, none = frames([1], 0), frames(np.empty(0, np.uint64), 0)
    for sent, heard in ((one, hearers(np.empty(0, np.uint64))), (none, hearers([5])), (one, hearers([1]))):
        got = link.broadcast(sent, scene(heard)).receptions
        assert (len(got), got.t_ns.dtype, got.cause.dtype) == (0, np.int64, np.int8)


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_no_result_depends_on_rows_batches_or_strangers(data: st.DataObject) -> None:
    senders = data.draw(st.lists(st.integers(1, 40), min_size=1, max_size=25, unique=True))
    times = data.draw(st.lists(st.integers(0, 3 * 10**9), min_size=1, max_size=6, unique=True))
    seed = data.draw(st.integers(0, 2**32))
    rng = np.random.default_rng(seed)
    x_m, y_m = rng.uniform(0, 400, (2, 100))  # of station number n, standing still
    sender, t_ns = (column.ravel() for column in np.meshgrid(senders, np.sort(times)))
    sent, heard = frames(sender, t_ns, x_m[sender], y_m[sender]), hearers(np.arange(1, 50), x_m[1:50], y_m[1:50])
    for whole, parts in zip(models(), models(), strict=True):
        expected = by_name(sent, heard, whole.broadcast(sent, scene(heard)).receptions)

        shuffled = rng.permutation(len(sent))
        in_time = shuffled[np.argsort(sent.t_ns[shuffled], kind="stable")]  # equal times stay shuffled
        cut = rng.integers(0, len(sent) + 1)
        strangers = np.arange(60, 90)
        crowd = hearers(np.r_[heard.key, strangers], np.r_[heard.x_m, x_m[strangers]], np.r_[heard.y_m, y_m[strangers]])
        crowd = crowd.take(rng.permutation(len(crowd)))
        noise = frames(strangers, int(sent.t_ns[0]), x_m[strangers], y_m[strangers])
        parts.broadcast(noise, scene(crowd))
        got = {}
        for rows in (in_time[:cut], in_time[cut:]):
            got |= by_name(sent, crowd, parts.broadcast(sent.take(rows), scene(crowd)).receptions)

        assert {name: fate for name, fate in got.items() if name[2] < 50} == expected
