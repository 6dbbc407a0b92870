"""Runs of a study, wherever they are made: tasks of its points, and rows of what came of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from v2x.cli.checks import check_asked, check_headless
from v2x.cli.processes import Died
from v2x.record.sweep import Result, SweepFolder
from v2x.scenario.loader import LoadedScenario
from v2x.scenario.study import LoadedStudy
from v2x.scenario.study_points import Point

if TYPE_CHECKING:
    from v2x.cli.sweep_run import RunTask


def check_run(loaded: LoadedScenario) -> None:
    """Refuse a scenario that asks for what there is not, or that takes somebody outside."""
    check_asked(loaded)
    check_headless(loaded)


def parts() -> Sequence[str]:
    """Modules that each run needs."""
    from v2x.cli.sweep_run import PARTS  # scoring takes a second to import

    return PARTS


def tasks(study: LoadedStudy, points: list[Point], results: SweepFolder) -> Iterator[RunTask]:
    """A task a point, made when it is asked for."""
    from v2x.cli.sweep_run import RunTask, SweepRun

    for point in points:
        yield RunTask(point, SweepRun(study.load(point), results.run_folder(point)), results.log(point))


def kept(
    found: Generator[tuple[Point, Result | Died]], results: SweepFolder, runs: int, *, keep: bool
) -> list[tuple[Point, str]]:
    """Write the rows of runs as they come, with a bar for so many runs.

    Parameters
    ----------
    found
        What comes of tasks; closed at the end, so that nobody goes on working.
    results
        Takes the rows.
    runs
        How many are awaited.
    keep
        Whether the folders of the runs stay.

    Returns
    -------
    list
        Which runs failed, and why; that is also told at once.
    """
    failed = []
    with closing(found), _progress_bar(runs) as advance:
        for point, came in found:
            result = Result("failed", came.reason) if isinstance(came, Died) else came
            results.add(point, result)
            if not keep:
                shutil.rmtree(results.run_folder(point), ignore_errors=True)
            advance()
            if result.error is not None:
                click.echo(f"run {point.id} ({point}) failed: {result.error}", err=True)
                failed.append((point, result.error))
    return failed


def processors() -> int:
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
