"""``v2x score``: measure a run, judge it by its criteria; finishes a run folder that a kill left behind."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.table import Table

from v2x.cli.judgements import COLOURS, console, judgements
from v2x.record.compact import compact
from v2x_analysis.report.wording import value_text
from v2x_analysis.scorecard import Scorecard, score


@click.command("score")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object to stdout.")
def command(run: Path, as_json: bool) -> int:
    """Score the run folder RUN and write its scorecard.json. Exit code 1 if the verdict is FAIL."""
    manifest = compact(run)
    card = score(run)
    if as_json:
        summary = {
            "run": str(run),
            "digest": manifest.get("digest"),
            "status": manifest["status"],
            "verdict": card.verdict,
            "scorecard": card.flat(),
        }
        click.echo(json.dumps(summary, ensure_ascii=False))
    else:
        _print(card)
    if manifest["status"] != "complete":
        click.echo(f"{run}: the run is {manifest['status']}", err=True)
    return 1 if card.verdict == "FAIL" else 0


def _print(card: Scorecard) -> None:
    shown = console()
    figures = Table("metric", "value", "n", "units", "", title="Figures", title_justify="left", box=None)
    for key, figure in card.metrics.items():
        value = value_text(figure.value, figure.unit)
        figures.add_row(key, value, f"{figure.n:,}", f"{figure.n_units:,}", figure.remark)
    shown.print(figures)
    for title, rows in (
        ("Requirements of standards, for comparison", card.requirements),
        ("Criteria", card.criteria),
    ):
        if rows:
            shown.print(judgements(title, rows))
    shown.print(f"Verdict: [{COLOURS[card.verdict]}]{card.verdict}[/]")
