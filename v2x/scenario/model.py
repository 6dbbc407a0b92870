"""The scenario file as frozen pydantic models: the border of the system, where every value is checked once.

Units are in the names. Unknown keys are refused, unions go by ``kind``, so a misspelt key is an error with a place.
The parts stand in ``model_*.py``; import them from here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, ValidationInfo, field_validator

from v2x.clock import NS_PER_MS, to_ns
from v2x.scenario.known import PROFILES, Known
from v2x.scenario.model_base import Crs, Model, Position, Share, VehicleKind, all_different, refusal
from v2x.scenario.model_cellular import GeometricUu, PresetUu, TraceUu
from v2x.scenario.model_gnss import Gnss
from v2x.scenario.model_links import ConstantLink, GilbertElliott, IdealLink, Links, Pc5, StatisticalPc5, Uu
from v2x.scenario.model_platoon import CONTROL_STEP_NS, Platoon
from v2x.scenario.model_purpose import Criterion, NoticeSource, TestInfo, Weather
from v2x.scenario.model_remote import Remote
from v2x.scenario.model_security import Security
from v2x.scenario.model_stations import (
    Delays,
    LocalSite,
    Motion,
    Obu,
    Rsu,
    Sensors,
    Server,
    StationClock,
    Stations,
    Subject,
)
from v2x.scenario.model_traffic import RecordedTraffic, SumoTraffic, SyntheticTraffic, Traffic
from v2x.scenario.model_variants import Variant

__all__ = [
    "ConstantLink",
    "Criterion",
    "Crs",
    "Delays",
    "GeometricUu",
    "GilbertElliott",
    "Gnss",
    "IdealLink",
    "Links",
    "LocalSite",
    "Model",
    "Motion",
    "NoticeSource",
    "Obu",
    "Pc5",
    "Platoon",
    "Position",
    "PresetUu",
    "Profile",
    "RecordedTraffic",
    "Remote",
    "Rsu",
    "Scenario",
    "Security",
    "Sensors",
    "Server",
    "Share",
    "StationClock",
    "Stations",
    "StatisticalPc5",
    "Subject",
    "SumoTraffic",
    "SyntheticTraffic",
    "TestInfo",
    "TraceUu",
    "Traffic",
    "Uu",
    "VehicleKind",
    "Weather",
]

#: Longest text of a notice: J2735 advisories take an IA5String of 1..500 and speed limit signs one of 1..16 (SAE J2735
#: ITIScodesAndText, SpeedLimit), T/CSAE 53 descriptions 512 bytes, of which a sign's limit takes up to 8.
TEXT_BYTES = {"ascii": 500, "j2735 sign": 16, "gb2312": 500}

Profile = Annotated[str, Known(PROFILES)]


class Scenario(Model):
    """A test: field, traffic, stations, links, and what counts as passed."""

    schema_version: Literal[1]
    """Version of this format."""
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    """Short name: small letters, digits, hyphens."""
    title: str = ""
    """Name for people."""
    description: str = ""
    """What is tested, and what is not."""
    start_utc: AwareDatetime
    """Moment of time 0, with its offset from UTC."""
    duration_s: Annotated[float, Field(gt=0, le=1e6)]
    """Length of the run; a file whose traffic is a recording may leave it out and gets the recording's length."""
    step_s: Annotated[float, Field(ge=0.001, le=1.0)] = 0.1
    """Length of a simulation step."""
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 1
    """Root of all randomness."""
    profile: Profile
    """Message family: SAE J2735, or T/CSAE 53 (plain csae leaves the edition to the project's default)."""
    field: str | None = None
    """Name or folder of a field; null where a recording brings its own plane."""
    traffic: Traffic
    """What moves."""
    stations: Stations = Stations()
    """Who takes part."""
    platoon: Platoon | None = None
    """Vehicles that drive as a string under control laws of ours."""
    remote: Remote | None = None
    """A vehicle that somebody drives from afar."""
    sensors: Sensors = Sensors()
    """What stands between the truth and a station."""
    links: Links = Links()
    """How frames travel."""
    security: Security = Security()
    """What surrounds each message on the air."""
    notices: tuple[NoticeSource, ...] = ()
    """What the roadside announces."""
    test: TestInfo
    """Which test this is."""
    odd: dict[str, Any] = Field(default_factory=dict)
    """Operational design domain: ISO 34503 style attributes, kept as given."""
    weather: Weather = Weather()
    """Road and sight."""
    variants: tuple[Variant, ...] = ()
    """Runs that this one is compared with; what is gained is told against the first."""
    pass_if: tuple[Criterion, ...] = ()
    """What counts as passed."""

    # Field validators, not a model validator: these run, and report, even when another part is wrong.
    @field_validator("start_utc")
    @classmethod
    def _in_our_time(cls, start_utc: datetime) -> datetime:
        if not 1970 < start_utc.year < 2200:  # a year's margin for the offset from UTC
            raise refusal("must be from 1971 to 2199: nanoseconds since 1970 end in 2262")
        return start_utc

    @field_validator("traffic")
    @classmethod
    def _has_a_plane(cls, traffic: Traffic, info: ValidationInfo) -> Traffic:
        if info.data.get("field", "") is None:
            if isinstance(traffic, SumoTraffic):
                raise refusal("traffic kind 'sumo' needs a field", at="/field")
            if isinstance(traffic, RecordedTraffic) and traffic.origin is None:
                raise refusal("required where there is no field: the geographic point of (0, 0)", at="origin")
        return traffic

    @field_validator("platoon")
    @classmethod
    def _has_a_road(cls, platoon: Platoon | None, info: ValidationInfo) -> Platoon | None:
        traffic, step_ns = info.data.get("traffic"), to_ns(info.data.get("step_s", 0.1))
        if platoon is not None and traffic is not None and not isinstance(traffic, SumoTraffic):
            raise refusal(f"a platoon drives in traffic of kind 'sumo', not '{traffic.kind}'")
        if platoon is not None and step_ns % CONTROL_STEP_NS:
            raise refusal(f"a platoon is controlled every {CONTROL_STEP_NS / 1e6:g} ms", at="/step_s")
        stations = info.data.get("stations")
        if platoon is not None and platoon.link != "pc5" and stations is not None and stations.server.enabled:
            # cells serve frames in the order of time, and the server's others come a step of the traffic at a time
            raise refusal("over Uu only with stations.server.enabled: false", at="link")
        return platoon

    @field_validator("remote")
    @classmethod
    def _can_be_driven(cls, remote: Remote | None, info: ValidationInfo) -> Remote | None:
        traffic, stations = info.data.get("traffic"), info.data.get("stations")
        step_ns = to_ns(info.data.get("step_s", 0.1))
        if remote is None:
            return None
        if traffic is not None and not isinstance(traffic, SumoTraffic):
            raise refusal(f"a vehicle is driven from afar in traffic of kind 'sumo', not '{traffic.kind}'")
        if step_ns % CONTROL_STEP_NS:
            raise refusal(f"a vehicle is driven in steps of {CONTROL_STEP_NS / 1e6:g} ms", at="/step_s")
        if remote.external and remote.command.repeat_ms * NS_PER_MS < step_ns:
            reason = f"must not be below step_s, {step_ns / NS_PER_MS:g} ms: operators outside are asked once a step"
            raise refusal(reason, at="command.repeat_ms")
        if info.data.get("platoon") is not None:
            raise refusal("not beside a platoon")
        if stations is not None and stations.server.enabled:
            # cells serve packets in the order of time, and the server's come a step of the traffic at a time
            raise refusal("must be false where a vehicle is driven from afar", at="/stations.server.enabled")
        return remote

    @field_validator("security")
    @classmethod
    def _can_be_signed(cls, security: Security, info: ValidationInfo) -> Security:
        if security.mode == "signed" and not info.data.get("profile", "j2735").startswith("j2735"):
            raise refusal("only j2735 messages can be signed: there is no SM2 here, use sized", at="mode")
        return security

    @field_validator("notices")
    @classmethod
    def _ids_unique(cls, notices: tuple[NoticeSource, ...]) -> tuple[NoticeSource, ...]:
        all_different("notices", "id", [notice.id for notice in notices])
        return notices

    @field_validator("variants")
    @classmethod
    def _names_unique(cls, variants: tuple[Variant, ...]) -> tuple[Variant, ...]:
        all_different("variants", "name", [variant.name for variant in variants])
        return variants

    @field_validator("notices")
    @classmethod
    def _texts_sayable(cls, notices: tuple[NoticeSource, ...], info: ValidationInfo) -> tuple[NoticeSource, ...]:
        j2735 = info.data.get("profile", "csae").startswith("j2735")
        encoding, words = ("ascii", "ASCII") if j2735 else ("gb2312", "GB 2312")
        for row, notice in enumerate(notices):
            longest = TEXT_BYTES["j2735 sign" if j2735 and notice.cause == "speed_limit" else encoding]
            try:
                size = len(notice.text.encode(encoding))
            except UnicodeEncodeError as error:
                reason = f"messages of this profile carry {words} only, not '{notice.text[error.start]}'"
                raise refusal(reason, at=f"{row}.text") from error
            if size > longest:
                raise refusal(f"must not be longer than {longest} bytes here, is {size}", at=f"{row}.text")
        return notices

    def start(self) -> datetime:
        """UTC of the run's start."""
        return self.start_utc
