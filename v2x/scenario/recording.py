"""How long a run must last to play all of a recording."""

from __future__ import annotations

import csv
import math
from pathlib import Path

from v2x.errors import InputError


def playing_time_s(file: Path, time_column: str = "t_s") -> float:
    """Time of the run at which the last row of a trajectory table (CSV or Parquet) is played, seconds.

    A recording's time is the run's time, unless it lies so far off that the replay moves its begin to 0.

    Raises
    ------
    InputError
        The file cannot be read, has no such column, or no two times in it differ.
    """
    try:
        first, last = _parquet(file, time_column) if file.suffix.lower() == ".parquet" else _csv(file, time_column)
    except (OSError, ValueError, TypeError, KeyError, NotImplementedError, csv.Error) as error:
        raise InputError(f"cannot tell the recording's length: {error}") from error
    if not (math.isfinite(first) and last > first):
        raise InputError(f"cannot tell the recording's length: no two times in '{time_column}' of {file} differ")
    moved = last <= 0.0 or first >= last - first
    return last - first if moved else last


def _csv(file: Path, column: str) -> tuple[float, float]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines)
        if column not in (rows.fieldnames or ()):
            raise ValueError(f"{file} has no column '{column}'")
        first, last = math.inf, -math.inf
        for row in rows:
            if not any(row.values()):
                continue  # a line of commas is a blank line
            try:
                time_s = float(row[column])
            except (TypeError, ValueError) as error:
                raise ValueError(f"{file}:{rows.line_num}: '{column}' is not a number: {row[column]!r}") from error
            first, last = min(first, time_s), max(last, time_s)
    return first, last


def _parquet(file: Path, column: str) -> tuple[float, float]:
    from pyarrow import compute, parquet  # only here: importing Arrow takes a quarter of a second

    bounds = compute.min_max(parquet.read_table(file, columns=[column], partitioning=None)[column]).as_py()
    return float(bounds["min"]), float(bounds["max"])
