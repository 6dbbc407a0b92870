"""Counts of receptions that nobody observes: the law of the model that draws each, and nothing else changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from links_kit import frames, hearers, scene

from v2x.links.base import BroadcastLink, Cause
from v2x.links.build import build_pc5
from v2x.links.counts import ReceptionCounts
from v2x.links.simulated import SimulatedMedium
from v2x.messages.frame import Frames
from v2x.rng import key_of
from v2x.scenario.model import ConstantLink, GilbertElliott, StatisticalPc5

S = 10**9
BIN_M = 25.0
N = 300
RNG = np.random.default_rng(5)
X_M, Y_M = RNG.uniform(0, 900, (2, N))
NAMES = np.array([f"s{i}" for i in range(N)], object)
STATIONS = hearers(np.arange(N), X_M, Y_M)


def sent(t_ns: int, kind: str = "BSM") -> Frames:
    """A frame of every station at about one time."""
    return Frames(
        t_ns=np.sort(t_ns + RNG.integers(0, 1000, N)),
        station=NAMES,
        key=STATIONS.key,
        type=np.full(N, kind, object),
        data=[b""] * N,
        x_m=X_M,
        y_m=Y_M,
    )


def table(counts: ReceptionCounts) -> np.ndarray:
    """All that was counted, (causes, bins)."""
    total = np.zeros((len(Cause), 40), np.int64)
    for count in counts.drain(2**62):
        np.add.at(total, (count.cause, (count.distance_m / BIN_M).astype(int)), count.count)
    return total


def by_distance(link: BroadcastLink, times_ns: list[int]) -> np.ndarray:
    assert link.law is not None
    counts = ReceptionCounts(BIN_M, link.law, seed=1)
    for t_ns in times_ns:
        counts.add_unobserved(t_ns // S, tally(sent(t_ns)), STATIONS)
    return table(counts)


def tally(frames: Frames) -> dict[str, np.ndarray]:
    """How many frames of a type each station has sent: one each."""
    return {kind: np.ones(N, np.int64) for kind in frames.kinds[0]}


def one_by_one(link: BroadcastLink, times_ns: list[int]) -> np.ndarray:
    counts = ReceptionCounts(BIN_M, None, seed=1)
    for t_ns in times_ns:
        batch = sent(t_ns)
        got = link.broadcast(frames(batch.key, batch.t_ns, X_M, Y_M), scene(STATIONS)).receptions
        counts.add(t_ns // S, batch.type[got.tx_id], got.distance_m, got.cause)
    return table(counts)


@pytest.mark.parametrize(
    "link",
    [
        StatisticalPc5(kind="statistical", pdr="dense", bursts=None),
        StatisticalPc5(kind="statistical", pdr="medium", bursts=GilbertElliott(mean_good_s=1.0, mean_bad_s=0.2)),
        StatisticalPc5(kind="statistical", pdr=((0.0, 1.0), (60.0, 0.4), (333.0, 0.1))),
        ConstantLink(kind="constant", loss=0.3, range_m=210.0),
    ],
    ids=["table", "bursts", "steep", "constant"],
)
def test_same_tries_and_same_chances_as_one_by_one(link: Any) -> None:
    """Frames 10 s apart, so that bursts are independent; every bin and cause within 4.5 standard errors."""
    model, times_ns = build_pc5(link, seed=9), [k * 10 * S for k in range(6)]
    counted, drawn = by_distance(model, times_ns), one_by_one(model, times_ns)
    assert np.array_equal(counted.sum(axis=0), drawn.sum(axis=0))
    share = (counted + drawn) / np.maximum(1, 2 * counted.sum(axis=0))
    error = np.sqrt(2 * counted.sum(axis=0) * share * (1 - share))
    enough = error > 3
    assert enough.sum() > 10
    z = ((counted - drawn) / np.maximum(error, 1e-9))[enough]
    assert np.abs(z).max() < 4.5
    assert 0.5 < np.mean(z**2) < 1.6  # scatter like that of independent draws, not less


def test_chances_add_up_to_one_and_end_where_the_model_does() -> None:
    law = build_pc5(StatisticalPc5(kind="statistical", pdr="light"), seed=1).law
    assert law is not None and law.reach_m == 500.0
    shares = law.shares(np.linspace(0, 500, 401))
    assert shares.sum(axis=1) == pytest.approx(1.0)
    assert (shares >= 0).all()


def test_draws_depend_on_what_was_counted_and_not_on_its_batches() -> None:
    model = build_pc5(StatisticalPc5(kind="statistical", pdr="medium"), seed=9)
    whole, parts = (ReceptionCounts(BIN_M, model.law, seed=1) for _ in range(2))
    batch, rows = sent(0), np.arange(N)
    whole.add_unobserved(0, tally(batch), STATIONS)
    for some in (rows % 3 == 0, rows % 3 != 0):
        parts.add_unobserved(0, {"BSM": some.astype(np.int64)}, STATIONS)
    assert np.array_equal(table(whole), table(parts))


def test_seconds_and_types_are_told_apart() -> None:
    model = build_pc5(ConstantLink(kind="constant", loss=0.0, range_m=100.0), seed=9)
    counts = ReceptionCounts(BIN_M, model.law, seed=1)
    for second, kind in ((0, "BSM"), (1, "PSM"), (0, "PSM"), (3, "BSM")):
        counts.add_unobserved(second, tally(sent(second * S, kind)), STATIONS)
    first = [(count.second, count.kind) for count in counts.drain(S)]
    assert first == [(0, "BSM"), (0, "PSM")]
    assert [(count.second, count.kind) for count in counts.drain(2**62)] == [(1, "PSM"), (3, "BSM")]


def test_what_a_link_has_counted_is_added_to_what_was_drawn() -> None:
    """Strips of a metre become bins of 25 m, also where the last bin is not full or the link reaches less far."""
    counts = ReceptionCounts(BIN_M, None, seed=1)
    by_strip = RNG.integers(0, 9, (len(Cause), 260))
    distance_m, cause = np.array([0.0, 24.9, 25.0, 399.0]), np.array([0, 3, 3, 11], np.int8)
    counts.add(4, np.array(["BSM"] * 4, object), distance_m, cause)
    counts.add_counted(4, {"BSM": by_strip, "PSM": np.ones((len(Cause), 1), np.int64)})
    counts.add_counted(5, {"BSM": np.zeros((len(Cause), 0), np.int64)})
    counts.add_counted(4, {"BSM": by_strip})

    want = np.zeros((len(Cause), 16), np.int64)
    for strip in range(260):
        want[:, strip // 25] += 2 * by_strip[:, strip]
    for row, column in zip(cause, (distance_m // BIN_M).astype(int), strict=True):
        want[row, column] += 1
    bsm, psm, none = counts.drain(2**62)
    got = np.zeros_like(want)
    got[bsm.cause, (bsm.distance_m / BIN_M).astype(int)] = bsm.count
    assert (bsm.second, bsm.kind) == (4, "BSM")
    assert np.array_equal(got, want)
    assert (psm.kind, psm.count.tolist(), set(psm.distance_m)) == ("PSM", [1] * len(Cause), {0.0})
    assert (none.second, len(none.count)) == (5, 0)


def test_without_a_law_nothing_can_be_counted_by_distance() -> None:
    with pytest.raises(ValueError, match="must be counted by the link"):
        ReceptionCounts(BIN_M, None, seed=1).add_unobserved(0, tally(sent(0)), STATIONS)


def keys_of(names: np.ndarray) -> np.ndarray:
    return np.array([key_of(name) for name in names], np.uint64)


def run(
    observed: set[str], batch: Frames, air_bytes: int = 300, circles: Mapping[str, int] = MappingProxyType({})
) -> tuple[set[tuple[Any, ...]], Counter[str]]:
    """Rows of ``rx``, and the receptions counted by cause, over a medium."""
    tables: dict[str, list[Mapping[str, Any]]] = {"rx": [], "link_bins": []}

    def append(name: str, columns: Mapping[str, Any]) -> None:
        tables.setdefault(name, []).append(columns)

    link = build_pc5(StatisticalPc5(kind="statistical", pdr="dense"), seed=9)
    sizes = lambda some, _: np.full(len(some), air_bytes)  # noqa: E731
    medium = SimulatedMedium(link, None, "j2735", sizes, append, BIN_M, seed=1)  # type: ignore[arg-type]
    here = scene(replace(STATIONS, key=keys_of(NAMES)), S)
    medium.enter(here, NAMES, observed, set(), circles)
    medium.broadcast(replace(batch, key=keys_of(batch.station)), here.until_ns)
    medium.close(2 * S)
    columns = ("tx_id", "receiver", "cause", "t_ns", "distance_m")
    rows = {row for part in tables["rx"] for row in zip(*(part[name] for name in columns), strict=True)}
    counted: Counter[str] = Counter()
    for part in tables["link_bins"]:
        for cause, count in zip(part["cause"], part["count"], strict=True):
            counted[str(cause)] += int(count)
    return rows, counted


def test_what_is_observed_does_not_depend_on_who_else_is() -> None:
    batch = sent(S)
    every, tried = run(set(NAMES), batch)
    some, counted = run({"s7", "s8"}, batch)
    names = dict(enumerate(batch.station))
    assert some == {row for row in every if {names[row[0]], row[1]} & {"s7", "s8"}}
    assert counted.total() == tried.total() == len(every)


def test_a_circle_is_observed_among_itself_and_nothing_is_counted_twice() -> None:
    batch = sent(S)
    every, tried = run(set(NAMES), batch)
    some, counted = run({"s7"}, batch, circles={"s1": 0, "s2": 0, "s7": 0, "s30": 1, "s31": 1, "s4": 63})
    names = dict(enumerate(batch.station))
    pairs = [{"s1", "s2"}, {"s30", "s31"}]
    assert some == {row for row in every if (pair := {names[row[0]], row[1]}) & {"s7"} or pair in pairs}
    assert counted.total() == tried.total()
    assert any({names[row[0]], row[1]} in pairs for row in some)


def test_a_sender_that_hears_nothing_is_counted_too() -> None:
    batch = sent(S)
    alone = Frames(batch.t_ns[:1], np.array(["deaf"], object), np.array([999], np.uint64), batch.type[:1], [b""],
                   X_M[:1], Y_M[:1])  # fmt: skip
    rows, counted = run(set(), alone)
    assert not rows
    assert counted.total() == int((np.hypot(X_M - X_M[0], Y_M - Y_M[0]) <= 500.0).sum())


def test_what_is_too_long_is_counted_and_a_row_only_if_observed() -> None:
    batch = sent(S)
    every, _ = run(set(NAMES), batch)
    rows, counted = run({"s7"}, batch, air_bytes=1401)
    names = dict(enumerate(batch.station))
    heard_by_or_from_s7 = {row for row in every if "s7" in (names[row[0]], row[1])}
    assert {row[:2] for row in rows} == {row[:2] for row in heard_by_or_from_s7}
    assert {str(row[2]) for row in rows} == {"oversize"}
    assert counted == {"oversize": len(every)}
