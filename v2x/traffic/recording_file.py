"""Reading a trajectory table: CSV or Parquet in, checked columns out. What is wrong is an error with its line."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from v2x.clock import NS_PER_S
from v2x.errors import TrafficError
from v2x.geo import Crs, in_china
from v2x.registry import did_you_mean
from v2x.traffic.base import REACH_M

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

#: Optional columns of numbers; none may be negative but the heading.
NUMBERS = ("heading_deg", "speed_mps", "length_m", "width_m", "signal_elapsed_s")
#: Optional columns of words.
WORDS = ("kind", "lane", "signal")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DEGREES, _METRES = ("lon_deg", "lat_deg"), ("x_m", "y_m")
#: Largest magnitude of a cell, and what a larger one is. Time: what 64 bits of nanoseconds hold; Unix seconds do.
#: Speed, length, width: what a BSM can say (SAE J2735 Speed, VehicleLength, VehicleWidth). Elapsed: assumed.
_LIMITS = {
    "lon_deg": (180.0, "no such degree"),
    "lat_deg": (90.0, "no such degree"),
    "x_m": (REACH_M, "projected coordinates are not local metres, beyond 200 km"),
    "y_m": (REACH_M, "projected coordinates are not local metres, beyond 200 km"),
    "t_s": (9e9, "too large for seconds; are these milliseconds?"),
    "speed_mps": (163.8, "faster than a message can say; is this km/h?"),
    "length_m": (40.95, "longer than a message can say; is this m?"),
    "width_m": (10.23, "wider than a message can say; is this m?"),
    "signal_elapsed_s": (86_400.0, "longer than a day"),
}


@dataclass(frozen=True)
class RecordingRows:
    """The rows of a recording in file order.

    Attributes
    ----------
    file
        Where they come from.
    t_ns
        Time as written, nanoseconds, (n,).
    road_user
        Index into `names`, (n,).
    names
        Ids as text, in order of first appearance.
    first, second
        ``x_m, y_m`` or ``lon_deg, lat_deg`` as written, (n,).
    numbers
        Optional columns present, NaN where a cell is empty.
    words
        Optional columns present, "" where a cell is empty.
    ignored
        Columns of the file that nothing reads.
    line
        Line (CSV) or row number (Parquet) of each row, 1-based, (n,).
    """

    file: Path
    t_ns: I64
    road_user: I64
    names: NDArray[np.object_]
    first: F64
    second: F64
    numbers: dict[str, F64]
    words: dict[str, NDArray[np.object_]]
    ignored: tuple[str, ...]
    line: I64


def read_recording(path: Path, crs: Crs, columns: Mapping[str, str]) -> RecordingRows:
    """Read and check a trajectory table.

    Parameters
    ----------
    path
        ``.csv`` (comma, header line, UTF-8) or ``.parquet``.
    crs
        Decides whether positions are ``x_m, y_m`` (``local``) or ``lon_deg, lat_deg``.
    columns
        Our column name -> name in the file, where they differ.

    Raises
    ------
    TrafficError
        Unreadable file, missing column, a cell that is no finite number, a missing id, time that runs backwards;
        with the line where there is one.
    """
    if not path.is_file():
        raise TrafficError(f"no such file: {path}", path="traffic.path")
    if path.suffix.lower() not in (".csv", ".parquet"):
        raise TrafficError(f"a recording is .csv or .parquet, not '{path.suffix}'", file=path, path="traffic.path")
    header = _header(path)
    names = _chosen(path, header, crs, columns)
    table = _Table(path, _frame(path, header, names), names)
    position = _METRES if crs == "local" else _DEGREES
    first, second = (table.number(name, optional=False) for name in position)
    if crs in ("gcj02", "bd09"):
        table.refuse(~in_china(first, second), position[0], f"{crs} is defined in China only")
    t_ns = np.rint(table.number("t_s", optional=False) * NS_PER_S).astype(np.int64)
    road_user, ids = table.ids()
    _check_order(table, t_ns, road_user)
    return RecordingRows(
        path,
        t_ns,
        road_user,
        ids,
        first,
        second,
        numbers={name: table.number(name, optional=True) for name in NUMBERS if name in names},
        words={name: table.word(name) for name in WORDS if name in names},
        ignored=tuple(name for name in header if name not in names.values()),
        line=table.line,
    )


class _Table:
    """Columns of the file by our names, with the place of each row for error messages."""

    def __init__(self, path: Path, frame: pd.DataFrame, names: Mapping[str, str]) -> None:
        self._path = path
        self._is_csv = path.suffix.lower() == ".csv"
        if self._is_csv:
            frame = frame[frame.notna().any(axis=1)]  # blank lines carry nothing, but they count as lines
        self._frame, self._names = frame, names
        self.line: I64 = frame.index.to_numpy(np.int64) + (2 if self._is_csv else 1)
        if not len(frame):
            raise TrafficError("the recording has no rows", file=path)

    def error(self, row: int, name: str, reason: str) -> TrafficError:
        """An error at a row (0-based) and column."""
        line = int(self.line[row])
        if self._is_csv:
            return TrafficError(reason, file=self._path, line=line, path=self._names[name])
        return TrafficError(f"{reason} (row {line})", file=self._path, path=self._names[name])

    def refuse(self, bad: NDArray[np.bool_], name: str, reason: str) -> None:
        """Raise for the first bad row, quoting its cell."""
        if bad.any():
            row = int(np.argmax(bad))
            cell = self._frame[self._names[name]].iloc[row]
            raise self.error(row, name, reason if pd.isna(cell) else f"{reason}: '{cell}'")

    def number(self, name: str, *, optional: bool) -> F64:
        """A column as float64; empty cells are NaN where they are allowed."""
        cells = self._frame[self._names[name]]
        if cells.dtype.kind in "bmM":  # pandas would count truth values as 0 and 1, and times in its own units
            raise TrafficError(
                f"expected numbers, the column has {cells.dtype}", file=self._path, path=self._names[name]
            )
        empty = cells.isna().to_numpy(bool)
        values = pd.to_numeric(cells, errors="coerce").to_numpy(np.float64)
        self.refuse(~np.isfinite(values) & ~empty, name, "expected a finite number")
        if not optional:
            self.refuse(empty, name, "expected a finite number, the cell is empty")
        elif name != "heading_deg":
            self.refuse(values < 0.0, name, "must not be negative")
        if name in _LIMITS:
            limit, reason = _LIMITS[name]
            self.refuse(np.abs(values) > limit, name, reason)
        return values

    def word(self, name: str) -> NDArray[np.object_]:
        """A column as text, "" where empty."""
        codes, words = self._factors(name)
        return np.array([*(str(word).strip() for word in words), ""], object)[codes]

    def _factors(self, name: str) -> tuple[NDArray[np.intp], Any]:
        """Codes and different values of a column, -1 where empty."""
        try:
            return pd.factorize(self._frame[self._names[name]])
        except TypeError as error:
            raise TrafficError(f"expected text or numbers: {error}", file=self._path, path=self._names[name]) from error

    def ids(self) -> tuple[I64, NDArray[np.object_]]:
        """Number of the road user in each row, and their names."""
        codes, words = self._factors("id")
        self.refuse(codes < 0, "id", "a road user needs an id, the cell is empty")
        names = np.array([str(word) for word in words], object)
        strange = np.array([not name.isprintable() and _CONTROL.search(name) is not None for name in names], bool)
        self.refuse(strange[codes], "id", "an id must not have control characters")
        return codes.astype(np.int64), names


def _header(path: Path) -> list[str]:
    """Column names of the file."""
    try:
        if path.suffix.lower() == ".parquet":
            return [str(name) for name in pq.read_schema(path).names]
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = [name.strip() for name in next(csv.reader(file), [])]
    except UnicodeDecodeError as error:
        raise _not_utf8(path) from error
    except (OSError, csv.Error, pa.ArrowException) as error:
        raise TrafficError(f"cannot read the recording: {error}", file=path) from error
    if not any(header):
        raise TrafficError(
            "the recording is empty, or begins with an empty line; expected column names", file=path, line=1
        )
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise TrafficError(f"column '{twice[0]}' stands twice in the header", file=path, line=1)
    return header


def _chosen(path: Path, header: list[str], crs: Crs, columns: Mapping[str, str]) -> dict[str, str]:
    """Our names of the columns to read -> their names in the file."""
    position = _METRES if crs == "local" else _DEGREES
    required = ("t_s", "id", *position)
    known = (*required, *NUMBERS, *WORDS)
    line = 1 if path.suffix.lower() == ".csv" else None
    for ours, theirs in columns.items():
        if ours not in (*known, *_METRES, *_DEGREES):
            raise TrafficError(f"unknown column, {did_you_mean(ours, list(known))}", path=f"traffic.columns.{ours}")
        if theirs not in header:
            hint = did_you_mean(theirs, header)
            raise TrafficError(f"no column '{theirs}', {hint}", file=path, line=line, path=f"traffic.columns.{ours}")
    for name in required:
        if columns.get(name, name) not in header:
            hint = f"{did_you_mean(name, header)}; rename it with traffic.columns: {{{name}: <name in the file>}}"
            if len(header) == 1 and re.search(r"[;\t|]", header[0]):
                hint = "the cells must be separated by commas"
            raise TrafficError(f"missing column '{name}' (crs '{crs}'), {hint}", file=path, line=line)
    return {name: columns.get(name, name) for name in known if columns.get(name, name) in header}


def _frame(path: Path, header: list[str], names: Mapping[str, str]) -> pd.DataFrame:
    """The chosen columns; only an empty cell is missing, so that a literal ``nan`` is found and refused.

    All columns are parsed, because pandas drops the surplus cells of a row silently when it is told to choose.
    """
    wanted = list(dict.fromkeys(names.values()))
    try:
        if path.suffix.lower() == ".parquet":
            table: pd.DataFrame = pq.read_table(path, columns=wanted, partitioning=None).to_pandas(ignore_metadata=True)
            return table
        frame = pd.read_csv(
            path,
            header=0,
            names=header,
            dtype={names[name]: str for name in ("id", *WORDS) if name in names},
            keep_default_na=False,
            na_values=[""],
            skip_blank_lines=False,
            skipinitialspace=True,
            encoding="utf-8-sig",
            low_memory=False,
        )
    except UnicodeDecodeError as error:
        raise _not_utf8(path) from error
    except (OSError, ValueError, pa.ArrowException) as error:  # pandas' parser errors are ValueErrors
        raise TrafficError(f"cannot read the recording: {error}", file=path) from error
    if not isinstance(frame.index, pd.RangeIndex):  # pandas takes a surplus first cell for a row's name
        raise TrafficError("the rows have more cells than the header has columns", file=path, line=2)
    return frame[wanted]


def _not_utf8(path: Path) -> TrafficError:
    """Where the first byte stands that is no UTF-8."""
    data = path.read_bytes()
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, reason = data.count(b"\n", 0, error.start) + 1, f"not UTF-8: byte 0x{data[error.start]:02x}"
        return TrafficError(f"{reason}; save the file as UTF-8", file=path, line=line)
    return TrafficError("not UTF-8; save the file as UTF-8", file=path)


def _check_order(table: _Table, t_ns: I64, road_user: I64) -> None:
    """Rows are sorted by time, or grouped by road user and sorted by time within each."""
    back = np.flatnonzero(np.diff(t_ns) < 0) + 1
    same = np.diff(road_user) == 0
    if np.count_nonzero(~same) == road_user.max():  # every road user is one block
        back = back[same[back - 1]]
    if len(back):
        row = int(back[0])
        now_s, before_s = t_ns[row] / NS_PER_S, t_ns[row - 1] / NS_PER_S
        raise table.error(
            row,
            "t_s",
            f"time runs backwards: {now_s:g} s after {before_s:g} s "
            "(rows are sorted by time, or grouped by id and sorted by time within each)",
        )
