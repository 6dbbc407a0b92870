"""Uu by geometry: a radio leg that depends on place and load, then the way to the server, part by part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_MS, NS_PER_S
from v2x.draws import uniform
from v2x.field.model import Field
from v2x.jit import compiled
from v2x.links.base import F64, I64, U64, Carried, Cause, Direction, LinkNote, Stations, Transmissions, rows_of
from v2x.links.cellular.attachment import Attachment
from v2x.links.cellular.network import Network
from v2x.links.cellular.queues import Background, Queues
from v2x.links.cellular.rates import typical_bps
from v2x.links.cellular.segments import SegmentLaw, SegmentLaws, segment_laws
from v2x.rng import Stream, key_of
from v2x.scenario.model_cellular import GeometricUu as Config
from v2x.scenario.model_cellular import GuaranteedRate

_DIRECTIONS: tuple[Direction, ...] = ("uplink", "downlink")
_ALL = slice(None)
_DELIVERED, _OUTAGE, _HANDOVER = int(Cause.DELIVERED), int(Cause.OUTAGE), int(Cause.HANDOVER)


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

    def rows(self, key: U64) -> I64:
        """Where stations are in the columns."""
        rows = rows_of(key, self.key)
        if len(rows) and rows.min() < 0:
            raise ValueError("a frame of a station whose place is not known: `move` comes before `carry`")
        return rows


class GeometricUu:
    """5G network of a field.

    The radio leg is judged at the time of hand-over in both directions: a frame for a vehicle is handed over at the
    server some milliseconds before it stands in the cell's queue. Place and rate are those at the step's begin.
    """

    def __init__(self, config: Config, seed: int, _duration_ns: int, field: Field | None) -> None:
        self._config, self._network = config, Network(config, field, seed)
        self._attachment = Attachment(config.handover, self._network.cells)
        self._cell_keys = np.array([key_of(name) for name in self._network.cells], np.uint64)
        self._loses = config.handover.frames == "lose"
        whole, spared = segment_laws(config.server, config.architecture), config.without
        laws = {
            way: {part: SegmentLaw.constant(0.0) if part in spared else law for part, law in of.items()}
            for way, of in whole.items()
        }
        self._parts = {way: ("handover", "queue", *of) for way, of in laws.items()}
        self._ways = {way: SegmentLaws([*of.values()]) for way, of in laws.items()}
        self._roots = {
            way: np.array([Stream(seed, f"uu.{part}.{way}").root for part in of], np.uint64) for way, of in laws.items()
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
        here, row = self._here, self._here.rows(frames.sender)
        cell, bps, part = here.cell[row], here.bps[direction][row], here.part[direction][row]
        held_ns, sending_ns, cause = _offered(frames.t_ns, frames.air_bytes, cell, here.back_ns[row], bps, self._loses)
        waited_ns = np.zeros(len(frames), np.int64)
        on_air = (cause == _DELIVERED).nonzero()[0] if np.count_nonzero(cause) else _ALL
        if "queue" in self._config.without:
            sending_ns[:] = 0.0
        else:
            waited_ns[on_air], cause[on_air] = self._queues[direction].serve(
                self._queue_of(frames.sender[on_air], cell[on_air], held_ns[on_air]),
                frames.sender[on_air],
                (frames.t_ns + held_ns)[on_air],
                held_ns[on_air],
                (sending_ns * part)[on_air],
            )
        if "outage" in self._config.without:
            cause[cause == _OUTAGE] = _DELIVERED
        shares = np.empty((len(self._roots[direction]), len(frames)))
        uniform(self._roots[direction], frames.sender, frames.t_ns, shares)
        laws_ms = self._ways[direction].quantile_ms(shares)
        took_ns, t_ns = _taken(frames.t_ns, cause, held_ns, waited_ns, sending_ns, laws_ms)
        return Carried(t_ns, cause, dict(zip(self._parts[direction], took_ns, strict=True)))

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
        return np.where(held_ns > 0, shared ^ station, shared) if np.count_nonzero(held_ns) else shared

    def _queues_of(self, way: Direction, seed: int) -> Queues:
        """The cells' queues; those of a slice are free of others' traffic."""
        load = self._config.load
        share = 0.0 if isinstance(self._config.slice, GuaranteedRate) else getattr(load, way)
        job_ns = load.job_bytes * 8.0 * NS_PER_S / typical_bps(self._network.carrier, way)
        limits_ns = self._config.buffer_ms * NS_PER_MS, self._config.discard_ms * NS_PER_MS
        return Queues(Stream(seed, f"uu.queue.{way}"), Background(share, job_ns), *limits_ns)


@compiled
def _offered(
    t_ns: I64, air_bytes: I64, cell: NDArray[np.intp], back_ns: I64, bps: F64, loses: bool
) -> tuple[I64, F64, NDArray[np.int8]]:
    """How long frames are held by a handover, the time on the air, and what becomes of them before their queue, (n,).

    ``loses``: those of a handover are not held.
    """
    held_ns, sending_ns, cause = np.zeros(len(t_ns), np.int64), np.zeros(len(t_ns)), np.zeros(len(t_ns), np.int8)
    for row in range(len(t_ns)):
        left_ns = max(0, back_ns[row] - t_ns[row])
        if cell[row] < 0:
            cause[row] = _OUTAGE
        elif loses and left_ns > 0:
            cause[row] = _HANDOVER
            continue
        else:
            sending_ns[row] = air_bytes[row] * 8.0 * NS_PER_S / bps[row]
        held_ns[row] = 0 if loses else left_ns
    return held_ns, sending_ns, cause


@compiled
def _taken(
    t_ns: I64, cause: NDArray[np.int8], held_ns: I64, waited_ns: I64, sending_ns: F64, laws_ms: F64
) -> tuple[I64, I64]:
    """Time that each part of the way took, (parts, n), and arrivals, or ends of the try, (n,)."""
    took_ns, end_ns = np.zeros((2 + len(laws_ms), len(t_ns)), np.int64), t_ns.copy()
    for row in range(len(t_ns)):
        took_ns[0, row], took_ns[1, row] = held_ns[row], waited_ns[row]
        if cause[row] == _DELIVERED:
            took_ns[1, row] += np.int64(np.rint(sending_ns[row]))
            for law in range(len(laws_ms)):
                took_ns[2 + law, row] = np.int64(np.rint(laws_ms[law, row] * NS_PER_MS))
        for part in range(len(took_ns)):
            end_ns[row] += took_ns[part, row]
    return took_ns, end_ns


def _reserved_bps(promised_bps: float, radio_bps: F64, part: F64, cell: NDArray[np.intp]) -> F64:
    """Rate reserved for each station: as promised, or what its radio can do, and less if its cell promised too much."""
    rate_bps = np.minimum(promised_bps, radio_bps)
    served = cell >= 0
    taken = np.bincount(cell[served], (rate_bps * part)[served] / radio_bps[served], minlength=1)
    rate_bps[served] /= np.maximum(1.0, taken[cell[served]])
    return rate_bps
