"""Replay of measured drives: exact at the rows, each delay counted once, by time and by place; broken files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from links_kit import frames

from v2x.errors import InputError
from v2x.field.load import load_field
from v2x.links.base import Cause, PointLink
from v2x.links.build import build_uu
from v2x.links.cellular.trace_file import read_drive
from v2x.scenario.model_cellular import TraceUu

MS = 10**6
DRIVES = ("arterial_n78_v50_run02", "s2w_n8_v30_run02", "urban_n78_v30_run02", "w2s_n8_v50_run01")


def replay(path: Path, **config: object) -> PointLink:
    return build_uu(TraceUu.model_validate({"kind": "trace", "path": path, **config}), 1, 0, None)


def measured(path: Path) -> dict[str, np.ndarray]:
    table = np.genfromtxt(path, delimiter=",", names=True, usecols=(0, 1, 2, 3), encoding="utf-8")
    return {name: table[name] for name in ("t_ms", "rtt_ms", "x", "y")}


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        (tmp_path / "drive.csv").write_text(text, encoding="utf-8")
        return tmp_path / "drive.csv"

    return write


@pytest.mark.parametrize("name", DRIVES)
def test_a_drive_is_reproduced_exactly(name: str, shared: Path) -> None:
    path = shared / "data/cicv5g" / f"{name}.csv"
    rows, link = measured(path), replay(path, transport="tcp")
    sent = frames(5, (rows["t_ms"] * MS).astype(np.int64))
    up = link.carry(sent, "uplink")
    down = link.carry(frames(5, up.t_ns), "downlink")
    assert not up.cause.any() and not down.cause.any()
    assert np.array_equal(down.t_ns - sent.t_ns, (rows["rtt_ms"] * MS).astype(np.int64))
    between = link.carry(frames(5, np.arange(0, int(sent.t_ns[-1]), 5 * MS)), "uplink")
    assert np.all(np.diff(between.t_ns) >= 0)  # nothing overtakes


@pytest.mark.parametrize("name", DRIVES)
def test_udp_loses_each_stalled_row_once_and_delays_none(name: str, shared: Path) -> None:
    path = shared / "data/cicv5g" / f"{name}.csv"
    rows, link = measured(path), replay(path, transport="udp")
    sent = frames(5, (rows["t_ms"] * MS).astype(np.int64))
    up = link.carry(sent, "uplink")
    assert np.array_equal(up.cause == Cause.OUTAGE, rows["rtt_ms"] > 100)
    through = up.cause == Cause.DELIVERED
    down = link.carry(frames(5, up.t_ns[through]), "downlink")
    assert not down.cause.any()  # the echo of what passed passes
    assert np.array_equal(down.t_ns - sent.t_ns[through], (rows["rtt_ms"][through] * MS).astype(np.int64))


def test_by_place_the_nearest_row_decides_and_off_the_drive_there_is_nothing(shared: Path) -> None:
    path = shared / "data/cicv5g/w2s_n8_v50_run01.csv"
    rows = measured(path)
    link = replay(path, index="position", transport="tcp", origin={"crs": "local", "x_m": 1000, "y_m": -50})
    places, first = np.unique(np.column_stack([rows["x"], rows["y"]]), axis=0, return_index=True)
    alone = [k for k in first if np.sum((rows["x"] == rows["x"][k]) & (rows["y"] == rows["y"][k])) == 1]
    sent = frames(np.arange(len(alone)), 7 * MS, rows["x"][alone] + 1000, rows["y"][alone] - 50)
    up, down = link.carry(sent, "uplink"), link.carry(sent, "downlink")
    assert len(places) > 100
    assert np.array_equal((up.t_ns + down.t_ns) - 2 * sent.t_ns, (rows["rtt_ms"][alone] * MS).astype(np.int64))
    away = link.carry(frames([1, 2], 0, 1000 + 600, -50), "downlink")
    assert away.cause.tolist() == [Cause.OUTAGE] * 2


def test_between_rows_it_is_linear_and_after_the_end_it_begins_again(write: Callable[[str], Path]) -> None:
    path = write("t_ms,rtt_ms\n500,20\n600,40\n700,40\n")
    t_ns = np.array([0, 50, 100, 200, 299, 300, 350]) * MS  # 100 ms between rows: the trace is 300 ms long
    got = replay(path).carry(frames(1, t_ns), "uplink").t_ns - t_ns
    assert (got / MS).tolist() == [10, 15, 20, 20, 20, 10, 15]
    later = replay(path, start_s=0.05).carry(frames(1, t_ns[:1]), "uplink").t_ns
    assert later.tolist() == [15 * MS]


def test_rows_and_batches_do_not_matter(write: Callable[[str], Path]) -> None:
    path = write("t_ms,rtt_ms\n0,20\n100,45.5\n220,331\n300,40\n")
    sent = frames(np.tile([1, 2], 50), np.repeat(np.arange(50) * 7 * MS, 2))
    for way in ("uplink", "downlink"):
        whole, rows = replay(path).carry(sent, way), np.random.default_rng(1).permutation(100)
        parts = [replay(path).carry(sent.take(some), way) for some in np.split(rows, [30])]
        assert np.array_equal(np.concatenate([part.t_ns for part in parts]), whole.t_ns[rows])
        assert np.array_equal(np.concatenate([part.cause for part in parts]), whole.cause[rows])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"drive\.csv:1: the trace is empty"),
        ("t_ms,rrt_ms\n0,1\n", r"drive\.csv:1: missing column 'rtt_ms', did you mean 'rrt_ms'"),
        ("t_ms,rtt_ms\n0,12\n\n55,abc\n", r"drive\.csv:4:4: rtt_ms: expected a number, found 'abc'"),
        ("v,t_ms,rtt_ms\n1,0,12\n1,55,nan\n", r"drive\.csv:3:6: rtt_ms: expected a number"),
        ("t_ms,rtt_ms\n0,12\n55,-3\n", r"drive\.csv:3:4: rtt_ms: out of range: -3"),
        ("t_ms,rtt_ms\n0,12\n0,13\n", r"drive\.csv:3:1: t_ms: must be later"),
        ("t_ms,rtt_ms\n0,12\n55\n", r"drive\.csv:3: expected 2 cells, found 1"),
        ("t_ms,rtt_ms\n0,12\n", r"drive\.csv:2: a trace needs at least two rows"),
    ],
)
def test_a_broken_file_is_named_with_its_place(write: Callable[[str], Path], text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        replay(write(text))


def test_a_drive_can_be_laid_anywhere_on_a_field(write: Callable[[str], Path]) -> None:
    path = write("t_ms,rtt_ms,x,y\n0,20,0,0\n55,40,100,0\n")
    field = load_field("xiqing")
    lon_deg, lat_deg = (float(value) for value in field.plane.to_lonlat(500.0, 300.0))
    origin = {"crs": "wgs84", "lon_deg": lon_deg, "lat_deg": lat_deg}
    config = TraceUu.model_validate({"kind": "trace", "path": path, "index": "position", "origin": origin})
    sent = frames([1, 2], 0, [510.0, 590.0], 300.0)
    assert build_uu(config, 1, 0, field).carry(sent, "uplink").t_ns.tolist() == [10 * MS, 20 * MS]
    with pytest.raises(InputError, match=r"links\.uu\.origin\.crs: without a field only crs 'local'"):
        build_uu(config, 1, 0, None)


def test_places_are_needed_by_place_only(write: Callable[[str], Path], tmp_path: Path) -> None:
    path = write("t_ms,rtt_ms\n0,12\n55,14\n")
    assert read_drive(path, places=False).place_m is None
    with pytest.raises(InputError, match="missing column 'x'"):
        replay(path, index="position")
    with pytest.raises(InputError, match="cannot be read"):
        replay(tmp_path / "none.csv")
    (tmp_path / "latin.csv").write_bytes(b"t_ms,rtt_ms\n0,\xe9\n")
    with pytest.raises(InputError, match=r"latin\.csv:2: not UTF-8: byte 0xe9"):
        replay(tmp_path / "latin.csv")
