"""A run folder as pandas sees it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from v2x.clock import NS_PER_S, utc_ns
from v2x.errors import CodecError, RunFolderError
from v2x.messages.profile import Profile, get_profile
from v2x.record.folder import MANIFEST, SCENARIO, VARIANTS, read_manifest
from v2x.record.reading import open_dataset, read_table
from v2x_analysis.contents import About, Plan, PlannedVariant, checked
from v2x_analysis.tables import Values, message_table

T = TypeVar("T")


class Run:
    """A run, read lazily; complete, interrupted or still going on.

    Text columns are categoricals, ``tx.bytes`` are Python bytes, nullable integers are ``Int64``. Columns and units:
    ``docs/run-folder.md``.

    Parameters
    ----------
    folder
        The run folder.

    Raises
    ------
    RunFolderError
        If it is none, or its manifest is damaged.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        #: What `v2x.record` wrote about the run: versions, seed, digest, status, wall time.
        self.manifest: dict[str, Any] = read_manifest(self.folder)
        self.about: About = checked(About, self.manifest, self.folder / MANIFEST)
        self._derived: dict[Callable[..., Any], Any] = {}

    def __repr__(self) -> str:
        return f"Run({str(self.folder)!r}, {self.manifest['status']})"

    @cached_property
    def scenario(self) -> dict[str, Any]:
        """The resolved scenario; empty if the run was cut before it was written."""
        path = self.folder / SCENARIO
        if not path.exists():
            return {}
        try:
            loaded = YAML(typ="safe").load(path)
        except (OSError, ValueError, YAMLError) as error:
            raise RunFolderError(f"unreadable scenario: {' '.join(str(error).split())}", file=path) from error
        if not isinstance(loaded, dict):
            raise RunFolderError("the scenario is not a mapping", file=path)
        return loaded

    @cached_property
    def plan(self) -> Plan:
        """What the analysis reads of the scenario, checked."""
        return checked(Plan, self.scenario, self.folder / SCENARIO)

    def table(
        self,
        name: str,
        columns: Sequence[str] | None = None,
        *,
        between_s: tuple[float, float] | None = None,
        where: ds.Expression | None = None,
    ) -> pd.DataFrame:
        """Part of a table, of which no more is read than it takes: for runs of gigabytes.

        Parameters
        ----------
        name
            ``rx``; any table of ``docs/run-folder.md``.
        columns
            In the order wanted; None is all.
        between_s
            Rows with ``t_ns`` in [begin, end), seconds of the run; tables stand in that order, so others are skipped.
        where
            Which rows, in the terms of pyarrow: ``pyarrow.dataset.field("receiver") == "shuttle"``.

        Raises
        ------
        InputError
            There is no such table or column, or the rows cannot be chosen so.
        RunFolderError
            The table is damaged or missing.
        """
        if between_s is not None:
            begin_ns, end_ns = (math.ceil(s * NS_PER_S) for s in between_s)
            within = (ds.field("t_ns") >= begin_ns) & (ds.field("t_ns") < end_ns)
            where = within if where is None else within & where
        return _frame(read_table(self.folder, name, columns, where))

    def dataset(self, name: str) -> ds.Dataset:
        """A table as a dataset of pyarrow, for what `table` does not do: batches, sums, other engines.

        Nothing is read of it yet, unless the run goes on or was killed: then its rows are in memory until
        ``v2x score`` has made Parquet of them.

        Raises
        ------
        InputError, RunFolderError
            As `table`.
        """
        return open_dataset(self.folder, name)

    @cached_property
    def states(self) -> pd.DataFrame:
        """The truth: one row per road user and step."""
        return self.table("states")

    @cached_property
    def tx(self) -> pd.DataFrame:
        """One row per transmission."""
        return self.table("tx")

    @cached_property
    def rx(self) -> pd.DataFrame:
        """One row per delivery or drop that touches a subject, a roadside unit or the server."""
        return self.table("rx")

    @cached_property
    def link_bins(self) -> pd.DataFrame:
        """All receptions of the run, counted per second, link, type, distance bin and cause."""
        return self.table("link_bins")

    @cached_property
    def events(self) -> pd.DataFrame:
        """What happened; ``fields`` is a JSON object."""
        return self.table("events")

    @cached_property
    def channel(self) -> pd.DataFrame:
        """How stations saw the sidelink's channel, second by second; no rows if the link has no such state."""
        return self.table("channel")

    @cached_property
    def uu_segments(self) -> pd.DataFrame:
        """What frames over Uu spent their time on, by transmission and segment; no rows if the link is simpler."""
        return self.table("uu_segments")

    @cached_property
    def variants(self) -> dict[PlannedVariant, Run]:
        """The runs that this one is compared with, in the order of its scenario, as far as they are there."""
        folders = {each: self.folder / VARIANTS / each.name for each in self.plan.variants}
        found = {each: Run(folder) for each, folder in folders.items() if (folder / MANIFEST).exists()}
        # another seed is that of an older run that was in this folder
        return {each: other for each, other in found.items() if other.seed == self.seed}

    @property
    def baseline(self) -> Run | None:
        """The variant that gains are told against, the scenario's first; None if it names none or it is not there."""
        return self.variants.get(self.plan.variants[0]) if self.plan.variants else None

    @cached_property
    def signals(self) -> pd.DataFrame:
        """What the signals showed, one row per group and change; no rows if the folder is older than the table."""
        return self.table("signals")

    @cached_property
    def control(self) -> pd.DataFrame:
        """Members of platoons, one row per member and control step; no rows if nobody drives in one."""
        return self.table("control")

    @cached_property
    def remote(self) -> pd.DataFrame:
        """Vehicles driven from afar, one row per vehicle and control step; no rows if there are none."""
        return self.table("remote")

    @cached_property
    def remote_frames(self) -> pd.DataFrame:
        """The pictures that their operators were sent, one row each."""
        return self.table("remote_frames")

    @cached_property
    def remote_commands(self) -> pd.DataFrame:
        """The commands that they were sent, one row each."""
        return self.table("remote_commands")

    @property
    def seed(self) -> int:
        """Seed of the run, 0 where the manifest has none."""
        return self.about.seed or 0

    @property
    def duration_s(self) -> float:
        """Simulated seconds in the folder: what was recorded, or else what was planned."""
        return (self.about.duration_s or 0.0) if self.about.recorded_s is None else self.about.recorded_s

    @property
    def start_utc(self) -> datetime:
        """UTC of the run's time 0."""
        try:
            moment = datetime.fromisoformat(str(self.manifest.get("start_utc")))
            if moment.tzinfo is None:
                raise ValueError("no offset from UTC")
        except ValueError as error:
            reason = f"needs a time with its offset from UTC: {error}"
            raise RunFolderError(reason, file=self.folder / MANIFEST, path="start_utc") from error
        return moment

    def messages(self, type_name: str, values: Values | None = None) -> pd.DataFrame:
        """What the messages of one type say, by transmission.

        Parameters
        ----------
        type_name
            ``BSM``, ``csae.RSM``; bare names mean the type in every profile of the run that has it.
        values
            ``physical`` or ``asn1``, see `v2x_analysis.tables.message_table`; None is physical where the profile has
            SI units for the type.

        Returns
        -------
        DataFrame
            ``t_ns``, ``tx_id``, ``station``, ``profile`` of the transmission, then what the message says. Frames that
            are not valid have no row (`message.constraint_violations` counts them).

        Raises
        ------
        CodecError
            No profile of the run has such a type, or not in SI units.
        """
        sent = self.table("tx", where=ds.field("type") == type_name.rpartition(".")[2])
        names = [str(name) for name in sent["profile"].unique()] or [self.about.profile or "j2735"]
        speaking = [name for name in names if _speaks(get_profile(name), type_name)]
        if not speaking:
            get_profile(names[0]).resolve(type_name)
        bare = type_name.rpartition(".")[2]
        tables = []
        for name in speaking:
            own = sent[sent["profile"] == name]
            near_utc_ns = utc_ns(self.start_utc) + own["t_ns"].to_numpy()
            said = message_table(get_profile(name), bare, own["bytes"].to_numpy(), near_utc_ns, values)
            about = own[["t_ns", "tx_id", "station", "profile"]].iloc[said.index].reset_index(drop=True)
            tables.append(pd.concat([about, said.reset_index(drop=True)], axis=1))
        return pd.concat(tables, ignore_index=True).sort_values(["t_ns", "tx_id"], kind="stable", ignore_index=True)

    def derived(self, function: Callable[[Run], T]) -> T:
        """``function(self)``, computed once: metrics and plots share their intermediate tables through this."""
        if function not in self._derived:
            self._derived[function] = function(self)
        result: T = self._derived[function]
        return result


def _frame(table: pa.Table) -> pd.DataFrame:
    """Text as categories, whole numbers that may be missing as ``Int64``."""
    frame: pd.DataFrame = table.to_pandas()
    for field in table.schema:
        if field.nullable and pa.types.is_integer(field.type):
            frame[field.name] = table[field.name].to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    return frame


def _speaks(profile: Profile, type_name: str) -> bool:
    try:
        profile.resolve(type_name)
    except CodecError:
        return False
    return True
