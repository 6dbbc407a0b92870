"""Scenario model, part ``security``: what surrounds each message on the air."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from v2x.scenario.model_base import Model

#: Largest number with a p-encoded form (IEEE 1609.12).
ApplicationId = Annotated[int, Field(ge=0, le=0x1020407F)]


class Security(Model):
    """What surrounds each message on the air."""

    mode: Literal["none", "sized", "signed"] = "sized"
    """none: unsecured data; sized: as large as signed, nothing computed; signed: ECDSA P-256, j2735 only."""
    certificate_interval_ms: Annotated[float, Field(ge=1.0)] = 500.0
    """A station sends its full certificate once in this time, else the digest."""
    application_ids: dict[str, ApplicationId] = Field(default_factory=dict)
    """PSID (j2735) or AID (csae) by message type, in place of the built-in numbers."""
