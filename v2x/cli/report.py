"""``v2x report``: draw the report of a run again, or that of a sweep."""

from __future__ import annotations

from pathlib import Path

import click

from v2x.cli.options import lang
from v2x.record.compact import compact
from v2x.record.sweep import SWEEP
from v2x_analysis.report import write_report, write_study


@click.command("report")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="File to write; default RUN/report.html.")
@lang
def command(run: Path, out: Path | None, lang: str) -> None:
    """Draw the report of the folder RUN, of a run or a sweep: one HTML file that needs no network."""
    if (run / SWEEP).exists():
        click.echo(str(write_study(run, out, lang=lang)))
        return
    compact(run)
    click.echo(str(write_report(run, out, lang=lang)))
