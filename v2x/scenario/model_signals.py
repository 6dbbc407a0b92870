"""Scenario model, parts about signals: the controllers themselves, their wire to a roadside unit, and priority."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, model_validator

from v2x.scenario.model_base import Model, Outages, refusal

Role = Literal["car", "bus", "truck", "emergency", "police", "fire", "ambulance", "unknown"]


class SignalChange(Model):
    """A controller leaves its plan: exactly one of hold_s, skip_s and program."""

    at_s: NonNegativeFloat
    """When, simulated time."""
    junction: str
    """Whose controller, e.g. J_12."""
    hold_s: PositiveFloat | None = None
    """The present green, or else the next one, goes on for so much longer."""
    skip_s: PositiveFloat | None = None
    """The present green, or else the next one, is cut by so much, as far as its minimum allows."""
    program: str | None = None
    """Another programme of the junction runs from the next all-red on; 'off' is a controller that is switched off."""

    @model_validator(mode="after")
    def _one(self) -> SignalChange:
        if sum(each is not None for each in (self.hold_s, self.skip_s, self.program)) != 1:
            raise refusal("give exactly one of hold_s, skip_s and program")
        return self


class Signals(Model):
    """What the field's signal controllers do besides repeating their plan."""

    min_green_s: NonNegativeFloat = 7.0
    """No green is cut below this; 7 s is the walk interval of the MUTCD (from memory)."""
    max_extension_s: NonNegativeFloat = 30.0
    """No green is extended by more than this for a request; assumed."""
    changes: tuple[SignalChange, ...] = ()
    """When plans jump, as those of actuated controllers do."""


class Controller(Model):
    """The wire between a signal controller and its roadside unit; its figures are assumed."""

    period_ms: Annotated[float, Field(ge=10)] = 100.0
    """Time between two reports of the controller; ten a second, as often as SPAT is sent."""
    delay_ms: NonNegativeFloat = 50.0
    """Mean time that a report, or a request to the controller, is under way."""
    jitter_ms: NonNegativeFloat = 10.0
    """The delay is uniform within this of its mean; what is sent later never arrives earlier."""
    expected_delay_ms: NonNegativeFloat | None = None
    """Delay that the unit believes in and takes off; null is the true mean."""
    outages: Outages = ()
    """Pairs (start_s, end_s) in which everything sent over the wire is lost."""
    silent_s: PositiveFloat = 1.0
    """After this long without a report the unit promises nothing."""
    lost_s: PositiveFloat = 5.0
    """After this long without a report the unit says that the lights are unavailable."""

    @model_validator(mode="after")
    def _in_order(self) -> Controller:
        if self.jitter_ms > self.delay_ms:
            raise refusal("must not exceed delay_ms: nothing arrives before it is sent", at="jitter_ms")
        if self.lost_s < self.silent_s:
            raise refusal("must not be less than silent_s", at="lost_s")
        return self


class Priority(Model):
    """Requests for a green that a roadside unit passes on to its controller."""

    roles: tuple[Role, ...] = ("emergency", "police", "fire", "ambulance")
    """Who is honoured. A request that names no role has the one that its sender's BSM shows, or else unknown."""
    max_extension_s: NonNegativeFloat = 15.0
    """It asks for no more than this to be added to a green; assumed."""
    max_advance_s: NonNegativeFloat = 30.0
    """It asks for no green to come earlier by more than this; assumed."""
