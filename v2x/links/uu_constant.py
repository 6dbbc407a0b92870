"""Uu that a test can predict: no delay, or a fixed one with independent loss, and coverage everywhere."""

from __future__ import annotations

import numpy as np

from v2x.clock import NS_PER_MS
from v2x.field.model import Field
from v2x.links.base import Carried, Cause, Direction, LinkNote, Stations, Transmissions
from v2x.rng import Stream
from v2x.scenario.model import ConstantLink, IdealLink


class ConstantUu:
    """Fixed delay in each direction and independent loss."""

    def __init__(self, config: ConstantLink, seed: int, _duration_ns: int, _field: Field | None) -> None:
        self._share = config.loss
        self._delay_ns = round(config.delay_ms * NS_PER_MS)
        self._loss = {way: Stream(seed, f"uu.loss.{way}") for way in ("uplink", "downlink")}

    def move(self, t_ns: int, mobiles: Stations) -> None:
        """Nothing: it is the same everywhere."""

    def carry(self, frames: Transmissions, direction: Direction) -> Carried:
        """Fate of each frame."""
        lost = self._loss[direction].uniform(frames.sender, frames.t_ns) < self._share
        cause = np.where(lost, Cause.RANDOM, Cause.DELIVERED).astype(np.int8)
        return Carried(frames.t_ns + self._delay_ns, cause)

    def notes(self) -> list[LinkNote]:
        """None."""
        return []


def ideal_uu(_config: IdealLink, seed: int, duration_ns: int, field: Field | None) -> ConstantUu:
    """Everything arrives at once."""
    return ConstantUu(ConstantLink(kind="constant", delay_ms=0.0, loss=0.0), seed, duration_ns, field)
