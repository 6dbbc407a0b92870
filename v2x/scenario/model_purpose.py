"""Scenario model: what the test is about and what counts as passed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, model_validator

from v2x.scenario.model_base import Model, Position, refusal


class NoticeSource(Model):
    """A hazard or a limit that the roadside announces between two times."""

    id: Annotated[int, Field(ge=0, le=255)]
    """Number of the notice, unique in the scenario."""
    cause: str
    """One of `v2x.scenario.causes.NOTICE_CAUSES`."""
    at: Position
    """Where it is."""
    start_s: NonNegativeFloat = 0.0
    """Announced from this time of the run."""
    end_s: NonNegativeFloat | None = None
    """Revoked at this time; null is never."""
    radius_m: PositiveFloat | None = None
    """Extent around the point."""
    path: tuple[Position, ...] = ()
    """Stretch of road concerned, in driving direction."""
    path_width_m: PositiveFloat = 7.0
    """Full width of the corridor around the path."""
    speed_limit_mps: PositiveFloat | None = None
    """The limit, with cause 'speed_limit' only."""
    priority: Annotated[int, Field(ge=0, le=7)] = 4
    """0 lowest, 7 highest."""
    text: str = ""
    """Free text, ASCII with profile j2735, GB 2312 with csae."""
    via: tuple[Literal["rsu", "uu"], ...] = ("rsu", "uu")
    """Who announces it: roadside units over PC5, the server over Uu."""

    @model_validator(mode="after")
    def _complete(self) -> NoticeSource:
        if self.end_s is not None and self.end_s <= self.start_s:
            raise refusal("must be after start_s", at="end_s")
        if len(self.path) == 1:
            raise refusal("a path needs at least two points", at="path")
        if (self.cause == "speed_limit") != (self.speed_limit_mps is not None):
            at = "" if self.speed_limit_mps is None else "speed_limit_mps"
            raise refusal("speed_limit_mps goes with cause 'speed_limit', and only with it", at=at)
        return self


class TestInfo(Model):
    """Which test this is, in whose words."""

    __test__ = False  # not a pytest class

    id: str
    """Identifier of the test."""
    standard: str
    """Document it comes from."""
    clause: str
    """Place in the document."""
    edition: str
    """Year or edition of the document."""
    stage: Literal["virtual", "closed", "semi_closed", "open"]
    """Stage of the programme whose test this prepares."""


class Weather(Model):
    """What the weather does to road and sight."""

    friction: Annotated[float, Field(gt=0, le=1.2)] = 0.8
    """Friction coefficient of the road."""
    visibility_m: PositiveFloat = 10_000.0
    """Meteorological visibility."""


class Criterion(Model):
    """A pass rule: a scorecard metric and a bound, or a requirement that has its own; and how sure it must be."""

    metric: Annotated[str, Field(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)+$")] | None = None
    """Key of the scorecard, dotted, such as link.latency_ms.p95."""
    requirement: str | None = None
    """Id of a requirement of a standard, such as TS 22.186 5.4-001; instead of a metric."""
    at_least: float | None = None
    """Lower bound."""
    at_most: float | None = None
    """Upper bound."""
    unit: Literal["encounter", "link_block", "station", "outage", "seed", "run"] = "link_block"
    """Independent unit the interval is bootstrapped over."""
    min_units: Annotated[int, Field(ge=1)] = 20
    """Fewer units than this is INCONCLUSIVE."""
    confidence: Annotated[float, Field(gt=0.5, lt=1.0)] = 0.95
    """Level of the interval."""
    source: str = ""
    """Where the bound comes from."""

    @model_validator(mode="after")
    def _one_bound(self) -> Criterion:
        if (self.metric is None) == (self.requirement is None):
            at = "" if self.metric is None else "requirement"
            raise refusal("give exactly one of metric and requirement", at=at)
        if self.requirement is not None:
            for name in ("at_least", "at_most", "unit", "min_units", "source"):
                if getattr(self, name) != Criterion.model_fields[name].default:
                    raise refusal("goes with a metric; a requirement brings its own", at=name)
            return self
        if (self.at_least is None) == (self.at_most is None):
            at = "" if self.at_least is None else "at_most"
            raise refusal("give exactly one of at_least and at_most", at=at)
        return self
