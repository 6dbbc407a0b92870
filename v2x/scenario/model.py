"""The scenario file as frozen pydantic models: the border of the system, where every value is checked once.

Units are in the names. `extra="forbid"` everywhere, unions on ``kind``, so a misspelt key is an error with a place.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, NonNegativeFloat, PositiveFloat, model_validator

Crs = Literal["wgs84", "gcj02", "bd09", "local"]
Profile = Literal["j2735", "csae", "csae-a", "csae-b"]
VehicleKind = Literal["car", "bus", "truck", "ebike", "bicycle", "pedestrian"]
Share = Annotated[float, Field(ge=0.0, le=1.0)]


class Model(BaseModel):
    """Base of all scenario models: immutable, no unknown keys, no coercion from strings to numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False, allow_inf_nan=False)


class Position(Model):
    """A point and the system it is given in. Geographic systems take degrees, ``local`` takes plane metres."""

    crs: Crs
    lon_deg: Annotated[float, Field(ge=-180, le=180)] | None = None
    lat_deg: Annotated[float, Field(ge=-90, le=90)] | None = None
    x_m: float | None = None
    y_m: float | None = None

    @model_validator(mode="after")
    def _one_pair(self) -> Position:
        degrees, metres = (self.lon_deg, self.lat_deg), (self.x_m, self.y_m)
        wanted, other = (metres, degrees) if self.crs == "local" else (degrees, metres)
        if None in wanted or other != (None, None):
            names = "x_m and y_m" if self.crs == "local" else "lon_deg and lat_deg"
            raise ValueError(f"crs '{self.crs}' takes {names}, and only these")
        return self


# ---------------------------------------------------------------- traffic


class SumoTraffic(Model):
    """SUMO drives the named demand of the field."""

    kind: Literal["sumo"]
    demand: Literal["light", "normal", "peak"] = "normal"
    scale: NonNegativeFloat = 1.0
    warmup_s: NonNegativeFloat = 60.0
    time_to_teleport_s: Annotated[float, Field(ge=-1)] = 120.0
    routes: Path | None = Field(default=None, description="a route file of your own instead of the field's demand")


class RecordedTraffic(Model):
    """A trajectory table drives the field (CSV or Parquet)."""

    kind: Literal["recording"]
    path: Path
    crs: Crs
    origin: Position | None = Field(default=None, description="WGS-84 point of the local plane's (0, 0)")
    columns: dict[str, str] = Field(default_factory=dict, description="our column name -> name in the file")
    smoothing_s: PositiveFloat = 1.0
    max_gap_s: PositiveFloat = 1.0


class SyntheticTraffic(Model):
    """Vehicles in straight lanes at constant acceleration: known motion, for tests."""

    kind: Literal["synthetic"]
    vehicles: Annotated[int, Field(ge=0)] = 10
    lanes: Annotated[int, Field(ge=1)] = 2
    spacing_m: PositiveFloat = 25.0
    speed_mps: NonNegativeFloat = 10.0
    accel_mps2: float = 0.0
    heading_deg: Annotated[float, Field(ge=0, lt=360)] = 90.0
    origin: Position


Traffic = Annotated[SumoTraffic | RecordedTraffic | SyntheticTraffic, Field(discriminator="kind")]


# ---------------------------------------------------------------- sensors and clocks


class Gnss(Model):
    """Satellite positioning: first-order Gauss-Markov bias plus white noise, per horizontal axis."""

    kind: Literal["ideal", "open_sky", "urban", "outage"]
    bias_sigma_m: NonNegativeFloat | None = None
    bias_time_s: PositiveFloat | None = None
    noise_sigma_m: NonNegativeFloat | None = None
    outages: tuple[tuple[NonNegativeFloat, NonNegativeFloat], ...] = Field(
        default=(), description="(start_s, end_s) without satellites, position by dead reckoning"
    )


class Motion(Model):
    """Errors of the vehicle's own heading and speed."""

    heading_sigma_deg: NonNegativeFloat = 0.5
    speed_sigma_mps: NonNegativeFloat = 0.1


class StationClock(Model):
    """Clock error of a station: offset drawn from N(0, offset_sigma_ms), drift from N(0, drift_sigma_ppm)."""

    offset_sigma_ms: NonNegativeFloat = 0.1
    drift_sigma_ppm: NonNegativeFloat = 0.05


class Delays(Model):
    """Delays inside a station, milliseconds."""

    transmit_ms: NonNegativeFloat = 2.0
    receive_ms: NonNegativeFloat = 2.0
    processing_ms: NonNegativeFloat = 5.0


class Sensors(Model):
    """What stands between the truth and a station. ``ideal: [gnss, ...]`` switches parts off."""

    gnss: Gnss = Gnss(kind="urban")
    motion: Motion = Motion()
    clock: StationClock = StationClock()
    delays: Delays = Delays()
    ideal: frozenset[Literal["gnss", "motion", "clock", "delays"]] = frozenset()


# ---------------------------------------------------------------- stations


class Obu(Model):
    """On-board units of the background fleet. ``penetration``: share of each kind that is equipped."""

    penetration: dict[VehicleKind, Share] = {"car": 1.0, "bus": 1.0, "truck": 1.0}
    bsm_rate_hz: Annotated[float, Field(gt=0, le=100)] = 10.0
    temporary_id_s: PositiveFloat = 300.0


class Subject(Model):
    """A vehicle under test: always equipped, its receptions are rows of ``rx``, its applications run."""

    vehicle: str = Field(description="id of the road user, or 'first:<kind>' for the first of a kind after warm-up")
    applications: tuple[str, ...] = ("awareness",)
    uu: bool = True


class Rsu(Model):
    """Roadside units: which of the field's sites are up, and what they send."""

    sites: Literal["all"] | tuple[str, ...] = "all"
    map_rate_hz: NonNegativeFloat = 1.0
    spat_rate_hz: NonNegativeFloat = 10.0
    notice_rate_hz: NonNegativeFloat = 1.0


class LocalSite(Model):
    """A roadside unit put up by the scenario itself, for fields without sites."""

    id: str
    at: Position
    junction: str | None = None
    antenna_height_m: PositiveFloat = 6.0


class Server(Model):
    """The test field's server behind the 5G network: takes the subjects' BSMs, hands out notices over Uu."""

    enabled: bool = True
    bsm_rate_hz: Annotated[float, Field(gt=0, le=100)] = 10.0
    notice_rate_hz: Annotated[float, Field(gt=0, le=10)] = 1.0


class Stations(Model):
    """Who takes part."""

    obu: Obu = Obu()
    subjects: tuple[Subject, ...] = ()
    rsu: Rsu = Rsu()
    extra_rsu: tuple[LocalSite, ...] = ()
    server: Server = Server()


# ---------------------------------------------------------------- links


class IdealLink(Model):
    """Everything within ``range_m`` arrives at once."""

    kind: Literal["ideal"]
    range_m: PositiveFloat = 1000.0


class ConstantLink(Model):
    """Fixed delay, independent loss."""

    kind: Literal["constant"]
    delay_ms: NonNegativeFloat = 20.0
    loss: Share = 0.0
    range_m: PositiveFloat = 1000.0


class GilbertElliott(Model):
    """Two-state bursts per link: mean time in each state and loss within it."""

    mean_good_s: PositiveFloat = 20.0
    mean_bad_s: PositiveFloat = 0.3
    loss_good: Share = 0.0
    loss_bad: Share = 1.0


class StatisticalPc5(Model):
    """PDR by distance times Gilbert-Elliott bursts; delay uniform over the selection window."""

    kind: Literal["statistical"]
    pdr: Literal["light", "medium", "dense"] | tuple[tuple[NonNegativeFloat, Share], ...] = "light"
    bursts: GilbertElliott | None = GilbertElliott()
    access_ms: tuple[NonNegativeFloat, NonNegativeFloat] = (1.0, 50.0)


Pc5 = Annotated[IdealLink | ConstantLink | StatisticalPc5, Field(discriminator="kind")]


class PresetUu(Model):
    """Measured delay and stalls of a 5G network, split between the directions."""

    kind: Literal["preset"]
    preset: Literal["urban_n78", "arterial_n78", "weak_n8", "sa_trial"] = "urban_n78"
    transport: Literal["udp", "tcp"] = "udp"


Uu = Annotated[IdealLink | ConstantLink | PresetUu, Field(discriminator="kind")]


class Links(Model):
    """How frames travel."""

    pc5: Pc5 = StatisticalPc5(kind="statistical")
    uu: Uu = PresetUu(kind="preset")


# ---------------------------------------------------------------- what the test is about


class NoticeSource(Model):
    """A hazard or a limit that the roadside announces between two times."""

    id: Annotated[int, Field(ge=0, le=255)]
    cause: str
    at: Position
    start_s: NonNegativeFloat = 0.0
    end_s: NonNegativeFloat | None = None
    radius_m: PositiveFloat | None = None
    path: tuple[Position, ...] = ()
    path_width_m: PositiveFloat = 7.0
    speed_limit_mps: PositiveFloat | None = None
    priority: Annotated[int, Field(ge=0, le=7)] = 4
    text: str = ""
    via: tuple[Literal["rsu", "uu"], ...] = ("rsu", "uu")

    @model_validator(mode="after")
    def _complete(self) -> NoticeSource:
        if self.end_s is not None and self.end_s <= self.start_s:
            raise ValueError("end_s must be after start_s")
        if (self.cause == "speed_limit") != (self.speed_limit_mps is not None):
            raise ValueError("speed_limit_mps goes with cause 'speed_limit', and only with it")
        return self


class TestInfo(Model):
    """Which test this is, in whose words."""

    __test__ = False  # not a pytest class

    id: str
    standard: str
    clause: str
    edition: str
    stage: Literal["virtual", "closed", "semi_closed", "open"]


class Weather(Model):
    """Road friction coefficient and meteorological visibility."""

    friction: Annotated[float, Field(gt=0, le=1.2)] = 0.8
    visibility_m: PositiveFloat = 10_000.0


class Criterion(Model):
    """A pass rule: a scorecard metric, a bound, and how sure it must be.

    ``unit`` names the independent unit the interval is bootstrapped over; fewer than ``min_units`` is INCONCLUSIVE.
    """

    metric: str
    at_least: float | None = None
    at_most: float | None = None
    unit: Literal["encounter", "link_block", "outage", "seed", "run"] = "link_block"
    min_units: Annotated[int, Field(ge=1)] = 20
    confidence: Annotated[float, Field(gt=0.5, lt=1.0)] = 0.95
    source: str = ""

    @model_validator(mode="after")
    def _one_bound(self) -> Criterion:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("give exactly one of at_least and at_most")
        return self


class Scenario(Model):
    """A test: field, traffic, stations, links, and what counts as passed."""

    schema_version: Literal[1]
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    title: str = ""
    description: str = ""
    start_utc: AwareDatetime
    duration_s: PositiveFloat
    step_s: Annotated[float, Field(ge=0.001, le=1.0)] = 0.1
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 1
    profile: Profile
    field: str | None = Field(
        default=None, description="name of a field, or None where a recording brings its own plane"
    )
    traffic: Traffic
    stations: Stations = Stations()
    sensors: Sensors = Sensors()
    links: Links = Links()
    notices: tuple[NoticeSource, ...] = ()
    test: TestInfo
    odd: dict[str, Any] = Field(default_factory=dict, description="ISO 34503 style attributes")
    weather: Weather = Weather()
    pass_if: tuple[Criterion, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Scenario:
        if self.traffic.kind == "sumo" and self.field is None:
            raise ValueError("traffic kind 'sumo' needs a field")
        ids = [notice.id for notice in self.notices]
        if len(set(ids)) != len(ids):
            raise ValueError("two notices share an id")
        return self

    def start(self) -> datetime:
        """UTC of the run's start."""
        return self.start_utc
