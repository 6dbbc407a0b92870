"""Scenarios and fields by name: those shipped with the project, or a path to one of your own."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from v2x.data import data_dir
from v2x.errors import InputError
from v2x.registry import did_you_mean

_YAML = (".yaml", ".yml")


def scenario_names() -> list[str]:
    """Names of the shipped scenarios, sorted; files in subfolders are parts for others to extend."""
    return sorted(file.stem for file in data_dir("scenarios").glob("*.yaml"))


def study_names() -> list[str]:
    """Names of the shipped studies of scenarios, sorted."""
    return sorted(file.stem for file in data_dir("scenarios").glob("studies/*.yaml"))


def string_study_names() -> list[str]:
    """Names of the shipped studies of strings on a closed track, sorted."""
    return sorted(file.stem for file in data_dir("scenarios").glob("strings/*.yaml"))


def field_names() -> list[str]:
    """Names of the shipped fields, sorted."""
    return sorted(file.parent.name for file in data_dir("scenarios").glob("fields/*/field.json"))


def scenario_file(name_or_path: str | Path, folder: Path = Path()) -> Path:
    """File of a scenario.

    Parameters
    ----------
    name_or_path
        Name of a shipped scenario, or a path: anything with a slash or a YAML suffix.
    folder
        Where a relative path starts.

    Raises
    ------
    InputError
        No such scenario or file.
    """
    return _file("scenario", name_or_path, folder, scenario_names, data_dir("scenarios"))


def study_file(name_or_path: str | Path) -> Path:
    """File of a study of a scenario; names, paths and errors as with `scenario_file`."""
    return _file("study", name_or_path, Path(), study_names, data_dir("scenarios") / "studies")


def string_study_file(name_or_path: str | Path) -> Path:
    """File of a study of strings on a closed track; names, paths and errors as with `scenario_file`."""
    return _file("study", name_or_path, Path(), string_study_names, data_dir("scenarios") / "strings")


def field_folder(name_or_path: str, folder: Path = Path()) -> Path:
    """Folder of a field, by name or by path (anything with a slash); `InputError` if it has no ``field.json``."""
    if _is_path(name_or_path):
        place = _below(folder, name_or_path)
        if not is_file(place / "field.json"):
            raise InputError(f"no field there: {place / 'field.json'} is missing")
        return place
    names = field_names()
    if name_or_path not in names:
        raise InputError(f"unknown field '{name_or_path}', {did_you_mean(name_or_path, names)}")
    return data_dir("scenarios") / "fields" / name_or_path


def is_file(path: Path) -> bool:
    """Whether there is such a file; a name that the system refuses to look for is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def field_facts(folder: Path) -> dict[str, Any]:
    """Content of a field's ``field.json``; `InputError` if that is not a JSON object."""
    file = folder / "field.json"
    try:
        facts = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{file} cannot be read: {error}") from error
    if not isinstance(facts, dict):
        raise InputError(f"{file} is not a JSON object")
    return facts


def _file(what: str, name_or_path: str | Path, folder: Path, known: Callable[[], list[str]], shipped: Path) -> Path:
    if isinstance(name_or_path, Path) or _is_path(name_or_path) or name_or_path.endswith(_YAML):
        file = _below(folder, name_or_path)
        if not is_file(file):
            raise InputError(f"no such file: {file}")
        return file
    names = known()
    if name_or_path not in names:
        raise InputError(f"unknown {what} '{name_or_path}', {did_you_mean(name_or_path, names)}")
    return shipped / f"{name_or_path}.yaml"


def _is_path(text: str) -> bool:
    return "/" in text or "\\" in text


def _below(folder: Path, path: str | Path) -> Path:
    """The path as seen from the folder, in the shortest spelling that keeps a relative one relative."""
    return Path(os.path.normpath(folder / path))
