"""The runs of ``v2x explain``: made as those of a sweep, in ``explain`` of the run's folder, and read as a game."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd

from v2x.cli.processes import in_processes
from v2x.cli.study_runs import check_run, kept, parts, tasks
from v2x.errors import InputError, RunError, RunFolderError
from v2x.record.folder import read_manifest
from v2x.record.sweep import AXIS, CRITERION, METRIC, SEED, SweepFolder, row_files
from v2x.registry import did_you_mean
from v2x.scenario.counterfactual import Counterfactuals, Ideal
from v2x.scenario.stages import Stage
from v2x.scenario.study_points import Point
from v2x_analysis import Study
from v2x_analysis.blame.blaming import blame
from v2x_analysis.blame.explanation import EXPLAIN, Blame, Explanation
from v2x_analysis.blame.game import F64, NOBODY, Game
from v2x_analysis.blame.target import Target


class Reruns:
    """Runs with some stages idealised, each with all seeds; those that are there are not made again.

    Parameters
    ----------
    run
        Folder of the run that is explained.
    what
        Its scenario, and what can be idealised.
    seeds
        How many, from that of the run on.
    workers
        Runs at a time.
    force
        Throw away what is there.
    """

    def __init__(self, run: Path, what: Counterfactuals, seeds: int, workers: int, *, force: bool) -> None:
        self.digest = str(read_manifest(run).get("digest"))
        self.folder = run / EXPLAIN
        self._run, self._what, self._workers = run, what, workers
        first = what.loaded.scenario.seed
        self.seeds = tuple(range(first, first + seeds))
        self._force = force
        self._points: dict[str, Point] = {}
        self._rows = pd.DataFrame()

    def make(self, coalitions: Iterable[Ideal]) -> None:
        """Have runs made.

        Raises
        ------
        ScenarioError
            What is ideal does not make a scenario that can be run.
        RunError
            A run failed.
        """
        for ideal in coalitions:
            self._points |= {point.id: point for point in (self._what.point(ideal, seed) for seed in self.seeds)}
        study = self._what.study([*self._kept(), *self._points.values()])
        with SweepFolder(self.folder, study, force=self._force) as results:
            self._force = False
            left = [point for point in self._points.values() if not results.done(point)]
            self._what.study(left).check(check_run)
            found = in_processes(tasks(study, left, results), self._workers, parts())
            failed = kept(found, results, len(left), keep=False)
        if failed:
            raise RunError(f"{len(failed)} of {len(left)} runs, see above; what they said is in {self.folder / 'logs'}")
        self._rows = Study(self.folder).frame()

    @property
    def made(self) -> int:
        """How many runs were asked for."""
        return len(self._points)

    def check_same(self) -> None:
        """Refuse to explain a run that comes out otherwise when it is played again as it was.

        Raises
        ------
        RunFolderError
            It was made by another version of this program or of a library, on another processor, or with guests.
        """
        self.make([NOBODY])
        again = str(self._column(NOBODY, "digest")[0])
        if again != self.digest:
            reason = f"played again it comes out otherwise (digest {again}, not {self.digest}): another version made it"
            raise RunFolderError(f"{reason}, another processor, or guests; run its scenario again", file=self._run)

    def values(self, target: Target) -> dict[Ideal, F64]:
        """The figure with each set of stages idealised, (seeds,)."""
        column = f"{METRIC}{target.metric}" if target.criterion is None else f"{CRITERION}{target.criterion}.value"
        return {ideal: self._column(ideal, column).astype(np.float64) for ideal in self._coalitions()}

    def passes(self, target: Target) -> dict[Ideal, int]:
        """With how many seeds the criterion of the figure passes; empty without a criterion."""
        if target.criterion is None:
            return {}
        column = f"{CRITERION}{target.criterion}.verdict"
        return {ideal: int((self._column(ideal, column) == "PASS").sum()) for ideal in self._coalitions()}

    # ------------------------------------------------------------------ inside

    def _coalitions(self) -> dict[Ideal, None]:
        return dict.fromkeys(map(self._what.ideal_of, self._points.values()))

    def _column(self, ideal: Ideal, column: str) -> np.ndarray:
        rows = [self._what.point(ideal, seed).id for seed in self.seeds]
        if column not in self._rows:
            return np.full(len(rows), np.nan)
        return self._rows.loc[rows, column].to_numpy()

    def _kept(self) -> list[Point]:
        """Runs of earlier calls; none if they were of other stages, which the folder then refuses."""
        axes = [AXIS + stage.name for stage in self._what.stages]
        if self._force or not row_files(self.folder):
            return []
        study = Study(self.folder)
        if study.axes != axes:
            return []
        there = study.frame([SEED.name, *axes])
        return [
            self._what.point(frozenset(name.removeprefix(AXIS) for name in axes if row[name]), int(row[SEED.name]))
            for row in there.to_dict("records")
        ]


def explain(reruns: Reruns, what: Counterfactuals, targets: Sequence[Target], names: Sequence[str]) -> Explanation:
    """Make the runs that it takes, and say who is to blame for each figure.

    Parameters
    ----------
    reruns, what
        Where runs are made, and of what.
    targets
        The figures; for none, nothing is run.
    names
        Stages that are idealised; none is all.

    Raises
    ------
    InputError
        There is no such stage in the scenario.
    RunFolderError
        The run cannot be made again.
    RunError
        A run failed.
    """
    stages = _chosen(what, names)
    players = [stage.name for stage in stages if stage.whole is None]
    parts = {player: [stage.name for stage in stages if stage.whole == player] for player in players}
    blames: tuple[Blame, ...] = ()
    if targets:
        reruns.check_same()
        everybody = frozenset(players)
        alone = [frozenset({each}) for each in players]
        reruns.make([everybody, *alone, *(everybody - each for each in alone)])
        first = [Game(players, reruns.values(target)) for target in targets]
        moved = {part for game in first for mover in game.moving for part in parts[mover]}
        reruns.make([*chain.from_iterable(game.further() for game in first), *(frozenset({part}) for part in moved)])
        games = [Game(players, reruns.values(target)) for target in targets]
        blames = tuple(
            blame(target, game, reruns.passes(target), parts) for target, game in zip(targets, games, strict=True)
        )
    titles = {stage.name: stage.title for stage in stages}
    return Explanation(reruns.digest, reruns.seeds, reruns.made, titles, blames)


def _chosen(what: Counterfactuals, names: Sequence[str]) -> list[Stage]:
    """The stages of these names with their parts."""
    known = [stage.name for stage in what.stages if stage.whole is None]
    for name in names:
        if name not in known:
            raise InputError(f"nothing to idealise in '{name}', {did_you_mean(name, known)}", path="--stage")
    return [stage for stage in what.stages if not names or (stage.whole or stage.name) in names]
