"""Tables that validation tests write into pages of ``docs``."""

from __future__ import annotations

import fcntl
from collections.abc import Callable
from pathlib import Path


def write_table(report: Path, name: str, head: str, rows: list[str]) -> None:
    """Replace the table between the report's markers ``<!-- name -->`` and ``<!-- /name -->``."""
    columns = head.count("|") + 1
    lines = [f"| {row} |" for row in (head, " | ".join(["---"] * columns), *rows)]
    _edit(report, name, lambda _before: lines)


def write_row(report: Path, name: str, row: str) -> None:
    """Put a row into such a table, in the place of the one that begins with the same cell if there is one."""
    first, line = row.split("|")[0].strip(), f"| {row} |"

    def edited(lines: list[str]) -> list[str]:
        keys = [each.strip("| ").split("|")[0].strip() for each in lines]
        if first not in keys:
            return [*lines, line]
        return [line if key == first else old for key, old in zip(keys, lines, strict=True)]

    _edit(report, name, edited)


def _edit(report: Path, name: str, change: Callable[[list[str]], list[str]]) -> None:
    with report.open("r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # tests run side by side, each with its own part
        before, rest = file.read().split(f"<!-- {name} -->\n")
        table, after = rest.split(f"<!-- /{name} -->")
        lines = "\n".join(change(table.splitlines()))
        file.seek(0)
        file.write(f"{before}<!-- {name} -->\n{lines}\n<!-- /{name} -->{after}")
        file.truncate()
