"""From the name of a scenario to a checked `Scenario`, or to all of its faults at once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from v2x.errors import InputError, ScenarioError
from v2x.scenario.checks import after_the_end, beyond_measure, unknown_names
from v2x.scenario.document import Node, Place
from v2x.scenario.faults import faults_of
from v2x.scenario.files import anchor_paths
from v2x.scenario.library import is_file, scenario_file
from v2x.scenario.merge import read_with_bases
from v2x.scenario.model import Scenario
from v2x.scenario.overrides import assign, override
from v2x.scenario.recording import playing_time_s


@dataclass(frozen=True)
class LoadedScenario:
    """A scenario and where it came from.

    Attributes
    ----------
    scenario
        The checked model.
    files
        The scenario's file and those it extends, nearest first.
    resolved
        The whole scenario as plain data, defaults filled in and paths absolute: loading it gives the same scenario.
    root
        The merged tree, with the place of every key and value.
    """

    scenario: Scenario
    files: tuple[Path, ...]
    resolved: dict[str, Any]
    root: Node

    def placed(self, fault: InputError) -> InputError:
        """The fault with the place of what its ``path`` names, or of the nearest key above that is written down.

        One that names a file of its own, which the scenario only points to, keeps its place.
        """
        if fault.file is not None:
            return fault
        keys = [int(key) if key.isdecimal() else key for key in (fault.path or "").split(".")]
        found = next(node for end in range(len(keys), -1, -1) if (node := self.root.child(*keys[:end])) is not None)
        written = found is self.root.child(*keys) and not isinstance(found.value, dict)
        return (found.place if written else found.head).fault(keys, fault.reason)


def load_scenario(
    name_or_path: str | Path,
    overrides: Sequence[str] = (),
    *,
    seed: int | None = None,
    duration_s: float | None = None,
) -> LoadedScenario:
    """Read, merge, override and check a scenario.

    Parameters
    ----------
    name_or_path
        Name of a shipped scenario, or the path of a file.
    overrides
        Settings ``dotted.path=value``, applied in order; the value is typed as in YAML.
    seed, duration_s
        Replace the scenario's own.

    Raises
    ------
    ScenarioError
        The scenario is wrong; holds every fault, in the order of the files and lines.
    InputError
        There is no such scenario.
    """
    sources = read_with_bases(scenario_file(name_or_path))
    root, faults = override(sources.root, overrides)
    for option, key, value in (("--seed", "seed", seed), ("--duration", "duration_s", duration_s)):
        if value is not None:
            root = assign(root, [key], Node(value, Place(option, Path())))
    return load_tree(root, sources.files, [*faults, *sources.faults], complete=sources.complete)


def load_tree(
    root: Node, files: Sequence[Path], faults: Sequence[InputError] = (), *, complete: bool = True
) -> LoadedScenario:
    """Check a tree that has been read already.

    Parameters
    ----------
    root
        The tree, with nothing left to be laid over it.
    files
        Where it came from: faults are told in this order.
    faults
        What is known to be wrong.
    complete
        False where a part of the tree could not be read, so that lacking keys mean nothing.

    Raises
    ------
    ScenarioError
        As of `load_scenario`.
    """
    root, missing = anchor_paths(root)
    found = [*faults, *missing, *unknown_names(root), *beyond_measure(root), *after_the_end(root)]
    scenario = _validated(root, found, complete=complete)
    if scenario is None:
        raise ScenarioError(in_order(found, files))
    return LoadedScenario(scenario, tuple(files), _plain(scenario), root)


def variants_of(loaded: LoadedScenario) -> dict[str, LoadedScenario]:
    """The scenarios that a loaded one is to be compared with, by name and in its order.

    Raises
    ------
    ScenarioError
        If the settings of one do not make a scenario.
    """
    found: dict[str, LoadedScenario] = {}
    for each in loaded.scenario.variants:
        with within_variant(each.name):
            found[each.name] = _variant(loaded, each.settings)
    return found


@contextmanager
def within_variant(name: str) -> Iterator[None]:
    """Faults that are found in here say that they are of the variant: their places may be those of the scenario."""
    try:
        yield
    except InputError as error:
        faults = error.faults if isinstance(error, ScenarioError) else [error]
        raise ScenarioError([_of_variant(fault, name) for fault in faults]) from error


def _of_variant(fault: InputError, name: str) -> InputError:
    reason = f"{fault.reason} (in variant '{name}')"
    return InputError(reason, file=fault.file, line=fault.line, column=fault.column, path=fault.path)


def _variant(loaded: LoadedScenario, settings: Sequence[str]) -> LoadedScenario:
    root, faults = override(loaded.root, [*settings, "variants=[]"])
    return load_tree(root, loaded.files, faults)


def _plain(scenario: Scenario) -> dict[str, Any]:
    """The scenario as a file would say it, by the names of the keys."""
    return scenario.model_dump(mode="json", by_alias=True)


def _validated(root: Node, faults: list[InputError], *, complete: bool) -> Scenario | None:
    """The model, or None with all that is wrong in ``faults``."""
    try:
        root = _with_duration(root)
    except InputError as error:
        faults.append(error)
        complete = False
    try:
        # as JSON, because pydantic is strict there ("10" is no number) and yet takes the text of times and paths
        scenario = Scenario.model_validate_json(json.dumps(root.plain()), strict=True)
    except ValidationError as error:
        faults += faults_of(error, root, complete=complete)
        return None
    return None if faults else scenario


def _with_duration(root: Node) -> Node:
    """A scenario whose traffic is a recording lasts as long, unless it says otherwise."""
    path = root.child("traffic", "path")
    if "duration_s" in root.mapping or path is None or not is_file(Path(str(path.value))):
        return root
    column = root.child("traffic", "columns", "t_s")
    try:
        end_s = playing_time_s(Path(str(path.value)), str(column.value) if column else "t_s")
    except InputError as error:
        raise path.place.fault(("traffic", "path"), error.reason) from error
    return replace(root, value={**root.mapping, "duration_s": Node(end_s, path.place)})


def in_order(faults: list[InputError], sources: Sequence[Path]) -> list[InputError]:
    """Faults by file (nearest first, the command line last), then by line."""
    files = [str(file) for file in sources]

    def rank(fault: InputError) -> tuple[int, int, int]:
        row = files.index(str(fault.file)) if str(fault.file) in files else len(files)
        return row, fault.line or 0, fault.column or 0

    return sorted(faults, key=rank)
