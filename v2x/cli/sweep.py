"""``v2x sweep``: a study of many runs of a scenario, each in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from v2x.cli.checks import check_asked, check_headless
from v2x.cli.cluster import connected, on_cluster
from v2x.cli.options import as_json, overrides
from v2x.cli.processes import Died, in_processes
from v2x.errors import RunError
from v2x.record.sweep import RESULTS, Result, SweepFolder
from v2x.scenario.loader import LoadedScenario
from v2x.scenario.study import LoadedStudy, load_study
from v2x.scenario.study_points import Point

if TYPE_CHECKING:
    from v2x.cli.sweep_run import RunTask

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
@overrides
@as_json
def command(
    study: str,
    workers: int | None,
    scheduler: str | None,
    out: Path | None,
    force: bool,
    metrics_only: bool,
    overrides: tuple[str, ...],
    as_json: bool,
) -> None:
    """Make all runs of STUDY (a shipped name or a YAML file), as many at a time as there are workers.

    Each run leaves a row in FOLDER/results and its folder in FOLDER/runs. Runs that are there are not made again, so
    that the same command goes on after a kill; those that failed are. Verdicts of runs are in the rows, and not in the
    exit code, which is 3 if a run failed.
    """
    if workers is not None and scheduler is not None:
        raise click.UsageError("--workers are processes of this machine: give either these or a --scheduler")
    asked = load_study(study, overrides)
    asked.check(_check)
    folder = out or Path("runs") / asked.name
    cluster = nullcontext() if scheduler is None else connected(scheduler)
    with cluster as client, SweepFolder(folder, asked, force=force) as results:
        left = [point for point in asked.points if not results.done(point)]
        tasks = _tasks(asked, left, results)
        if client is None:
            found = in_processes(tasks, workers or _processors(), _parts())
        else:
            found = on_cluster(tasks, client, _parts(), None if metrics_only else folder.resolve())
        with closing(found), _progress_bar(len(left)) as advance:
            failed = list(_kept(found, results, advance, keep=not metrics_only))
        digest = results.digest()
    if as_json:
        told = [{"id": point.id, "error": error} for point, error in failed]
        counts = {"points": len(asked.points), "made": len(left), "failed": told}
        click.echo(json.dumps({"study": asked.name, "results": str(folder / RESULTS), "digest": digest, **counts}))
    there = len(asked.points) - len(left)
    click.echo(f"{asked.name}: {len(left)} runs made, {there} were there, digest {digest}, {folder}", err=True)
    if failed:
        raise RunError(f"{len(failed)} of {len(asked.points)} runs, see above; what they said is in {folder / 'logs'}")


def _check(loaded: LoadedScenario) -> None:
    check_asked(loaded)
    check_headless(loaded)


def _parts() -> Sequence[str]:
    from v2x.cli.sweep_run import PARTS  # scoring takes a second to import

    return PARTS


def _tasks(study: LoadedStudy, points: list[Point], results: SweepFolder) -> Iterator[RunTask]:
    from v2x.cli.sweep_run import RunTask, SweepRun

    for point in points:
        yield RunTask(point, SweepRun(study.load(point), results.run_folder(point)), results.log(point))


def _kept(
    found: Iterable[tuple[Point, Result | Died]], results: SweepFolder, advance: Callable[[], None], *, keep: bool
) -> Iterator[tuple[Point, str]]:
    """Write the rows of runs as they come; which failed, and why."""
    for point, came in found:
        result = Result("failed", came.reason) if isinstance(came, Died) else came
        results.add(point, result)
        if not keep:
            shutil.rmtree(results.run_folder(point), ignore_errors=True)
        advance()
        if result.error is not None:
            click.echo(f"run {point.id} ({point}) failed: {result.error}", err=True)
            yield point, result.error


def _processors() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _progress_bar(runs: int) -> Iterator[Callable[[], None]]:
    """A bar with the time left on a terminal, nothing elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal or not runs:
        yield lambda: None
        return
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("runs", total=runs)
        yield lambda: bar.advance(task)
