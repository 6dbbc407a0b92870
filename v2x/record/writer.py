"""Writes a run folder while the run goes on, so that a kill loses at most the simulated second in hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike

from v2x.clock import NS_PER_S
from v2x.errors import InputError, RunError
from v2x.record import folder as layout
from v2x.record.compact import compact_tables, remove_streams
from v2x.record.source import scenario_text
from v2x.record.tables import TABLES


class RunWriter:
    """The one that writes a run folder.

    Rows are kept as they come (whole columns, no rows), turned into one Arrow batch a table by `flush`, and handed to
    the operating system there and then. `finish` turns the streams into Parquet. As a context manager it finishes the
    run as ``interrupted`` when an exception passes through. If no simulated time has been written yet, an old run that
    was to be replaced comes back; and if the exception is an `InputError`, there was no run, and the folder goes.

    Parameters
    ----------
    folder
        Where to write. A folder that holds anything is refused, unless ``force`` and it holds a run.
    manifest
        What is known at the start; ``format_version`` and ``status`` are added.
    force
        Replace the run in the folder.
    scenario
        The scenario with everything filled in, for ``scenario.resolved.yaml``.

    Raises
    ------
    RunFolderError
        If the folder is refused or cannot be made.
    """

    def __init__(
        self,
        folder: Path,
        manifest: Mapping[str, Any],
        force: bool = False,
        *,
        scenario: Mapping[str, Any] | None = None,
    ) -> None:
        self.folder = Path(folder)
        self._manifest = {"format_version": layout.FORMAT_VERSION, **manifest, "status": "running"}
        self._kept: dict[str, list[_Rows]] = {table: [] for table in TABLES}
        self._until_ns = 0
        self._schemas = {table: layout.stream_schema(table) for table in TABLES}
        layout.prepare(self.folder, force=force)
        try:
            self._open(scenario)
        except BaseException:
            layout.discard(self.folder)
            raise

    def _open(self, scenario: Mapping[str, Any] | None) -> None:
        # The manifest comes first: from here on the folder is known as a run, and --force may replace it.
        layout.write_manifest(self.folder, self._manifest)
        self._log = layout.own_log(self.folder)
        if scenario is not None:
            layout.write_atomic(self.folder / layout.SCENARIO, scenario_text(scenario))
        self._files = {table: pa.OSFile(str(layout.stream_path(self.folder, table)), "wb") for table in TABLES}
        # lz4 makes up for the repeated names in plain text columns; at this acceleration (LZ4's negative levels) it
        # takes a third of the default's time and leaves a quarter more (1000 vehicles, a second). Threads cost more
        # than such batches repay.
        options = pa.ipc.IpcWriteOptions(compression=pa.Codec("lz4", compression_level=-60), use_threads=False)
        self._streams = {
            table: pa.ipc.new_stream(self._files[table], schema, options=options)
            for table, schema in self._schemas.items()
        }

    def append(self, table: str, columns: Mapping[str, ArrayLike | pa.Array]) -> None:
        """Add rows to a table; nothing is written before `flush`.

        Parameters
        ----------
        table
            Name in `TABLES`.
        columns
            All its columns, of one length; a single value stands for every row. Text is given as str, null as None;
            where a few texts repeat, a dictionary array is the fastest. Numpy's arrays are copied.

        Raises
        ------
        ValueError
            If a column is missing, unknown or of another length: an error of the caller, not of the user.
        """
        schema = self._schemas[table]
        if columns.keys() != set(schema.names):
            raise ValueError(f"table '{table}' has the columns {schema.names}, given {sorted(columns)}")
        self._kept[table].append(_Rows.of(columns))

    def flush(self, t_ns: int) -> None:
        """Hand all rows kept so far to the operating system; every table is whole up to ``t_ns``.

        Raises
        ------
        RunError
            If they cannot be written (disk full).
        """
        try:
            self._write(t_ns)
        except OSError as error:
            raise RunError(f"cannot write to {self.folder}: {error}") from error

    def log(self, entry: Mapping[str, Any]) -> None:
        """Append one line to ``log.jsonl``; it reaches the disk with the next `flush`."""
        self._log.write(json.dumps(entry, ensure_ascii=False, default=str) + "\n")

    def remark(self, **manifest_updates: Any) -> None:
        """Add to the manifest what it will say at the end, however the run ends."""
        self._manifest |= manifest_updates

    def finish(self, status: str, **manifest_updates: Any) -> None:
        """Turn the streams into Parquet, then write the final manifest: ``complete``, or ``interrupted``.

        Rows not flushed yet are written; call `flush` with the run's end before, or the run counts as recorded up to
        the last one.
        """
        self._close()
        compact_tables(self.folder)
        self._manifest |= {"recorded_s": self._until_ns / NS_PER_S, **manifest_updates, "status": status}
        layout.write_manifest(self.folder, self._manifest)
        layout.drop_aside(self.folder)
        remove_streams(self.folder)
        self._log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._log.closed:
            return
        replaces = (self.folder / layout.ASIDE).exists()
        if self._until_ns == 0 and (replaces or isinstance(error, InputError)):
            self._kept = {table: [] for table in TABLES}
            self._close()
            self._log.close()
            layout.discard(self.folder)
            return
        self.finish("interrupted", error=f"{kind.__name__}: {error}" if kind else "ended without finish()")

    def _write(self, t_ns: int) -> None:
        for table, stream in self._streams.items():
            kept, self._kept[table] = self._kept[table], []
            batch = _batch(kept, self._schemas[table])
            stream.write_batch(batch, custom_metadata={layout.UNTIL_NS: str(t_ns).encode()})
        if self._until_ns == 0 < t_ns:
            layout.drop_aside(self.folder)
        self._until_ns = t_ns
        self._log.flush()

    def _close(self) -> None:
        """Write what is left and end the streams."""
        if any(self._kept.values()):
            self.flush(self._until_ns)
        for table, stream in self._streams.items():
            stream.close()
            self._files[table].close()


class _Rows(NamedTuple):
    """Rows of a table: how many, and the columns as they were given."""

    rows: int
    columns: Mapping[str, Any]

    @classmethod
    def of(cls, columns: Mapping[str, Any]) -> _Rows:
        """With copies of what the caller could change."""
        lengths = {length for values in columns.values() if (length := _length(values)) is not None}
        if len(lengths) > 1:
            raise ValueError(f"columns of different lengths: {sorted(lengths)}")
        rows = lengths.pop() if lengths else 1
        return cls(
            rows, {name: own.copy() if isinstance(own, np.ndarray | list) else own for name, own in columns.items()}
        )


def _batch(parts: Sequence[_Rows], schema: pa.Schema) -> pa.RecordBatch:
    """All rows as a batch of the schema; converted together, which for many short parts takes a tenth of the time."""
    if not parts:
        return _empty(schema)
    counts, columns = zip(*parts, strict=True)
    return pa.record_batch([_column([c[f.name] for c in columns], counts, f.type) for f in schema], schema=schema)


@lru_cache
def _empty(schema: pa.Schema) -> pa.RecordBatch:
    """No rows."""
    return pa.record_batch([pa.array([], field.type) for field in schema], schema=schema)


def _column(parts: Sequence[Any], counts: Sequence[int], kind: pa.DataType) -> pa.Array:
    """One column of all parts, single values repeated."""
    if all(isinstance(part, np.ma.MaskedArray) for part in parts):
        mask = np.concatenate([np.ma.getmaskarray(part) for part in parts])
        return pa.array(np.concatenate([part.data for part in parts]), kind, mask=mask)
    if all(type(part) is np.ndarray and part.ndim for part in parts):
        return pa.array(np.concatenate(parts), kind)
    if all(_length(part) is None for part in parts):
        values = [_item(part) for part in parts]
        if pa.types.is_integer(kind) and None not in values:
            return pa.array(np.repeat(np.array(values, np.int64), counts), kind)
        if len(values) == 1:
            return pa.repeat(pa.scalar(values[0], kind), counts[0])
        return pa.array(values, kind).take(np.repeat(np.arange(len(parts)), counts))
    if all(isinstance(part, pa.Array) for part in parts):
        plain = [part.dictionary_decode() if isinstance(part, pa.DictionaryArray) else part for part in parts]
        return pa.concat_arrays([part if part.type == kind else part.cast(kind) for part in plain])
    if len(parts) > 1:
        each = (_column([part], [count], kind) for part, count in zip(parts, counts, strict=True))
        return pa.concat_arrays(list(each))
    return pa.array(parts[0], kind)


def _length(values: Any) -> int | None:
    """Length of a column, None for a single value."""
    single = isinstance(values, str | bytes) or not hasattr(values, "__len__") or getattr(values, "ndim", 1) == 0
    return None if single else len(values)


def _item(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic | np.ndarray) else value
