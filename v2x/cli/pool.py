"""``v2x pool``: judge several runs of remote driving together, where one alone is too short to show a reliability."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from v2x.cli.judgements import COLOURS, console, judgements
from v2x_analysis.remote.pooled import Pool, pool
from v2x_analysis.run import Run


@click.command("pool")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object to stdout.")
def command(runs: tuple[Path, ...], as_json: bool) -> int:
    """Judge the run folders RUNS by the profile of requirements that they share. Exit code 1 if the verdict is FAIL."""
    found = pool(map(Run, runs))
    if as_json:
        click.echo(json.dumps(_content(found, len(runs)), ensure_ascii=False))
    else:
        _print(found, len(runs))
    return 1 if found.verdict == "FAIL" else 0


def _content(found: Pool, runs: int) -> dict[str, object]:
    rows = [
        {"id": one.row.id, "level": one.row.level, "left_out": one.left_out, **asdict(one.judgement)}
        for one in found.rows
    ]
    return {"runs": runs, "profile": found.profile.profile, "verdict": found.verdict, "requirements": rows}


def _print(found: Pool, runs: int) -> None:
    shown = console()
    shown.print(judgements(f"{found.profile.title}, {runs} runs", [one.judgement for one in found.rows]))
    shown.print(f"Verdict: [{COLOURS[found.verdict]}]{found.verdict}[/]")
