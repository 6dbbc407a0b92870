"""The folder of a sweep as pandas sees it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from v2x.errors import InputError, RunFolderError
from v2x.record.sweep import AXIS, METRIC, RESULTS, RUNS, SEED, read_sweep, row_files
from v2x.registry import did_you_mean
from v2x_analysis.run import Run

#: Text columns of which there are few.
_CATEGORIES = ("baseline", "status", "verdict")


class Study:
    """A sweep, read lazily; complete or not. Columns: ``docs/sweeps.md``.

    Parameters
    ----------
    folder
        The folder of the sweep.

    Raises
    ------
    RunFolderError
        If it is none.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        #: What was asked, as `v2x.record.sweep.read_sweep` has it.
        self.asked: dict[str, Any] = read_sweep(self.folder)

    def __repr__(self) -> str:
        return f"Study({str(self.folder)!r}, {len(row_files(self.folder))} of {len(self.points)} runs)"

    @property
    def points(self) -> list[str]:
        """Ids of all runs that were asked for, in the study's order."""
        return list(self.asked["points"])

    @property
    def axes(self) -> list[str]:
        """Columns of what is varied."""
        return [AXIS + path for path in self.asked["axes"]]

    @cached_property
    def dataset(self) -> ds.Dataset:
        """The rows that are there, as pyarrow has them; a figure that only some runs have is null in the others."""
        files = row_files(self.folder)
        if not files:
            raise RunFolderError("no run of this sweep has been made", file=self.folder)
        try:
            schema = pa.unify_schemas([*map(pq.read_schema, files), pa.schema([SEED])])
            seeds = ds.partitioning(pa.schema([SEED]), flavor="hive")
            root = str(self.folder / RESULTS)
            return ds.dataset(
                [str(file) for file in files], schema, format="parquet", partitioning=seeds, partition_base_dir=root
            )
        except (OSError, pa.ArrowException) as error:
            reason = f"unreadable results: {' '.join(str(error).split())}"
            raise RunFolderError(reason, file=self.folder / RESULTS) from error

    def frame(self, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """A row for each run that is there, in the study's order, by ``id``.

        Parameters
        ----------
        columns
            Which ones, such as ``["seed", "axis.remote.speed_kmh", "metric.remote.lateral_rms_m"]``; None is all.

        Raises
        ------
        InputError
            There is no such column.
        RunFolderError
            A row cannot be read.
        """
        names = self.dataset.schema.names
        for name in columns or ():
            if name not in names:
                raise InputError(f"no column '{name}', {did_you_mean(name, names)}")
        wanted = [name for name in (columns if columns is not None else names) if name != "id"]
        table = self.dataset.to_table(["id", *wanted])
        frame: pd.DataFrame = table.to_pandas().set_index("id")
        frame = frame.astype({name: "category" for name in _CATEGORIES if name in wanted})
        # a copy, since pyarrow leaves a block of memory for each column, of which pandas warns at the next one
        return frame.loc[[point for point in self.points if point in frame.index]].copy()

    def against(self, baseline: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """By how much figures of the study's own runs are above those of a baseline.

        Each run is compared with that of the baseline that has the same seed and, on axes that the baseline leaves
        free, the same values.

        Parameters
        ----------
        baseline
            Its name.
        columns
            Figures, as in `frame`; None is all.

        Returns
        -------
        DataFrame
            By ``id``: ``seed``, the axes, and the differences; not a number where a figure or the other run is missing.

        Raises
        ------
        InputError
            There is no such baseline or column.
        """
        if baseline not in self.asked["baselines"]:
            names = list(self.asked["baselines"])
            raise InputError(f"no baseline '{baseline}', {did_you_mean(baseline, names)}" if names else "no baselines")
        figures = [name for name in self.dataset.schema.names if name.startswith(METRIC)]
        columns = figures if columns is None else columns
        for name in columns:
            if name not in figures:
                raise InputError(f"no figure '{name}', {did_you_mean(name, figures)}")
        whole = self.frame(["baseline", SEED.name, *self.axes, *columns])
        own, other = whole[whole["baseline"].isna()], whole[whole["baseline"] == baseline]
        keys = [SEED.name, *(AXIS + path for path in self.asked["baselines"][baseline])]
        compared = own[keys].merge(other[[*keys, *columns]], how="left", on=keys).set_axis(own.index)
        return own[[SEED.name, *self.axes]].join(own[list(columns)] - compared[list(columns)])

    def run(self, point: str) -> Run:
        """The folder of a run, by its id; `RunFolderError` if it was not kept or not made."""
        return Run(self.folder / RUNS / point)
