"""``v2x run``: play a scenario, record it, score it, draw its report."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from v2x.cli.checks import check_asked
from v2x.cli.options import overrides
from v2x.clock import NS_PER_S
from v2x.engine import Outcome, Simulation
from v2x.engine import Progress as Advance
from v2x.errors import InputError
from v2x.field.load import load_field
from v2x.record.provenance import provenance
from v2x.record.writer import RunWriter
from v2x.scenario.loader import LoadedScenario, load_scenario


@click.command("run")
@click.argument("scenario")
@click.option("--out", type=click.Path(path_type=Path), help="Run folder to write; default runs/<name>-s<seed>.")
@click.option("--force", is_flag=True, help="Replace a run that is in the folder already.")
@click.option("--seed", type=click.IntRange(min=0), help="Seed instead of the scenario's.")
@click.option("--duration", "duration_s", type=float, help="Simulated seconds instead of the scenario's.")
@click.option("--engine", type=click.Choice(["libsumo", "traci"]), help="How SUMO is reached; default libsumo.")
@click.option("--gui", is_flag=True, help="Open sumo-gui (over TraCI).")
@click.option("--no-report", is_flag=True, help="Score, but draw no report.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object to stdout.")
@overrides
def command(
    scenario: str,
    out: Path | None,
    force: bool,
    seed: int | None,
    duration_s: float | None,
    engine: str | None,
    gui: bool,
    no_report: bool,
    as_json: bool,
    overrides: tuple[str, ...],
) -> int:
    """Run SCENARIO (a shipped name or a YAML file) and leave a scored run folder."""
    if gui and engine == "libsumo":
        raise InputError("--gui needs --engine traci")
    loaded = load_scenario(scenario, overrides, seed=seed, duration_s=duration_s)
    check_asked(loaded)
    folder = out or _free_folder(loaded)
    engine = engine or ("traci" if gui else "libsumo")
    outcome, wall_s = _simulate(loaded, folder, force, engine, gui)

    from v2x_analysis import score
    from v2x_analysis.report import write_report

    card = score(folder)
    if not no_report:
        write_report(folder)
    if as_json:
        summary = {"run": str(folder), "digest": outcome.digest, "verdict": card.verdict, "scorecard": card.flat()}
        click.echo(json.dumps(summary, ensure_ascii=False))
    factor = loaded.scenario.duration_s / wall_s
    click.echo(
        f"{loaded.scenario.name}: {card.verdict}, {loaded.scenario.duration_s:g} s simulated in {wall_s:.1f} s "
        f"({factor:.1f} x real time), digest {outcome.digest}, {folder}",
        err=True,
    )
    return 1 if card.verdict == "FAIL" else 0


def _simulate(loaded: LoadedScenario, folder: Path, force: bool, engine: str, gui: bool) -> tuple[Outcome, float]:
    scenario = loaded.scenario
    field = load_field(scenario.field) if scenario.field is not None else None
    manifest = {**provenance(scenario, engine), "command": " ".join(["v2x", *sys.argv[1:]])}
    with RunWriter(folder, manifest, force, scenario=loaded.resolved) as writer:
        begin = time.perf_counter()
        simulation = Simulation(scenario, field, writer, engine=engine, gui=gui)
        with _progress_bar(scenario.duration_s) as show, _interrupts() as check:

            def advance(t_ns: int, users: int) -> None:
                check()
                show(t_ns, users)

            outcome = simulation.run(advance)
        wall_s = time.perf_counter() - begin
        writer.finish(
            "complete",
            digest=outcome.digest,
            statistics=outcome.statistics,
            wall_time_s=round(wall_s, 3),
            real_time_factor=round(scenario.duration_s / wall_s, 2),
        )
    return outcome, wall_s


def _free_folder(loaded: LoadedScenario) -> Path:
    """A name under ``runs/`` that is not taken."""
    stem = f"{loaded.scenario.name}-s{loaded.scenario.seed}"
    names = (Path("runs") / (stem if k == 1 else f"{stem}-{k}") for k in range(1, 10_000))
    return next(path for path in names if not path.exists())


@contextmanager
def _interrupts() -> Iterator[Callable[[], None]]:
    """A check, to be made every step, that raises `KeyboardInterrupt` after a Ctrl-C.

    Python raises it wherever it is, also where it can only ignore an exception (in a destructor, or when a weak
    reference dies), and then the run would go on.
    """
    before = signal.getsignal(signal.SIGINT)
    pressed = False

    def press(_number: int, _frame: FrameType | None) -> None:
        nonlocal pressed
        pressed = True
        raise KeyboardInterrupt

    def check() -> None:
        if pressed:
            raise KeyboardInterrupt

    if before is signal.default_int_handler:  # a shell may have had it ignored
        signal.signal(signal.SIGINT, press)
    try:
        yield check
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _progress_bar(duration_s: float) -> Iterator[Advance]:
    """A bar with the real-time factor on a terminal, nothing elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _t_ns, _users: None
        return
    columns: tuple[Any, ...] = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.1f}/{task.total:.0f} s"),
        TextColumn("{task.fields[factor]:.1f} x real time, {task.fields[users]} road users"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("simulating", total=duration_s, factor=0.0, users=0)
        begin = time.perf_counter()

        def advance(t_ns: int, users: int) -> None:
            simulated_s = t_ns / NS_PER_S
            factor = simulated_s / max(time.perf_counter() - begin, 1e-9)
            bar.update(task, completed=simulated_s, factor=factor, users=users)

        yield advance
