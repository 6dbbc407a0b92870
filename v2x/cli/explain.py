"""``v2x explain``: which stage of a run is to blame for what failed, from runs with stages idealised."""

from __future__ import annotations

import json
from pathlib import Path

import click

from v2x.cli.options import as_json
from v2x.cli.study_runs import processors
from v2x.errors import RunFolderError
from v2x.record.folder import SCENARIO, read_manifest
from v2x.scenario.counterfactual import Counterfactuals

_EXAMPLES = """\b
Examples:
  v2x explain runs/a
  v2x explain runs/a --metric platoon.min_gap_m --seeds 5
  v2x explain runs/a --stage pc5 --stage radar
"""


@click.command("explain", epilog=_EXAMPLES)
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--metric", "metrics", multiple=True, metavar="KEY", help="Explain this figure of the scorecard, too.")
@click.option("--stage", "names", multiple=True, metavar="NAME", help="Idealise only these stages; default all.")
@click.option("--seeds", type=click.IntRange(min=1), default=1, show_default=True, help="How many, from its own on.")
@click.option("--workers", type=click.IntRange(min=1), help="Runs at a time; default one a processor.")
@click.option("--force", is_flag=True, help="Throw away the runs of an earlier call, instead of using them.")
@as_json
def command(
    run: Path,
    metrics: tuple[str, ...],
    names: tuple[str, ...],
    seeds: int,
    workers: int | None,
    force: bool,
    as_json: bool,
) -> None:
    """Say what each stage of RUN contributed to the criteria that failed or are weak.

    The run is played again with stages made perfect (satellite positioning, sidelink, radar, ...), one at a time, all
    but one, and together. What it comes to stands in RUN/explain, and in the report when that is drawn again.
    """
    _check_complete(run)
    what = Counterfactuals(run / SCENARIO)
    from v2x.cli.explain_runs import Reruns, explain  # pandas takes its time
    from v2x.cli.explain_text import show
    from v2x_analysis.blame.target import targets_of
    from v2x_analysis.scorecard import score

    targets = targets_of(score(run), metrics)
    if not targets:
        click.echo(f"{run}: no criterion failed or is weak; --metric KEY explains another figure", err=True)
    reruns = Reruns(run, what, seeds, workers or processors(), force=force)
    found = explain(reruns, what, targets, names)
    if targets:
        found.write(run)
        click.echo(f"{run}: explained by {found.runs} runs, {reruns.folder}", err=True)
    if as_json:
        click.echo(json.dumps(found.to_json(), ensure_ascii=False))
    else:
        show(found)


def _check_complete(run: Path) -> None:
    """Refuse a run that did not come to its end: played again, it would be another one."""
    status = read_manifest(run)["status"]
    if status != "complete":
        raise RunFolderError(f"the run is {status}, only a complete one can be explained", file=run)
