"""Uu by geometry: a radio leg that depends on place and load, then the way to the server, part by part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_MS, NS_PER_S
from v2x.draws import uniform
from v2x.field.model import Field
from v2x.links.base import F64, I64, U64, Carried, Cause, Direction, LinkNote, Stations, Transmissions
from v2x.links.cellular.attachment import Attachment
from v2x.links.cellular.network import Network
from v2x.links.cellular.queues import Background, Queues
from v2x.links.cellular.rates import typical_bps
from v2x.links.cellular.segments import SegmentLaws, segment_laws
from v2x.rng import Stream, key_of
from v2x.scenario.model_cellular import GeometricUu as Config
from v2x.scenario.model_cellular import GuaranteedRate

_DIRECTIONS: tuple[Direction, ...] = ("uplink", "downlink")


@dataclass(frozen=True)
class _Here:
    """The mobile stations of this step, one row each, ascending by key.

    ``cell`` is -1 without coverage; ``bps`` the rate at which a frame is sent, and ``part`` how much of its queue's
    server that takes.
    """

    key: U64
    cell: NDArray[np.intp]
    back_ns: I64
    bps: Mapping[Direction, F64]
    part: Mapping[Direction, F64]

    def rows(self, key: U64) -> NDArray[np.intp]:
        row = np.minimum(np.searchsorted(self.key, key), max(0, len(self.key) - 1))
        if len(key) and not (len(self.key) and np.array_equal(self.key[row], key)):
            raise ValueError("a frame of a station whose place is not known: `move` comes before `carry`")
        return row


class GeometricUu:
    """5G network of a field.

    The radio leg is judged at the time of hand-over in both directions: a frame for a vehicle is handed over at the
    server some milliseconds before it stands in the cell's queue. Place and rate are those at the step's begin.
    """

    def __init__(self, config: Config, seed: int, _duration_ns: int, field: Field | None) -> None:
        self._config, self._network = config, Network(config, field, seed)
        self._attachment = Attachment(config.handover, self._network.cells)
        self._cell_keys = np.array([key_of(name) for name in self._network.cells], np.uint64)
        self._laws = segment_laws(config.server, config.architecture)
        self._ways = {way: SegmentLaws([*laws.values()]) for way, laws in self._laws.items()}
        self._roots = {
            way: np.array([Stream(seed, f"uu.{part}.{way}").root for part in laws], np.uint64)
            for way, laws in self._laws.items()
        }
        self._queues = {way: self._queues_of(way, seed) for way in _DIRECTIONS}
        self._here = self._seen(np.zeros(0, np.uint64), np.zeros((0, len(self._network.cells))))
        self._dark: set[int] = set()
        self._notes: list[LinkNote] = []

    def move(self, t_ns: int, mobiles: Stations) -> None:
        """Measure all cells at the stations' places; hand over and note lost coverage where it is due."""
        order = np.argsort(mobiles.key)
        mobiles = mobiles.take(order)
        gain_db = self._network.gain_db(mobiles.x_m, mobiles.y_m, mobiles.antenna_m)
        self._attachment.move(t_ns, mobiles.key, self._network.rsrp_dbm(gain_db))
        self._notes += self._attachment.notes()
        self._here = self._seen(mobiles.key, gain_db)
        dark = set(mobiles.key[self._here.cell < 0].tolist())
        for kind, stations in (("uu.outage", dark - self._dark), ("uu.outage_over", self._dark - dark)):
            here = stations.intersection(mobiles.key.tolist())
            self._notes += [LinkNote(t_ns, station, kind, {}) for station in sorted(here)]
        self._dark = dark

    def carry(self, frames: Transmissions, direction: Direction) -> Carried:
        """Fate of each frame."""
        row = self._here.rows(frames.sender)
        cell, held_ns = self._here.cell[row], np.maximum(0, self._here.back_ns[row] - frames.t_ns)
        cause = np.where(cell < 0, Cause.OUTAGE, Cause.DELIVERED).astype(np.int8)
        if self._config.handover.frames == "lose":
            cause[(cell >= 0) & (held_ns > 0)] = Cause.HANDOVER
            held_ns = np.zeros_like(held_ns)
        on_air = np.flatnonzero(cause == Cause.DELIVERED)
        waited_ns, sent_ns = np.zeros(len(frames), np.int64), np.zeros(len(frames), np.int64)
        sending_ns = frames.air_bytes[on_air] * 8.0 * NS_PER_S / self._here.bps[direction][row[on_air]]
        waited_ns[on_air], cause[on_air] = self._queues[direction].serve(
            self._queue_of(frames.sender[on_air], cell[on_air], held_ns[on_air]),
            frames.sender[on_air],
            (frames.t_ns + held_ns)[on_air],
            held_ns[on_air],
            sending_ns * self._here.part[direction][row[on_air]],
        )
        sent_ns[on_air] = np.where(cause[on_air] == Cause.DELIVERED, np.round(sending_ns), 0.0)
        arrived = cause == Cause.DELIVERED
        parts = {"handover": held_ns, "queue": waited_ns + sent_ns}
        shares = np.empty((len(self._roots[direction]), len(frames)))
        uniform(self._roots[direction], frames.sender, frames.t_ns, shares)
        took_ns = np.round(self._ways[direction].quantile_ms(shares) * NS_PER_MS)
        took_ns = np.where(arrived, took_ns, 0.0).astype(np.int64)
        parts |= zip(self._laws[direction], took_ns, strict=True)
        return Carried(frames.t_ns + sum(parts.values()), cause, parts)

    def notes(self) -> list[LinkNote]:
        """Cells selected, handovers begun and done, coverage lost and found, since the last call."""
        told, self._notes = sorted(self._notes, key=lambda note: (note.t_ns, note.station)), []
        return told

    def _seen(self, key: U64, gain_db: F64) -> _Here:
        """What each station gets of its cell."""
        cell = self._attachment.cell
        radio = self._network.radio(gain_db, np.maximum(cell, 0))
        cell = np.where(radio.covered, cell, -1)
        whole = np.ones(len(key))
        bps: dict[Direction, F64] = {"uplink": radio.uplink_bps, "downlink": radio.downlink_bps}
        part: dict[Direction, F64] = {"uplink": radio.uplink_part, "downlink": whole}
        if isinstance(self._config.slice, GuaranteedRate):
            promised = {"uplink": self._config.slice.uplink_kbps, "downlink": self._config.slice.downlink_kbps}
            bps = {way: _reserved_bps(promised[way] * 1e3, bps[way], part[way], cell) for way in _DIRECTIONS}
            part = dict.fromkeys(_DIRECTIONS, whole)
        return _Here(key, cell, self._attachment.back_ns, bps, part)

    def _queue_of(self, station: U64, cell: NDArray[np.intp], held_ns: I64) -> U64:
        """Queue of each frame: its cell's, or of its own slice.

        What was held during a handover joins later than frames of others that nobody knows of yet: it goes through a
        queue of its station and cell, with as much background, so that it meets its like and delays nobody else.
        """
        if isinstance(self._config.slice, GuaranteedRate):
            return station
        shared = self._cell_keys[cell]
        return np.where(held_ns > 0, shared ^ station, shared)

    def _queues_of(self, way: Direction, seed: int) -> Queues:
        """The cells' queues; those of a slice are free of others' traffic."""
        load = self._config.load
        share = 0.0 if isinstance(self._config.slice, GuaranteedRate) else getattr(load, way)
        job_ns = load.job_bytes * 8.0 * NS_PER_S / typical_bps(self._network.carrier, way)
        limits_ns = self._config.buffer_ms * NS_PER_MS, self._config.discard_ms * NS_PER_MS
        return Queues(Stream(seed, f"uu.queue.{way}"), Background(share, job_ns), *limits_ns)


def _reserved_bps(promised_bps: float, radio_bps: F64, part: F64, cell: NDArray[np.intp]) -> F64:
    """Rate reserved for each station: as promised, or what its radio can do, and less if its cell promised too much."""
    rate_bps = np.minimum(promised_bps, radio_bps)
    served = cell >= 0
    taken = np.bincount(cell[served], (rate_bps * part)[served] / radio_bps[served], minlength=1)
    rate_bps[served] /= np.maximum(1.0, taken[cell[served]])
    return rate_bps
