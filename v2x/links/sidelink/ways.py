"""What radios without a scheduler have in common, and how they send frames of each size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from v2x.clock import NS_PER_MS, NS_PER_S
from v2x.links.base import F64, I64
from v2x.links.sidelink.analytic import Road
from v2x.links.sidelink.bler import Curve
from v2x.links.sidelink.collisions import collision_table
from v2x.links.sidelink.fates import SINR_DB, Codes
from v2x.links.sidelink.layout import carrier_ghz, curve_of, grid_of, sender_of, shapes_of
from v2x.links.sidelink.median import MedianLoss
from v2x.links.sidelink.transport import allocate
from v2x.scenario.bodies import ANTENNA_HEIGHT_M
from v2x.scenario.model_sidelink import Sidelink


@dataclass(frozen=True)
class Flow:
    """How frames of a message type are treated.

    Attributes
    ----------
    carrier
        Number of the carrier that they go out on.
    pppp
        Priority, 1 the most urgent.
    power_dbm
        Transmitter output.
    first_slot, last_slot
        Selection window, slots after a frame is handed over: T1, T2.
    """

    carrier: int
    pppp: int
    power_dbm: float
    first_slot: int
    last_slot: int


@dataclass(frozen=True)
class Way:
    """How a frame of some size is sent.

    Attributes
    ----------
    curve
        Block error rate of each block.
    noise_mw
        Noise that a block's whole power stands against.
    width
        Sub-channels of a block.
    segments, attempts
        Blocks that are all needed (0: the frame is too long to be sent), and tries of each.
    """

    curve: Curve
    noise_mw: float
    width: int
    segments: int
    attempts: int


@dataclass(frozen=True)
class Radio:
    """What the radios of all stations have in common.

    Attributes
    ----------
    slot_ns
        Length of a slot (LTE: subframe).
    carriers, subchannels
        Number of carriers, and sub-channels of each.
    ranked
        Whether candidates are ranked by energy: mode 4 does, mode 2 does not.
    sensitivity_dbm
        Weakest signal that a receiver notices.
    busy_mw
        A sub-channel is busy above this S-RSSI.
    cr_limited
        Whether senders keep to the CR limits.
    flow
        Message type -> `Flow`.
    way
        Bytes on the air -> `Way`.
    power_dbm, rate_hz, path_loss, shadowing_db
        Of the road by which collisions are estimated: transmitter output and rate of its stations, median loss by
        distance with the antenna gains taken off, and the spread about it.
    """

    slot_ns: int
    carriers: int
    subchannels: int
    ranked: bool
    sensitivity_dbm: float
    busy_mw: float
    cr_limited: bool
    flow: Callable[[str], Flow]
    way: Callable[[int], Way]
    power_dbm: float
    rate_hz: float
    path_loss: Callable[[F64], F64]
    shadowing_db: float

    @property
    def resources_per_second(self) -> float:
        """Sub-channels that a carrier offers in a second."""
        return self.subchannels * NS_PER_S / self.slot_ns


#: Antenna of the stations on the road by which collisions are estimated: cars.
_ANTENNA_M = ANTENNA_HEIGHT_M["car"]


def radio_of(config: Sidelink) -> Radio:
    """The scenario's sidelink.

    Raises
    ------
    InputError
        If the scenario names a curve that there is not.
    """
    grid, shapes = grid_of(config), shapes_of(config)
    median = MedianLoss(config.propagation, carrier_ghz(config))
    slot_ms = grid.slot_ns / NS_PER_MS

    def flow(kind: str) -> Flow:
        settings, (carrier, power_dbm) = config.flow(kind), sender_of(config, kind)
        return Flow(
            carrier=carrier,
            pppp=settings.priority,
            power_dbm=power_dbm,
            first_slot=max(1, round(config.t1_ms / slot_ms)),
            last_slot=int(min(config.t2_ms, settings.budget_ms) / slot_ms),
        )

    def way(air_bytes: int) -> Way:
        packet = allocate(shapes, air_bytes, config.mcs, config.highest_mcs, config.most_segments)
        noise_mw = packet.block.noise_share * packet.subchannels * grid.noise_mw
        curve = curve_of(config, packet.block)
        return Way(curve, noise_mw, packet.subchannels, packet.segments, 1 + config.retransmissions)

    def path_loss(distance_m: F64) -> F64:
        antenna_m = np.full(np.shape(distance_m), _ANTENNA_M)
        return median.db(np.asarray(distance_m, np.float64), antenna_m, antenna_m) - 2.0 * config.antenna_gain_dbi

    return Radio(
        slot_ns=grid.slot_ns,
        carriers=grid.carriers,
        subchannels=grid.subchannels,
        ranked=config.mode == "lte4",
        sensitivity_dbm=config.sensitivity_dbm,
        busy_mw=10.0 ** (config.busy_dbm / 10.0),
        cr_limited=config.congestion != "off",
        flow=flow,
        way=way,
        power_dbm=config.obu_power_dbm,
        rate_hz=1e3 / (config.flow("BSM").interval_ms or 100.0),
        path_loss=path_loss,
        shadowing_db=config.propagation.shadowing_db,
    )


class Ways:
    """How frames of each size are sent, and the tables for it, made when a size first comes up."""

    def __init__(self, radio: Radio, reach_m: float) -> None:
        self._radio, self._reach_m = radio, reach_m
        self._of_size: dict[int, tuple[int, int, int, int]] = {}
        self._row_of: dict[tuple[str, float], int] = {}
        self._bler: list[F64] = []
        self._noise_mw: list[float] = []
        self._collided: list[F64] = []
        self._codes: Codes | None = None

    def of(self, air_bytes: I64) -> tuple[I64, I64, I64, I64]:
        """Row in the codes, width, segments and attempts of each size."""
        sizes, place = np.unique(air_bytes, return_inverse=True)
        for size in sizes.tolist():
            if size not in self._of_size:
                way = self._radio.way(size)
                self._of_size[size] = self._row(way), way.width, way.segments, way.attempts
        columns = np.array([self._of_size[size] for size in sizes.tolist()], np.int64).reshape(-1, 4)[place]
        return columns[:, 0], columns[:, 1], columns[:, 2], columns[:, 3]

    def codes(self) -> Codes:
        """Tables of all rows."""
        if self._codes is None:
            sensitivity_mw = 10.0 ** (self._radio.sensitivity_dbm / 10.0)
            collided = np.stack(self._collided) if self._collided else np.zeros((0, 2, 2, 2))
            bler = np.array(self._bler).reshape(-1, len(SINR_DB))
            self._codes = Codes(bler, np.array(self._noise_mw), collided, sensitivity_mw)
        return self._codes

    def _row(self, way: Way) -> int:
        name = way.curve.name, way.noise_mw
        if name not in self._row_of:
            self._row_of[name] = len(self._bler)
            self._bler.append(way.curve.at(SINR_DB))
            self._noise_mw.append(way.noise_mw)
            self._collided.append(collision_table(self._road(way), self._reach_m))
            self._codes = None
        return self._row_of[name]

    def _road(self, way: Way) -> Road:
        radio = self._radio
        return Road(
            density_per_m=0.1,
            rate_hz=radio.rate_hz,
            power_dbm=radio.power_dbm,
            resources=radio.subchannels,
            noise_dbm=float(10.0 * np.log10(way.noise_mw)),
            path_loss=radio.path_loss,
            bler=way.curve.at,
            sensitivity_dbm=radio.sensitivity_dbm,
            shadowing_db=radio.shadowing_db,
            slot_s=radio.slot_ns / NS_PER_S,
            ranked=radio.ranked,
        )
