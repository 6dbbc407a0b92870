"""What stations say, in SI units and WGS-84: one physical model for both message families.

NaN (or None) means *unavailable* and becomes the family's sentinel. Times are UTC nanoseconds since the epoch; the
profiles turn them into secMark, DSecond, MinuteOfTheYear or TimeMark.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import IntFlag
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from v2x.messages.model_control import ControlStates
from v2x.messages.model_cooperation import PlatoonManagement, SignalRequest, SignalRequestStatus
from v2x.messages.model_perception import PerceivedObjects, VulnerableRoadUser

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
NAN = float("nan")

Light = Literal[
    "unavailable",
    "off",
    "flashing_red",
    "red",
    "red_yellow",
    "permissive_green",
    "green",
    "yellow",
    "flashing_yellow",
    "flashing_green",
]
Maneuver = Literal["straight", "left", "right", "uturn"]
LaneKind = Literal["vehicle", "bike", "crosswalk"]


class VehicleEvent(IntFlag):
    """Events that a vehicle tells: the named bits of VehicleEventFlags, each with its number there as its position.

    Bit 6 is reserved; eventJackKnife, which the 2024 edition of J2735 adds, is not in the model.
    """

    HAZARD_LIGHTS = 1 << 0
    STOP_LINE_VIOLATION = 1 << 1
    ABS = 1 << 2
    TRACTION_CONTROL = 1 << 3
    STABILITY_CONTROL = 1 << 4
    HAZARDOUS_MATERIALS = 1 << 5
    HARD_BRAKING = 1 << 7
    LIGHTS_CHANGED = 1 << 8
    WIPERS_CHANGED = 1 << 9
    FLAT_TIRE = 1 << 10
    DISABLED_VEHICLE = 1 << 11
    AIR_BAG_DEPLOYMENT = 1 << 12


@dataclass(frozen=True)
class VehicleStates:
    """Basic safety messages of n vehicles, in columns (one row = one BSM).

    Attributes
    ----------
    msg_count
        0..127, one counter per sender.
    temporary_id
        Random identity; J2735 carries the low 32 bits, T/CSAE 53 all 64.
    utc_ns
        Instant at which the state holds (the message's secMark).
    lat_deg, lon_deg, elevation_m
        Vehicle centre, WGS-84.
    semi_major_m, semi_minor_m, orientation_deg
        One-sigma error ellipse as the sender estimates it; orientation of the major axis from north.
    speed_mps, heading_deg, accel_long_mps2, accel_lat_mps2, accel_vert_mps2, yaw_rate_dps
        Motion as the sender measures it; yaw clockwise positive (and never NaN: no family can say that).
    brake_applied
        1 applied, 0 released, -1 unavailable.
    width_m, length_m
        Size.
    vehicle_class
        T/CSAE 53 / J2735 BasicVehicleClass code, 0 unknown (T/CSAE 53 only; J2735 Part I has no class).
    events
        Sets of `VehicleEvent`, 0 where none is told.
    emergency
        1 responding with siren or warning lights in use, 0 neither in use, -1 not told.
    """

    msg_count: I64
    temporary_id: NDArray[np.uint64]
    utc_ns: I64
    lat_deg: F64
    lon_deg: F64
    elevation_m: F64
    semi_major_m: F64
    semi_minor_m: F64
    orientation_deg: F64
    speed_mps: F64
    heading_deg: F64
    accel_long_mps2: F64
    accel_lat_mps2: F64
    accel_vert_mps2: F64
    yaw_rate_dps: F64
    brake_applied: NDArray[np.int8]
    width_m: F64
    length_m: F64
    vehicle_class: I64
    events: I64 = field(metadata={"unsaid": 0})
    emergency: NDArray[np.int8] = field(metadata={"unsaid": -1})

    def __len__(self) -> int:
        return len(self.msg_count)

    def row(self, i: int) -> VehicleStates:
        """One row, still as columns of length 1."""
        return VehicleStates(**{name: column[i : i + 1] for name, column in vars(self).items()})

    def take(self, rows: NDArray[np.intp]) -> VehicleStates:
        """Some rows, in the given order."""
        return VehicleStates(**{name: column[rows] for name, column in vars(self).items()})

    @classmethod
    def none(cls) -> VehicleStates:
        """No rows."""
        integers = {"temporary_id": np.uint64, "brake_applied": np.int8, "emergency": np.int8}
        integers |= dict.fromkeys(("msg_count", "utc_ns", "vehicle_class", "events"), np.int64)
        return cls(**{f.name: np.zeros(0, integers.get(f.name, np.float64)) for f in fields(cls)})


@dataclass(frozen=True)
class Connection:
    """A permitted movement from the stop line of a lane.

    Attributes
    ----------
    maneuver
        Which way it turns.
    to_lane
        Lane number at this intersection (J2735) of the lane it leads to.
    signal_group
        Group that governs it, None where unsignalled.
    remote
        Id of the intersection the exit leads to (T/CSAE 53 remoteIntersection), None at the field's edge.
    on_red
        Whether it may be made on red where nobody is in the way, after a stop; left and right turns only.
    """

    maneuver: Maneuver
    to_lane: int
    signal_group: int | None = None
    remote: int | None = None
    on_red: bool = False


@dataclass(frozen=True)
class Lane:
    """A lane at an intersection.

    Attributes
    ----------
    id
        Number, unique in the intersection, 1..255.
    kind
        Users of the lane.
    ingress
        True where it leads to the intersection.
    points_m
        Centre line as (k, 2) metres east, north of the reference point (true north), beginning at the intersection.
    width_m
        Lane width.
    speed_limit_mps
        NaN where unknown.
    road
        Name of the road.
    upstream
        Id of the intersection at the other end of an ingress lane's link, None at the field's edge.
    link
        Key of the link (all lanes of one approach share it).
    connections
        Movements from an ingress lane.
    """

    id: int
    kind: LaneKind
    ingress: bool
    points_m: F64
    width_m: float
    speed_limit_mps: float = NAN
    road: str = ""
    upstream: int | None = None
    link: str = ""
    connections: tuple[Connection, ...] = ()


@dataclass(frozen=True)
class Intersection:
    """Geometry of one intersection: region and id, name, reference point, lanes."""

    region: int
    id: int
    name: str
    lat_deg: float
    lon_deg: float
    elevation_m: float
    lanes: tuple[Lane, ...]


@dataclass(frozen=True)
class MapData:
    """MAP: intersection geometry.

    ``revision`` changes when the geometry does; ``utc_ns`` is the time of sending; ``fragment`` is (position, number of
    fragments) where one intersection takes several frames (`v2x.messages.split`).
    """

    msg_count: int
    utc_ns: int
    revision: int
    intersections: tuple[Intersection, ...]
    fragment: tuple[int, int] = (1, 1)


@dataclass(frozen=True)
class SignalState:
    """One light of a signal group and when it holds; NaN-like None where unknown.

    ``start_utc_ns`` is in the past (or now) for the present state. ``confidence`` is 0..1 for the likely end.
    """

    light: Light
    start_utc_ns: int | None
    min_end_utc_ns: int | None
    max_end_utc_ns: int | None = None
    likely_end_utc_ns: int | None = None
    next_start_utc_ns: int | None = None
    confidence: float | None = None


@dataclass(frozen=True)
class SignalGroup:
    """A signal group: the present state first, then what follows (T/CSAE 53 sends all, J2735 as many as given)."""

    id: int
    states: tuple[SignalState, ...]


@dataclass(frozen=True)
class SignalPhases:
    """SPAT of one intersection; ``revision`` is that of the MAP it belongs to (J2735 IntersectionState.revision)."""

    msg_count: int
    utc_ns: int
    region: int
    intersection: int
    revision: int
    groups: tuple[SignalGroup, ...]
    name: str = ""


@dataclass(frozen=True)
class Notice:
    """One thing the roadside announces: a hazard or a limit.

    Attributes
    ----------
    id
        Number of the notice at its sender, 0..255.
    cause
        Name in the profile's table of causes (``roadworks``, ``obstacle``, ``slippery``, ``speed_limit``, ...).
    lat_deg, lon_deg, elevation_m
        Where it is.
    radius_m
        Extent around the point, NaN if the path describes it.
    path_m
        (k, 2) metres east, north of the point: the stretch of road concerned, in driving direction.
    path_width_m
        Full width of the corridor around the path.
    start_utc_ns, end_utc_ns
        Validity; end None = until revoked.
    speed_limit_mps
        For ``speed_limit``.
    priority
        0..7, 7 highest.
    text
        Free text.
    """

    id: int
    cause: str
    lat_deg: float
    lon_deg: float
    elevation_m: float
    start_utc_ns: int
    end_utc_ns: int | None = None
    radius_m: float = NAN
    path_m: F64 = field(default_factory=lambda: np.zeros((0, 2)))
    path_width_m: float = 7.0
    speed_limit_mps: float = NAN
    priority: int = 4
    text: str = ""


@dataclass(frozen=True)
class RoadsideInformation:
    """RSI (T/CSAE 53) or TIM (J2735): the notices of one roadside unit."""

    msg_count: int
    utc_ns: int
    sender_id: int
    lat_deg: float
    lon_deg: float
    elevation_m: float
    notices: tuple[Notice, ...]


Message = (
    VehicleStates
    | ControlStates
    | MapData
    | SignalPhases
    | RoadsideInformation
    | PerceivedObjects
    | VulnerableRoadUser
    | PlatoonManagement
    | SignalRequest
    | SignalRequestStatus
)
