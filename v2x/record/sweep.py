"""The folder of a sweep: what was asked (``sweep.json``), a row for each run (``results``), and the runs' own folders.

Rows are Parquet files, one a run, written whole or not at all by the one process that holds the folder. What is in them
hangs on the run alone: neither on when it was made nor beside what. Columns: docs/sweeps.md.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import pyarrow as pa
import pyarrow.parquet as pq

from v2x.errors import RunFolderError
from v2x.record.folder import REPORT, claim, write_atomic
from v2x.record.program import program_version
from v2x.scenario.study import LoadedStudy, fingerprint
from v2x.scenario.study_points import Point, governs

#: Version of the layout; raised when a reader of the old one would misread the new one.
FORMAT_VERSION = 1

SWEEP, RESULTS, RUNS, LOGS = "sweep.json", "results", "runs", "logs"
#: End of the names of rows and runs' folders that are not whole.
DRAFT = ".part"
#: Beginnings of the names of columns that are values of axes, and verdicts and figures of runs.
AXIS, CRITERION, METRIC = "axis.", "criterion.", "metric."
#: What stands in the name of a row's folder and not in the row.
SEED = pa.field("seed", pa.int64())

_ABOUT = [
    pa.field(name, pa.string())
    for name in ("id", "baseline", "scenario", "version", "status", "error", "verdict", "digest")
]
#: What a criterion has: columns ``criterion.0.verdict`` and so on.
_JUDGED = pa.schema([pa.field("verdict", pa.string()), pa.field("value", pa.float64())])
#: Kind of an axis -> the type of its column; what is neither number, flag nor text stands there as JSON.
_TYPES = {"number": pa.float64(), "flag": pa.bool_(), "text": pa.string(), "json": pa.string()}


@dataclass(frozen=True)
class Result:
    """What a run came to.

    Attributes
    ----------
    status, error
        Whether it came to its end, and if not, why.
    verdict, digest
        Of its scorecard and its tables; None if it failed.
    criteria
        Verdict on each criterion of the scenario, and the value that was judged, None if there was none.
    metrics
        Figures of its scorecard by key: value, None where there is none, and unit. Entries of a list have keys of their
        own, ``KEY.0`` and so on.
    """

    status: Literal["complete", "failed"]
    error: str | None = None
    verdict: str | None = None
    digest: str | None = None
    criteria: Sequence[tuple[str, float | None]] = ()
    metrics: Mapping[str, tuple[float | None, str]] = field(default_factory=dict)


class SweepFolder:
    """The folder of a sweep, for the one process that writes to it; use as a context manager.

    Parameters
    ----------
    folder
        Where it is. It may hold a sweep of the same study, or of a part of it, which is then gone on with.
    study
        What is asked.
    force
        Throw away the sweep that is there.

    Raises
    ------
    RunFolderError
        There is something else in it, runs of another study, or another process; or it cannot be written.
    """

    def __init__(self, folder: Path, study: LoadedStudy, *, force: bool) -> None:
        self.folder, self._study = folder, study
        self._kinds = {path: _kind(point.axes[path] for point in study.points) for path in study.axes}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._claim = os.open(folder, os.O_RDONLY)
        except OSError as error:
            raise RunFolderError(f"cannot write there: {error.strerror}", file=folder) from error
        try:
            self._take(force)
        except BaseException:
            os.close(self._claim)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._clear_drafts()
        os.close(self._claim)
        with suppress(OSError):
            (self.folder / LOGS).rmdir()  # nobody had anything to say

    def done(self, point: Point) -> bool:
        """Whether the run is there, complete, made by this version and of the scenario that the study asks for now."""
        try:
            schema = pq.read_schema(self._row(point))
            about = pq.read_table(self._row(point), columns=["status", "scenario", "version"], partitioning=None)
        except (OSError, pa.ArrowException):
            return False
        axes = [each for each in schema if each.name.startswith(AXIS)]
        wanted = {"status": "complete", "scenario": fingerprint(self._study.load(point)), "version": program_version()}
        return about.to_pylist() == [wanted] and axes == self._axes()

    def add(self, point: Point, result: Result) -> None:
        """Write the row of a run, in the place of an older one.

        Raises
        ------
        RunFolderError
            It cannot be written.
        """
        measured = result.metrics.items()
        about = {
            "id": point.id,
            "baseline": point.baseline,
            "scenario": fingerprint(self._study.load(point)),
            "version": program_version(),
            "status": result.status,
            "error": result.error,
            "verdict": result.verdict,
            "digest": result.digest,
        }
        axes = {AXIS + path: _cell(point.axes[path], kind) for path, kind in self._kinds.items()}
        judged = {
            CRITERION + f"{row}.{name}": entry
            for row, each in enumerate(result.criteria)
            for name, entry in zip(_JUDGED.names, each, strict=True)
        }
        figures = {METRIC + key: value for key, (value, _) in measured}
        fields = [_JUDGED.field(name.rpartition(".")[2]).with_name(name) for name in judged]
        fields += [pa.field(METRIC + key, pa.float64(), metadata={"unit": unit}) for key, (_, unit) in measured]
        row = pa.Table.from_pylist([about | axes | judged | figures], pa.schema([*_ABOUT, *self._axes(), *fields]))
        sink, file = pa.BufferOutputStream(), self._row(point)
        pq.write_table(row, sink, compression="zstd", use_dictionary=False, write_statistics=False)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunFolderError(f"cannot write there: {error.strerror}", file=file.parent) from error
        # the draft stands outside of the results: whoever reads them takes every file for a row
        write_atomic(file, sink.getvalue().to_pybytes(), draft=self.folder / f"{file.name}{DRAFT}")

    def run_folder(self, point: Point) -> Path:
        """Where the run itself is recorded."""
        return self.folder / RUNS / point.id

    def log(self, point: Point) -> Path:
        """Where the process of the run writes what it has to say."""
        return self.folder / LOGS / f"{point.id}.log"

    def digest(self) -> str:
        """BLAKE2b over all rows, names and bytes."""
        whole = hashlib.blake2b(digest_size=16)
        for file in row_files(self.folder):
            whole.update(str(file.relative_to(self.folder)).encode() + file.read_bytes())
        return whole.hexdigest()

    # ------------------------------------------------------------------ inside

    def _take(self, force: bool) -> None:
        """Claim the folder, and make it one of this study."""
        claim(self.folder, self._claim)
        if any(self.folder.iterdir()):
            read_sweep(self.folder)
            if force:
                for name in (RESULTS, RUNS, LOGS):
                    shutil.rmtree(self.folder / name, ignore_errors=True)
                (self.folder / REPORT).unlink(missing_ok=True)
        self._clear_drafts()
        known = {self._row(point) for point in self._study.points}
        others = [file for file in row_files(self.folder) if file not in known]
        if others:
            reason = f"holds {len(others)} runs that this study does not ask for; give another folder, or --force"
            raise RunFolderError(f"{reason} to begin anew", file=self.folder)
        write_atomic(self.folder / SWEEP, json.dumps(self._asked(), ensure_ascii=False, indent=1) + "\n")

    def _clear_drafts(self) -> None:
        """Remove rows that a kill cut in two, and what is left of runs on a cluster that nobody waited for."""
        for draft in self.folder.glob(f"*{DRAFT}"):
            draft.unlink()
        for run in (self.folder / RUNS).glob(f"*{DRAFT}"):
            shutil.rmtree(run, ignore_errors=True)

    def _asked(self) -> dict[str, Any]:
        """What `read_sweep` gives."""
        study = self._study.study
        return {
            "format_version": FORMAT_VERSION,
            "study": self._study.name,
            "title": study.title,
            "base": study.base,
            "axes": self._kinds,
            "groups": [{"section": group.section, "paths": group.paths} for group in self._study.groups],
            "baselines": {name: _compared(self._study.axes, set_) for name, set_ in study.baselines.items()},
            "points": [point.id for point in self._study.points],
        }

    def _row(self, point: Point) -> Path:
        return self.folder / RESULTS / f"seed={point.seed}" / f"{point.id}.parquet"

    def _axes(self) -> list[pa.Field]:
        return [pa.field(AXIS + path, _TYPES[kind]) for path, kind in self._kinds.items()]


def read_sweep(folder: Path) -> dict[str, Any]:
    """What was asked of a sweep.

    Returns
    -------
    dict
        ``study``, ``title``, ``base``; ``axes``, kind by path; ``groups``, the ``paths`` that change together and the
        ``section`` of the study that says so; ``baselines``, by name the axes by which runs are compared with them;
        ``points``, ids of all runs in order.

    Raises
    ------
    RunFolderError
        If the folder is none of a sweep, or was written by another version.
    """
    file = folder / SWEEP
    try:
        asked = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RunFolderError(f"not the folder of a sweep: it has no {SWEEP}", file=folder) from None
    except (OSError, ValueError) as error:
        raise RunFolderError(f"cannot be read: {error}", file=file) from error
    if not isinstance(asked, dict) or asked.get("format_version") != FORMAT_VERSION:
        raise RunFolderError(f"not of format {FORMAT_VERSION}, which this version reads", file=file)
    return asked


def row_files(folder: Path) -> list[Path]:
    """The rows that are there, in the order of their names."""
    return sorted((folder / RESULTS).glob("seed=*/*.parquet"))


def _compared(axes: Iterable[str], fixed: Iterable[str]) -> list[str]:
    fixed = list(fixed)
    return [path for path in axes if not any(governs(other, path) for other in fixed)]


def _kind(values: Iterable[object]) -> str:
    """What all values of an axis are; none is left out."""
    types: set[type] = {type(value) for value in values if value is not None}
    for kind, of in (("flag", {bool}), ("number", {int, float}), ("text", {str})):
        if types <= of:
            return kind
    return "json"


def _cell(value: object, kind: str) -> object:
    if kind == "json" and value is not None:
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return float(value) if kind == "number" and isinstance(value, int) else value
