"""Rows of a finished table by time, whatever row groups they lie in."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.errors import RunFolderError
from v2x.record.folder import parquet_path
from v2x.record.tables import TABLES
from v2x.record.window import TableWindow

#: Times of the rows, more or less in order, in row groups of three; the last group is empty.
TIMES = [0, 0, 5, 3, 7, 7, 9, 8, 20]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    events = {"station": [f"s{row}" for row in range(len(TIMES))], "kind": ["k"] * len(TIMES)}
    table = pa.table({"t_ns": TIMES, **events, "fields": ["{}"] * len(TIMES)}).cast(TABLES["events"])
    with pq.ParquetWriter(parquet_path(folder, "events"), TABLES["events"], write_page_checksum=True) as writer:
        for first in (0, 3, 6, 9):
            writer.write_table(table.slice(first, 3))
    return folder


@given(st.integers(-2, 22), st.integers(-2, 22))
def test_a_window_has_its_rows_and_no_other(folder: Path, after: int, until: int) -> None:
    rows = TableWindow(folder, "events", ["station", "t_ns"]).between(after, until)
    expected = [(f"s{row}", t_ns) for row, t_ns in enumerate(TIMES) if after < t_ns <= until]
    assert list(zip(rows["station"].to_pylist(), rows["t_ns"].to_pylist(), strict=True)) == expected
    assert rows.column_names == ["station", "t_ns"]


def test_the_last_time_is_known_without_reading(folder: Path) -> None:
    assert TableWindow(folder, "events", ["t_ns"]).last == 20


def test_only_the_row_groups_in_sight_are_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    whole = pq.ParquetFile.read_row_group
    monkeypatch.setattr(
        pq.ParquetFile, "read_row_group", lambda self, row, **rest: (read.append(row), whole(self, row, **rest))[1]
    )
    window = TableWindow(folder, "events", ["t_ns"])
    for after, until in ((6, 7), (6, 7), (18, 30), (100, 200)):
        window.between(after, until)
    assert read == [1, 2]


def test_a_table_that_is_missing_is_refused(folder: Path) -> None:
    with pytest.raises(RunFolderError, match="'tx' is missing"):
        TableWindow(folder, "tx", ["t_ns"])


def test_a_table_of_other_columns_is_refused(folder: Path, tmp_path: Path) -> None:
    parquet_path(tmp_path, "tx").write_bytes(parquet_path(folder, "events").read_bytes())
    with pytest.raises(RunFolderError, match="not the columns of 'tx'"):
        TableWindow(tmp_path, "tx", ["t_ns"])


def test_a_damaged_table_is_refused(folder: Path, tmp_path: Path) -> None:
    data = bytearray(parquet_path(folder, "events").read_bytes())
    parquet_path(tmp_path, "events").write_bytes(b"PAR1 and nothing else")
    with pytest.raises(RunFolderError, match="unreadable"):
        TableWindow(tmp_path, "events", ["t_ns"])
    data[20:40] = bytes(20)
    parquet_path(tmp_path, "events").write_bytes(bytes(data))
    with pytest.raises(RunFolderError, match="unreadable"):
        TableWindow(tmp_path, "events", ["t_ns", "station"]).between(-1, 100)
