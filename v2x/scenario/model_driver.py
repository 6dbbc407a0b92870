"""Scenario model, part ``stations.subjects[].driver``: who sits at the wheel of a vehicle under test."""

from __future__ import annotations

from typing import Literal

from pydantic import NonNegativeFloat, PositiveFloat, field_validator, model_validator

from v2x.registry import did_you_mean
from v2x.scenario.known import APPLICATIONS
from v2x.scenario.model_base import Model, refusal


class Distraction(Model):
    """What the driver does not see for a while, unless something alerts him."""

    what: Literal["lights", "users"]
    """Traffic lights, or all other road users."""
    start_s: NonNegativeFloat = 0.0
    """From this time of the run."""
    end_s: NonNegativeFloat | None = None
    """Until this time; null is always."""

    @model_validator(mode="after")
    def _forward(self) -> Distraction:
        if self.end_s is not None and self.end_s <= self.start_s:
            raise refusal("must be after start_s", at="end_s")
        return self


class Driver(Model):
    """How a driver reacts to what the vehicle tells."""

    reaction_s: NonNegativeFloat = 1.0
    """From the beginning of an alert to the brake; assumed, 0.7 to 1.5 s are usual figures for an alarm."""
    reaction_spread_s: NonNegativeFloat = 0.0
    """Standard deviation of the reaction time from driver to driver."""
    brake_mps2: PositiveFloat = 6.0
    """How hard the driver brakes; assumed: hard on a dry road."""
    hold_s: NonNegativeFloat = 1.0
    """The brake is let go so long after the last alert has ended."""
    attentive_s: NonNegativeFloat = 30.0
    """After an alert the driver overlooks nothing for so long."""
    heeds: Literal["all"] | tuple[str, ...] = ("rlvw", "vrucw", "fcw", "ebw")
    """Applications whose alerts the driver brakes for; 'all' includes signs and places far ahead."""
    follows_advice: bool = True
    """Keeps to the speed that GLOSA advises."""
    distracted: tuple[Distraction, ...] = ()
    """What the driver overlooks, and when."""

    @field_validator("heeds")
    @classmethod
    def _applications_exist(cls, heeds: str | tuple[str, ...]) -> str | tuple[str, ...]:
        names = APPLICATIONS.names()
        for row, name in enumerate(heeds if isinstance(heeds, tuple) else ()):
            if name not in names:
                raise refusal(f"unknown application '{name}', {did_you_mean(name, names)}", at=str(row))
        return heeds
