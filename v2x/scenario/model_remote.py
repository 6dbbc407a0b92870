"""A vehicle that somebody drives from afar, as the scenario has it: way, operator, network, video, commands."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, model_validator

from v2x.scenario.known import OPERATORS, Known
from v2x.scenario.model_base import Model, Outages, Share, refusal
from v2x.scenario.model_radar import NoisyRadar, Radar

OperatorName = Annotated[str, Known(OPERATORS, besides=("external",))]

Times = Annotated[float, Field(ge=0, le=5000)]

OnTyres = Annotated[float, Field(gt=0, le=20)]
"""Twice what a road car's tyres hold (assumed): there is no figure beyond for a vehicle to be driven by."""


class RemoteVehicle(Model):
    """What is driven."""

    body: Literal["escort", "bmw320i", "vanagon"] = "bmw320i"
    """One of CommonRoad's cars: dimensions, masses, tyres."""
    dynamic_from_kmh: Annotated[float, Field(ge=3.6)] | None = 40.0
    """Speed from which a dynamic single-track model moves it, a kinematic one below; null for never."""
    steer_lag_s: Annotated[float, Field(ge=0, le=2)] = 0.15
    """First-order lag of the front wheels."""
    steer_rate_radps: PositiveFloat = 0.4
    """How fast the front wheels turn at most."""
    max_accel_mps2: OnTyres = 2.0
    """Strongest acceleration."""
    max_brake_mps2: OnTyres = 6.0
    """Strongest braking."""
    disturbed: bool = True
    """Whether wind and road turn it a little."""
    radar: Radar = NoisyRadar(kind="noisy")
    """In front and behind, for what it does by itself."""


class RemoteHuman(Model):
    """The model of who is at the wheel."""

    reaction_s: Annotated[float, Field(ge=0, le=2)] | None = None
    """Dead time from seeing to turning the wheel; null for that of the operator model."""
    training: Share = 0.0
    """How much of the network's delay the driver makes up for: the two-level operator in bends, all in gaps."""
    remnant: bool = True
    """Whether the hands waver."""
    lateral_mps2: PositiveFloat = 2.0
    """Comfortable lateral acceleration, by which speed is chosen in bends."""
    accel_mps2: PositiveFloat = 1.2
    """Comfortable acceleration."""
    brake_mps2: PositiveFloat = 1.7
    """Comfortable braking; also what is asked for while the screen is blank."""


class RemoteNetwork(Model):
    """The way between vehicle and desk."""

    kind: Literal["uu", "instant"] = "uu"
    """``uu``: ``links.uu``, with whatever it does to packets; ``instant``: no delay and no loss."""
    extra_one_way_ms: Times = 0.0
    """Added to the way of every packet, in either direction."""
    outages_s: Outages = ()
    """Pairs (from, to): nothing that is sent in between arrives, in either direction."""


class RemoteVideo(Model):
    """Cameras, coding, packets, play-out and screen."""

    cameras: Annotated[int, Field(ge=1, le=8)] = 1
    """How many send; the operator drives by the first one."""
    fps: Annotated[int, Field(ge=1, le=120)] = 30
    """Pictures in a second."""
    exposure_ms: Annotated[float, Field(ge=0, le=100)] = 8.0
    """How long each is exposed."""
    encode_ms: Times = 21.2
    """Median time to encode one."""
    rate_mbps: Annotated[float, Field(gt=0, le=1000)] = 8.0
    """Of each camera; the most it takes if it adapts."""
    adaptive: bool = False
    """Whether the rate follows loss and queues."""
    coding: Literal["group", "intra_refresh"] = "group"
    """An I picture now and then, or a stripe renewed in each."""
    cycle: Annotated[int, Field(ge=1, le=600)] = 30
    """Pictures in a group, or until all stripes are new."""
    repair_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Repair packets for each packet of data."""
    wait_ms: Annotated[float, Field(gt=0, le=5000)] = 200.0
    """How long an incomplete picture is waited for."""
    playout: Literal["newest", "in_order", "buffered"] = "newest"
    """Which pictures are played, and when."""
    buffer_ms: Annotated[float, Field(gt=0, le=15_000)] = 150.0
    """For ``buffered``: when, after the exposure."""
    decode_ms: Times = 17.3
    """Median time to decode one."""
    refresh_hz: Annotated[int, Field(ge=1, le=240)] = 60
    """Of the screen."""
    blank_ms: PositiveFloat = 2000.0
    """Without a new picture for so long the screen is blank."""

    @model_validator(mode="after")
    def _in_time(self) -> RemoteVideo:
        apart_ms = 1e3 / self.fps
        if self.exposure_ms > apart_ms:
            raise refusal(f"pictures are {apart_ms:.1f} ms apart, none is exposed for longer", at="exposure_ms")
        if self.blank_ms <= apart_ms:
            raise refusal(f"pictures are {apart_ms:.1f} ms apart: the screen would be blank between", at="blank_ms")
        return self


class RemoteCommands(Model):
    """Commands, and the watchdog that notices when they stay away."""

    rate_hz: Annotated[int, Field(ge=20, le=100)] = 50
    """Commands in a second."""
    payload_bytes: Annotated[int, Field(ge=1, le=1000)] = 1000
    """Of one, headers aside."""
    timeout_ms: Annotated[float, Field(ge=50, le=10_000)] = 500.0
    """Without one for so long the vehicle begins its minimal-risk manoeuvre."""
    repeat_ms: Annotated[float, Field(gt=0, le=10_000)] = 300.0
    """How long what an operator outside has said last is repeated as commands; then there are none."""

    @model_validator(mode="after")
    def _longer_than_apart(self) -> RemoteCommands:
        apart_ms = 1e3 / self.rate_hz
        if self.timeout_ms <= apart_ms:
            raise refusal(f"commands are {apart_ms:g} ms apart: the watchdog would trip at each", at="timeout_ms")
        return self


class MinimalRisk(Model):
    """The manoeuvre that ends standing, driven on board."""

    brake_mps2: PositiveFloat = 3.0
    """How hard it brakes."""
    least_brake_mps2: PositiveFloat = 1.5
    """What it brakes at least, however near a follower is."""
    tracks_path: bool = True
    """Whether it keeps to the corridor of its last path by itself; else the wheels stay as they are."""
    minds_follower: bool = True
    """Whether it brakes less hard for a follower that could not stop."""
    resume_s: PositiveFloat | None = 2.0
    """Standing, it obeys again when commands have come for so long; null for never."""

    @model_validator(mode="after")
    def _least_is_least(self) -> MinimalRisk:
        if self.minds_follower and self.least_brake_mps2 > self.brake_mps2:
            raise refusal(f"must not be above brake_mps2, {self.brake_mps2:g}", at="least_brake_mps2")
        return self


class PredictiveDisplay(Model):
    """The picture is moved on by a model of the vehicle over its age and the commands' way."""

    mismatch: Annotated[float, Field(gt=-0.9, le=5)] = 0.15
    """By how much the model's wheelbase is too long, as a share."""


class SpeedCap(Model):
    """The speed is bound where the loop takes long: limit times ``allowed_ms`` over the loop's time (StVFernLV)."""

    allowed_ms: PositiveFloat = 200.0
    """A loop that needs no bound."""
    hold_s: NonNegativeFloat = 2.0
    """The worst of so long counts."""


class WeakCoverage(Model):
    """The speed is bound ahead of places where the map of the field's 5G has less uplink than the video needs."""

    slow_kmh: Annotated[float, Field(gt=0, le=130)] = 10.0
    """Nowhere slower than this: one has to get out again."""
    margin_m: NonNegativeFloat = 20.0
    """A weak stretch counts as so much longer at either end."""


class SecondLink(Model):
    """A second network of the kind of ``links.uu`` carries a copy of every packet."""

    correlation: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Chance that it meets what the first one meets, outages as well, in a spell of time."""
    spell_s: PositiveFloat = 1.0
    """Length of such a spell."""
    outages_s: Outages = ()
    """Its own, as those of ``network``, which are the first one's."""


class Mitigations(Model):
    """What is done against latency and loss; any of it together. Others: ``video.playout``, ``links.uu.slice``."""

    second_link: SecondLink | None = None
    """Null: there is one connection."""
    predictive_display: PredictiveDisplay | None = None
    """Null: the operator sees pictures as they come."""
    speed_cap: SpeedCap | None = None
    """Null: nobody bounds the speed."""
    weak_coverage: WeakCoverage | None = None
    """Null: nobody knows the map. Needs ``links.uu.kind: geometric``."""
    guidance: bool = False
    """The operator sends the path, and the vehicle tracks it on board: he drives the pedals alone."""


class Slalom(Model):
    """A course that swings around gates, as an offset of the way."""

    start_at_m: NonNegativeFloat
    """Where it leaves the lane's centre, along the way."""
    gates: Annotated[int, Field(ge=1, le=100)] = 8
    """How many."""
    spacing_m: Annotated[float, Field(ge=5, le=200)] = 25.0
    """From gate to gate."""
    amplitude_m: Annotated[float, Field(gt=0, le=5)] = 1.0
    """How far to the left and right of the lane's centre."""


class Remote(Model):
    """A vehicle that somebody drives from afar."""

    operator: OperatorName = "two_level"
    """How it is steered; ``external``: by a program outside, or a real wheel (``v2x rsu serve``)."""
    speed_kmh: Annotated[float, Field(gt=0, le=130)] = 30.0
    """How fast it is to go, where road and bends allow it."""
    route: Annotated[tuple[str, ...], Field(min_length=1)]
    """Edges of the network to pass, each leading to the next."""
    lane: Annotated[int, Field(ge=0)] = 0
    """Number of the lane at the start, from the right."""
    start_at_m: PositiveFloat
    """Where its front bumper is at time 0, from the beginning of the first edge."""
    slalom: Slalom | None = None
    """Where the course is not the middle of the lane."""
    vehicle: RemoteVehicle = RemoteVehicle()
    """What is driven."""
    human: RemoteHuman = RemoteHuman()
    """Who is at the wheel; nobody with an ``external`` operator."""
    network: RemoteNetwork = RemoteNetwork()
    """The way between vehicle and desk."""
    video: RemoteVideo = RemoteVideo()
    """What the operator sees."""
    command: RemoteCommands = RemoteCommands()
    """What the vehicle is told."""
    mitigations: Mitigations = Mitigations()
    """What is done against latency."""
    minimal_risk: MinimalRisk = MinimalRisk()
    """What it does when nobody tells it anything."""
    profile: str = "site_custom"
    """Requirements that the run is held against."""

    @property
    def external(self) -> bool:
        """Whether somebody outside drives."""
        return self.operator == "external"

    @model_validator(mode="after")
    def _second_is_of_use(self) -> Remote:
        if self.mitigations.second_link is not None and self.network.kind != "uu":
            raise refusal("needs network.kind: uu", at="mitigations.second_link")
        return self

    @model_validator(mode="after")
    def _brakes_as_it_can(self) -> Remote:
        most_mps2 = self.vehicle.max_brake_mps2
        for part, asked_mps2 in (("minimal_risk", self.minimal_risk.brake_mps2), ("human", self.human.brake_mps2)):
            if asked_mps2 > most_mps2:
                raise refusal(f"must not be above vehicle.max_brake_mps2, {most_mps2:g}", at=f"{part}.brake_mps2")
        return self
