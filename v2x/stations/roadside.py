"""What a roadside unit is to the rest of a run: what it is told, what reaches it, and what it gives back.

A unit does no input or output of its own. Each step it gets its time and what has reached it - messages over the air,
reports of its signal controller, scans of its sensor - and returns frames and wishes. So the same code serves a
simulation and a live field.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from v2x.messages.frame import Outgoing
from v2x.messages.model import Intersection, Notice
from v2x.messages.profile import Profile
from v2x.scenario.model import Rsu
from v2x.stations.base import EventSink, Inbox
from v2x.stations.controller import SignalReport, SignalWish
from v2x.stations.perception import Scan


@dataclass(frozen=True)
class Order:
    """A message that somebody else gives a unit to send (immediate forward, store and repeat of the RSU specification).

    Attributes
    ----------
    type, data
        Message type, and the bare MessageFrame.
    priority
        0 lowest to 7 highest.
    interval_ns
        Time between two sendings; 0: once, at once.
    start_utc_ns, stop_utc_ns
        When repeating begins and ends by the unit's clock; None: at once, never.
    """

    type: str
    data: bytes
    priority: int
    interval_ns: int = 0
    start_utc_ns: int | None = None
    stop_utc_ns: int | None = None


@dataclass(frozen=True)
class UnitSite:
    """All that a unit and its services know from their installation.

    Attributes
    ----------
    name, key
        Id of the site, e.g. ``RSU-XI22``, and its 64-bit key.
    place
        WGS-84 latitude, longitude (degrees) and antenna elevation (metres).
    profile
        Message family.
    config
        What the unit does.
    intersection
        Geometry for MAP, None where the site has none.
    spat
        (region, intersection number, name) for SPAT, None where no signal is attached.
    notices
        What this unit announces.
    stored
        What it repeats.
    read_clock
        Simulated time -> UTC nanoseconds that the unit's own clock shows.
    transmit_ns
        From the finished frame to the radio.
    seed
        Seed of the run.
    event
        The unit's log.
    found
        What the unit itself has found out and announces: one service keeps the list, another sends it.
    """

    name: str
    key: int
    place: tuple[float, float, float]
    profile: Profile
    config: Rsu
    intersection: Intersection | None
    spat: tuple[int, int, str] | None
    notices: tuple[Notice, ...]
    stored: tuple[Order, ...]
    read_clock: Callable[[int], int]
    transmit_ns: int
    seed: int
    event: EventSink
    found: list[Notice] = field(default_factory=list)


@dataclass(frozen=True)
class Inputs:
    """What has reached a unit since its last step.

    Attributes
    ----------
    inbox
        Messages over the air; empty if the unit does not listen.
    reports
        Of its signal controller, in order of arrival.
    scans
        Of its sensor, in order of arrival.
    orders
        By whoever operates the unit.
    busy
        Share of the channel that its radio found busy in the last second, None where the link has no such thing.
    """

    inbox: Inbox = field(default_factory=Inbox)
    reports: tuple[SignalReport, ...] = ()
    scans: tuple[Scan, ...] = ()
    orders: tuple[Order, ...] = ()
    busy: float | None = None


@dataclass(frozen=True)
class Said:
    """A frame that a service wants to send.

    Attributes
    ----------
    t_ns
        When it is finished, simulated time.
    type, data
        Message type, and the bare MessageFrame.
    priority
        0 lowest to 7 highest (IEEE 1609.3 user priority).
    """

    t_ns: int
    type: str
    data: bytes
    priority: int


@dataclass
class Spoken:
    """What a service gives back from a step.

    Attributes
    ----------
    pc5
        Frames to send on the air, in no particular order.
    wishes
        To the signal controller.
    """

    pc5: list[Said] = field(default_factory=list)
    wishes: list[SignalWish] = field(default_factory=list)


@dataclass(frozen=True)
class Transmissions:
    """What leaves a unit in a step, with the times at which it reaches the radio or the network."""

    pc5: list[Outgoing]
    uplink: list[Outgoing]
    wishes: list[SignalWish]


class Service(Protocol):
    """One thing that a unit does, in a file of its own."""

    #: Types of messages that it wants to hear.
    hears: frozenset[str]

    def step(self, start_ns: int, end_ns: int, inputs: Inputs) -> Spoken:
        """Take in what has arrived by ``start_ns``; everything to be said in [start, end), simulated time."""


class Roadside(Protocol):
    """What the engine asks of a roadside unit. A class that is made with a `UnitSite`."""

    #: The site's; types of messages that it wants to hear (nobody decodes others for it); whether it has a modem.
    name: str
    key: int
    hears: frozenset[str]
    uplinks: bool

    def step(self, start_ns: int, end_ns: int, inputs: Inputs) -> Transmissions:
        """Take in what has arrived by ``start_ns``; everything that the unit sends in [start, end)."""
