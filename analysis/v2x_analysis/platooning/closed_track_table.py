"""The table that a study of strings on the closed track leaves: a row for each cell, frequency and follower."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from v2x import __version__
from v2x.control.string_study import effective
from v2x.errors import RunFolderError
from v2x.record.folder import draft_path
from v2x.scenario.model_string_study import Cell, StringStudy
from v2x_analysis.platooning.closed_track import Findings

_NUMBER, _WHOLE, _TEXT = pa.float64(), pa.int64(), pa.dictionary(pa.int32(), pa.string())

#: Columns of the table; what each is: docs/platooning.md.
SCHEMA = pa.schema(
    [
        ("cell", _WHOLE),
        ("controller", _TEXT),
        ("time_gap_s", _NUMBER),
        ("spacing_m", _NUMBER),
        ("feed_forward", _TEXT),
        ("speed_mps", _NUMBER),
        ("followers", _WHOLE),
        ("engine_lag_s", _NUMBER),
        ("dead_time_s", _NUMBER),
        ("max_accel_mps2", _NUMBER),
        ("max_brake_mps2", _NUMBER),
        ("radar", _TEXT),
        ("fallback", pa.bool_()),
        ("beacon_hz", _NUMBER),
        ("quantised", pa.bool_()),
        ("delay_ms", _NUMBER),
        ("loss", _NUMBER),
        ("frequency_hz", _NUMBER),
        ("follower", _WHOLE),
        ("n", _WHOLE),
        ("gain", _NUMBER),
        ("gain_sd", _NUMBER),
        ("gain_low", _NUMBER),
        ("gain_high", _NUMBER),
        ("theory_gain", _NUMBER),
        ("amplitude_mps", _NUMBER),
        ("head_to_tail_gain", _NUMBER),
        ("theory_head_to_tail_gain", _NUMBER),
        ("min_gap_m", _NUMBER),
        ("collisions", _WHOLE),
        ("limited_share", _NUMBER),
        ("stable", pa.bool_()),
        ("worst_gain", _NUMBER),
        ("worst_hz", _NUMBER),
        ("worst_follower", _WHOLE),
        ("theory_worst_gain", _NUMBER),
        ("theory_worst_hz", _NUMBER),
    ]
)


def table(study: StringStudy, found: Mapping[Cell, Findings]) -> pa.Table:
    """All cells of the grid in the columns of `SCHEMA`; those that were driven once for several have the same figures.

    A cell's settings are those asked for, with the law's own gaps where none were.
    """
    parts = []
    for number, cell in enumerate(study.cells()):
        used = effective(cell)
        gaps = {name: getattr(cell, name) or getattr(used, name) for name in ("time_gap_s", "spacing_m")}
        columns = {"cell": number} | cell.model_dump() | gaps | _columns(found[used])
        rows = len(columns["follower"])
        arrays = [_array(columns[field.name], rows, field.type) for field in SCHEMA]
        parts.append(pa.Table.from_arrays(arrays, schema=SCHEMA))
    return pa.concat_tables(parts).unify_dictionaries().combine_chunks()


def save(rows: pa.Table, study: StringStudy, file: Path) -> str:
    """Write the table as Parquet, with the study in its metadata, in one go; returns a digest of the file's bytes.

    Raises
    ------
    RunFolderError
        It cannot be written.
    """
    asked = json.dumps(study.model_dump(mode="json"), ensure_ascii=False)
    sink, draft = pa.BufferOutputStream(), draft_path(file)
    pq.write_table(
        rows.replace_schema_metadata({"study": asked, "version": __version__}), sink, compression="zstd",
        write_page_checksum=True,
    )  # fmt: skip
    data = sink.getvalue().to_pybytes()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(data)
        draft.replace(file)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise RunFolderError(f"cannot write: {error.strerror}", file=file) from error
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def _columns(found: Findings) -> dict[str, Any]:
    """What the table says of a cell beside its settings, (frequency * follower,) or one value."""
    followers, verdict = found.cell.followers, asdict(found.verdict)
    each = {
        "frequency_hz": np.repeat(found.frequency_hz, followers),
        "follower": np.tile(np.arange(1, followers + 1), len(found.frequency_hz)),
        "gain": found.gain.ravel(),
        "gain_sd": found.gain_sd.ravel(),
        "gain_low": found.gain_low.ravel(),
        "gain_high": found.gain_high.ravel(),
        "theory_gain": found.expected_gain.ravel(),
        "amplitude_mps": found.amplitude_mps.ravel(),
        "head_to_tail_gain": np.repeat(found.head_to_tail, followers),
        "theory_head_to_tail_gain": np.repeat(found.expected[:, -1], followers),
        "min_gap_m": found.min_gap_m.ravel(),
        "collisions": found.collisions.ravel(),
        "limited_share": found.limited.ravel(),
    }
    told = ("stable", "worst_gain", "worst_hz", "worst_follower", "theory_worst_gain", "theory_worst_hz")
    return each | {"n": found.n} | {name: verdict[name] for name in told}


def _array(values: Any, rows: int, kind: pa.DataType) -> pa.Array:
    """A column; not a number becomes null."""
    values = values if isinstance(values, np.ndarray) else [values] * rows
    return pa.array(values, kind, from_pandas=True)
