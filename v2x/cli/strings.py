"""``v2x strings``: platoons on a closed track, a grid of controllers, gaps, delays and losses against the theory."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from v2x.cli.options import as_json, overrides
from v2x.cli.strings_text import as_text
from v2x.control.string_study import Driven, batches, drive, effective
from v2x.errors import InputError
from v2x.scenario.model_string_study import StringStudy
from v2x.scenario.string_study import load_string_study

TABLE = "strings.parquet"


_EXAMPLES = """\b
Examples:
  v2x strings platoon-grid
  v2x strings platoon-grid --set 'grid.delay_ms=[50]' --set replicas=64 --out runs/fifty
  v2x strings my-grid.yaml --json
"""


@click.command(name="strings", epilog=_EXAMPLES)
@click.argument("study")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder; default runs/<name>-s<seed>.")
@click.option("--force", is_flag=True, help="Replace the table that is in the folder already.")
@overrides
@as_json
def command(study: str, out: Path | None, force: bool, overrides: tuple[str, ...], as_json: bool) -> None:
    """Drive the strings of STUDY (a shipped name or a YAML file) on a closed track, and judge them.

    The leader's speed goes up and down. For each cell of the study's grid it is told whether a follower swings more
    than the vehicle ahead, beside what the exact theory says. All figures go to FOLDER/strings.parquet.
    """
    from v2x_analysis.platooning.closed_track import findings  # tables and theory take a second to import
    from v2x_analysis.platooning.closed_track_table import save, table

    name, asked = load_string_study(study, overrides)
    file = (out or Path("runs") / f"{name}-s{asked.seed}") / TABLE
    if file.exists() and not force:
        raise InputError("already there; give another folder by --out, or --force to replace the table", file=file)
    found = findings(_driven(asked))
    digest = save(table(asked, found), asked, file)
    if as_json:
        cells = [cell.model_dump() | asdict(found[effective(cell)].verdict) for cell in asked.cells()]
        click.echo(json.dumps({"study": name, "table": str(file), "digest": digest, "cells": cells}, indent=1))
    else:
        click.echo(as_text(asked, {cell: each.verdict for cell, each in found.items()}))
    click.echo(f"{name}: {len(asked.cells())} cells, digest {digest}, {file}", err=True)


def _driven(study: StringStudy) -> Iterator[Driven]:
    """The whole study, with a bar on a terminal."""
    groups = batches(study)
    if not sys.stderr.isatty():
        for points in groups:
            yield from drive(study, points)
        return
    with click.progressbar(length=sum(map(len, groups)), label="driving", file=sys.stderr) as bar:
        for points in groups:
            yield from drive(study, points)
            bar.update(len(points))
