"""Scenario model, parts ``stations.rsu.perception`` and ``stations.vru``: what the roadside sees, what people carry.

No figure of a product is in here. The kinds of error are those that field tests of roadside sensors measure (R. Zhang
and others, *Evaluating Roadside Perception for Autonomous Vehicles*, arXiv 2401.12392: latency, position, misses, false
objects, exchanged identities); the defaults are assumed, for a good system of several cameras.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, model_validator

from v2x.scenario.model_base import Model, Share, refusal
from v2x.scenario.model_gnss import Gnss

#: What a sensor tells apart.
SeenKind = Literal["vehicle", "cyclist", "pedestrian"]
#: Who can carry a device of their own.
CarrierKind = Literal["pedestrian", "bicycle", "ebike"]


class FieldOfView(Model):
    """What part of the surroundings a sensor covers."""

    bearing_deg: Annotated[float, Field(ge=0, lt=360)] = 0.0
    """Middle of the view, clockwise from true north."""
    opening_deg: Annotated[float, Field(gt=0, le=360)] = 360.0
    """Angle of the view; 360 is several sensors around the mast."""
    near_m: NonNegativeFloat = 0.0
    """Nothing nearer than this is seen."""
    far_m: Annotated[float, Field(gt=0, le=500)] = 120.0
    """Nothing farther than this is seen."""

    @model_validator(mode="after")
    def _some_way(self) -> FieldOfView:
        if self.far_m <= self.near_m:
            raise refusal("the view must end farther than it begins", at="far_m")
        return self


class Misses(Model):
    """Chance that a road user in view is not seen; grows linearly with the distance."""

    near: dict[SeenKind, Share] = Field(default={"vehicle": 0.01, "cyclist": 0.03, "pedestrian": 0.04})
    """At the mast; a kind not named is never missed there."""
    far: dict[SeenKind, Share] = Field(default={"vehicle": 0.08, "cyclist": 0.20, "pedestrian": 0.30})
    """Where the view ends."""
    lasting_s: PositiveFloat = 0.5
    """Correlation time: who is missed stays missed for about so long."""


class Queues(Model):
    """When a standing queue becomes a notice."""

    min_length_m: PositiveFloat = 40.0
    """From the stop line, or where it begins, to the tail; a shorter one is what a red light leaves."""
    standing_mps: PositiveFloat = 1.4
    """Slower than this is standing (5 km/h)."""
    largest_gap_m: PositiveFloat = 15.0
    """Between two vehicles of one queue, bumper to bumper."""
    found_s: NonNegativeFloat = 3.0
    """It must last so long to be announced."""
    gone_s: NonNegativeFloat = 5.0
    """It must be gone so long to be revoked."""
    stopped_s: PositiveFloat = 60.0
    """A lone vehicle that stands this long away from the stop line is announced, too."""


class Perception(Model):
    """A sensor at the mast of every roadside unit, and what the unit makes of it."""

    kind: Literal["video", "radar", "lidar"] = "video"
    """What messages name as the source."""
    rate_hz: Annotated[float, Field(gt=0, le=50)] = 10.0
    """Pictures per second."""
    view: FieldOfView = FieldOfView()
    """What it covers."""
    latency_ms: Annotated[float, Field(ge=0, le=1000)] = 100.0
    """From a picture to the list of objects in the unit."""
    jitter_ms: Annotated[float, Field(ge=0, le=1000)] = 20.0
    """Mean of an exponential delay on top; pictures do not overtake."""
    position_sigma_m: NonNegativeFloat = 0.3
    """Standard deviation per axis at the mast; half of the variance lasts for a second."""
    speed_sigma_mps: NonNegativeFloat = 0.3
    """Standard deviation of the speed at the mast."""
    heading_sigma_deg: NonNegativeFloat = 3.0
    """Standard deviation of the heading at the mast."""
    size_sigma_m: NonNegativeFloat = 0.2
    """Standard deviation of length and width at the mast."""
    doubling_m: PositiveFloat = 100.0
    """Distance at which these standard deviations are twice as large; they grow linearly."""
    misses: Misses = Misses()
    """Who is overlooked."""
    false_per_minute: Annotated[float, Field(ge=0, le=600)] = 1.0
    """Objects that are none, per unit."""
    false_lasting_s: PositiveFloat = 0.5
    """How long one is seen."""
    misclassified: Share = 0.02
    """Chance that an object is taken for another kind at the mast; grows as the standard deviations."""
    swap_within_m: NonNegativeFloat = 2.0
    """Two objects of a kind this near each other may exchange their numbers."""
    swap_per_s: NonNegativeFloat = 0.2
    """How often they do."""
    message_rate_hz: Annotated[float, Field(ge=0, le=20)] = 10.0
    """RSM or SDSM per second; 0 is none. 10 Hz: T/CSAE 53 for the warning of vulnerable road users."""
    max_objects: Annotated[int, Field(ge=1, le=255)] = 64
    """Most objects told at a time; vulnerable road users and the nearest first."""
    queues: Queues | None = Queues()
    """Notices of queues and stopped vehicles; null is none."""


class PersonalDevices(Model):
    """Devices of people on foot or on two wheels that send PSM."""

    penetration: dict[CarrierKind, Share] = Field(default={})
    """Share of each kind that carries one; a kind not named does not."""
    psm_rate_hz: Annotated[float, Field(gt=0, le=10)] = 5.0
    """Messages per second. Assumed."""
    gnss: Gnss = Gnss(kind="urban", bias_sigma_m=3.5, noise_sigma_m=0.8)
    """Positioning of a phone, worse than a vehicle's: GPS.gov states 4.9 m under open sky (from memory)."""
    speed_sigma_mps: NonNegativeFloat = 0.3
    """Standard deviation of the speed."""
    heading_sigma_deg: NonNegativeFloat = 10.0
    """Standard deviation of the heading."""
    temporary_id_s: PositiveFloat = 300.0
    """How long a device keeps its temporary id."""
