"""Study file of ``v2x sweep``: a scenario that is run many times, and what differs from run to run.

What is varied goes by paths of the scenario, as after ``--set``; whether these make scenarios is checked by
making them (`v2x.scenario.study`).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from v2x.scenario.model_base import Model, refusal

#: More runs than this are taken for a slip of the pen.
MOST_RUNS = 10_000

Dotted = Annotated[str, Field(pattern=r"^[^.=\s]+(\.[^.=\s]+)*$")]
Seed = Annotated[int, Field(ge=0, lt=2**63)]
_Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
_Settings = Annotated[dict[Dotted, Any], Field(min_length=1)]
_Axes = dict[Dotted, Annotated[tuple[Any, ...], Field(min_length=1)]]


class RandomAxis(Model):
    """What is drawn for one path: numbers from a range, or one of a few values."""

    low: float | None = None
    """Lower end."""
    high: float | None = None
    """Upper end."""
    scale: Literal["linear", "log"] = "linear"
    """What is uniform: the number, or its logarithm."""
    whole: bool = False
    """Whether only whole numbers are drawn, both ends among them."""
    of: tuple[Any, ...] = ()
    """The values to choose from, in place of a range."""

    @model_validator(mode="after")
    def _one_way(self) -> RandomAxis:
        if self.of:
            if len(self.model_fields_set) > 1:
                raise refusal("either a list 'of' values, or a range from 'low' to 'high'", at="of")
            return self
        if self.low is None or self.high is None or self.low >= self.high:
            raise refusal("needs 'low' and a 'high' above it, or a list 'of' values")
        if self.scale == "log" and (self.low <= 0 or self.whole):
            raise refusal("a logarithmic range begins above 0 and is not of whole numbers", at="scale")
        if self.whole and not (self.low.is_integer() and self.high.is_integer()):
            raise refusal("a range of whole numbers has whole ends", at="whole")
        return self


class RandomAxes(Model):
    """A Latin hypercube: on each axis, each of ``points`` equal parts is met exactly once."""

    points: Annotated[int, Field(ge=1, le=MOST_RUNS)]
    """How many."""
    seed: Seed = 1
    """Of these draws; that of the runs is another."""
    axes: Annotated[dict[Dotted, RandomAxis], Field(min_length=1)]
    """What is drawn, by path."""


class Study(Model):
    """A scenario, what holds in all its runs, what is varied, and with which seeds."""

    schema_version: Literal[1]
    """Version of this format."""
    title: str = ""
    """What is asked."""
    base: str
    """Name of a shipped scenario, or the path of a file."""
    settings: Annotated[dict[Dotted, Any], Field(default_factory=dict, alias="set")]
    """What is changed in all runs, by path."""
    grid: _Axes = Field(default_factory=dict)
    """Values by path; all combinations are run."""
    zipped: Annotated[_Axes, Field(default_factory=dict, alias="zip")]
    """Values by path, as many for each; the first of all go together, then the second, and so on."""
    listed: Annotated[tuple[_Settings, ...], Field(alias="list")] = ()
    """Settings that go together, by path, one entry a point."""
    random: RandomAxes | None = None
    """Points drawn at random."""
    seeds: Annotated[int, Field(ge=1, le=MOST_RUNS)] | Annotated[tuple[Seed, ...], Field(min_length=1)] = 1
    """Seeds of each point: how many from the scenario's own on, or which."""
    baselines: dict[_Name, _Settings] = Field(default_factory=dict)
    """What runs are compared with: by name, what is set in them; axes that they do not set vary as in the study."""
