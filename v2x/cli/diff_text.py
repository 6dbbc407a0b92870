"""A comparison in words: for the terminal, as JSON, as Markdown, as test cases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
from rich.table import Table

from v2x.cli.judgements import console
from v2x.cli.junit import Case
from v2x_analysis.comparison import Comparison
from v2x_analysis.report.wording import change_text, range_text, value_text

_HEADINGS = ("figure", "A", "B", "B - A", "95 %", "effect", "pairs", "better", "")


def show(found: Comparison) -> None:
    """Print what moved, and what may have."""
    shown = console()
    table = Table(*_HEADINGS, title=_title(found), title_justify="left", box=None)
    for row in _rows(found):
        table.add_row(*row, style="red" if row[-1] == "worse" else None)
    shown.print(table)
    for line in _summary(found):
        shown.print(line, markup=False, highlight=False)


def markdown(found: Comparison) -> str:
    """The same as `show` tells."""
    rule = ["---", *["---:"] * 6, "---", "---"]
    rows = [
        _HEADINGS,
        rule,
        *(("`" + row[0] + "`", *row[1:-1], f"**{row[-1]}**" * bool(row[-1])) for row in _rows(found)),
    ]
    table = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    lines = "\n".join(f"- {line}" for line in _summary(found))
    return f"## {_title(found)}\n\n{lines}\n\n{table}\n"


def as_content(found: Comparison) -> dict[str, Any]:
    """All of it; what is not known is None."""
    figures = found.figures.astype(object).where(found.figures.notna(), None)
    return {
        "a": str(found.a),
        "b": str(found.b),
        "remarks": list(found.pairs.remarks),
        "regressions": [str(key) for key in found.regressions.index],
        "figures": {str(key): dict(row) for key, row in figures.to_dict("index").items()},
    }


def cases(found: Comparison) -> list[Case]:
    """A test case for each figure of which is known which way is better."""
    known = found.figures[found.figures["better"].notna()]
    return [Case(str(key), _failure(row) if row["worse"] else None) for key, row in known.iterrows()]


def _failure(row: pd.Series[Any]) -> tuple[str, str]:
    unit = row["unit"]
    change = f"{value_text(row['a'], unit)} -> {value_text(row['b'], unit)}, better is {row['better']}"
    allowed = f"tolerance {value_text(row['tolerance'], unit)}"
    return change, f"{change}; difference {change_text(row['difference'], unit)}, 95 % {_interval(row)}; {allowed}"


def _title(found: Comparison) -> str:
    return f"A {found.a}, B {found.b}"


def _rows(found: Comparison) -> Iterator[tuple[str, ...]]:
    """Of what moved, and of what differs where there is no interval."""
    differs = found.figures[found.figures["moved"].fillna(found.figures["difference"] != 0.0).astype(bool)]
    for key, row in differs.iterrows():
        unit = row["unit"]
        effect = "–" if pd.isna(row["effect"]) else f"{row['effect']:+.2f}"
        words = "worse" if row["worse"] else "" if pd.isna(row["moved"]) else "moved"
        values = (value_text(row["a"], unit), value_text(row["b"], unit), change_text(row["difference"], unit))
        yield str(key), *values, _interval(row), effect, str(row["pairs"]), row["better"] or "–", words


def _interval(row: pd.Series[Any]) -> str:
    return "–" if pd.isna(row["low"]) else range_text(row["low"], row["high"], row["unit"])


def _summary(found: Comparison) -> Iterator[str]:
    figures = found.figures
    yield from found.pairs.remarks
    sure, moved = int(figures["moved"].notna().sum()), int(figures["moved"].fillna(False).sum())
    yield f"{len(figures)} figures compared, {sure} with an interval, {moved} moved, {len(found.regressions)} got worse"
