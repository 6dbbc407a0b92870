"""Scenario model, part ``baseline``: the run that this one is compared with."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from v2x.scenario.model_base import Model


class Baseline(Model):
    """A second run of the same scenario and seed, with some settings changed: what is gained is told against it."""

    settings: Annotated[tuple[Annotated[str, Field(pattern=r"^[^=]+=")], ...], Field(min_length=1)]
    """What is changed: dotted.path=value each, as after --set."""
