"""A sidelink on which some causes of loss do not happen: the counterfactual that tells what each of them costs.

A reception has one cause, the first that would have taken it (docs/links.md). Without that cause it arrives, at the end
of the try: whether the next cause would have taken it is not asked, so what a cause costs is told from above. All draws
are those of the whole link, so that the luck of every other reception stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

import numpy as np

from v2x.links.base import F64, I64, Aired, BroadcastLink, Cause, ChannelState, DistanceLaw, Scene, Transmissions
from v2x.links.watched import Watched

Table = TypeVar("Table", F64, I64)


def spared(by_cause: Table, causes: Iterable[str]) -> Table:
    """Shares or counts (number of causes, n) with those of some causes, by name, put to what is delivered."""
    moved, rows = by_cause.copy(), [Cause[name.upper()] for name in causes]
    moved[Cause.DELIVERED] += moved[rows].sum(axis=0)
    moved[rows] = 0
    return moved


class Without:
    """A link and what it is spared.

    Parameters
    ----------
    link
        The whole link.
    causes
        Names of causes, as in `Cause`.
    """

    def __init__(self, link: BroadcastLink, causes: Iterable[str]) -> None:
        self._link, self._causes = link, tuple(causes)
        self._becomes = np.arange(len(Cause), dtype=np.int8)
        self._becomes[[Cause[name.upper()] for name in self._causes]] = Cause.DELIVERED
        self.lookahead_ns = link.lookahead_ns
        self.law = self._law_of(link.law) if link.law is not None else None

    def broadcast(self, frames: Transmissions, scene: Scene, watched: Watched | None = None) -> Aired:
        """As the link, and what the causes took has arrived."""
        aired = self._link.broadcast(frames, scene, watched)
        receptions = replace(aired.receptions, cause=self._becomes[aired.receptions.cause])
        return Aired(receptions, {kind: spared(counts, self._causes) for kind, counts in aired.counted.items()})

    def state(self) -> ChannelState | None:
        """As of the link: whoever is spared a collision still hears a busy channel."""
        return self._link.state()

    def statistics(self) -> dict[str, float]:
        """As of the link."""
        return self._link.statistics()

    def _law_of(self, whole: DistanceLaw) -> DistanceLaw:
        return DistanceLaw(whole.reach_m, lambda distance_m: spared(whole.shares(distance_m).T, self._causes).T)
