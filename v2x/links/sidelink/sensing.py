"""PC5 as it works: every station senses, reserves, sends and collides, slot by slot."""

from __future__ import annotations

import numpy as np

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
    rows_of,
)
from v2x.links.sidelink.hearing import gains_of, reach_of
from v2x.links.sidelink.layout import grid_of
from v2x.links.sidelink.packets import PacketShapes, flow_plan, rules_of
from v2x.links.sidelink.radios import FlowPlan, Radios
from v2x.links.sidelink.state import PACKET, Rows
from v2x.links.watched import EVERYBODY, Watched
from v2x.scenario.model_sidelink import SensingPc5 as Config

#: Stations interfere up to where a median signal equals a sub-channel's noise, and no farther than this.
_FARTHEST_M = 1500.0
#: Messages of a type that a station can say at once; more replace each other.
_PARTS = 8


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
    lookahead_ns: int | None = None

    def __init__(self, config: Config, seed: int, field: Field | None = None, period_m: float | None = None) -> None:
        grid = grid_of(config)
        self._config, self._slot_ns = config, grid.slot_ns
        interfere_m = reach_of(config, 10.0 * float(np.log10(grid.noise_mw)), _FARTHEST_M)
        self._gains = gains_of(config, max(interfere_m, config.reach_m), seed, field, period_m)
        self._shapes = PacketShapes(config)
        self.radios = Radios(rules_of(config), self._shapes.tables, seed)
        self._kinds: dict[str, int] = {}
        self._lines: dict[tuple[str, int], int] = {}
        self._later: Transmissions | None = None
        self._state: ChannelState | None = None

    def broadcast(self, frames: Transmissions, scene: Scene, watched: Watched | None = None) -> Aired:
        """Hand frames to their senders' radios, and say what was decided in the step.

        A frame whose sender is not in the scene is heard by nobody.
        """
        radios, stations = self.radios, scene.stations
        seats = radios.seated(stations.key)
        radios.seats["speaks"][seats] = EVERYBODY if watched is None else watched.spoken(stations.key)
        radios.seats["listens"][seats] = EVERYBODY if watched is None else watched.listens
        packets = self._packets(self._due(frames, scene), stations.key, seats)
        radios.tables = self._shapes.tables
        until = scene.until_ns // self._slot_ns
        fates, counts = radios.run(self._gains.update(scene), seats, packets, len(self._kinds), until)
        self._state = self._channel(stations.key, seats)
        row_of = np.zeros(len(radios.seats), np.intp)
        row_of[seats] = np.arange(len(seats))
        end_ns, cause = (fates["slot"] + 1) * self._slot_ns, fates["cause"].astype(np.int8)
        receptions = Receptions(fates["tx_id"], row_of[fates["seat"]], fates["distance_m"], end_ns, cause)
        return Aired(receptions, {kind: counts[number] for kind, number in self._kinds.items() if counts[number].any()})

    def state(self) -> ChannelState | None:
        """Channel busy ratio over the last 100 ms, of the busiest carrier, and occupancy ratio over the last second."""
        return self._state

    def statistics(self) -> dict[str, float]:
        """``pc5_outgrown``: packets that were too big for reserved resources, so that the station chose others."""
        return {"pc5_outgrown": float(self.radios.outgrown[0])}

    # ------------------------------------------------------------------ inside

    def _due(self, frames: Transmissions, scene: Scene) -> Transmissions:
        """Frames that reach a radio in this step, in order of time; the rest waits for its own."""
        if self._later is not None:
            frames = self._later.and_then(frames)
        now = frames.t_ns // self._slot_ns < scene.until_ns // self._slot_ns
        self._later = frames.take(np.flatnonzero(~now))
        frames = frames.take(np.flatnonzero(now))
        return frames.take(np.lexsort((frames.tx_id, frames.sender, frames.t_ns)))

    def _packets(self, frames: Transmissions, keys: U64, seats: I64) -> Rows:
        """What the radios of stations with given keys make of frames, ascending in slot."""
        row = rows_of(frames.sender, keys)
        frames, seat = frames.take(np.flatnonzero(row >= 0)), seats[row[row >= 0]]
        packets = np.zeros(len(frames), PACKET)
        packets["slot"], packets["tx_id"] = frames.t_ns // self._slot_ns, frames.tx_id
        shapes = self._shapes.of(frames.air_bytes)
        for name in ("width", "code", "size", "segments", "attempts"):
            packets[name] = shapes[name]
        too_long = (shapes["segments"] == 0) | (frames.air_bytes > MAX_PC5_BYTES)
        packets["refused"] = np.where(too_long, Cause.OVERSIZE, Cause.DELIVERED)
        packets["flow"] = self.radios.flows_of(seat, self._lines_of(frames), self._plan)
        return packets

    def _lines_of(self, frames: Transmissions) -> I64:
        """Line of each frame: its type, and its number among those of the type that a station says at once.

        Parts of a MAP go side by side in that way, where a newer message of one line would replace an older one.
        """
        part = np.zeros(len(frames), np.int64)
        same = (np.diff(frames.sender, prepend=0) == 0) & (np.diff(frames.t_ns, prepend=-1) == 0)
        for row in np.flatnonzero(same).tolist():  # rows of one sender and instant follow each other
            first = row - 1
            while same[first]:
                first -= 1
            part[row] = np.count_nonzero(frames.type[first:row] == frames.type[row])
        names = zip(frames.type.tolist(), np.minimum(part, _PARTS - 1).tolist(), strict=True)
        return np.array([self._lines.setdefault(name, len(self._lines)) for name in names], np.int64)

    def _plan(self, line: int, reserving: int) -> FlowPlan:
        kind, part = next(name for name, number in self._lines.items() if number == line)
        number = self._kinds.setdefault(kind, len(self._kinds))
        may = part == 0 and reserving < self._config.most_reservations
        return flow_plan(self._config, kind, part, number, reserving=may)

    def _channel(self, key: U64, seats: I64) -> ChannelState:
        senses, rules = self.radios.senses, self.radios.rules
        offered = rules.sensing * np.bincount(self.radios.tables.carrier).min()
        return ChannelState(key, senses.cbr[:, seats].max(axis=0), senses.used[:, seats].sum(axis=0) / offered)
