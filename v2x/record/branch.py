"""A run folder that has most of another one's tables, and some of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from v2x.errors import RunFolderError
from v2x.record import folder as layout
from v2x.record.source import scenario_text
from v2x.record.tables import TABLES


def branch(
    source: Path,
    target: Path,
    *,
    tables: Mapping[str, pa.Table],
    scenario: Mapping[str, Any],
    remarks: Mapping[str, Any],
    force: bool = False,
) -> None:
    """Write a run folder beside a finished one, without copying what they share.

    Files are linked, or copied where the disks differ; neither folder changes what the other one has, since tables are
    only ever replaced as a whole. There is no log and no scorecard yet.

    Parameters
    ----------
    source
        A run that has ended, with its variants.
    target, force
        As of `v2x.record.writer.RunWriter`.
    tables
        Those that are the new run's own.
    scenario
        The scenario with everything filled in.
    remarks
        What its manifest says otherwise.

    Raises
    ------
    RunFolderError
        If the target is refused, or the source is no run.
    """
    manifest = layout.read_manifest(source)
    if target.resolve() == source.resolve():
        raise RunFolderError("is the run itself; give another folder", file=target)
    layout.prepare(target, force=force)
    try:
        for table in TABLES:
            own, shared = layout.parquet_path(target, table), layout.parquet_path(source, table)
            if table in tables:
                pq.write_table(tables[table], own, compression="zstd", write_page_checksum=True)
            elif shared.exists():
                _link(shared, own)
        layout.write_atomic(target / layout.SCENARIO, scenario_text(scenario))
        shutil.rmtree(target / layout.VARIANTS, ignore_errors=True)
        if (source / layout.VARIANTS).is_dir():
            shutil.copytree(source / layout.VARIANTS, target / layout.VARIANTS, copy_function=_link)
        layout.write_manifest(target, {**manifest, **remarks})
    except BaseException:
        _remove(target)
        raise
    layout.drop_aside(target)


def _link(source: str | Path, target: str | Path) -> None:
    """The same file under another name, or a copy of it."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _remove(target: Path) -> None:
    """What was written, since a manifest was not; what it was to replace comes back."""
    for file in layout.own_files(target):
        file.unlink()
    shutil.rmtree(target / layout.VARIANTS, ignore_errors=True)
    layout.discard(target)
