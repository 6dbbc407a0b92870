"""Scenario model, part ``traffic``: what moves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, model_validator

from v2x.scenario.model_base import Crs, Model, Origin, refusal
from v2x.scenario.model_encounters import EncounterTraffic
from v2x.scenario.model_signals import Signals
from v2x.scenario.model_vehicles import ScenarioVehicle

#: Columns of a recording as we name them; all but time, id and one pair of coordinates are optional.
RecordingColumn = Literal[
    "t_s", "id", "x_m", "y_m", "lon_deg", "lat_deg", "kind", "heading_deg", "speed_mps",
    "length_m", "width_m", "lane", "signal", "signal_elapsed_s",
]  # fmt: skip


class SumoTraffic(Model):
    """SUMO drives the named demand of the field."""

    kind: Literal["sumo"]
    demand: Literal["light", "normal", "peak"] = "normal"
    """Demand level of the field."""
    scale: NonNegativeFloat = 1.0
    """Factor on the demand."""
    warmup_s: NonNegativeFloat = 60.0
    """How long traffic runs before the test's time 0, so that the roads are not empty."""
    time_to_teleport_s: Annotated[float, Field(ge=-1)] = 120.0
    """How long a vehicle may be stuck before SUMO removes it; -1 is never."""
    routes: Path | None = None
    """A SUMO route file of your own instead of the field's demand."""
    vehicles: tuple[ScenarioVehicle, ...] = ()
    """Vehicles of the scenario's own."""
    signals: Signals = Signals()
    """What the signal controllers do besides repeating their plan."""

    @model_validator(mode="after")
    def _vehicles_are_in_time(self) -> SumoTraffic:
        ids = [vehicle.id for vehicle in self.vehicles]
        for row, vehicle in enumerate(self.vehicles):
            if vehicle.id in ids[:row]:
                raise refusal(f"'{vehicle.id}' is no name of its own", at=f"vehicles.{row}.id")
            if vehicle.depart_s < -self.warmup_s:
                raise refusal(f"the warm-up begins at -{self.warmup_s:g} s", at=f"vehicles.{row}.depart_s")
        return self


class RecordedTraffic(Model):
    """A trajectory table drives the field (CSV or Parquet)."""

    kind: Literal["recording"]
    path: Path
    """The table, .csv or .parquet."""
    crs: Crs
    """System of the table's positions."""
    origin: Origin | None = None
    """Geographic point of the run's plane's (0, 0), and of a local table's; not needed in a field."""
    columns: dict[RecordingColumn, str] = Field(default_factory=dict)
    """Our column name -> name in the file, where they differ."""
    smoothing_s: Annotated[float, Field(gt=0, le=10)] = 1.0
    """Length of the window that filters quantised positions before heading and speed are derived."""
    max_gap_s: PositiveFloat = 1.0
    """A longer gap in a track ends it; a shorter one is interpolated."""


class SyntheticTraffic(Model):
    """Vehicles in straight lanes at constant acceleration: known motion, for tests."""

    kind: Literal["synthetic"]
    vehicles: Annotated[int, Field(ge=0, le=100_000)] = 10
    """Number of vehicles."""
    lanes: Annotated[int, Field(ge=1)] = 2
    """Number of parallel lanes they are spread over."""
    spacing_m: PositiveFloat = 25.0
    """Distance between followers."""
    speed_mps: NonNegativeFloat = 10.0
    """Speed at time 0."""
    accel_mps2: float = 0.0
    """Constant acceleration."""
    heading_deg: Annotated[float, Field(ge=0, lt=360)] = 90.0
    """Driving direction, clockwise from north."""
    origin: Origin
    """Geographic point of the plane's (0, 0)."""


Traffic = Annotated[SumoTraffic | RecordedTraffic | SyntheticTraffic | EncounterTraffic, Field(discriminator="kind")]
