"""Scenario model, traffic of kind ``encounters``: one scripted scene after another."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, field_validator

from v2x.scenario.model_base import Model, Origin, Share, refusal

#: Applications that there are scenes for, by the abbreviations of their use cases (T/CSAE 53 day 1, EBW to EVW).
EncounterApplication = Literal["fcw", "ebw", "rlvw", "glosa", "slw", "hlw", "ivs", "tjw", "vrucw", "evw"]


class EncounterTraffic(Model):
    """Scripted encounters on straight roads and crossroads of their own, to score an application."""

    kind: Literal["encounters"]
    application: EncounterApplication
    """Whose scenes are played."""
    origin: Origin
    """Geographic point of the plane's (0, 0), the middle of the first site."""
    sites: Annotated[int, Field(ge=1, le=40)] = 10
    """Number of places that play at the same time, out of each other's reach."""
    spacing_s: Annotated[float, Field(ge=30, le=120)] = 30.0
    """Time from one encounter to the next at a site; the run holds as many as begin and end in it."""
    speed_mps: tuple[Annotated[float, Field(ge=5)], Annotated[float, Field(ge=12, le=25)]] = (8.0, 16.0)
    """Lowest and highest speed of subjects."""
    lateral_m: Annotated[float, Field(ge=0, le=0.4)] = 0.3
    """Road users drive up to this far beside the middle of their lane."""
    hazard_share: Share = 0.8
    """Share of encounters that need an alert; the others come near and need none."""
    reaction_s: NonNegativeFloat = 1.0
    """Time that last_alert_t_ns leaves the driver before the brakes act."""
    brake_mps2: Annotated[float, Field(ge=1, le=10)] = 6.0
    """Deceleration that last_brake_t_ns counts with."""

    @field_validator("speed_mps")
    @classmethod
    def _ascending(cls, speed_mps: tuple[float, float]) -> tuple[float, float]:
        if speed_mps[1] < speed_mps[0]:
            raise refusal("the highest speed must not be below the lowest", at="1")
        return speed_mps
