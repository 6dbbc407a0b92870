"""What stations perceive and what people on foot or on a bicycle say of themselves, in SI units and WGS-84.

As in `v2x.messages.model`: NaN (or None) is *unavailable*, times are UTC nanoseconds since the epoch.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import Literal

ObjectKind = Literal["unknown", "vehicle", "cyclist", "pedestrian", "animal"]
#: What an object was perceived with; ``v2x`` is its own message, ``fused`` more than one of the others.
Source = Literal["unknown", "self", "v2x", "video", "radar", "loop", "lidar", "fused"]
SenderKind = Literal["unknown", "roadside", "vehicle", "vru"]
UserKind = Literal["unknown", "pedestrian", "cyclist", "road_worker", "animal"]


@dataclass(frozen=True)
class PerceivedObject:
    """A road user or thing as a sensor sees it.

    Attributes
    ----------
    id
        Number at the sender, 0..65535, kept as long as the object is tracked.
    kind, kind_confidence
        What it is, and the probability of that, 0..1.
    source
        What it was perceived with.
    temporary_id
        Identity that it uses in its own messages, None where that is not known.
    utc_ns
        Instant at which the state holds.
    lat_deg, lon_deg, elevation_m
        Its centre.
    position_confidence_m, speed_confidence_mps, heading_confidence_deg
        Bounds within which the true value lies with 95 % probability.
    speed_mps, heading_deg, accel_long_mps2, accel_lat_mps2, yaw_rate_dps
        Motion; yaw clockwise positive.
    width_m, length_m, height_m
        Size.
    """

    id: int
    kind: ObjectKind
    utc_ns: int
    lat_deg: float
    lon_deg: float
    speed_mps: float
    heading_deg: float
    elevation_m: float = nan
    kind_confidence: float = nan
    source: Source = "unknown"
    temporary_id: int | None = None
    position_confidence_m: float = nan
    speed_confidence_mps: float = nan
    heading_confidence_deg: float = nan
    accel_long_mps2: float = nan
    accel_lat_mps2: float = nan
    yaw_rate_dps: float = nan
    width_m: float = nan
    length_m: float = nan
    height_m: float = nan


@dataclass(frozen=True)
class PerceivedObjects:
    """What one station perceives: SDSM (SAE J3224), SSM (T/CSAE 157), RSM (T/CSAE 53).

    ``lat_deg``, ``lon_deg`` and ``elevation_m`` are the reference point that the objects' positions are relative to on
    the air; ``utc_ns`` is the time of the message.
    """

    msg_count: int
    utc_ns: int
    sender_id: int
    sender_kind: SenderKind
    lat_deg: float
    lon_deg: float
    elevation_m: float
    objects: tuple[PerceivedObject, ...]


@dataclass(frozen=True)
class VulnerableRoadUser:
    """A person's own message: PSM (SAE J2735, T/CSAE 157).

    Attributes
    ----------
    msg_count
        0..127, one counter per sender.
    temporary_id
        Random identity; J2735 carries 32 bits, T/CSAE 157 64.
    utc_ns
        Instant at which the state holds.
    kind
        Who it is.
    lat_deg, lon_deg, elevation_m
        Where.
    semi_major_m, semi_minor_m, orientation_deg
        One-sigma error ellipse as the sender estimates it; orientation of the major axis from north.
    speed_mps, heading_deg, accel_long_mps2, accel_lat_mps2, yaw_rate_dps
        Motion; yaw clockwise positive.
    radius_m
        Extent of a group around the position, NaN for one person.
    """

    msg_count: int
    temporary_id: int
    utc_ns: int
    kind: UserKind
    lat_deg: float
    lon_deg: float
    speed_mps: float
    heading_deg: float
    elevation_m: float = nan
    semi_major_m: float = nan
    semi_minor_m: float = nan
    orientation_deg: float = nan
    accel_long_mps2: float = nan
    accel_lat_mps2: float = nan
    yaw_rate_dps: float = nan
    radius_m: float = nan
