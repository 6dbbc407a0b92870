"""PC5 as it works: every station senses, reserves, sends and collides, slot by slot."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from v2x.field.model import Field
from v2x.links.base import (
    I64,
    MAX_PC5_BYTES,
    U64,
    Aired,
    Cause,
    ChannelState,
    DistanceLaw,
    Receptions,
    Scene,
    Transmissions,
    Watched,
)
from v2x.links.sidelink.hearing import gains_of
from v2x.links.sidelink.layout import grid_of
from v2x.links.sidelink.packets import PacketShapes, flow_plan, rules_of
from v2x.links.sidelink.radios import FlowPlan, Radios
from v2x.links.sidelink.state import PACKET, Rows
from v2x.scenario.model_sidelink import SensingPc5 as Config

#: Most message types in a run.
_KINDS = 32


class SensingPc5:
    """The sidelink of a run.

    Parameters
    ----------
    config, seed
        Settings, and seed of the run.
    field
        Whose buildings stand in the way; None for open ground.
    period_m
        Length of a ring road along x; None for the open plane.

    Raises
    ------
    InputError
        If the scenario names an error curve that there is not.
    """

    law: DistanceLaw | None = None

    def __init__(self, config: Config, seed: int, field: Field | None = None, period_m: float | None = None) -> None:
        self._config, self._slot_ns = config, grid_of(config).slot_ns
        self._gains = gains_of(config, grid_of(config).noise_mw, seed, field, period_m)
        self._shapes = PacketShapes(config)
        self.radios = Radios(rules_of(config), self._shapes.tables, _KINDS, seed)
        self._kinds: dict[str, int] = {}
        self._later: Transmissions | None = None
        self._state: ChannelState | None = None

    def broadcast(self, frames: Transmissions, scene: Scene, watched: Watched | None = None) -> Aired:
        """Hand frames to their senders' radios, and say what was decided in the step.

        A frame whose sender is not in the scene is heard by nobody.
        """
        radios, stations = self.radios, scene.stations
        seats = radios.seated(stations.key)
        radios.seats["watched"][seats] = 1
        if watched is not None:
            radios.seats["watched"][seats] = watched.receiver | watched.sent(stations.key)
        radios.tally[:] = 0
        packets = self._packets(self._due(frames, scene))
        radios.tables = self._shapes.tables
        fates = radios.run(self._gains.update(scene), seats, packets, scene.until_ns // self._slot_ns)
        self._state = self._channel(stations.key, seats)
        row_of = np.zeros(len(radios.seats), np.intp)
        row_of[seats] = np.arange(len(seats))
        end_ns, cause = (fates["slot"] + 1) * self._slot_ns, fates["cause"].astype(np.int8)
        receptions = Receptions(fates["tx_id"], row_of[fates["seat"]], fates["distance_m"], end_ns, cause)
        counted = {kind: radios.tally[number].copy() for kind, number in self._kinds.items()}
        return Aired(receptions, {kind: counts for kind, counts in counted.items() if counts.any()})

    def state(self) -> ChannelState | None:
        """Channel busy ratio over the last 100 ms, of the busiest carrier, and occupancy ratio over the last second."""
        return self._state

    # ------------------------------------------------------------------ inside

    def _due(self, frames: Transmissions, scene: Scene) -> Transmissions:
        """Frames that reach a radio in this step; the rest waits for its own."""
        if self._later is not None:
            frames = joined(self._later, frames)
        now = frames.t_ns < scene.until_ns
        self._later = frames.take(np.flatnonzero(~now))
        here = now & np.isin(frames.sender, scene.stations.key)
        rows = np.flatnonzero(here)
        return frames.take(rows[np.lexsort((frames.sender[rows], frames.t_ns[rows]))])

    def _packets(self, frames: Transmissions) -> Rows:
        """What radios make of frames, ascending in slot."""
        packets = np.zeros(len(frames), PACKET)
        packets["slot"], packets["tx_id"] = frames.t_ns // self._slot_ns, frames.tx_id
        shapes = self._shapes.of(frames.air_bytes)
        for name in ("width", "code", "segments", "attempts"):
            packets[name] = shapes[name]
        too_long = (shapes["segments"] == 0) | (frames.air_bytes > MAX_PC5_BYTES)
        packets["refused"] = np.where(too_long, Cause.OVERSIZE, Cause.DELIVERED)
        packets["flow"] = self._flows(frames)
        return packets

    def _flows(self, frames: Transmissions) -> NDArray[np.int64]:
        """Flow of each frame. Messages of a type that are said at once, such as parts of a MAP, go side by side."""
        same: Counter[tuple[int, str, int]] = Counter()
        numbers = []
        for key, kind, t_ns in zip(frames.sender.tolist(), frames.type.tolist(), frames.t_ns.tolist(), strict=True):
            part = same[key, kind, t_ns]
            same[key, kind, t_ns] += 1
            code = self._kinds.setdefault(kind, len(self._kinds))

            def plan(others: int, kind: str = kind, code: int = code, part: int = part) -> FlowPlan:
                reserving = part == 0 and others < self._config.most_reservations
                return flow_plan(self._config, kind, code, reserving=reserving)

            numbers.append(self.radios.flow(key, f"{kind} {part}" if part else kind, plan))
        return np.array(numbers, np.int64)

    def _channel(self, key: U64, seats: I64) -> ChannelState:
        senses, rules = self.radios.senses, self.radios.rules
        offered = rules.sensing * np.bincount(self.radios.tables.carrier).min()
        return ChannelState(key, senses.cbr[:, seats].max(axis=0), senses.used[:, seats].sum(axis=0) / offered)


def joined(one: Transmissions, other: Transmissions) -> Transmissions:
    """Rows of both."""
    columns = zip(_columns(one), _columns(other), strict=True)
    return Transmissions(*(np.concatenate(pair) for pair in columns))


def _columns(frames: Transmissions) -> list[NDArray[Any]]:
    return [getattr(frames, column.name) for column in fields(frames)]
