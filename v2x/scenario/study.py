"""From the name of a study to the runs that it asks for, each a checked scenario, or to all of its faults at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path

from pydantic import ValidationError

from v2x.errors import InputError, ScenarioError
from v2x.scenario.document import Node, Place, read_document
from v2x.scenario.faults import faults_of
from v2x.scenario.library import scenario_file, study_file
from v2x.scenario.loader import LoadedScenario, in_order, load_tree
from v2x.scenario.merge import Sources, read_with_bases
from v2x.scenario.model import Scenario
from v2x.scenario.model_study import MOST_RUNS, Study
from v2x.scenario.overrides import assign, override
from v2x.scenario.shape import shape_of
from v2x.scenario.study_points import Axes, Point, Setting, digest_of, groups_of, points_of, settings_of
from v2x.scenario.study_rules import misplaced, repeated


@dataclass(frozen=True)
class LoadedStudy:
    """A study and what it comes to.

    Attributes
    ----------
    name
        Of its file, without folder and suffix.
    study
        What the file says.
    file
        The study's file.
    points
        Its runs, in order.
    groups
        What is varied: paths that change together.
    common
        The tree of the base with what is set in all runs.
    sources
        Where the base came from.
    """

    name: str
    study: Study
    file: Path
    points: tuple[Point, ...]
    groups: tuple[Axes, ...]
    common: Node
    sources: Sources

    @property
    def axes(self) -> tuple[str, ...]:
        """Paths that are varied."""
        return tuple(path for group in self.groups for path in group.paths)

    def load(self, point: Point) -> LoadedScenario:
        """The scenario of a run; `ScenarioError` if it is none."""
        root, faults = _laid_over(self.common, [*point.choice, _setting("seed", point.seed)])
        files = (self.file, *self.sources.files)
        return load_tree(root, files, [*faults, *self.sources.faults], complete=self.sources.complete)

    def one_each(self) -> tuple[Point, ...]:
        """The points with the first seed: a seed decides nothing about whether a scenario can be run."""
        return tuple(point for point in self.points if point.seed == self.points[0].seed)

    def check(self, check: Callable[[LoadedScenario], None]) -> None:
        """Have all scenarios of the study looked at.

        Parameters
        ----------
        check
            Raises `InputError` for one that cannot be run.

        Raises
        ------
        ScenarioError
            Every fault, each once. One that lies elsewhere than in the study's file and that only some runs have names
            the first of these.
        """
        found: dict[str, list[tuple[Point, InputError]]] = {}
        for point in self.one_each():
            for fault in self._faults(point, check):
                found.setdefault(str(fault), []).append((point, fault))
        faults = [self._told(*each[0], common=len(each) == len(self.one_each())) for each in found.values()]
        if faults:
            raise ScenarioError(in_order(faults, (self.file, *self.sources.files)))

    def _faults(self, point: Point, check: Callable[[LoadedScenario], None]) -> Sequence[InputError]:
        try:
            check(self.load(point))
        except ScenarioError as error:
            return error.faults
        except InputError as error:
            return [error]
        return []

    def _told(self, point: Point, fault: InputError, *, common: bool) -> InputError:
        if common or str(fault.file) == str(self.file):
            return fault
        reason = f"{fault.reason} (in the run with {point})"
        return InputError(reason, file=fault.file, line=fault.line, column=fault.column, path=fault.path)


def load_study(name_or_path: str | Path, overrides: Sequence[str] = ()) -> LoadedStudy:
    """Read and check a study, and all scenarios that it makes.

    Parameters
    ----------
    name_or_path
        Name of a shipped study, or the path of a file.
    overrides
        Settings ``dotted.path=value`` of all its scenarios, on top of what the study sets.

    Raises
    ------
    ScenarioError
        The study is wrong, or one of its scenarios; holds every fault, in the order of the files and lines.
    InputError
        There is no such study.
    """
    file = study_file(name_or_path)
    root, study = _read(file)
    sources = _base(root, study, file)
    common, faults = _laid_over(sources.root, [_setting("variants", []), *settings_of(_section(root, "set"))])
    common, flaws = override(common, overrides)
    groups = groups_of(root, study)
    faults += [*flaws, *_fixed_axes(overrides, [path for group in groups for path in group.axes.paths])]
    if faults:
        raise ScenarioError(faults)
    baselines = {name: settings_of(each) for name, each in _section(root, "baselines").mapping.items()}
    seeds = _seeds(study, common)
    if (count := len(seeds) * prod(len(group.choices) for group in groups)) > MOST_RUNS:
        raise ScenarioError([root.place.fault((), f"{count} runs, more than {MOST_RUNS}")])
    points = tuple(points_of(groups, baselines, seeds))
    loaded = LoadedStudy(file.stem, study, file, points, tuple(group.axes for group in groups), common, sources)
    loaded.check(lambda _: None)
    _without_twins(loaded)
    return loaded


def fingerprint(loaded: LoadedScenario) -> str:
    """Sixteen hexadecimal digits of all that a scenario says, defaults among it; not of what is in files it names."""
    return digest_of(loaded.resolved)


def _read(file: Path) -> tuple[Node, Study]:
    """The file's tree and what it says."""
    root, faults = read_document(file, "a study")
    try:
        # as JSON, because pydantic is strict there and yet takes lists for tuples
        study = Study.model_validate_json(json.dumps(root.plain()), strict=True)
    except ValidationError as error:
        faults += faults_of(error, root, shape=shape_of(Study))
    if not faults:
        faults += misplaced(root)
    if not faults:
        faults += repeated(groups_of(root, study))
    if faults:
        raise ScenarioError(in_order(faults, [file]))
    return root, study


def _base(root: Node, study: Study, file: Path) -> Sources:
    """The scenario that a study is about, and what it extends."""
    try:
        return read_with_bases(scenario_file(study.base, file.parent))
    except ScenarioError:
        raise
    except InputError as error:
        place = (root.child("base") or root).place
        raise ScenarioError([place.fault(("base",), error.reason)]) from error


def _section(root: Node, name: str) -> Node:
    return root.child(name) or Node({}, root.place)


def _setting(path: str, value: object) -> Setting:
    """Of the program's own: whoever is told of it is told of the study."""
    place = Place("v2x sweep", Path())
    node = Node([], place) if isinstance(value, list) else Node(value, place)  # type: ignore[arg-type]
    return Setting(path, node)


def _laid_over(root: Node, settings: Sequence[Setting]) -> tuple[Node, list[InputError]]:
    """The tree with the settings in it, one after the other, and what could not be set."""
    faults = []
    for path, value in ((setting.path, setting.value) for setting in settings):
        try:
            root = assign(root, path.split("."), value)
        except InputError as error:
            faults.append(value.head.fault([path], error.reason))
    return root, faults


def _fixed_axes(overrides: Sequence[str], axes: Sequence[str]) -> Iterator[InputError]:
    """A fault for each axis that the command line would set in all runs."""
    for path in (setting.partition("=")[0].strip() for setting in overrides):
        if path in axes:
            yield InputError("the study varies it; set what its runs have in common", file="--set", path=path)


def _seeds(study: Study, common: Node) -> Sequence[int]:
    if not isinstance(study.seeds, int):
        return study.seeds
    given = common.child("seed")
    first = given.value if given is not None else Scenario.model_fields["seed"].default
    if not isinstance(first, int):
        return [1]  # the model tells that it is no number
    return range(first, first + study.seeds)


def _without_twins(study: LoadedStudy) -> None:
    """Refuse two points that are the same scenario: an axis that a later one overwrites varies nothing."""
    seen: dict[tuple[str | None, str], Point] = {}
    for point in study.one_each():
        twin = seen.setdefault((point.baseline, fingerprint(study.load(point))), point)
        if twin is not point:
            path = next(path for path in study.axes if twin.axes[path] != point.axes[path])
            place = next(setting.value.head for setting in point.choice if setting.path == path)
            reason = f"changes nothing: the runs with {twin} and with {point} are the same scenario"
            raise ScenarioError([place.fault((path,), reason)])
