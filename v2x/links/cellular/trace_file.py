"""Reading a measured drive: the CICV5G table of round trips, checked cell by cell."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import numpy as np

from v2x.clock import NS_PER_MS
from v2x.errors import InputError
from v2x.links.base import F64, I64
from v2x.registry import did_you_mean

#: Longest time or round trip in a file, ms: a day. CICV5G's longest round trip is 34 s.
_LONGEST_MS = 86_400_000.0
#: Farthest place from the drive's origin, m; larger figures are projected coordinates.
_FARTHEST_M = 200_000.0


@dataclass(frozen=True)
class Drive:
    """A measured drive.

    Attributes
    ----------
    t_ns
        Times of sending, strictly ascending from 0, (n,) with n at least 2.
    rtt_ns
        Round trips, positive, (n,).
    place_m
        East and north of the drive's origin, (n, 2); None where they were not asked for.
    """

    t_ns: I64
    rtt_ns: I64
    place_m: F64 | None


def read_drive(path: Path, *, places: bool) -> Drive:
    """Read a CSV with a header line and the columns ``t_ms``, ``rtt_ms`` and, for ``places``, ``x`` and ``y`` (m).

    Other columns are ignored, times count from the first row.

    Raises
    ------
    InputError
        Unreadable, a column missing, a row of another length, a cell that is no number in its range, time that does not
        ascend; with line and column.
    """
    lines = _lines(path)
    if not lines:
        raise InputError("the trace is empty, expected a header with t_ms and rtt_ms", file=path, line=1)
    header = [name.strip() for name in lines[0][1].split(",")]
    names = ("t_ms", "rtt_ms", *(("x", "y") if places else ()))
    for name in names:
        if name not in header:
            raise InputError(f"missing column '{name}', {did_you_mean(name, header)}", file=path, line=1)
    wanted = [header.index(name) for name in names]
    rows = np.empty((len(lines) - 1, len(names)))
    for row, (number, line) in enumerate(lines[1:]):
        cells = line.split(",")
        if len(cells) != len(header):
            raise InputError(f"expected {len(header)} cells, found {len(cells)}", file=path, line=number)
        for place, (name, at) in enumerate(zip(names, wanted, strict=True)):
            rows[row, place] = _number(path, number, cells, at, name)
        if row and rows[row, 0] <= rows[row - 1, 0]:
            raise _fault("must be later than in the row before", path, number, cells, wanted[0], "t_ms")
    if len(rows) < 2:
        raise InputError("a trace needs at least two rows", file=path, line=lines[-1][0])
    whole = np.round(rows[:, :2] * NS_PER_MS).astype(np.int64)
    return Drive(whole[:, 0] - whole[0, 0], whole[:, 1], rows[:, 2:] if places else None)


def _lines(path: Path) -> list[tuple[int, str]]:
    """Lines that are not blank, with their numbers."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=path) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise InputError(f"not UTF-8: byte 0x{error.object[error.start]:02x}", file=path, line=line) from error
    return [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]


def _number(path: Path, line: int, cells: list[str], at: int, name: str) -> float:
    try:
        value = float(cells[at])
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        raise _fault(f"expected a number, found '{cells[at].strip()}'", path, line, cells, at, name)
    lowest, highest = {"t_ms": (-_LONGEST_MS, _LONGEST_MS), "rtt_ms": (0.0, _LONGEST_MS)}.get(
        name, (-_FARTHEST_M, _FARTHEST_M)
    )
    if not lowest <= value <= highest or (name == "rtt_ms" and value == 0.0):
        raise _fault(f"out of range: {cells[at].strip()}", path, line, cells, at, name)
    return value


def _fault(reason: str, path: Path, line: int, cells: list[str], at: int, name: str) -> InputError:
    """The error at a cell; its column counts characters, as an editor does."""
    column = 1 + sum(len(cell) + 1 for cell in cells[:at])
    return InputError(reason, file=path, line=line, column=column, path=name)
