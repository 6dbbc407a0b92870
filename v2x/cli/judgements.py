"""Verdicts in a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from v2x_analysis.judging import Judgement
from v2x_analysis.report.wording import bound_text, interval_text, value_text

#: Columns where the output is no terminal and nobody says how wide it is.
_FILE_WIDTH = 150

COLOURS = {"PASS": "green", "FAIL": "red", "INCONCLUSIVE": "yellow"}


def console() -> Console:
    """The terminal, or a file of some width."""
    console = Console()
    if not console.is_terminal:
        console.width = _FILE_WIDTH
    return console


def judgements(title: str, rows: Sequence[Judgement]) -> Table:
    """Criteria and how each came out."""
    table = Table("metric", "bound", "value", "interval", "units", "verdict", title=title, title_justify="left")
    for name in (0, 5):
        table.columns[name].no_wrap = True
    for row in rows:
        table.add_row(
            row.metric,
            bound_text(row),
            value_text(row.value, row.value_unit),
            interval_text(row),
            row.reason or f"{row.n_units} {row.unit}",
            f"[{COLOURS[row.verdict]}]{row.verdict}[/]{', unverified' if row.unverified else ''}",
        )
    return table
