"""Tables of a run, finished or not: whole, some columns, some rows, or batch by batch where they are gigabytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds

from v2x.errors import InputError, RunFolderError
from v2x.record.folder import parquet_path, stream_batches, stream_path, stream_schema
from v2x.record.tables import OPTIONAL, TABLES
from v2x.registry import did_you_mean

_PARQUET = ds.ParquetFileFormat(
    default_fragment_scan_options=ds.ParquetFragmentScanOptions(page_checksum_verification=True)
)
#: Batches that are decoded ahead of who reads them one by one: few, since some have 64 MB.
_AHEAD = 2


def read_table(
    folder: Path, table: str, columns: Sequence[str] | None = None, where: ds.Expression | None = None
) -> pa.Table:
    """Rows of a table in memory, in its order and with the types of `TABLES`.

    Parameters
    ----------
    folder, table
        Which.
    columns
        In the order wanted; None is all.
    where
        Which rows, in the terms of pyarrow: ``pyarrow.dataset.field("receiver") == "shuttle"``; None is all. Row groups
        that its statistics rule out are not read.

    Raises
    ------
    InputError
        There is no such table or column, or ``where`` does not fit the columns.
    RunFolderError
        The table is damaged, or missing and not `OPTIONAL`.
    """
    schema = _wanted(table, columns, where)
    with _readable(folder, table):
        found = _scanner(folder, table, schema.names, where).to_table()
        return found.cast(schema)


def read_batches(
    folder: Path, table: str, columns: Sequence[str] | None = None, where: ds.Expression | None = None
) -> Iterator[pa.RecordBatch]:
    """What `read_table` gives, a batch at a time, so that a table may be larger than memory."""
    schema = _wanted(table, columns, where)
    with _readable(folder, table):
        for batch in _scanner(folder, table, schema.names, where, batch_readahead=_AHEAD).to_batches():
            if batch.num_rows:
                yield batch.cast(schema)


def open_dataset(folder: Path, table: str) -> ds.Dataset:
    """A table as a dataset of pyarrow.

    Nothing is read yet of one that is Parquet; the rows of one that is still a stream are in memory, with plain text.

    Raises
    ------
    InputError
        There is no such table.
    RunFolderError
        As `read_table`.
    """
    _wanted(table, None, None)
    with _readable(folder, table):
        parquet = _parquet(folder, table)
        return parquet or ds.dataset(pa.Table.from_batches(_streamed(folder, table), stream_schema(table)))


def _scanner(folder: Path, table: str, names: list[str], where: ds.Expression | None, **reading: int) -> ds.Scanner:
    parquet = _parquet(folder, table)
    if parquet is not None:
        return parquet.scanner(columns=names, filter=where, **reading)
    batches, plain = _streamed(folder, table), stream_schema(table)
    return ds.Scanner.from_batches(batches, schema=plain, columns=names, filter=where, **reading)


def _parquet(folder: Path, table: str) -> ds.Dataset | None:
    """The finished table, None if it is not there."""
    path = parquet_path(folder, table)
    if not path.exists():
        return None
    dataset = ds.dataset(path, format=_PARQUET, partitioning=None)
    if dataset.schema != TABLES[table]:  # names and types; metadata do not count
        raise RunFolderError(f"not the columns of '{table}': {', '.join(dataset.schema.names)}", file=path)
    return dataset


def _streamed(folder: Path, table: str) -> Iterator[pa.RecordBatch]:
    """The batches of a table that is no Parquet; none of one that was not recorded."""
    stream = stream_path(folder, table)
    if stream.exists():
        return (batch for batch, _ in stream_batches(stream))
    if table in OPTIONAL:
        return iter(())
    raise RunFolderError(f"the table '{table}' is missing", file=parquet_path(folder, table))


def _wanted(table: str, columns: Sequence[str] | None, where: ds.Expression | None) -> pa.Schema:
    """Columns that are to be read; what is asked is tried on no rows, so that later errors are the file's."""
    if table not in TABLES:
        raise InputError(f"no table '{table}', {did_you_mean(table, list(TABLES))}")
    whole = TABLES[table]
    for name in columns or ():
        if name not in whole.names:
            raise InputError(f"no column '{name}' in '{table}', {did_you_mean(name, whole.names)}")
    try:
        ds.dataset(whole.empty_table()).to_table(filter=where)
    except (pa.ArrowException, TypeError) as error:
        raise InputError(f"no rows of '{table}' can be chosen so: {str(error).splitlines()[0]}") from error
    return whole if columns is None else pa.schema([whole.field(name) for name in columns])


@contextmanager
def _readable(folder: Path, table: str) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        reason = f"unreadable table: {' '.join(str(error).split())}"
        raise RunFolderError(reason, file=parquet_path(folder, table)) from error
