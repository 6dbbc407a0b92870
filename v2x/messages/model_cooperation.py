"""What stations agree on: platoons, and priority at signals, in SI units and WGS-84.

As in `v2x.messages.model`: NaN (or None) is *unavailable*, times are UTC nanoseconds since the epoch.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import Literal

PlatoonRole = Literal["leader", "follower", "tail", "free"]
PlatoonStatus = Literal[
    "navigating", "dissolving", "ask_to_join", "joining", "following", "ask_to_leave", "leaving", "unknown"
]
RequesterRole = Literal["car", "bus", "truck", "emergency", "police", "fire", "ambulance", "unknown"]
RequestAction = Literal["request", "update", "cancel"]
RequestVerdict = Literal[
    "unknown", "requested", "processing", "watch_other_traffic", "granted", "rejected", "max_presence", "locked"
]


@dataclass(frozen=True)
class PlatoonManagement:
    """Who drives in a platoon and what a member is about to do: CLPMM (T/CSAE 157), PMM (ours, for SAE J2735).

    Attributes
    ----------
    msg_count
        0..127, one counter per sender.
    temporary_id
        Identity of the sender.
    utc_ns
        Instant at which this holds.
    platoon_id
        Number of the platoon, None for a vehicle that is in none.
    role, status
        Of the sender.
    members
        Identities from the leader backwards; only leaders tell them.
    joining, leaving
        Identities that the leader lets in or out.
    capacity
        Most members, None where it is not told.
    open_to_join
        Whether the leader accepts requests, None where it is not told.
    """

    msg_count: int
    temporary_id: int
    utc_ns: int
    platoon_id: int | None
    role: PlatoonRole
    status: PlatoonStatus
    members: tuple[int, ...] = ()
    joining: tuple[int, ...] = ()
    leaving: tuple[int, ...] = ()
    capacity: int | None = None
    open_to_join: bool | None = None


@dataclass(frozen=True)
class PriorityRequest:
    """One intersection that a requester wants to pass.

    Attributes
    ----------
    id
        Number of the request at its sender, 0..255.
    region, intersection
        Where.
    action
        Ask, change, withdraw.
    in_lane, out_lane
        Lane numbers at the intersection, None where not told.
    maneuver
        Which way it turns, None where not told.
    arrive_utc_ns
        Estimated time at the stop line, None where not told.
    duration_s
        How long the green is needed from then on, NaN where not told.
    """

    id: int
    region: int
    intersection: int
    action: RequestAction = "request"
    in_lane: int | None = None
    out_lane: int | None = None
    maneuver: Literal["straight", "left", "right", "uturn"] | None = None
    arrive_utc_ns: int | None = None
    duration_s: float = nan


@dataclass(frozen=True)
class SignalRequest:
    """Priority wanted by one vehicle: SRM (SAE J2735), VIR (T/CSAE 157)."""

    msg_count: int
    utc_ns: int
    requester_id: int
    role: RequesterRole
    lat_deg: float
    lon_deg: float
    speed_mps: float
    heading_deg: float
    requests: tuple[PriorityRequest, ...]
    elevation_m: float = nan


@dataclass(frozen=True)
class RequestStatus:
    """The answer to one request.

    Attributes
    ----------
    requester_id, request_id, request_count
        Whose request, its number, and the message count of the request that is answered.
    verdict
        What the intersection decided.
    in_lane, out_lane
        Lane numbers at the intersection, None where not told.
    arrive_utc_ns
        Estimated time at the stop line as the intersection understands it, None where not told.
    duration_s
        How long the green is granted from then on, NaN where not told.
    """

    requester_id: int
    request_id: int
    verdict: RequestVerdict
    request_count: int = 0
    in_lane: int | None = None
    out_lane: int | None = None
    arrive_utc_ns: int | None = None
    duration_s: float = nan


@dataclass(frozen=True)
class SignalRequestStatus:
    """Answers of one intersection: SSM (SAE J2735), RSC (T/CSAE 157) as far as that can say it."""

    msg_count: int
    utc_ns: int
    region: int
    intersection: int
    statuses: tuple[RequestStatus, ...]
