"""Scenario model, part ``platoon``: vehicles that drive as one string, and what they are driven by.

Control laws, their gains and the papers they come from: docs/platooning.md. Where a gain is null the law's own default
holds. Sensor and fallback defaults are assumed.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, NonNegativeFloat, PositiveFloat, model_validator

from v2x.scenario.known import CONTROLLERS, Known
from v2x.scenario.manoeuvre_checks import impossible
from v2x.scenario.model_base import Model, refusal
from v2x.scenario.model_manoeuvres import Manoeuvre, PlatoonProtocol
from v2x.scenario.model_radar import NoisyRadar, Radar

ControllerName = Annotated[str, Known(CONTROLLERS)]
#: One control step of a platoon, nanoseconds: 100 Hz, as in the vehicles of Ploeg (2011) and in Plexe.
CONTROL_STEP_NS = 10_000_000


def is_whole(steps: float) -> bool:
    """Whether a number of control steps is a whole one, but for rounding."""
    return abs(steps - round(steps)) < 1e-9


def _dividing(rate_hz: float) -> float:
    steps_hz = 1e9 / CONTROL_STEP_NS
    if not is_whole(steps_hz / rate_hz):
        raise refusal(f"must divide the {steps_hz:g} control steps of a second")
    return rate_hz


def whole_steps(time_ms: float) -> float:
    """The same time, in ms; a `refusal` if it is no whole number of control steps."""
    step_ms = CONTROL_STEP_NS / 1e6
    if not is_whole(time_ms / step_ms):
        raise refusal(f"must be a multiple of the control step, {step_ms:g} ms")
    return time_ms


def _whole_steps_s(time_s: float) -> float:
    whole_steps(1e3 * time_s)
    return time_s


#: Before an engine reacts at all, s.
DeadTime = Annotated[float, Field(ge=0, le=1), AfterValidator(_whole_steps_s)]
#: Messages per second, one in every so many control steps.
BeaconHz = Annotated[float, Field(ge=1, le=100), AfterValidator(_dividing)]


class Fallback(Model):
    """What a follower does when messages stay away. Ages count from the instant that a message tells of."""

    enabled: bool = True
    """False: the law goes on with what it last heard."""
    degraded_after_ms: PositiveFloat = 300.0
    """Older than this, messages are no longer used: the acceleration ahead is estimated from the radar."""
    acc_after_ms: PositiveFloat = 1000.0
    """Older than this, the vehicle drives by radar alone."""
    fresh_ms: PositiveFloat = 200.0
    """Younger than this, messages count as being back ..."""
    recover_s: NonNegativeFloat = 1.0
    """... and when they have been so for this long, the vehicle goes up a mode."""
    degraded_time_gap_s: PositiveFloat = 1.0
    """Time gap while the acceleration ahead is estimated, if it is larger than the law's."""
    acc_time_gap_s: PositiveFloat = 1.2
    """Time gap by radar alone, if it is larger than the law's."""
    gap_change_mps: PositiveFloat = 1.0
    """How fast the gap asked for grows and shrinks when the mode changes."""

    @model_validator(mode="after")
    def _in_order(self) -> Fallback:
        if not self.fresh_ms <= self.degraded_after_ms <= self.acc_after_ms:
            raise refusal("must be at most degraded_after_ms, and that at most acc_after_ms", at="fresh_ms")
        return self


class SineLeader(Model):
    """Speed goes up and down around a mean; then, if asked for, a braking to standstill."""

    kind: Literal["sine"]
    speed_mps: PositiveFloat = 25.0
    """Mean speed."""
    frequency_hz: Annotated[float, Field(gt=0, le=5)] = 0.2
    """Of the sinusoid."""
    amplitude_mps: NonNegativeFloat = 1.0
    """Of the speed."""
    start_s: NonNegativeFloat = 5.0
    """Before, the speed is constant."""
    brake_at_s: NonNegativeFloat | None = None
    """When the sinusoid ends and the leader brakes; null is never."""
    brake_mps2: PositiveFloat = 6.0
    """How hard."""

    @model_validator(mode="after")
    def _forward(self) -> SineLeader:
        if self.amplitude_mps > self.speed_mps:
            raise refusal(f"must be at most the mean speed, {self.speed_mps:g} m/s", at="amplitude_mps")
        return self


class BrakeLeader(Model):
    """Constant speed, then a braking."""

    kind: Literal["brake"]
    speed_mps: PositiveFloat = 25.0
    """Speed before."""
    brake_at_s: NonNegativeFloat = 10.0
    """When it brakes."""
    brake_mps2: PositiveFloat = 6.0
    """How hard."""
    to_mps: NonNegativeFloat = 0.0
    """Speed at which it lets the brake go."""

    @model_validator(mode="after")
    def _slower(self) -> BrakeLeader:
        if self.to_mps >= self.speed_mps:
            raise refusal(f"must be less than the speed before, {self.speed_mps:g} m/s", at="to_mps")
        return self


class ProfileLeader(Model):
    """Speeds at given times, linear between them."""

    kind: Literal["profile"]
    points: Annotated[tuple[tuple[NonNegativeFloat, NonNegativeFloat], ...], Field(min_length=1)]
    """Pairs (time s, speed m/s), in order of time."""

    @model_validator(mode="after")
    def _forward(self) -> ProfileLeader:
        times = [time for time, _ in self.points]
        for row in range(1, len(times)):
            if times[row] <= times[row - 1]:
                raise refusal("times must ascend", at=f"points.{row}")
        return self


Leader = Annotated[SineLeader | BrakeLeader | ProfileLeader, Field(discriminator="kind")]


class Member(Model):
    """What sets one vehicle of a mixed string apart; null is as the platoon has it."""

    kind: Literal["car", "bus", "truck"] | None = None
    """What it is."""
    controller: ControllerName | None = None
    """Its control law."""
    time_gap_s: PositiveFloat | None = None
    """Its time gap."""
    spacing_m: PositiveFloat | None = None
    """Its spacing."""
    engine_lag_s: PositiveFloat | None = None
    """Lag of its engine."""
    dead_time_s: DeadTime | None = None
    """Its dead time."""
    max_accel_mps2: PositiveFloat | None = None
    """Its strongest acceleration."""
    max_brake_mps2: PositiveFloat | None = None
    """Its strongest braking."""
    route: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    """Its own way, from the same edge on: it must be out of the platoon where the ways part."""


class Single(Member):
    """A vehicle that is driven likewise and begins in no platoon: it may join one, or cut in."""

    route: Annotated[tuple[str, ...], Field(min_length=1)]
    """Edges of the network to pass, in order, one or more."""
    lane: Annotated[int, Field(ge=0)] = 0
    """Number of the lane at the start, from the right."""
    start_at_m: PositiveFloat
    """Where its front bumper is at time 0, from the beginning of the first edge."""
    speed_mps: Annotated[float, Field(gt=0, le=100)]
    """Its speed at the start, and the one that it keeps to on its own."""


class Platoon(Model):
    """One string of vehicles or several alike, each a leader and its followers."""

    controller: ControllerName = "ploeg"
    """Control law of the followers."""
    followers: Annotated[int, Field(ge=1, le=31)] = 8
    """How many follow the leader; T/CSAE 157 lists up to 32 members."""
    count: Annotated[int, Field(ge=1, le=200)] = 1
    """How many such platoons."""
    kind: Literal["car", "bus", "truck"] = "car"
    """What its vehicles are."""
    members: tuple[Member, ...] = ()
    """What sets single vehicles apart, from the leader backwards; those not listed are as the platoon has it."""
    route: Annotated[tuple[str, ...], Field(min_length=1)]
    """Edges of the network to pass, in order, one or more; the way between them is found."""
    lane: Annotated[int, Field(ge=0)] = 0
    """Number of the lane at the start, from the right."""
    start_at_m: PositiveFloat
    """Where the first leader's front bumper is at time 0, from the beginning of the first edge."""

    time_gap_s: PositiveFloat | None = None
    """Time gap h of laws that have one."""
    spacing_m: PositiveFloat | None = None
    """Gap of constant-spacing laws, gap at standstill of the others."""
    feed_forward: Literal["desired", "measured"] = "desired"
    """Acceleration that a follower takes from messages."""
    kp: PositiveFloat | None = None
    """Gain of the gap error: Ploeg (1/s^2), flatbed."""
    kd: PositiveFloat | None = None
    """Gain of its derivative: Ploeg (1/s)."""
    c1: Annotated[float, Field(ge=0, le=1)] | None = None
    """Weight of the leader: PATH."""
    xi: Annotated[float, Field(ge=1)] | None = None
    """Damping: PATH."""
    omega_n_radps: PositiveFloat | None = None
    """Bandwidth: PATH."""
    lambda_: Annotated[PositiveFloat | None, Field(alias="lambda")] = None
    """Gain of the gap error: ACC (1/s)."""
    ka: PositiveFloat | None = None
    """Gain of the own acceleration: flatbed."""
    kv: PositiveFloat | None = None
    """Gain of the relative speed: flatbed."""
    b: PositiveFloat | None = None
    """Gain of the speed relative to the leader: consensus."""

    gains: dict[str, float] = Field(default_factory=dict)
    """Gains by name, for a law of another package."""

    engine_lag_s: PositiveFloat = 0.5
    """Time constant from the acceleration asked for to that of the vehicle."""
    dead_time_s: DeadTime = 0.0
    """Time before the engine reacts at all."""
    max_accel_mps2: PositiveFloat = 2.5
    """Strongest acceleration."""
    max_brake_mps2: PositiveFloat = 8.0
    """Strongest braking; the road's friction allows no more than this."""

    beacon_hz: BeaconHz = 10.0
    """Control messages per second and vehicle."""
    link: Literal["pc5", "uu", "both"] = "pc5"
    """What control messages and statements go over. Over Uu the server sends each one on to all others."""
    quantised: bool = True
    """False: control messages carry further digits, to tell what the resolution of the standard costs."""
    radar: Radar = NoisyRadar(kind="noisy")
    """What each follower sees of the vehicle ahead."""
    fallback: Fallback = Fallback()
    """What happens when messages stay away."""
    leader: Leader = SineLeader(kind="sine")
    """How the leaders drive, as far as the road lets them; who takes a lead over keeps to the speed at the start."""

    singles: Annotated[tuple[Single, ...], Field(max_length=100)] = ()
    """Vehicles that begin in no platoon."""
    protocol: PlatoonProtocol = PlatoonProtocol()
    """How platoons change, if they do."""
    manoeuvres: tuple[Manoeuvre, ...] = ()
    """What vehicles set out to do, and when."""

    @model_validator(mode="after")
    def _no_more_members(self) -> Platoon:
        if len(self.members) > self.followers + 1:
            raise refusal(f"more than the {self.followers + 1} vehicles of the platoon", at="members")
        return self

    @model_validator(mode="after")
    def _can_change(self) -> Platoon:
        if (self.manoeuvres or self.singles) and not self.protocol.enabled:
            at = "manoeuvres" if self.manoeuvres else "singles"
            raise refusal("needs protocol.enabled: true, otherwise platoons do not change", at=at)
        if self.protocol.enabled and self.followers + 1 > self.protocol.capacity:
            raise refusal(f"less than the {self.followers + 1} vehicles of the platoon", at="protocol.capacity")
        sizes = [self.followers + 1] * self.count + [1] * len(self.singles)
        for at, reason in impossible(self.manoeuvres, sizes, self.count, self.protocol):
            raise refusal(reason, at=at)
        return self

    @model_validator(mode="after")
    def _same_begin(self) -> Platoon:
        for row, each in enumerate(self.members):
            if each.route and each.route[0] != self.route[0]:
                reason = f"must be '{self.route[0]}', where the platoon begins"
                raise refusal(reason, at=f"members.{row}.route.0")
        return self
