"""Uu as measured: shift + Gamma delay in each direction, and stalls that both directions share."""

from __future__ import annotations

import numpy as np

from v2x.clock import NS_PER_MS
from v2x.field.model import Field
from v2x.links.base import I64, Carried, Cause, Direction, LinkNote, Stations, Transmissions
from v2x.links.uu_presets import UU_PRESETS
from v2x.links.uu_stalls import Stalls
from v2x.rng import Stream
from v2x.scenario.model import PresetUu as Config


class PresetUu:
    """A preset network.

    A stall holds frames back (``tcp``: they are repeated until it ends, and nothing overtakes) or loses them (``udp``),
    never both. Delays are keyed by station, direction and time.
    """

    def __init__(self, config: Config, seed: int, _duration_ns: int, _field: Field | None) -> None:
        preset = UU_PRESETS[config.preset]
        self._laws = {"uplink": preset.uplink, "downlink": preset.downlink}
        self._draws = {way: Stream(seed, f"uu.delay.{way}") for way in self._laws}
        self._stalls = Stalls(preset.stalls, seed) if preset.stalls else None
        self._in_order = config.transport == "tcp"
        self._last_ns: dict[tuple[str, int], int] = {}

    def move(self, t_ns: int, mobiles: Stations) -> None:
        """Nothing: the measurement is not told by place."""

    def carry(self, frames: Transmissions, direction: Direction) -> Carried:
        """Fate of each frame; a lost one's arrival is when it would have arrived."""
        delay_ms = self._laws[direction].quantile_ms(self._draws[direction].uniform(frames.sender, frames.t_ns))
        arrival_ns = frames.t_ns + np.round(delay_ms * NS_PER_MS).astype(np.int64)
        cause = np.zeros(len(frames), np.int8)
        if self._stalls is not None:
            stall_end_ns = self._stalls.end_ns(frames.sender, frames.t_ns)
            if self._in_order:
                arrival_ns = np.maximum(arrival_ns, stall_end_ns)
            else:
                cause[stall_end_ns > frames.t_ns] = Cause.OUTAGE
        if self._in_order:
            arrival_ns = self._queued(frames, arrival_ns, direction)
        return Carried(arrival_ns, cause)

    def notes(self) -> list[LinkNote]:
        """None: stalls are drawn per frame, not watched."""
        return []

    def _queued(self, frames: Transmissions, arrival_ns: I64, direction: Direction) -> I64:
        """TCP hands over in order: no frame before one that its station sent, or was sent, earlier."""
        queued = arrival_ns.copy()
        for row, (station, at_ns) in enumerate(zip(frames.sender.tolist(), arrival_ns.tolist(), strict=True)):
            lane = (direction, station)
            queued[row] = self._last_ns[lane] = max(at_ns, self._last_ns.get(lane, at_ns))
        return queued
