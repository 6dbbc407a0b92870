"""PC5 by statistics: a published loss table by distance, and Gilbert-Elliott bursts on top."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_MS
from v2x.field.model import Field
from v2x.links.base import F64, Aired, Cause, DistanceLaw, Scene, Transmissions, at_once
from v2x.links.gilbert_elliott import Bursts
from v2x.links.loss_tables import LOSS_TABLES, LossTable
from v2x.links.neighbours import neighbours
from v2x.links.watched import Watched
from v2x.rng import Stream
from v2x.scenario.model import StatisticalPc5 as Config


class StatisticalPc5:
    """PDR by distance times burst survival; every draw keyed by sender, receiver and time.

    A pair farther apart than the table's end is not tried. Half duplex is in the published tables as its mean share,
    not as an event: a station that sends is not deaf at that instant.
    """

    def __init__(self, config: Config, seed: int, _field: Field | None = None) -> None:
        self._table = LOSS_TABLES[config.pdr] if isinstance(config.pdr, str) else LossTable.from_pdr(tuple(config.pdr))
        self._bursts = Bursts(config.bursts, seed) if config.bursts else None
        self._access_ns = np.array(config.access_ms) * NS_PER_MS
        self.lookahead_ns: int | None = int(self._access_ns[0])
        self._access = Stream(seed, "pc5.access")
        self._sender = Stream(seed, "pc5.sender")
        self._receiver = Stream(seed, "pc5.receiver")
        self._loss = Stream(seed, "pc5.loss")
        self.law = DistanceLaw(float(self._table.distance_m[-1]), self._shares)

    def broadcast(self, frames: Transmissions, scene: Scene, watched: Watched | None = None) -> Aired:
        """Fate of each frame at each receiver within the table's reach.

        All receivers of a frame get it at the same instant: the wait is for the sender's resource.
        """
        tx, receiver, distance_m = neighbours(frames, scene.stations, self.law.reach_m, watched)
        # Name of the directed pair: hashed once per station, not once per pair.
        link = self._sender.bits(frames.sender)[tx] ^ self._receiver.bits(scene.stations.key)[receiver]
        t_ns = frames.t_ns[tx]
        cause = self._table_loss(distance_m, self._loss.uniform(link, t_ns))
        if self._bursts is not None:
            alive = np.flatnonzero(cause == Cause.DELIVERED)
            hit = self._bursts.lost(link[alive], t_ns[alive])
            cause[alive[hit]] = Cause.RANDOM
        shortest, longest = self._access_ns
        wait = shortest + self._access.uniform(frames.sender, frames.t_ns) * (longest - shortest)
        end_ns = frames.t_ns + np.round(wait).astype(np.int64)
        return at_once(frames, tx, receiver, distance_m, end_ns, cause)

    def state(self) -> None:
        """There is no channel."""

    def statistics(self) -> dict[str, float]:
        """Nothing to tell."""
        return {}

    def _shares(self, distance_m: F64) -> F64:
        """The table, and of what it lets through the long-run share that bursts take."""
        shares = np.zeros((len(distance_m), len(Cause)))
        for cause, loss in zip(self._table.causes, self._table.loss.T, strict=True):
            shares[:, cause] = np.interp(distance_m, self._table.distance_m, loss)
        passed = np.maximum(1.0 - shares.sum(axis=1), 0.0)
        burst = 0.0 if self._bursts is None else self._bursts.share
        shares[:, Cause.DELIVERED], shares[:, Cause.RANDOM] = passed * (1.0 - burst), passed * burst
        return shares

    def _table_loss(self, distance_m: F64, draw: F64) -> NDArray[np.int8]:
        """Cause of each row: the table's shares laid end to end on [0, 1), delivery the rest, and a draw on it."""
        table = self._table
        upper = np.cumsum(table.loss, axis=1)
        cause = np.zeros(len(draw), np.int8)
        lost = np.flatnonzero(draw < np.interp(distance_m, table.distance_m, upper[:, -1]))
        passed = np.zeros(len(lost), np.intp)
        for column in range(len(table.causes) - 1):
            passed += draw[lost] >= np.interp(distance_m[lost], table.distance_m, upper[:, column])
        cause[lost] = np.array(table.causes, np.int8)[passed]
        return cause
