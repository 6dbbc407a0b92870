"""Scenario model, part ``links``: how frames travel."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, NonNegativeFloat, PositiveFloat, Tag, field_validator

from v2x.scenario.known import PC5, UU, Known
from v2x.scenario.model_base import Model, Share, refusal
from v2x.scenario.model_cellular import GeometricUu, PresetUu, TraceUu
from v2x.scenario.model_sidelink import GeometricPc5, SensingPc5, Spared


class IdealLink(Model):
    """Everything within range arrives at once."""

    kind: Literal["ideal"]
    range_m: PositiveFloat = 1000.0
    """Reach."""


class ConstantLink(Model):
    """Fixed delay, independent loss."""

    kind: Literal["constant"]
    delay_ms: NonNegativeFloat = 20.0
    """Delay of every frame."""
    loss: Share = 0.0
    """Share of frames lost."""
    range_m: PositiveFloat = 1000.0
    """Reach."""


DwellS = Annotated[float, Field(ge=0.001)]
"""Mean time in a state; below a millisecond, a subframe, a burst would mean nothing."""


class GilbertElliott(Model):
    """Two-state bursts per link: mean time in each state and loss within it."""

    mean_good_s: DwellS = 20.0
    """Mean time in the good state."""
    mean_bad_s: DwellS = 0.3
    """Mean time in the bad state."""
    loss_good: Share = 0.0
    """Share of frames lost in the good state."""
    loss_bad: Share = 1.0
    """Share of frames lost in the bad state."""


PdrTable = tuple[tuple[NonNegativeFloat, Share], ...]


def _name_or_table(value: object) -> str:
    return "name" if isinstance(value, str) else "table"


class StatisticalPc5(Model):
    """PDR by distance times Gilbert-Elliott bursts; delay uniform over the selection window."""

    kind: Literal["statistical"]
    pdr: Annotated[
        Annotated[Literal["light", "medium", "dense"], Tag("name")] | Annotated[PdrTable, Tag("table")],
        Discriminator(_name_or_table),
    ] = "light"
    """Packet delivery ratio by distance: a preset, or rows (distance_m, ratio) with ascending distance."""
    bursts: GilbertElliott | None = GilbertElliott()
    """Loss bursts on top; null is none."""
    access_ms: tuple[NonNegativeFloat, NonNegativeFloat] = (1.0, 50.0)
    """Shortest and longest wait for a resource."""
    without: Spared = ()
    """Causes of loss that do not happen, for ``v2x explain``: what they would take arrives."""

    @field_validator("pdr")
    @classmethod
    def _ascending(cls, pdr: str | PdrTable) -> str | PdrTable:
        if isinstance(pdr, str):
            return pdr
        if not pdr:
            raise refusal("a table needs at least one row (distance_m, ratio)")
        for row in range(1, len(pdr)):
            if pdr[row][0] <= pdr[row - 1][0]:
                raise refusal("distances must ascend", at=f"{row}.0")
        return pdr

    @field_validator("access_ms")
    @classmethod
    def _window(cls, access_ms: tuple[float, float]) -> tuple[float, float]:
        if access_ms[1] < access_ms[0]:
            raise refusal("the longest wait must not be below the shortest", at="1")
        return access_ms


class PluginPc5(Model):
    """A sidelink of another package, docs/extending.md."""

    kind: Literal["plugin"]
    model: Annotated[str, Known(PC5, added=True)]
    """Its name."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """What it takes."""


class PluginUu(Model):
    """A 5G model of another package, docs/extending.md."""

    kind: Literal["plugin"]
    model: Annotated[str, Known(UU, added=True)]
    """Its name."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """What it takes."""


Pc5 = Annotated[
    IdealLink | ConstantLink | StatisticalPc5 | GeometricPc5 | SensingPc5 | PluginPc5, Field(discriminator="kind")
]


Uu = Annotated[IdealLink | ConstantLink | PresetUu | TraceUu | GeometricUu | PluginUu, Field(discriminator="kind")]


class Links(Model):
    """How frames travel."""

    pc5: Pc5 = StatisticalPc5(kind="statistical")
    """Sidelink between stations in reach."""
    uu: Uu = PresetUu(kind="preset")
    """5G between a station and the server."""
