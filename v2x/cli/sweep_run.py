"""One run of a sweep, in a process of its own: simulate, score, tell what came of it."""

from __future__ import annotations

import shutil
import traceback
from dataclasses import dataclass
from pathlib import Path

from v2x.cli.processes import Task
from v2x.cli.simulation import simulate
from v2x.errors import V2xError
from v2x.record.sweep import Result
from v2x.scenario.loader import LoadedScenario
from v2x.scenario.study_points import Point
from v2x_analysis.metrics import METRICS
from v2x_analysis.scorecard import score

#: Modules that each run needs.
PARTS = (__name__, *sorted({METRICS.target(name).partition(":")[0] for name in METRICS.names()}))


@dataclass(frozen=True)
class SweepRun:
    """A scenario and the folder that its run is recorded in; what is in it already is replaced."""

    loaded: LoadedScenario
    folder: Path

    def __call__(self) -> Result:
        """Make the run; whatever goes wrong is told in the result, and where, on stderr."""
        try:
            if self.folder.exists():
                shutil.rmtree(self.folder)  # a kill may have left less than what is known as a run
            outcome, _ = simulate(self.loaded, self.folder, force=False, engine="libsumo")
            card = score(self.folder)
        except Exception as error:
            traceback.print_exc()
            expected = isinstance(error, V2xError | OSError)
            return Result("failed", str(error) if expected else f"{type(error).__name__}: {error}")
        criteria = [(judged.verdict, judged.value) for judged in card.criteria]
        return Result("complete", None, card.verdict, outcome.digest, criteria, card.singles())


@dataclass(frozen=True)
class RunTask(Task[Point, Result]):
    """A run of a sweep as a task."""

    work: SweepRun
