"""Uu by geometry as a whole: interruption, outage, segments, slices, load, and a map that agrees with the run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from links_kit import frames, hearers

from v2x.field.load import load_field
from v2x.field.model import Field, Site
from v2x.links.base import Carried, Cause, Direction, PointLink
from v2x.links.build import build_uu
from v2x.links.cellular.coverage import coverage_at
from v2x.links.cellular.network import Network
from v2x.links.cellular.segments import segment_laws
from v2x.scenario.model_cellular import GeometricUu

MS, SECOND = 10**6, 10**9
XIQING = load_field("xiqing")
IDLE = {"uplink": 0.0, "downlink": 0.0}


def config(**changes: object) -> GeometricUu:
    return GeometricUu.model_validate({"kind": "geometric", **changes})


def geometric(field: Field = XIQING, seed: int = 1, **changes: object) -> PointLink:
    return build_uu(config(**changes), seed, 0, field)


def drive(link: PointLink, t_ns: int, east_m: float, key: int = 5) -> None:
    link.move(t_ns, hearers([key], east_m, 830.0))


def handover_at(link: PointLink) -> tuple[int, float]:
    """Drive along the main road of the field until the first handover: its time, and the place then."""
    for step in range(4000):
        east_m = 1.3 * step
        drive(link, step * 100 * MS, east_m)
        if any(note.kind == "uu.handover" for note in link.notes()):
            return step * 100 * MS, east_m
    raise AssertionError("no handover on 5 km")


@pytest.mark.parametrize("direction", ["uplink", "downlink"])
def test_the_interruption_lasts_exactly_as_long_as_set(direction: Direction) -> None:
    link = geometric(handover={"interruption_ms": 73.0, "frames": "lose"})
    begin_ns, _ = handover_at(link)
    sent = frames([5], begin_ns + np.arange(0, 100 * MS, MS // 2))
    cause = link.carry(sent, direction).cause
    inside = sent.t_ns < begin_ns + 73 * MS
    assert np.array_equal(cause == Cause.HANDOVER, inside)
    assert np.count_nonzero(inside) == 146
    assert not cause[~inside].any()


def test_held_frames_go_out_in_order_when_the_interruption_is_over() -> None:
    link = geometric(handover={"interruption_ms": 73.0, "frames": "hold"}, load=IDLE)
    begin_ns, east_m = handover_at(link)
    sent = frames([5], begin_ns + np.arange(0, 100 * MS, MS))
    got = link.carry(sent, "downlink")
    held_ns = got.segments_ns["handover"]
    assert not got.cause.any()
    assert np.array_equal(held_ns, np.maximum(0, begin_ns + 73 * MS - sent.t_ns))
    # 73 frames stand in the cell's queue at once: each waits for those before it
    sending_ns = got.segments_ns["queue"][0]
    assert got.segments_ns["queue"][72] == pytest.approx(73 * sending_ns, rel=1e-3)
    drive(link, begin_ns + 100 * MS, east_m)
    assert [note.kind for note in link.notes()] == ["uu.handover_done"]
    late = geometric(handover={"interruption_ms": 73.0, "frames": "hold"}, load=IDLE, discard_ms=50.0)
    assert handover_at(late)[0] == begin_ns
    assert np.array_equal(late.carry(sent, "downlink").cause == Cause.EXPIRED, held_ns > 50 * MS)


@pytest.mark.parametrize("server", ["gnb", "mec", "core", "cloud"])
def test_segments_add_up_and_have_their_means(server: str) -> None:
    link = geometric(server=server)
    drive(link, 0, 200.0)
    n = 40_000
    for way in ("uplink", "downlink"):
        sent = frames([5], np.arange(n) * MS)
        got = link.carry(sent, way)
        assert not got.cause.any()
        assert np.array_equal(sum(got.segments_ns.values()), got.t_ns - sent.t_ns)
        for part, law in segment_laws(server, "sa")[way].items():
            spent_ms = got.segments_ns[part] / MS
            assert spent_ms.mean() == pytest.approx(law.mean_ms, abs=4 * spent_ms.std() / np.sqrt(n) + 1e-6)


def test_without_coverage_every_frame_is_an_outage_and_it_is_told_once() -> None:
    link = geometric()
    drive(link, 0, 200.0)
    for step in (1, 2):
        drive(link, step * 100 * MS, 100_000.0)  # the filter needs a moment to see it
        assert link.carry(frames([5], step * 100 * MS), "uplink").cause.tolist() == [Cause.OUTAGE]
    for step in range(3, 60):
        drive(link, step * 100 * MS, 100_000.0)
    drive(link, 6 * SECOND, 200.0)
    for step in range(61, 70):
        drive(link, step * 100 * MS, 200.0)
    assert not link.carry(frames([5], 7 * SECOND), "uplink").cause.any()
    assert [note.kind for note in link.notes()] == ["uu.cell", "uu.outage", "uu.cell", "uu.outage_over"]


def test_a_map_is_what_a_run_meets() -> None:
    settings_ = config(load=IDLE)
    network = Network(settings_, XIQING, 4)
    x_m, y_m = np.random.default_rng(3).uniform([0, 0], [4700, 1500], (60, 2)).T
    seen = coverage_at(network, x_m, y_m)
    link = build_uu(settings_, 4, 0, XIQING)
    key = 1 + np.arange(60, dtype=np.uint64)
    link.move(0, hearers(key, x_m, y_m, 1.5))
    selected = {note.station: note.fields for note in link.notes() if note.kind == "uu.cell"}
    assert [selected[k]["cell"] for k in key.tolist()] == [network.cells[cell] for cell in seen.cell]
    assert [selected[k]["rsrp_dbm"] for k in key.tolist()] == pytest.approx(seen.values["rsrp_dbm"], abs=0.051)
    for way in ("uplink", "downlink"):
        got = link.carry(
            frames(key, key * np.uint64(SECOND), air_bytes=125_000), way
        )  # 1 Mbit each, one after the other
        covered = got.cause == Cause.DELIVERED
        mbps = seen.values[f"{way}_mbps"]
        assert np.count_nonzero(covered) > 50
        assert 1e9 / got.segments_ns["queue"][covered] == pytest.approx(mbps[covered], rel=1e-6)
        assert np.all((mbps == 0) <= ~covered)
    nowhere = coverage_at(network, np.array([60_000.0]), np.array([0.0]))
    assert nowhere.cell.tolist() == [-1]
    assert nowhere.values["downlink_mbps"] == nowhere.values["uplink_mbps"] == 0.0


def test_a_guaranteed_rate_is_free_of_others_and_no_faster() -> None:
    busy = {"uplink": 0.95, "downlink": 0.95, "job_bytes": 100_000}
    sent = frames([5], np.arange(50) * 2 * MS, air_bytes=400)
    waits = {}
    for name in ("best_effort", "gbr"):
        chosen = {"kind": name} | ({"uplink_kbps": 1000.0, "downlink_kbps": 1600.0} if name == "gbr" else {})
        link = geometric(load=busy, slice=chosen, buffer_ms=1000.0, discard_ms=2000.0)
        drive(link, 0, 200.0)
        waits[name] = {way: link.carry(sent, way).segments_ns["queue"] for way in ("uplink", "downlink")}
    # 3200 bit at 1600 kbit/s take exactly the 2 ms between frames; at 1000 kbit/s 3.2 ms, and the n-th waits n x 1.2 ms
    assert waits["gbr"]["downlink"].tolist() == [2 * MS] * 50
    assert waits["gbr"]["uplink"] == pytest.approx(3.2 * MS + np.arange(50) * 1.2 * MS)
    assert waits["best_effort"]["downlink"].std() > MS


def test_a_cell_cannot_promise_more_than_it_has() -> None:
    alone, crowd = (geometric(slice={"kind": "gbr", "uplink_kbps": 1e6, "downlink_kbps": 1e6}) for _ in range(2))
    alone.move(0, hearers([5], 200.0, 830.0))
    crowd.move(0, hearers(np.arange(5, 9), 200.0, 830.0))
    spent = [link.carry(frames([5], 0), "downlink").segments_ns["queue"][0] for link in (alone, crowd)]
    assert spent[1] == pytest.approx(4 * spent[0], abs=4)


def test_the_neighbours_load_lowers_the_rate() -> None:
    x_m, y_m = np.full(1, 1080.0), np.full(1, 830.0)
    rates = [
        coverage_at(Network(config(load={"uplink": load, "downlink": load}), XIQING, 1), x_m, y_m).values
        for load in (0.0, 0.9)
    ]
    for name in ("sinr_db", "downlink_mbps", "uplink_mbps"):
        assert rates[1][name][0] < rates[0][name][0]
    assert rates[1]["rsrp_dbm"] == rates[0]["rsrp_dbm"]


def test_nsa_is_slower_and_n8_reaches_farther() -> None:
    field = replace(XIQING, gnb=(XIQING.gnb[0],))
    sa, nsa = (geometric(field, architecture=kind) for kind in ("sa", "nsa"))
    drive(sa, 0, 200.0), drive(nsa, 0, 200.0)
    delays = [link.carry(frames([5], 0), "uplink").t_ns[0] for link in (sa, nsa)]
    assert delays[1] - delays[0] == pytest.approx(14.95 * MS)
    x_m, y_m = np.linspace(500, 4000, 200), np.full(200, 830.0)
    strong = [
        np.mean(coverage_at(Network(config(carrier=carrier), field, 1), x_m, y_m).values["rsrp_dbm"])
        for carrier in ("n78", "n8")
    ]
    assert strong[1] > strong[0] + 5


def test_a_frame_of_an_unknown_station_is_refused() -> None:
    link = geometric()
    with pytest.raises(ValueError, match="`move` comes before `carry`"):
        link.carry(frames([5], 0), "uplink")


@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_no_result_depends_on_rows_batches_or_strangers(data: st.DataObject) -> None:
    """Strangers use other cells' queues here: in one cell they are other people's load, and do matter."""
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    n = data.draw(st.integers(1, 4))  # handovers with held frames among them
    mine = hearers(np.arange(10, 10 + n), rng.uniform(0, 900, n), rng.uniform(300, 1500, n))
    strange = hearers(np.arange(50, 53), rng.uniform(3700, 4700, 3), rng.uniform(800, 1200, 3))
    everybody = hearers(*(np.concatenate(both) for both in zip(*map(columns, (mine, strange)), strict=True)))
    plain, mixed = geometric(), geometric()
    for step in range(4):
        t_ns = step * 100 * MS
        moved = np.array([30.0 * step])
        plain.move(t_ns, hearers(mine.key, mine.x_m + moved, mine.y_m))
        shuffled = rng.permutation(len(everybody))
        mixed.move(t_ns, hearers(everybody.key, everybody.x_m + moved, everybody.y_m).take(shuffled))
        instants = np.sort(rng.integers(t_ns, t_ns + 100 * MS, 6))
        sent = frames(np.tile(mine.key, 6), np.repeat(instants, n))
        whole = plain.carry(sent, "uplink")
        mixed.carry(frames(strange.key, t_ns), "uplink")
        cut = data.draw(st.integers(0, 6)) * n
        for part in (np.arange(cut), np.arange(cut, len(sent))):
            rows = rng.permutation(part)
            assert_same(mixed.carry(sent.take(rows), "uplink"), whole, rows)
    notes = [note for note in mixed.notes() if note.station in mine.key]
    assert notes == plain.notes()


def columns(stations: object) -> tuple[np.ndarray, ...]:
    return stations.key, stations.x_m, stations.y_m


def assert_same(got: Carried, whole: Carried, rows: np.ndarray) -> None:
    assert np.array_equal(got.cause, whole.cause[rows])
    assert np.array_equal(got.t_ns, whole.t_ns[rows])
    for part, spent_ns in got.segments_ns.items():
        assert np.array_equal(spent_ns, whole.segments_ns[part][rows])


def test_one_site_with_one_cell() -> None:
    field = replace(XIQING, gnb=(Site("only", XIQING.gnb[0].lon_deg, XIQING.gnb[0].lat_deg, 28.0),))
    link = geometric(field, sectors=1)
    drive(link, 0, 250.0)
    assert [(note.kind, note.fields["cell"]) for note in link.notes()] == [("uu.cell", "only/1")]
