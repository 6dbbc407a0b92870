"""Scenario model, parts of ``stations.rsu``: how a unit shares out its radio, what it repeats, what it passes on."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, NonNegativeFloat, PositiveFloat, model_validator

from v2x.scenario.model_base import Model, Share, refusal


class Radio(Model):
    """The order in which a unit's messages get the radio, and how many do when the channel is busy (all assumed)."""

    max_kbps: PositiveFloat = 240.0
    """Most that a unit sends, thousands of bits of messages a second: some ten times SPAT, MAP and notices."""
    busy_from: Share = 0.5
    """Channel busy ratio from which on it sends less."""
    busy_to: Share = 0.8
    """Channel busy ratio from which on it sends the least."""
    least_share: Annotated[float, Field(gt=0, le=1)] = 0.25
    """That least, as a share of ``max_kbps``."""
    patience_ms: PositiveFloat = 100.0
    """A message that has waited for so long is dropped: the next one of its kind says more."""

    @model_validator(mode="after")
    def _rises(self) -> Radio:
        if self.busy_to <= self.busy_from:
            raise refusal("must be above busy_from", at="busy_to")
        return self


class StoredMessage(Model):
    """A message that units keep and repeat (store and repeat of the RSU specification 4.1)."""

    type: str
    """Type of the message."""
    payload: Annotated[str, Field(pattern=r"^([0-9a-fA-F]{2})+$")]
    """Its MessageFrame, hexadecimal."""
    interval_ms: Annotated[float, Field(ge=10)] = 1000.0
    """Time between two sendings."""
    start_s: NonNegativeFloat = 0.0
    """First sent at this time of the run."""
    stop_s: NonNegativeFloat | None = None
    """No longer sent from this time on; null is never."""
    priority: Annotated[int, Field(ge=0, le=7)] = 3
    """0 lowest, 7 highest."""

    @model_validator(mode="after")
    def _forward(self) -> StoredMessage:
        if self.stop_s is not None and self.stop_s <= self.start_s:
            raise refusal("must be after start_s", at="stop_s")
        return self


class Cloud(Model):
    """What units pass on to the server over the 5G network, byte for byte."""

    heard: tuple[str, ...] = ("PSM", "SRM", "VIR")
    """Types of messages of others."""
    own: tuple[str, ...] = ("SDSM", "SSM", "RSM")
    """Types of messages of the unit."""
    max_frames_per_s: PositiveFloat = 50.0
    """More than that a unit does not pass on; what is too much is dropped."""
