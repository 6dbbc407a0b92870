"""Scenario model, part ``traffic.vehicles``: road users that a scenario adds to the demand of a field."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat

from v2x.scenario.model_base import Model


class Stop(Model):
    """Where a vehicle stands for a while."""

    edge: str
    """Edge of the field's network."""
    lane: Annotated[int, Field(ge=0)] = 0
    """Number of the lane, from the right."""
    at_m: PositiveFloat
    """Front bumper, from the beginning of the edge."""
    duration_s: PositiveFloat
    """How long it stands."""


class ScenarioVehicle(Model):
    """A vehicle of the scenario's own among the traffic of the field."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")]
    """Name of the road user, without the dots that the names of the demand have."""
    kind: Literal["car", "bus", "truck", "ebike", "bicycle"] = "car"
    """What it is."""
    route: Annotated[tuple[str, ...], Field(min_length=2)]
    """Edges of the network to pass, in order; the way between them is found."""
    depart_s: float = 0.0
    """When it enters; before time 0 is during the warm-up."""
    depart_at_m: NonNegativeFloat = 0.0
    """Where it enters, at speed: front bumper, from the beginning of the first edge; 0 is as far back as it fits."""
    blue_light: bool = False
    """Drives with siren and blue light: others make way and it drives faster; it waits at red lights."""
    stops: tuple[Stop, ...] = ()
    """Where it stands."""
