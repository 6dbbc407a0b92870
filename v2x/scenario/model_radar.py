"""Radars that vehicles drive by."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat

from v2x.scenario.model_base import Model


class IdealRadar(Model):
    """The true gap and closing speed, at once."""

    kind: Literal["ideal"]


class NoisyRadar(Model):
    """A long-range radar; figures are assumed, of the size that data sheets of 77 GHz sensors give."""

    kind: Literal["noisy"]
    range_sigma_m: NonNegativeFloat = 0.1
    """Standard deviation of the distance."""
    rate_sigma_mps: NonNegativeFloat = 0.1
    """Standard deviation of the closing speed."""
    cycle_ms: Annotated[float, Field(ge=10, le=500)] = 50.0
    """Time from one measurement to the next."""
    latency_ms: Annotated[float, Field(ge=0, le=1000)] = 75.0
    """From the echo to the controller."""
    reach_m: PositiveFloat = 200.0
    """Nothing farther ahead is seen."""
    dropouts_per_h: NonNegativeFloat = 60.0
    """How often the target is lost."""
    dropout_s: PositiveFloat = 0.3
    """How long it then is, in the mean."""
    acquisition_s: NonNegativeFloat = 0.5
    """How long a new target, one that cuts in, must have been there before it is tracked."""


Radar = Annotated[IdealRadar | NoisyRadar, Field(discriminator="kind")]
