"""Scenario model, part ``variants``: runs that this one is compared with."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from v2x.scenario.model_base import Model


class Variant(Model):
    """Another run of the same scenario and seed, with some settings changed."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
    """What its folder is called; unique in the scenario."""
    title: str | None = None
    """What reports call it; null is its name."""
    settings: Annotated[tuple[Annotated[str, Field(pattern=r"^[^=]+=")], ...], Field(min_length=1)]
    """What is changed: dotted.path=value each, as after --set."""
