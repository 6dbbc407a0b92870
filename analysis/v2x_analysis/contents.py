"""What scoring and drawing read of a run's manifest and scenario, checked: a folder may have been edited or damaged.

Keys that are not named here are of no concern; all that are may be missing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, NonNegativeInt, TypeAdapter, ValidationError

from v2x.errors import RunFolderError
from v2x.scenario.model import Criterion, Position
from v2x.scenario.model_perception import Perception
from v2x.scenario.model_platoon import Platoon

T = TypeVar("T")


class About(BaseModel):
    """Of ``manifest.json``: which run, how long, and what the simulator counted."""

    scenario: str | None = None
    field: str | None = None
    profile: str | None = None
    digest: str | None = None
    seed: NonNegativeInt | None = None
    duration_s: NonNegativeFloat | None = Field(None, le=1e6)
    recorded_s: NonNegativeFloat | None = Field(None, le=1e6)
    real_time_factor: float | None = None
    statistics: dict[str, float | None] | None = None
    versions: dict[str, Any] | None = None


class NamedPlace(BaseModel):
    """A roadside unit of the scenario's own."""

    id: str
    at: Position


class NoticePlace(BaseModel):
    """What a notice is about, where and when it holds."""

    cause: str
    at: Position
    start_s: NonNegativeFloat = 0.0
    end_s: NonNegativeFloat | None = None
    radius_m: NonNegativeFloat | None = None
    path: tuple[Position, ...] = ()
    path_width_m: NonNegativeFloat = 7.0
    speed_limit_mps: NonNegativeFloat | None = None


class FieldUnits(BaseModel):
    """Which of the field's roadside units are up, and their sensor."""

    sites: Literal["all"] | tuple[str, ...] = "all"
    perception: Perception | None = None


class FleetUnits(BaseModel):
    """Which road users are emergency vehicles: ids, or patterns with *."""

    emergency_vehicles: tuple[str, ...] = ()


class PlannedSubject(BaseModel):
    """A vehicle under test, or a pattern of several; ``driver`` is None where nobody reacts."""

    vehicle: str
    applications: tuple[str, ...] = ()
    driver: dict[str, Any] | None = None


class PlannedStations(BaseModel):
    """Who takes part, as far as the analysis asks."""

    rsu: FieldUnits = FieldUnits()
    extra_rsu: tuple[NamedPlace, ...] = ()
    obu: FleetUnits = FleetUnits()
    subjects: tuple[PlannedSubject, ...] = ()


class PlannedPlatoon(Platoon):
    """The scenario's platoon; keys may be spelt as in Python (``lambda_``), and further ones are of no concern."""

    model_config = ConfigDict(populate_by_name=True, extra="ignore")


class PlannedVariant(BaseModel, frozen=True):
    """A run that this one is compared with, in the folder of that name."""

    name: str = Field(pattern=r"^[\w-]+$")
    title: str | None = None


class Plan(BaseModel):
    """Of ``scenario.resolved.yaml``: where the run was, what stood there, and what was asked."""

    field: str | None = None
    stations: PlannedStations = PlannedStations()
    platoon: PlannedPlatoon | None = None
    notices: tuple[NoticePlace, ...] = ()
    pass_if: tuple[Criterion, ...] = ()
    variants: tuple[PlannedVariant, ...] = ()


def checked(form: type[T], content: Any, file: Path) -> T:
    """The content in that form; `RunFolderError` with the file and the path of the first thing that is wrong."""
    try:
        return TypeAdapter(form).validate_python(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        path = ".".join(map(str, first["loc"])) or None
        raise RunFolderError(f"damaged: {first['msg']}", file=file, path=path) from error
