"""Scenario model: satellite positioning, of vehicles and of what people carry."""

from __future__ import annotations

from typing import Literal

from pydantic import NonNegativeFloat, PositiveFloat, field_validator

from v2x.scenario.model_base import Model, refusal


class Gnss(Model):
    """Satellite positioning: first-order Gauss-Markov bias plus white noise, per horizontal axis."""

    kind: Literal["ideal", "open_sky", "urban", "outage"]
    """Preset; the figures below replace its own where given."""
    bias_sigma_m: NonNegativeFloat | None = None
    """Standard deviation of the slowly varying bias."""
    bias_time_s: PositiveFloat | None = None
    """Correlation time of the bias."""
    noise_sigma_m: NonNegativeFloat | None = None
    """Standard deviation of the white noise."""
    outages: tuple[tuple[NonNegativeFloat, NonNegativeFloat], ...] = ()
    """Pairs (start_s, end_s) without satellites: position by dead reckoning."""

    @field_validator("outages")
    @classmethod
    def _forward(cls, outages: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
        for row, (start_s, end_s) in enumerate(outages):
            if end_s <= start_s:
                raise refusal("an outage must end after it starts", at=f"{row}.1")
        return outages
