"""Which run is written, and what of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from operator import index
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from v2x.clock import NS_PER_S, utc_ns
from v2x.errors import RunFolderError
from v2x.field.load import field_of
from v2x.geo import Plane
from v2x.messages.profile import get_profile
from v2x.record.folder import MANIFEST, read_manifest
from v2x.record.reading import read_batches
from v2x.record.source import recorded_scenario
from v2x.record.tables import TABLES
from v2x.scenario.model import Scenario
from v2x.traffic.build import plane_of

#: Columns that say whose a row is, whichever of them a table has.
_WHOSE = ("station", "receiver", "id")
#: Rows that are handed on at a time: as Python objects they take a hundred times their bytes.
_ROWS = 1 << 12


@dataclass(frozen=True)
class Asked:
    """A run, and what of it.

    Attributes
    ----------
    folder
        Of the run.
    between_s
        Begin and end of the time that counts, seconds of the run, the end excluded; None is all.
    stations
        Whose rows count, ``*`` stands for any letters; none is all.
    tables
        Tables that count, where the format is one of tables; none is all that have rows.
    """

    folder: Path
    between_s: tuple[float, float] | None = None
    stations: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """The manifest, with a profile, a seed and a begin; `RunFolderError` without them."""
        manifest = read_manifest(self.folder)
        try:
            get_profile(manifest["profile"])
            index(manifest["seed"])
            utc_ns(datetime.fromisoformat(manifest["start_utc"]))
        except (KeyError, TypeError, ValueError) as error:
            reason = f"not the manifest of a run that can be exported: {error}"
            raise RunFolderError(reason, file=self.folder / MANIFEST) from error
        return manifest

    @property
    def start_utc_ns(self) -> int:
        """When the run began, nanoseconds of UTC since 1970."""
        return utc_ns(datetime.fromisoformat(self.manifest["start_utc"]))

    @cached_property
    def scenario(self) -> Scenario:
        """What was run."""
        return recorded_scenario(self.folder)

    @cached_property
    def plane(self) -> Plane:
        """The plane of the run's ``x_m`` and ``y_m``."""
        return plane_of(self.scenario, field_of(self.scenario))

    def batches(
        self, table: str, columns: Sequence[str] | None = None, where: ds.Expression | None = None
    ) -> Iterator[pa.RecordBatch]:
        """Rows of a table that are asked for, a batch at a time, in the order of the run."""
        names = TABLES[table].names
        if self.between_s is not None and "t_ns" in names:
            begin_ns, end_ns = (round(s * NS_PER_S) for s in self.between_s)
            where = _both(where, (ds.field("t_ns") >= begin_ns) & (ds.field("t_ns") < end_ns))
        whose = next((name for name in _WHOSE if name in names), None)
        if self.stations and whose is not None:
            pattern = "|".join(re.escape(station).replace(r"\*", ".*") for station in self.stations)
            text = ds.field(whose).cast(pa.string())
            where = _both(where, pc.match_substring_regex(text, f"^(?:{pattern})$"))
        for batch in read_batches(self.folder, table, columns, where):
            yield from (batch.slice(begin, _ROWS) for begin in range(0, batch.num_rows, _ROWS))


def _both(one: ds.Expression | None, other: ds.Expression) -> ds.Expression:
    return other if one is None else one & other
