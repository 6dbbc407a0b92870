"""Tables that validation tests write into pages of ``docs``."""

from __future__ import annotations

import fcntl
from pathlib import Path


def write_table(report: Path, name: str, head: str, rows: list[str]) -> None:
    """Replace the table between the report's markers ``<!-- name -->`` and ``<!-- /name -->``."""
    columns = head.count("|") + 1
    table = "\n".join(f"| {row} |" for row in (head, " | ".join(["---"] * columns), *rows))
    with report.open("r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # tests run side by side, each with its own table
        before, rest = file.read().split(f"<!-- {name} -->\n")
        after = rest.split(f"<!-- /{name} -->")[1]
        file.seek(0)
        file.write(f"{before}<!-- {name} -->\n{table}\n<!-- /{name} -->{after}")
        file.truncate()
