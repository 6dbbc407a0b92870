"""A folder with a CSV file for each table: a header, text as it is, bytes in hex, nothing where a value is missing."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
from pyarrow import csv

from v2x.errors import InputError
from v2x.exports.asked import Asked
from v2x.record.folder import stream_schema
from v2x.record.tables import TABLES
from v2x.registry import did_you_mean


def write(asked: Asked, draft: Path) -> str:
    """Files ``TABLE.csv`` in a folder; without a choice, of the tables that have rows."""
    for table in asked.tables:
        if table not in TABLES:
            raise InputError(f"no table '{table}', {did_you_mean(table, list(TABLES))}", file="--table")
    draft.mkdir()
    rows = {table: _write_table(asked, table, draft / f"{table}.csv") for table in asked.tables or TABLES}
    for table, number in rows.items():
        if not number and table not in asked.tables:
            (draft / f"{table}.csv").unlink()
    told = [f"{number} rows of {table}" for table, number in rows.items() if number or table in asked.tables]
    return ", ".join(told) or "no rows"


def _write_table(asked: Asked, table: str, file: Path) -> int:
    schema = pa.schema([field.with_type(_written(field.type)) for field in stream_schema(table)])
    number = 0
    with csv.CSVWriter(file, schema) as writer:
        for batch in asked.batches(table):
            writer.write(pa.RecordBatch.from_arrays([_plain(column) for column in batch.columns], schema=schema))
            number += batch.num_rows
    return number


def _written(kind: pa.DataType) -> pa.DataType:
    return pa.string() if pa.types.is_binary(kind) else kind


def _plain(column: pa.Array) -> pa.Array:
    if pa.types.is_binary(column.type):
        return pa.array([data.hex() for data in column.to_pylist()], pa.string())
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
