"""Find and load a field by name or by folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from v2x.data import data_dir
from v2x.errors import FieldError
from v2x.field.encounter_ground import ground_of
from v2x.field.model import Field
from v2x.field.store import FILE_NAME, read_field
from v2x.registry import did_you_mean
from v2x.scenario.model import Scenario
from v2x.scenario.model_encounters import EncounterTraffic


def fields_dir() -> Path:
    """Folder of the shipped fields."""
    return data_dir("scenarios") / "fields"


def list_fields(search: Sequence[Path] = ()) -> list[str]:
    """Names of the shipped fields and of those in the ``search`` folders, sorted."""
    found = {path.parent.name for root in (fields_dir(), *search) for path in root.glob(f"*/{FILE_NAME}")}
    return sorted(found)


def load_field(name_or_path: str | Path, search: Sequence[Path] = ()) -> Field:
    """Load a field.

    Parameters
    ----------
    name_or_path
        Name of a field in one of the ``search`` folders or among the shipped ones (in this order), or a field's folder.
    search
        Folders that hold fields of your own.

    Raises
    ------
    FieldError
        When there is no such field (with the nearest name) or its file is damaged.
    """
    name = str(name_or_path)
    for root in (*search, fields_dir()):
        if (root / name / FILE_NAME).is_file():
            return read_field(root / name)
    folder = Path(name_or_path)
    if (folder / FILE_NAME).is_file():
        return read_field(folder)
    if folder.is_dir():
        raise FieldError(f"the folder holds no {FILE_NAME}: not a field", file=folder)
    raise FieldError(f"unknown field '{name}', {did_you_mean(name, list_fields(search))}")


def field_of(scenario: Scenario) -> Field | None:
    """The field of a run: the one that the scenario names, else the ground of its encounters, else none.

    Raises
    ------
    FieldError
        When there is no field of that name or its file is damaged.
    """
    if scenario.field is not None:
        return load_field(scenario.field)
    return ground_of(scenario.traffic) if isinstance(scenario.traffic, EncounterTraffic) else None
