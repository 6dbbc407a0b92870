"""From a scenario's sidelink to the numbers of the compiled loops: rules, packets by size, flows by message type."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_MS
from v2x.links.base import I64
from v2x.links.sidelink.bler import fallback_sinr_db, thresholds
from v2x.links.sidelink.cr_limits import LIMITS, PRIORITIES, cr_limit
from v2x.links.sidelink.layout import curve_of, grid_of, rsrp_threshold_mw, sender_of, shapes_of
from v2x.links.sidelink.radios import FlowPlan
from v2x.links.sidelink.reservation import reservation_ms
from v2x.links.sidelink.state import MAX_BLOCKS, NONE, Rules, Tables
from v2x.links.sidelink.transport import Block, allocate, block_within
from v2x.rng import key_of
from v2x.scenario.model_sidelink import SensingPc5

#: Slots around the first attempt in which an LTE radio repeats it (TS 36.321 clause 5.14.1.1); an NR one within 32.
_SPREAD = {"lte4": 15, "nr2": 31}
#: Slots from the re-evaluation of a selection to its use: T3 = Tproc1 by subcarrier spacing (TS 38.214, from memory).
_T3_SLOTS = {15: 3, 30: 5, 60: 9}
#: Slots from an attempt to the next if feedback decides whether there is one: two until the feedback channel
#: (sl-MinTimeGapPSFCH), which is in every slot, and as many to read it and to prepare. Assumed.
_FEEDBACK_SLOTS = 4
#: Control information: 32 bits (SCI format 1, TS 36.212 clause 5.4.3.1.2) and 16 of CRC in two resource blocks; that of
#: NR is taken to be as strong. It is sent with 3 dB more a block (TS 36.213 clause 14.1.1.5).
_CONTROL_EFFICIENCY, CONTROL_DB = 48 / 360, 3.0
#: What a packet takes, by size.
_SHAPE = np.dtype([(name, np.int64) for name in ("width", "code", "size", "segments", "attempts")])


def rules_of(config: SensingPc5) -> Rules:
    """Settings of the procedure."""
    slot_ns, noise_mw = grid_of(config).slot_ns, grid_of(config).noise_mw
    slots_per_ms = NS_PER_MS / slot_ns
    lte = config.mode == "lte4"
    first = max(1, round(config.t1_ms * slots_per_ms))
    return Rules(
        slot_ns=slot_ns,
        sensing=round(1000 * slots_per_ms),
        step=round(100 * slots_per_ms),
        first=first,
        last=round(config.t2_ms * slots_per_ms),
        share=config.left_percent / 100.0,
        raise_ratio=10.0**0.3,
        threshold_mw=rsrp_threshold_mw(config),
        ranking=lte,
        keep=config.keep_probability,
        apart=_FEEDBACK_SLOTS if config.feedback_m and not lte else 1,
        spread=_SPREAD[config.mode],
        recheck=0 if lte or not config.reevaluation else max(first, _T3_SLOTS[config.subcarrier_khz]),
        sensitivity_mw=_mw(config.sensitivity_dbm),
        noise_mw=noise_mw,
        rssi_floor_mw=_mw(config.rssi_floor_dbm),
        busy_mw=_mw(config.busy_dbm),
        feedback_m=0.0 if lte else config.feedback_m or 0.0,
        reach_m=config.reach_m,
    )


def flow_plan(config: SensingPc5, kind: str, part: int, number: int, *, reserving: bool) -> FlowPlan:
    """How a station sends messages of a type.

    Parameters
    ----------
    config
        Settings.
    kind, number
        Type and its number.
    part
        Which of several messages of the type that are said at once.
    reserving
        Whether the station may reserve for it.
    """
    flow, (carrier, power_dbm) = config.flow(kind), sender_of(config, kind)
    subs, slot_ns = config.pool().subchannels or 1, grid_of(config).slot_ns
    reserves = reserving and flow.interval_ms is not None
    interval_ms = reservation_ms(flow.interval_ms or 0.0, config.mode) if reserves else 0
    return FlowPlan(
        kind=number,
        luck=key_of(f"{kind} {part}"),
        interval=round(interval_ms * NS_PER_MS / slot_ns),
        low=carrier * subs,
        high=(carrier + 1) * subs - 1,
        budget=round(flow.budget_ms * NS_PER_MS / slot_ns),
        power_mw=_mw(power_dbm),
        pppp=flow.priority,
        singles=int(flow.one_shot and reserves),
    )


class PacketShapes:
    """What packets take, and the tables for it, made when a size first comes up."""

    def __init__(self, config: SensingPc5) -> None:
        self._config, self._grid = config, grid_of(config)
        self._of_size: dict[int, tuple[int, int, int, int, int]] = {}
        self._fitting: list[list[int]] = []
        self._code_of: dict[tuple[str, float], int] = {}
        self._needed: list[NDArray[np.float64]] = []
        self._sci_needed: list[NDArray[np.float64]] = []
        self._noise_share: list[float] = []
        limits = np.column_stack([LIMITS[:, 0], [cr_limit(top, np.arange(1, PRIORITIES + 1)) for top in LIMITS[:, 0]]])
        if config.congestion == "off":
            limits = np.array([[np.inf] + [1.0] * PRIORITIES])
        self._fixed = self._grid.leak, self._grid.carrier.astype(np.int64), limits
        self.tables = self._tables()

    def of(self, air_bytes: I64) -> NDArray[Any]:
        """Sub-channels, code, size, segments and attempts of packets, a row each; no segments: it cannot be sent.

        ``tables`` then knows all their codes.
        """
        sizes, place = np.unique(air_bytes, return_inverse=True)
        known = len(self._of_size)
        for size in sizes.tolist():
            if size not in self._of_size:
                self._of_size[size] = self._shape(size)
        if len(self._of_size) > known:
            self.tables = self._tables()
        return np.array([self._of_size[size] for size in sizes.tolist()], _SHAPE)[place]

    def _shape(self, size: int) -> tuple[int, int, int, int, int]:
        config, shapes = self._config, shapes_of(self._config)
        attempts = 1 + config.retransmissions
        most = min(config.most_segments, MAX_BLOCKS // attempts)
        packet = allocate(shapes, size, config.mcs, config.highest_mcs, most)
        segments, widths = max(packet.segments, 1), range(1, shapes.subchannels + 1)
        within = [block_within(shapes, size, segments, config.mcs, config.highest_mcs, width) for width in widths]
        self._fitting.append([NONE] + [NONE if block is None else self._code(block) for block in within])
        return packet.subchannels, self._code(packet.block), len(self._fitting) - 1, packet.segments, attempts

    def _code(self, block: Block) -> int:
        curve, share = curve_of(self._config, block), block.noise_share
        code = self._code_of.setdefault((curve.name, share), len(self._needed))
        if code == len(self._needed):
            self._needed.append(thresholds(curve))
            self._sci_needed.append(thresholds(curve.shifted(self._control_db(block))))
            self._noise_share.append(share)
        return code

    def _control_db(self, block: Block) -> float:
        """How much less SINR than the data the control information needs, as a block of its efficiency would."""
        stronger_db = CONTROL_DB if self._config.control_power else 0.0
        return fallback_sinr_db(_CONTROL_EFFICIENCY) - stronger_db - fallback_sinr_db(block.efficiency)

    def _tables(self) -> Tables:
        if not self._needed:
            none = np.zeros((0, 1))
            return Tables(none, none, np.zeros(0), none.astype(np.int64), *self._fixed)
        codes = np.array(self._needed), np.array(self._sci_needed), np.array(self._noise_share)
        return Tables(*codes, np.array(self._fitting), *self._fixed)


def _mw(dbm: float) -> float:
    return float(10.0 ** (dbm / 10.0))
