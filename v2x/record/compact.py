"""Turns the streams of a run into Parquet, batch by batch, after its end or after a kill."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from v2x.clock import NS_PER_S
from v2x.errors import RunFolderError
from v2x.record import folder as layout
from v2x.record.tables import OPTIONAL, TABLES

#: Rows and bytes of a row group, whichever is reached first: what the reader can skip, and all that is in memory.
GROUP_ROWS, GROUP_BYTES = 1 << 17, 1 << 26


def compact(folder: Path) -> dict[str, Any]:
    """Finish a run that was killed: whole batches become Parquet, the manifest says ``interrupted``.

    Does nothing to a run that has ended already.

    Returns
    -------
    dict
        The manifest.

    Raises
    ------
    RunFolderError
        If the folder is no run, or the run is still going on.
    """
    manifest = layout.read_manifest(folder)
    if manifest["status"] != "running":
        return manifest
    with layout.own_log(folder):
        until_ns = compact_tables(folder)
        manifest |= {"status": "interrupted", "recorded_s": until_ns / NS_PER_S}
        layout.write_manifest(folder, manifest)
        remove_streams(folder)
    return manifest


def compact_tables(folder: Path) -> int:
    """Write the Parquet file of each stream, beside it; returns the time (ns) up to which all tables are whole.

    Raises
    ------
    RunFolderError
        If a stream is missing that must be there, or a file cannot be written.
    """
    recorded = [table for table in TABLES if table not in OPTIONAL or layout.stream_path(folder, table).exists()]
    return min((_compact_table(folder, table) for table in recorded), default=0)


def remove_streams(folder: Path) -> None:
    """Remove the streams; only after the Parquet files and the manifest are in place."""
    for table in TABLES:
        layout.stream_path(folder, table).unlink(missing_ok=True)


def _compact_table(folder: Path, table: str) -> int:
    target, schema = layout.parquet_path(folder, table), TABLES[table]
    stream = layout.stream_path(folder, table)
    if not stream.exists():
        raise RunFolderError(f"the table '{table}' is missing", file=stream)
    draft = layout.draft_path(target)
    until_ns = 0
    try:
        with pq.ParquetWriter(draft, schema, compression="zstd", write_page_checksum=True) as parquet:
            group: list[pa.RecordBatch] = []
            for batch, until in layout.stream_batches(stream):
                until_ns = until_ns if until is None else until
                group.append(batch)
                if sum(b.num_rows for b in group) >= GROUP_ROWS or sum(b.nbytes for b in group) >= GROUP_BYTES:
                    parquet.write_table(_typed(group, table))
                    group = []
            if group:
                parquet.write_table(_typed(group, table))
        draft.replace(target)
    except OSError as error:
        raise RunFolderError(f"cannot write: {error}", file=target) from error
    return until_ns


def _typed(batches: list[pa.RecordBatch], table: str) -> pa.Table:
    """One row group, its text dictionary-encoded as `TABLES` has it."""
    plain = pa.Table.from_batches(batches, layout.stream_schema(table)).combine_chunks()
    return plain.cast(TABLES[table])
