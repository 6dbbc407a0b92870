"""Scenario model, parts ``stations`` and ``sensors``: who takes part, and what stands between them and the truth."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Discriminator, Field, NonNegativeFloat, PositiveFloat, Tag, field_serializer, field_validator

from v2x.registry import did_you_mean
from v2x.scenario.model_base import Model, Position, Share, VehicleKind, refusal
from v2x.scenario.model_driver import Driver
from v2x.scenario.model_gnss import Gnss
from v2x.scenario.model_perception import Perception, PersonalDevices
from v2x.scenario.model_roadside import Cloud, Radio, StoredMessage
from v2x.scenario.model_signals import Controller, Priority


class Motion(Model):
    """Errors of the vehicle's own motion sensors."""

    heading_sigma_deg: NonNegativeFloat = 0.5
    """Standard deviation of the heading."""
    speed_sigma_mps: NonNegativeFloat = 0.1
    """Standard deviation of the speed."""
    accel_sigma_mps2: NonNegativeFloat = 0.1
    """Standard deviation of the acceleration."""
    yaw_rate_sigma_dps: NonNegativeFloat = 0.2
    """Standard deviation of the turn rate."""


class StationClock(Model):
    """Clock error of a station."""

    offset_sigma_ms: NonNegativeFloat = 0.1
    """Standard deviation of the offset, drawn once a station."""
    drift_sigma_ppm: NonNegativeFloat = 0.05
    """Standard deviation of the drift, drawn once a station."""


class Delays(Model):
    """Delays inside a station."""

    transmit_ms: NonNegativeFloat = 2.0
    """From the finished frame to the radio."""
    receive_ms: NonNegativeFloat = 2.0
    """From the radio to the decoded message."""
    processing_ms: NonNegativeFloat = 5.0
    """From the decoded message to its use by an application."""


class Sensors(Model):
    """What stands between the truth and a station."""

    gnss: Gnss = Gnss(kind="urban")
    """Satellite positioning."""
    motion: Motion = Motion()
    """Heading and speed."""
    clock: StationClock = StationClock()
    """The station's clock."""
    delays: Delays = Delays()
    """Delays inside the station."""
    ideal: frozenset[Literal["gnss", "motion", "clock", "delays"]] = frozenset()
    """Parts to switch off: they hand on the truth at once."""

    @field_serializer("ideal")
    def _in_order(self, parts: frozenset[str]) -> list[str]:
        return sorted(parts)  # a set's own order changes from process to process


class Obu(Model):
    """On-board units of the background fleet."""

    penetration: dict[VehicleKind, Share] = Field(default={"car": 1.0, "bus": 1.0, "truck": 1.0})
    """Share of each kind of road user that is equipped; a kind not named is not."""
    bsm_rate_hz: Annotated[float, Field(gt=0, le=100)] = 10.0
    """Basic safety messages per second."""
    temporary_id_s: PositiveFloat = 300.0
    """How long a station keeps its temporary id."""
    emergency_vehicles: tuple[str, ...] = ()
    """Ids, or patterns with *, of road users that drive with siren and blue lights; those that are equipped say so."""


class Subject(Model):
    """A vehicle under test: always equipped, its receptions are rows of ``rx``, its applications run."""

    vehicle: str
    """Id of the road user, a pattern with * for all whose ids match, or 'first:<kind>' for the first of a kind after
    the warm-up."""
    applications: tuple[str, ...] = ("awareness",)
    """Applications that run on it, see ``v2x list``."""
    uu: bool = True
    """Has a 5G modem."""
    driver: Driver | None = None
    """Who reacts to what the vehicle tells; null is nobody."""

    @field_validator("vehicle")
    @classmethod
    def _kind_exists(cls, vehicle: str) -> str:
        prefix, _, kind = vehicle.rpartition(":")
        if prefix == "first" and kind not in get_args(VehicleKind):
            raise refusal(f"unknown kind '{kind}', {did_you_mean(kind, list(get_args(VehicleKind)))}")
        return vehicle


def is_pattern(vehicle: str) -> bool:
    """Whether a subject's vehicle stands for all whose ids match."""
    return "*" in vehicle


def _all_or_some(value: object) -> str:
    return "all" if isinstance(value, str) else "some"


class Rsu(Model):
    """Roadside units: which of the field's sites are up, and what they send."""

    sites: Annotated[
        Annotated[Literal["all"], Tag("all")] | Annotated[tuple[str, ...], Tag("some")], Discriminator(_all_or_some)
    ] = "all"
    """'all', or a list of the field's site ids."""
    map_rate_hz: NonNegativeFloat = 1.0
    """MAP messages per second; 0 is none."""
    spat_rate_hz: NonNegativeFloat = 10.0
    """SPAT messages per second; 0 is none."""
    notice_rate_hz: NonNegativeFloat = 1.0
    """RSI or TIM messages per second while there is something to announce; 0 is none."""
    controller: Controller = Controller()
    """The wire to the signal controller of its junction."""
    priority: Priority | None = None
    """Whose requests for a green it passes on; null is nobody's."""
    radio: Radio = Radio()
    """How messages share the radio."""
    stored: tuple[StoredMessage, ...] = ()
    """What all units repeat."""
    cloud: Cloud | None = None
    """What units pass on to the server; null is nothing."""
    perception: Perception | None = None
    """A sensor at every unit's mast, RSM or SDSM of what it sees, and notices of queues; null is none."""


class LocalSite(Model):
    """A roadside unit put up by the scenario itself, for fields without sites."""

    id: str
    """Name of the station."""
    at: Position
    """Where its antenna is."""
    junction: str | None = None
    """Junction whose MAP and SPAT it sends."""
    antenna_height_m: PositiveFloat = 6.0
    """Height of the antenna above the road."""


class Server(Model):
    """The test field's server behind the 5G network: takes the subjects' BSMs, hands out notices over Uu."""

    enabled: bool = True
    """Takes part."""
    bsm_rate_hz: Annotated[float, Field(gt=0, le=100)] = 10.0
    """BSMs per second that a subject sends up."""
    notice_rate_hz: Annotated[float, Field(gt=0, le=10)] = 1.0
    """Notices per second that it sends down."""


#: Names in the tables of a run that are no stations of the road, and whose they are.
TAKEN = {"server": "the server", "traffic": "the traffic as a whole"}


class Stations(Model):
    """Who takes part."""

    obu: Obu = Obu()
    """The background fleet."""
    subjects: tuple[Subject, ...] = ()
    """Vehicles under test."""
    rsu: Rsu = Rsu()
    """The field's roadside units."""
    extra_rsu: tuple[LocalSite, ...] = ()
    """Roadside units of this scenario alone."""
    server: Server = Server()
    """The server."""
    vru: PersonalDevices = PersonalDevices()
    """People with a device of their own."""

    @field_validator("extra_rsu")
    @classmethod
    def _names_unique(cls, extra_rsu: tuple[LocalSite, ...]) -> tuple[LocalSite, ...]:
        names = ["", *TAKEN, *(site.id for site in extra_rsu)]
        for row, site in enumerate(extra_rsu):
            if site.id in names[: row + 1 + len(TAKEN)]:
                raise refusal(f"'{site.id}' is no name of its own", at=f"{row}.id")
        return extra_rsu
