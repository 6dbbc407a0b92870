"""What a run is recorded with, as the engine knows it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import pyarrow as pa
from numpy.typing import ArrayLike


class Recorder(Protocol):
    """Takes rows of the tables of a run; `v2x.record.writer.RunWriter` makes a run folder of them."""

    @property
    def folder(self) -> Path:
        """The folder of the run."""

    def append(self, table: str, columns: Mapping[str, ArrayLike | pa.Array]) -> None:
        """Add rows to a table."""

    def flush(self, t_ns: int) -> None:
        """Every table is whole up to ``t_ns``."""
