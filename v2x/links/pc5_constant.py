"""PC5 that a test can predict: everything in range arrives, at once or after a fixed delay with independent loss."""

from __future__ import annotations

import numpy as np

from v2x.clock import NS_PER_MS
from v2x.field.model import Field
from v2x.links.base import F64, Aired, Cause, DistanceLaw, Scene, Transmissions, at_once
from v2x.links.neighbours import neighbours
from v2x.links.watched import Watched
from v2x.rng import Stream
from v2x.scenario.model import ConstantLink, IdealLink


class ConstantPc5:
    """Fixed delay and independent loss within a range."""

    def __init__(self, config: ConstantLink, seed: int, _field: Field | None = None) -> None:
        self._range_m, self._share = config.range_m, config.loss
        self.lookahead_ns: int | None = round(config.delay_ms * NS_PER_MS)
        self._loss = Stream(seed, "pc5.loss")
        self.law = DistanceLaw(config.range_m, self._shares)

    def broadcast(self, frames: Transmissions, scene: Scene, watched: Watched | None = None) -> Aired:
        """Fate of each frame at each receiver within the range."""
        tx, receiver, distance_m = neighbours(frames, scene.stations, self._range_m, watched)
        cause = np.zeros(len(tx), np.int8)  # delivered
        if self._share > 0.0:
            drawn = self._loss.uniform(frames.sender[tx], scene.stations.key[receiver], frames.t_ns[tx])
            cause[drawn < self._share] = Cause.RANDOM
        return at_once(frames, tx, receiver, distance_m, frames.t_ns + (self.lookahead_ns or 0), cause)

    def state(self) -> None:
        """There is no channel."""

    def statistics(self) -> dict[str, float]:
        """Nothing to tell."""
        return {}

    def _shares(self, distance_m: F64) -> F64:
        shares = np.zeros((len(distance_m), len(Cause)))
        shares[:, Cause.DELIVERED], shares[:, Cause.RANDOM] = 1.0 - self._share, self._share
        return shares


def ideal_pc5(config: IdealLink, seed: int, _field: Field | None = None) -> ConstantPc5:
    """Everything within range arrives at once."""
    return ConstantPc5(ConstantLink(kind="constant", delay_ms=0.0, loss=0.0, range_m=config.range_m), seed)
