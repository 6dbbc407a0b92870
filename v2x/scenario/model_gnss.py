"""Scenario model: satellite positioning, of vehicles and of what people carry."""

from __future__ import annotations

from typing import Literal

from pydantic import NonNegativeFloat, PositiveFloat

from v2x.scenario.model_base import Model, Outages


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
    outages: Outages = ()
    """Pairs (start_s, end_s) without satellites: position by dead reckoning."""
