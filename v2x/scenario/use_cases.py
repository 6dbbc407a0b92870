"""What each application is asked and how it is set: rows of ``scenarios/common/applications.yaml``, known by their id.

The applications have no figures of their own. Each names its parameters as a dataclass, and `UseCase.settings` fills it
from the file: one that is missing there, or too many, is an error of the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, Field, NonNegativeFloat, PositiveFloat, TypeAdapter, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from v2x.data import data_dir
from v2x.errors import InputError
from v2x.registry import did_you_mean
from v2x.scenario.model_base import Model, refusal

Settings = TypeVar("Settings")

#: How the name of a parameter ends: its unit.
UNITS = ("_s", "_m", "_mps", "_mps2", "_deg", "_dps", "_share", "_count")


class Asked(Model):
    """What a document asks of the messages of a use case; what it leaves out, or is not known, is None."""

    rate_hz: PositiveFloat | None = None
    """Messages a second, at least."""
    latency_ms: PositiveFloat | None = None
    """Longest time from end to end."""
    range_m: PositiveFloat | None = None
    """Distance up to which messages must be heard."""
    accuracy_m: PositiveFloat | None = None
    """Largest error of positions."""
    messages: tuple[str, ...]
    """Types of message that it works on."""
    source: str
    """Document."""
    edition: str
    """Its version or year."""
    status: Literal["read", "secondary", "memory"]
    """Whether the row was read in the document's text, is told by others, or is from memory and not verified."""


class Parameter(Model):
    """One figure that an application works with."""

    value: NonNegativeFloat
    """In the unit that the name ends with."""
    source: str
    """Where it is from, or why it is what it is."""
    status: Literal["read", "secondary", "memory", "assumed"]
    """As `Asked.status`; ``assumed`` is a choice of this project."""
    dated: Annotated[str, Field(pattern=r"^\d{4}(-\d{2}){0,2}$")]
    """Year or day of the source, or of the choice."""


def _units_told(parameters: dict[str, Parameter]) -> dict[str, Parameter]:
    for name in parameters:
        if not name.endswith(UNITS):
            raise refusal(f"must end with a unit, one of {', '.join(UNITS)}", at=name)
    return parameters


Parameters = Annotated[dict[str, Parameter], AfterValidator(_units_told)]


class UseCase(Model):
    """One application, or ``shared``: what several of them use."""

    id: str
    """Abbreviation in small letters."""
    title: str
    """Its name."""
    asked: Asked | None = None
    """What is asked of its messages."""
    parameters: Parameters
    """Its figures by name."""
    oracle: Parameters = Field(default_factory=dict)
    """Figures by which scoring tells in the recorded truth whether there was a danger."""

    def settings(self, kind: type[Settings]) -> Settings:
        """The figures as a dataclass of floats.

        Raises
        ------
        InputError
            If the file does not have exactly the figures that the dataclass names.
        """
        return self._filled(kind, "parameters", self.parameters)

    def oracle_settings(self, kind: type[Settings]) -> Settings:
        """The oracle's figures as a dataclass of floats; errors as with `settings`."""
        return self._filled(kind, "oracle", self.oracle)

    def _filled(self, kind: type[Settings], key: str, figures: Mapping[str, Parameter]) -> Settings:
        wanted = {field.name for field in fields(kind)}  # type: ignore[arg-type]  # any dataclass
        odd = sorted(wanted ^ figures.keys())
        if odd:
            reason = f"expected exactly the parameters {', '.join(sorted(wanted))}"
            raise InputError(reason, file=_file(), path=f"{self.id}.{key}.{odd[0]}")
        return kind(**{name: figure.value for name, figure in figures.items()})

    @property
    def values(self) -> Mapping[str, float]:
        """Name -> value."""
        return {name: parameter.value for name, parameter in self.parameters.items()}


def use_cases() -> dict[str, UseCase]:
    """All rows by id, in the order of the file; `InputError` if the file is damaged."""
    return _read(_file())


def use_case(name: str) -> UseCase:
    """The row of that id; `InputError` if there is none."""
    known = use_cases()
    if name not in known:
        raise InputError(f"unknown use case '{name}', {did_you_mean(name, list(known))}")
    return known[name]


def _file() -> Path:
    return data_dir("scenarios") / "common" / "applications.yaml"


@cache
def _read(file: Path) -> dict[str, UseCase]:
    try:
        content: Any = YAML(typ="safe").load(file)
        rows = TypeAdapter(tuple[UseCase, ...]).validate_python(content)
    except (OSError, YAMLError) as error:
        raise InputError(f"cannot be read: {' '.join(str(error).split())}", file=file) from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise InputError(first["msg"], file=file, path=".".join(map(str, first["loc"]))) from error
    return {row.id: row for row in rows}
