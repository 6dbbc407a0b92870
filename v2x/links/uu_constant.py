"""Uu that a test can predict: no delay, or a fixed one with independent loss, and coverage everywhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_MS
from v2x.links.base import I64, Cause, Direction, Transmissions
from v2x.rng import Stream
from v2x.scenario.model import ConstantLink, IdealLink


class ConstantUu:
    """Fixed delay in each direction and independent loss."""

    def __init__(self, config: ConstantLink, seed: int, _duration_ns: int) -> None:
        self._share = config.loss
        self._delay_ns = round(config.delay_ms * NS_PER_MS)
        self._loss = {way: Stream(seed, f"uu.loss.{way}") for way in ("uplink", "downlink")}

    def carry(self, frames: Transmissions, direction: Direction) -> tuple[I64, NDArray[np.int8]]:
        """Arrival and `Cause` of each frame."""
        lost = self._loss[direction].uniform(frames.sender, frames.t_ns) < self._share
        return frames.t_ns + self._delay_ns, np.where(lost, Cause.RANDOM, Cause.DELIVERED).astype(np.int8)


def ideal_uu(_config: IdealLink, seed: int, duration_ns: int) -> ConstantUu:
    """Everything arrives at once."""
    return ConstantUu(ConstantLink(kind="constant", delay_ms=0.0, loss=0.0), seed, duration_ns)
