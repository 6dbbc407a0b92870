"""Rows of a finished table by time or number, without reading the rest: ten minutes of a run are millions of rows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from v2x.errors import RunFolderError
from v2x.record.folder import parquet_path
from v2x.record.tables import TABLES

#: Row groups that stay decoded: the one in which the reader is, and its neighbour while a window spans both.
_KEPT_GROUPS = 2


class TableWindow:
    """One table of a finished run, read by row groups (`v2x.record.compact` makes them a few seconds long).

    Parameters
    ----------
    folder, table
        Which; it must be there as Parquet.
    columns
        What to read.
    by
        The integer column that windows are cut from, one in whose order the rows more or less stand.

    Raises
    ------
    RunFolderError
        If the table is missing, damaged or has other columns.
    """

    def __init__(self, folder: Path, table: str, columns: Sequence[str], *, by: str = "t_ns") -> None:
        self._path = parquet_path(folder, table)
        self._columns, self._by = list(columns), by
        try:
            self._file = pq.ParquetFile(self._path, page_checksum_verification=True)
        except FileNotFoundError:
            raise RunFolderError(f"the table '{table}' is missing", file=self._path) from None
        except (pa.ArrowException, OSError) as error:
            raise self._unreadable(error) from error
        if self._file.schema_arrow != TABLES[table]:
            names = ", ".join(self._file.schema_arrow.names)
            raise RunFolderError(f"not the columns of '{table}': {names}", file=self._path)
        self._spans = self._read_spans()
        self._group = lru_cache(_KEPT_GROUPS)(self._read_group)

    @property
    def last(self) -> int:
        """The largest value of ``by``, 0 without rows."""
        return max((last for _, last in self._spans.values()), default=0)

    def between(self, after: int, until: int) -> pa.Table:
        """Rows with ``after < by <= until``, in the order of the table."""
        hit = [row for row, (first, last) in self._spans.items() if first <= until and last > after]
        if not hit:
            return self._file.schema_arrow.empty_table().select(self._columns)
        return pa.concat_tables([self._cut(self._group(row), after, until) for row in hit])

    def _read_spans(self) -> dict[int, tuple[int, int]]:
        """First and last value of ``by`` in each row group that has rows."""
        metadata = self._file.metadata
        place = self._file.schema_arrow.names.index(self._by)
        spans = {}
        for row in range(metadata.num_row_groups):
            if metadata.row_group(row).num_rows:
                statistics = metadata.row_group(row).column(place).statistics
                spans[row] = (statistics.min, statistics.max)
        return spans

    def _read_group(self, row: int) -> pa.Table:
        try:
            return self._file.read_row_group(row, columns=self._columns, use_threads=False)
        except (pa.ArrowException, OSError) as error:
            raise self._unreadable(error) from error

    def _cut(self, group: pa.Table, after: int, until: int) -> pa.Table:
        places = group[self._by]
        return group.filter(pc.and_(pc.greater(places, after), pc.less_equal(places, until)))

    def _unreadable(self, error: Exception) -> RunFolderError:
        return RunFolderError(f"unreadable table: {' '.join(str(error).split())}", file=self._path)
