"""What is wrong in a recording is an error with its file and line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from v2x.errors import TrafficError
from v2x.traffic.recording_file import read_recording

GOOD = "t_s,id,x_m,y_m\n0.0,a,0.0,0.0\n0.1,a,1.0,0.0\n0.2,a,2.0,0.0\n"


def _read(folder: Path, text: str, crs: str = "local", **columns: str) -> object:
    path = folder / "tracks.csv"
    path.write_text(text, encoding="utf-8")
    return read_recording(path, crs, columns)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (GOOD.replace("0.1,a,1.0", "0.1,a,abc"), 3, "x_m: expected a finite number: 'abc'"),
        (GOOD.replace("0.1,a,1.0", "0.1,a,nan"), 3, "x_m: expected a finite number: 'nan'"),
        (GOOD.replace("0.2,a,2.0", "0.2,a,inf"), 4, "x_m: expected a finite number: 'inf'"),
        (GOOD.replace("0.2,a,2.0", "0.2,a,"), 4, "x_m: expected a finite number, the cell is empty"),
        (GOOD.replace("0.1,a", "NaN,a"), 3, "t_s: expected a finite number: 'NaN'"),
        (GOOD.replace("0.1,a", "0.1,"), 3, "id: a road user needs an id"),
        (GOOD.replace("0.2,a", "0.05,a"), 4, "t_s: time runs backwards: 0.05 s after 0.1 s"),
        (GOOD.replace("t_s,id,x_m", "time,id,x_m"), 1, "missing column 't_s' (crs 'local'), expected one of"),
        (GOOD.replace("x_m", "x_mm"), 1, "did you mean 'x_mm'?; rename it with traffic.columns: {x_m:"),
        (GOOD.replace("id,x_m", "x_m,x_m"), 1, "column 'x_m' stands twice"),
        (GOOD.replace("0.1,a,1.0,0.0", "0.1,a,1.0,0.0,9"), None, "in line 3, saw 5"),
        (GOOD.replace(".0\n", ".0,\n"), 2, "more cells than the header"),
        ("t_s,id,x_m,y_m\n", None, "the recording has no rows"),
        ("", 1, "the recording is empty"),
        ("\n\n", 1, "the recording is empty"),
        (GOOD.replace(",", ";"), 1, "missing column 't_s' (crs 'local'), the cells must be separated by commas"),
        (GOOD.replace(",", "\t"), 1, "the cells must be separated by commas"),
        (
            GOOD.replace("0.2,a", "1.7e12,a"),
            4,
            "t_s: too large for seconds; are these milliseconds?: '1700000000000.0'",
        ),
        (GOOD.replace("0.2,a,2.0", "0.2,a,250000"), 4, "x_m: projected coordinates are not local metres"),
        (GOOD.replace("0.1,a", '0.1,"a\x07"'), 3, "id: an id must not have control characters"),
        ("t_s,id,x_m,y_m\n0,a,True,0\n1,a,False,0\n", None, "x_m: expected numbers, the column has bool"),
        ("t_s,id,x_m,y_m,speed_mps\n0,a,0,0,1\n1,a,0,0,200\n", 3, "speed_mps: faster than a message can say"),
        ("t_s,id,x_m,y_m,length_m\n0,a,0,0,60\n1,a,0,0,60\n", 2, "length_m: longer than a message can say"),
        ("t_s,id,x_m,y_m,width_m\n0,a,0,0,11\n1,a,0,0,11\n", 2, "width_m: wider than a message can say"),
        ("t_s,id,x_m,y_m,signal_elapsed_s\n0,a,0,0,1e300\n", 2, "signal_elapsed_s: longer than a day"),
        (GOOD.replace("0.2,a,2.0,0.0", "0.2,a,2.0,4325181.8"), 4, "y_m: projected coordinates are not local metres"),
        ("t_s,id,x_m,y_m,speed_mps\n0,a,0,0,1\n1,a,0,0,-1\n", 3, "speed_mps: must not be negative: '-1'"),
        ("t_s,id,x_m,y_m,heading_deg\n0,a,0,0,north\n", 2, "heading_deg: expected a finite number: 'north'"),
    ],
)
def test_faults_are_named_with_their_line(tmp_path: Path, text: str, line: int | None, message: str) -> None:
    with pytest.raises(TrafficError) as caught:
        _read(tmp_path, text)
    assert message in str(caught.value)
    assert caught.value.line == line and caught.value.file == tmp_path / "tracks.csv"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        # by time, with one row out of order whose own road user has no earlier row
        ("t_s,id,x_m,y_m\n0,a,0,0\n0,b,0,0\n1,a,0,0\n0.5,c,0,0\n1,b,0,0\n", 5),
        # by road user, out of order within one
        ("t_s,id,x_m,y_m\n0,a,0,0\n1,a,0,0\n0,b,0,0\n2,b,0,0\n1,b,0,0\n", 6),
    ],
)
def test_time_that_runs_backwards(tmp_path: Path, text: str, line: int) -> None:
    with pytest.raises(TrafficError, match="time runs backwards") as caught:
        _read(tmp_path, text)
    assert caught.value.line == line


def test_rows_by_time_and_rows_by_road_user_are_both_fine(tmp_path: Path) -> None:
    by_time = _read(tmp_path, "t_s,id,x_m,y_m\n0,a,0,0\n0,b,0,0\n1,a,0,0\n1,b,0,0\n")
    by_user = _read(tmp_path, "t_s,id,x_m,y_m\n0,a,0,0\n1,a,0,0\n0,b,0,0\n1,b,0,0\n")
    assert len(by_time.t_ns) == len(by_user.t_ns) == 4  # type: ignore[attr-defined]


def test_an_empty_cell_is_not_called_nan(tmp_path: Path) -> None:
    with pytest.raises(TrafficError, match=r"the cell is empty$"):
        _read(tmp_path, GOOD.replace("0.2,a,2.0", "0.2,a,"))


def test_a_byte_that_is_no_utf8_is_found(tmp_path: Path) -> None:
    path = tmp_path / "tracks.csv"
    path.write_bytes(GOOD.replace("0.2,a", "0.2,a\xe9").encode("latin-1"))
    with pytest.raises(TrafficError, match="not UTF-8: byte 0xe9") as caught:
        read_recording(path, "local", {})
    assert caught.value.line == 4


def test_the_suffix_may_be_in_capitals(tmp_path: Path) -> None:
    path = tmp_path / "TRACKS.CSV"
    path.write_text(GOOD, encoding="utf-8")
    assert len(read_recording(path, "local", {}).t_ns) == 3


def test_offset_systems_end_at_the_border(tmp_path: Path) -> None:
    """The formula of GCJ-02 diverges far outside China, to degrees that no projection takes."""
    with pytest.raises(TrafficError, match=r"lon_deg: gcj02 is defined in China only: '-70\.0'") as caught:
        _read(tmp_path, "t_s,id,lon_deg,lat_deg\n0,a,117.3,39.1\n1,a,-70,-89\n", crs="gcj02")
    assert caught.value.line == 3


@pytest.mark.parametrize("index", ["t_s", ["id", "t_s"]])
def test_an_index_of_pandas_is_a_column(tmp_path: Path, index: str | list[str]) -> None:
    path = tmp_path / "tracks.parquet"
    frame = pd.DataFrame({"t_s": [0.0, 1.0], "id": ["a", "a"], "x_m": [0.0, 1.0], "y_m": [0.0, 0.0]})
    frame.set_index(index).to_parquet(path)
    assert list(read_recording(path, "local", {}).t_ns) == [0, 1_000_000_000]


@pytest.mark.parametrize(
    ("column", "cells", "message"),
    [
        ("t_s", pd.to_datetime([0, 1], unit="s"), "t_s: expected numbers, the column has datetime64"),
        ("t_s", pd.to_timedelta([0, 1], unit="s"), "t_s: expected numbers, the column has timedelta64"),
        ("x_m", [True, False], "x_m: expected numbers, the column has bool"),
        ("id", [["a"], ["a"]], "id: expected text or numbers"),
    ],
)
def test_parquet_columns_of_other_types_are_refused(tmp_path: Path, column: str, cells: object, message: str) -> None:
    path = tmp_path / "tracks.parquet"
    good = {"t_s": [0.0, 1.0], "id": ["a", "a"], "x_m": [0.0, 1.0], "y_m": [0.0, 0.0]}
    pd.DataFrame({**good, column: cells}).to_parquet(path)
    with pytest.raises(TrafficError, match=message):
        read_recording(path, "local", {})


def test_degrees_out_of_range_are_found(tmp_path: Path) -> None:
    """The usual slip: longitude and latitude swapped."""
    with pytest.raises(TrafficError, match=r"lat_deg: no such degree: .117") as caught:
        _read(tmp_path, "t_s,id,lon_deg,lat_deg\n0,a,39.1,117.3\n", crs="wgs84")
    assert caught.value.line == 2


def test_geographic_files_need_degrees(tmp_path: Path) -> None:
    with pytest.raises(TrafficError, match=r"missing column 'lon_deg' \(crs 'gcj02'\)"):
        _read(tmp_path, GOOD, crs="gcj02")


def test_columns_are_renamed_and_checked(tmp_path: Path) -> None:
    text = GOOD.replace("t_s,id,x_m", "frame_time,track,x_m")
    rows = _read(tmp_path, text, t_s="frame_time", id="track")
    assert rows.names.tolist() == ["a"] and rows.t_ns.tolist() == [0, 10**8, 2 * 10**8]  # type: ignore[attr-defined]
    with pytest.raises(TrafficError, match=r"traffic.columns.id: no column 'trak', did you mean 'track'"):
        _read(tmp_path, text, t_s="frame_time", id="trak")
    with pytest.raises(TrafficError, match=r"traffic.columns.times: unknown column"):
        _read(tmp_path, text, times="frame_time")


def test_what_spreadsheets_leave_behind_is_taken(tmp_path: Path) -> None:
    """Byte-order mark, blank lines, blanks after commas, columns nobody asked for; line numbers stay right."""
    text = "\ufefft_s, id, x_m, y_m, remark\n0.0, 1, 0.0, 0.0, hi\n\n0.1, 1, 1.0, 0.0,\n\n"
    rows = _read(tmp_path, text)
    assert rows.line.tolist() == [2, 4] and rows.ignored == ("remark",)  # type: ignore[attr-defined]
    assert rows.names.tolist() == ["1"]  # type: ignore[attr-defined]
    with pytest.raises(TrafficError) as caught:
        _read(tmp_path, text.replace("0.1, 1, 1.0", "0.1, 1, ?"))
    assert caught.value.line == 4


def test_ids_and_lanes_stay_text(tmp_path: Path) -> None:
    rows = _read(tmp_path, "t_s,id,x_m,y_m,lane,signal\n0,007,0,0,3,\n1,007,1,0,,NA\n")
    assert rows.names.tolist() == ["007"]  # type: ignore[attr-defined]
    assert rows.words["lane"].tolist() == ["3", ""]  # type: ignore[attr-defined]
    assert rows.words["signal"].tolist() == ["", "NA"]  # type: ignore[attr-defined]


def test_parquet_gives_the_same_rows_and_names_the_row(tmp_path: Path) -> None:
    table = pd.DataFrame({"t_s": [0.0, 0.1], "id": [7, 7], "x_m": [0.0, 1.0], "y_m": [0.0, 0.0], "kind": ["car", None]})
    path = tmp_path / "tracks.parquet"
    table.to_parquet(path)
    rows = read_recording(path, "local", {})
    assert rows.names.tolist() == ["7"] and rows.words["kind"].tolist() == ["car", ""]
    table.assign(x_m=[0.0, np.inf]).to_parquet(path)
    with pytest.raises(TrafficError, match=r"x_m: expected a finite number: 'inf' \(row 2\)"):
        read_recording(path, "local", {})


def test_files_that_are_no_recording(tmp_path: Path) -> None:
    with pytest.raises(TrafficError, match="no such file"):
        read_recording(tmp_path / "nowhere.csv", "local", {})
    for name, data in (("tracks.xlsx", b"PK"), ("tracks.parquet", b"PK"), ("tracks.csv", b"t_s,id\xff\xfe\n")):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(TrafficError):
            read_recording(tmp_path / name, "local", {})
