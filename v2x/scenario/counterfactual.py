"""One scenario with some of its stages idealised: a study in memory, whose axes are the stages."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import Any

from v2x.scenario.document import Node, Place, parse
from v2x.scenario.loader import LoadedScenario, load_tree
from v2x.scenario.merge import read_with_bases
from v2x.scenario.model_study import Study
from v2x.scenario.overrides import assign
from v2x.scenario.stages import STAGES, Stage
from v2x.scenario.study import LoadedStudy, fingerprint
from v2x.scenario.study_points import Axes, Choice, Point, Setting

#: Names of stages that are idealised together.
Ideal = frozenset[str]

_PLACE = Place("v2x explain", Path())


class Counterfactuals:
    """What a scenario would be with perfect stages.

    Parameters
    ----------
    file
        The scenario, without bases that could have changed: ``scenario.resolved.yaml`` of a run.

    Attributes
    ----------
    loaded
        The scenario as it is, without its variants.
    stages
        Those that are not perfect already, parts of stages among them; in the order of `STAGES`.

    Raises
    ------
    ScenarioError
        It is no scenario of this version.
    """

    def __init__(self, file: Path) -> None:
        self._sources = read_with_bases(file)
        self._common = assign(self._sources.root, ["variants"], _node([]))
        self.loaded = self._with(())
        scenario, known = self.loaded.scenario, fingerprint(self.loaded)
        choices = {
            stage: tuple(Setting(path, _node(value)) for path, value in stage.ideal(scenario).items())
            for stage in STAGES
        }
        #: In a perfect stage nothing is left to change.
        self._choices = {
            stage: choice for stage, choice in choices.items() if choice and fingerprint(self._with(choice)) != known
        }
        self.stages: tuple[Stage, ...] = tuple(self._choices)
        self._file = file

    def point(self, ideal: Ideal, seed: int) -> Point:
        """A run with some stages idealised."""
        chosen = (choice for stage, choice in self._choices.items() if stage.name in ideal)
        axes = {stage.name: stage.name in ideal for stage in self.stages}
        return Point(tuple(chain.from_iterable(chosen)), axes, None, seed)

    def ideal_of(self, point: Point) -> Ideal:
        """The stages that are idealised in a run."""
        return frozenset(name for name, idealised in point.axes.items() if idealised)

    def study(self, points: Iterable[Point]) -> LoadedStudy:
        """These runs, each once."""
        about = {"schema_version": 1, "title": "What each stage contributed", "base": str(self._file)}
        each = tuple({point.id: point for point in points}.values())
        axes = (Axes("stages", tuple(stage.name for stage in self.stages)),)
        return LoadedStudy("explain", Study.model_validate(about), self._file, each, axes, self._common, self._sources)

    def _with(self, choice: Choice) -> LoadedScenario:
        root = self._common
        for setting in choice:
            root = assign(root, setting.path.split("."), setting.value)
        return load_tree(root, self._sources.files, self._sources.faults, complete=self._sources.complete)


def _node(value: Any) -> Node:
    return parse(json.dumps(value), _PLACE)[0]
