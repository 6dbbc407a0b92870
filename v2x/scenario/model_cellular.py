"""Scenario model, part ``links.uu``: the 5G network between a vehicle and the server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat

from v2x.scenario.model_base import Model, Position


class PresetUu(Model):
    """Measured delay and stalls of a 5G network, split between the directions."""

    kind: Literal["preset"]
    preset: Literal["urban_n78", "arterial_n78", "weak_n8", "sa_trial"] = "urban_n78"
    """Which measurement."""
    transport: Literal["udp", "tcp"] = "udp"
    """tcp turns bad episodes into stalls, udp into loss bursts."""


class TraceUu(Model):
    """Round trips as they were measured on a drive (CICV5G format), split evenly between the directions."""

    kind: Literal["trace"]
    path: Path
    """CSV with the columns t_ms and rtt_ms, for index position also x and y in metres."""
    index: Literal["time", "position"] = "time"
    """What looks the round trip up: the time of the run, or the place of the vehicle."""
    transport: Literal["udp", "tcp"] = "udp"
    """tcp delivers what was slow late and in order, udp loses what took above 100 ms."""
    start_s: NonNegativeFloat = 0.0
    """Time in the trace at the run's begin, for index time; after its end a trace begins again."""
    origin: Position = Position(crs="local", x_m=0.0, y_m=0.0)
    """Where the trace's (0, 0) lies, for index position."""
    reach_m: PositiveFloat = 50.0
    """Farther than this from the drive there is no coverage, for index position."""


Load = Annotated[float, Field(ge=0.0, le=0.95)]
"""Share of a cell's time that other traffic takes."""


class CellLoad(Model):
    """Traffic of others in every cell: it queues before our frames, and disturbs the neighbouring cells."""

    uplink: Load = 0.3
    """Share of the time uplink."""
    downlink: Load = 0.3
    """Share of the time downlink."""
    job_bytes: Annotated[int, Field(ge=1, le=10_000_000)] = 1500
    """Size of one piece of it; larger ones make the same load more bursty."""


class BestEffort(Model):
    """Frames queue with everybody else's."""

    kind: Literal["best_effort"]


class GuaranteedRate(Model):
    """Each station has a queue of its own, served at a reserved rate."""

    kind: Literal["gbr"]
    uplink_kbps: PositiveFloat
    """Rate reserved for each station uplink."""
    downlink_kbps: PositiveFloat
    """Rate reserved for each station downlink."""


Slice = Annotated[BestEffort | GuaranteedRate, Field(discriminator="kind")]


class A3Handover(Model):
    """When a station changes its cell (event A3), and what that costs."""

    offset_db: float = 3.0
    """How much stronger the other cell must be."""
    hysteresis_db: NonNegativeFloat = 1.0
    """On top of the offset."""
    time_to_trigger_ms: NonNegativeFloat = 160.0
    """For how long without a break; judged at each step."""
    filter_k: Annotated[NonNegativeInt, Field(le=19)] = 4
    """Layer-3 filter coefficient of the measurement."""
    interruption_ms: NonNegativeFloat = 50.0
    """Time in which nothing is carried."""
    frames: Literal["lose", "hold"] = "hold"
    """What becomes of frames in it: lost, or forwarded to the new cell when it is over."""


class GeometricUu(Model):
    """5G from the field's gNBs: path loss, shadowing, load, handover, and the way to the server."""

    kind: Literal["geometric"]
    carrier: Literal["n78", "n8"] = "n78"
    """Band: 3.5 GHz with 100 MHz, or 900 MHz with 20 MHz."""
    environment: Literal["uma", "umi", "rma"] = "uma"
    """Model of TR 38.901: urban macro, urban micro (street canyon), rural macro."""
    sectors: Literal[1, 3] = 3
    """Cells of a site: one all around, or three towards 30, 150 and 270 degrees."""
    load: CellLoad = CellLoad()
    """Other traffic."""
    handover: A3Handover = A3Handover()
    """Changing the cell."""
    slice: Slice = BestEffort(kind="best_effort")
    """How our frames are served in a cell."""
    architecture: Literal["sa", "nsa"] = "sa"
    """Stand-alone, or with a 4G core."""
    server: Literal["gnb", "mec", "core", "cloud"] = "core"
    """Where the server stands: at the gNB, at the operator's edge, behind the core network, in the internet."""
    buffer_ms: PositiveFloat = 200.0
    """Work that may wait at a cell; a frame that finds more is dropped."""
    discard_ms: PositiveFloat = 500.0
    """Age at which a frame is no longer sent (PDCP discard timer)."""
    without: tuple[Literal["outage", "queue", "radio", "transport", "core", "internet", "server"], ...] = ()
    """Parts of the way that take no time and lose nothing, for ``v2x explain``; outage: places without coverage."""
