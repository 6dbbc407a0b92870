"""``v2x sweep``: a study of many runs of a scenario, each in a process of its own."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path

import click

from v2x.cli.cluster import connected, on_cluster
from v2x.cli.options import as_json, lang, overrides
from v2x.cli.processes import in_processes
from v2x.cli.study_runs import check_run, kept, parts, processors, tasks
from v2x.errors import RunError
from v2x.record.sweep import RESULTS, SweepFolder
from v2x.scenario.study import load_study

_EXAMPLES = """\b
Examples:
  v2x sweep remote-grid --workers 2
  v2x sweep my-study.yaml --out runs/mine --set duration_s=20 --metrics-only
  v2x sweep my-study.yaml --scheduler tcp://10.0.0.1:8786
"""


@click.command(name="sweep", epilog=_EXAMPLES)
@click.argument("study")
@click.option("--workers", type=click.IntRange(min=1), help="Runs at a time; default one a processor.")
@click.option(
    "--scheduler", metavar="ADDRESS", help="Scheduler of a Dask cluster that makes the runs: tcp://HOST:8786."
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder; default runs/<name>.")
@click.option("--force", is_flag=True, help="Throw away the sweep that is in the folder, instead of going on with it.")
@click.option("--metrics-only", is_flag=True, help="Keep the rows, and not the folders of the runs.")
@click.option("--no-report", is_flag=True, help="Draw no report.")
@lang
@overrides
@as_json
def command(
    study: str,
    workers: int | None,
    scheduler: str | None,
    out: Path | None,
    force: bool,
    metrics_only: bool,
    no_report: bool,
    lang: str,
    overrides: tuple[str, ...],
    as_json: bool,
) -> None:
    """Make all runs of STUDY (a shipped name or a YAML file), as many at a time as there are workers.

    Each run leaves a row in FOLDER/results and its folder in FOLDER/runs; FOLDER/report.html tells what came of them.
    Runs that are there are not made again, so that the same command goes on after a kill; those that failed are.
    Verdicts of runs are in the rows, and not in the exit code, which is 3 if a run failed.
    """
    if workers is not None and scheduler is not None:
        raise click.UsageError("--workers are processes of this machine: give either these or a --scheduler")
    asked = load_study(study, overrides)
    asked.check(check_run)
    folder = out or Path("runs") / asked.name
    cluster = nullcontext() if scheduler is None else connected(scheduler)
    with cluster as client, SweepFolder(folder, asked, force=force) as results:
        left = [point for point in asked.points if not results.done(point)]
        if client is None:
            found = in_processes(tasks(asked, left, results), workers or processors(), parts())
        else:
            shared = None if metrics_only else folder.resolve()
            found = on_cluster(tasks(asked, left, results), client, parts(), shared)
        failed = kept(found, results, len(left), keep=not metrics_only)
        digest = results.digest()
    if not no_report:
        from v2x_analysis.report import write_study  # plots take their time to import

        write_study(folder, lang=lang)
    if as_json:
        told = [{"id": point.id, "error": error} for point, error in failed]
        counts = {"points": len(asked.points), "made": len(left), "failed": told}
        click.echo(json.dumps({"study": asked.name, "results": str(folder / RESULTS), "digest": digest, **counts}))
    there = len(asked.points) - len(left)
    click.echo(f"{asked.name}: {len(left)} runs made, {there} were there, digest {digest}, {folder}", err=True)
    if failed:
        raise RunError(f"{len(failed)} of {len(asked.points)} runs, see above; what they said is in {folder / 'logs'}")
