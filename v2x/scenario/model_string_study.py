"""Study file of ``v2x strings``: strings of vehicles on a closed track, and the grid of settings that are tried.

The keys mean what those of a scenario's ``platoon`` mean. Each is a single value, so that each can be an axis.
"""

from __future__ import annotations

from itertools import product
from math import pi, prod
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PositiveFloat, model_validator

from v2x.scenario.model_base import Model, Share, refusal
from v2x.scenario.model_platoon import BeaconHz, ControllerName, DeadTime, whole_steps

#: A grid of more cells is taken for a slip of the pen.
MOST_CELLS = 5_000


_Followers = Annotated[int, Field(ge=1, le=31)]
_Delay = Annotated[float, Field(ge=0, le=1000), AfterValidator(whole_steps)]
_FeedForward = Literal["desired", "measured"]
_Radar = Literal["ideal", "noisy"]


class Cell(Model):
    """One setting of all that a study can vary."""

    controller: ControllerName = "ploeg"
    """Control law of the followers."""
    time_gap_s: PositiveFloat | None = None
    """Time gap h of laws that have one; null is the law's own."""
    spacing_m: PositiveFloat | None = None
    """Gap of constant-spacing laws, gap at standstill of the others; null is the law's own."""
    feed_forward: _FeedForward = "desired"
    """Acceleration that a follower takes from messages."""
    speed_mps: PositiveFloat = 25.0
    """Mean speed."""
    followers: _Followers = 8
    """How many follow the leader."""
    engine_lag_s: PositiveFloat = 0.5
    """Time constant from the acceleration asked for to that of the vehicle."""
    dead_time_s: DeadTime = 0.0
    """Time before the engine reacts at all."""
    max_accel_mps2: PositiveFloat = 2.5
    """Strongest acceleration."""
    max_brake_mps2: PositiveFloat = 8.0
    """Strongest braking."""
    radar: _Radar = "ideal"
    """What followers see of the vehicle ahead: the truth, or what a radar with the default errors reports."""
    fallback: bool = False
    """Whether followers fall back when messages stay away, and brake by radar, with the default figures."""
    beacon_hz: BeaconHz = 10.0
    """Control messages per second and vehicle."""
    quantised: bool = False
    """Whether messages have the resolution of the standards."""
    delay_ms: _Delay = 0.0
    """From the instant that a message tells of to its use."""
    loss: Share = 0.0
    """Share of messages lost, each for itself."""


class Grid(Model):
    """Values to try. All combinations are driven; an axis that is left out has the one value of the study."""

    controller: tuple[ControllerName, ...] = ()
    time_gap_s: tuple[PositiveFloat | None, ...] = ()
    spacing_m: tuple[PositiveFloat | None, ...] = ()
    feed_forward: tuple[_FeedForward, ...] = ()
    speed_mps: tuple[PositiveFloat, ...] = ()
    followers: tuple[_Followers, ...] = ()
    engine_lag_s: tuple[PositiveFloat, ...] = ()
    dead_time_s: tuple[DeadTime, ...] = ()
    max_accel_mps2: tuple[PositiveFloat, ...] = ()
    max_brake_mps2: tuple[PositiveFloat, ...] = ()
    radar: tuple[_Radar, ...] = ()
    fallback: tuple[bool, ...] = ()
    beacon_hz: tuple[BeaconHz, ...] = ()
    quantised: tuple[bool, ...] = ()
    delay_ms: tuple[_Delay, ...] = ()
    loss: tuple[Share, ...] = ()

    @model_validator(mode="after")
    def _filled(self) -> Grid:
        for name in Grid.model_fields:
            if name in self.model_fields_set and not getattr(self, name):
                raise refusal("an axis needs a value", at=name)
        return self

    def axes(self) -> dict[str, tuple[object, ...]]:
        """Values of the axes that there are, the slowest first."""
        return {name: values for name, values in self if values}


class Sines(Model):
    """The leader's speed goes up and down; each frequency is driven for itself."""

    frequency_hz: Annotated[tuple[Annotated[float, Field(gt=0, le=5)], ...], Field(min_length=1)] = (0.1, 0.2)
    """Frequencies."""
    amplitude_mps: PositiveFloat = 0.5
    """Of the speed."""


class StringStudy(Cell):
    """Strings on a closed track: what holds for all of them, what is varied, and how often each is driven."""

    schema_version: Literal[1]
    """Version of this format."""
    title: str = ""
    """What is asked."""
    leader: Sines = Sines()
    """How leaders drive."""
    settle_s: Annotated[float, Field(ge=0)] = 60.0
    """When the transient counts as over and the fit of sinusoids begins."""
    duration_s: Annotated[float, Field(gt=0, le=3600)] = 100.0
    """When each string ends."""
    grid: Grid = Grid()
    """What is varied."""
    replicas: Annotated[int, Field(ge=2, le=1000)] = 64
    """Strings of each cell and frequency, which differ in the phases of messages, their losses and radar errors."""
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 1
    """Of all draws."""

    @model_validator(mode="after")
    def _drivable(self) -> StringStudy:
        axes = self.grid.axes()
        for name in axes:
            if name in self.model_fields_set:
                raise refusal("given twice: for all of the study, and as an axis", at=f"grid.{name}")
        if prod(map(len, axes.values())) > MOST_CELLS:
            raise refusal(f"more than {MOST_CELLS} cells", at="grid")
        slowest_hz, fastest_hz = min(self.leader.frequency_hz), max(self.leader.frequency_hz)
        if (self.duration_s - self.settle_s) * slowest_hz < 1.0 - 1e-9:
            reason = f"must be at least {self.settle_s + 1.0 / slowest_hz:g}: settle_s and a period of the slowest sine"
            raise refusal(reason, at="duration_s")
        hardest_mps2 = 2.0 * pi * fastest_hz * self.leader.amplitude_mps
        for cell in self.cells():
            if hardest_mps2 > min(cell.max_accel_mps2, cell.max_brake_mps2):
                reason = f"takes {hardest_mps2:.2f} m/s^2 at {fastest_hz:g} Hz, more than the vehicles' limits"
                raise refusal(reason, at="leader.amplitude_mps")
            if self.leader.amplitude_mps >= cell.speed_mps:
                raise refusal(f"must be less than the speed, {cell.speed_mps:g} m/s", at="leader.amplitude_mps")
        return self

    def cells(self) -> tuple[Cell, ...]:
        """All combinations of the grid, the last axis fastest."""
        axes = self.grid.axes()
        fixed = {name: getattr(self, name) for name in Cell.model_fields}
        return tuple(Cell(**fixed | dict(zip(axes, values, strict=True))) for values in product(*axes.values()))
