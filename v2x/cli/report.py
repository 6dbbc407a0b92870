"""``v2x report``: draw the report of a run again."""

from __future__ import annotations

from pathlib import Path

import click

from v2x.cli.options import lang
from v2x.record.compact import compact
from v2x_analysis.report import write_report


@click.command("report")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="File to write; default RUN/report.html.")
@lang
def command(run: Path, out: Path | None, lang: str) -> None:
    """Draw the report of the run folder RUN: one HTML file that needs no network."""
    compact(run)
    click.echo(str(write_report(run, out, lang=lang)))
