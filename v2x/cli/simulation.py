"""One simulation as the verbs run it: the folder that it leaves, its progress on a terminal, its end by Ctrl-C."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from v2x.cli.checks import check_headless
from v2x.clock import NS_PER_S
from v2x.engine import Outcome, Simulation
from v2x.engine import Progress as Advance
from v2x.errors import TrafficError
from v2x.field.load import field_of
from v2x.outside import Outside
from v2x.record.provenance import provenance
from v2x.record.writer import RunWriter
from v2x.scenario.loader import LoadedScenario


def simulate(
    loaded: LoadedScenario,
    folder: Path,
    *,
    force: bool,
    engine: str,
    gui: bool = False,
    outside: Outside | None = None,
    remarks: Callable[[bool], Mapping[str, Any]] = lambda _ended: {},
) -> tuple[Outcome, float]:
    """Run a scenario and record it.

    Parameters
    ----------
    loaded
        The scenario.
    folder, force
        As of `RunWriter`.
    engine, gui, outside
        As of `Simulation`.
    remarks
        What else to write into the manifest, asked when the run is over: has it come to its end?

    Returns
    -------
    tuple
        What the run leaves, and the wall time that it took, seconds.

    Raises
    ------
    InputError
        As of `Simulation.run`, and if it takes somebody outside where nobody is; a fault of the scenario that only the
        traffic finds, with its place in the file.
    """
    if outside is None:
        check_headless(loaded)
    scenario = loaded.scenario
    field = field_of(scenario)
    manifest = {**provenance(scenario, engine), "command": " ".join(["v2x", *sys.argv[1:]])}
    with RunWriter(folder, manifest, force, scenario=loaded.resolved) as writer:
        begin = time.perf_counter()
        simulation = Simulation(scenario, field, writer, engine=engine, gui=gui, outside=outside)
        with progress_bar(scenario.duration_s) as show, interrupts() as check:

            def advance(t_ns: int, users: int) -> None:
                check()
                show(t_ns, users)

            ended = False
            try:
                outcome = simulation.run(advance)
                ended = True
            except TrafficError as error:
                if error.path is None or error.file is not None:
                    raise
                raise loaded.placed(error) from error
            finally:
                writer.remark(**remarks(ended))
        wall_s = time.perf_counter() - begin
        writer.finish(
            "complete",
            digest=outcome.digest,
            statistics=outcome.statistics,
            wall_time_s=round(wall_s, 3),
            real_time_factor=round(scenario.duration_s / wall_s, 2),
        )
    return outcome, wall_s


def free_folder(loaded: LoadedScenario) -> Path:
    """A name under ``runs/`` that is not taken."""
    stem = f"{loaded.scenario.name}-s{loaded.scenario.seed}"
    names = (Path("runs") / (stem if k == 1 else f"{stem}-{k}") for k in range(1, 10_000))
    return next(path for path in names if not path.exists())


@contextmanager
def interrupts() -> Iterator[Callable[[], None]]:
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
def progress_bar(duration_s: float, what: str = "simulating") -> Iterator[Advance]:
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
        task = bar.add_task(what, total=duration_s, factor=0.0, users=0)
        begin = time.perf_counter()

        def advance(t_ns: int, users: int) -> None:
            simulated_s = t_ns / NS_PER_S
            factor = simulated_s / max(time.perf_counter() - begin, 1e-9)
            bar.update(task, completed=simulated_s, factor=factor, users=users)

        yield advance
