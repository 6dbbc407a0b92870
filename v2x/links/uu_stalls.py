"""Stalls of a station's 5G path: when an episode that holds frames back ends."""

from __future__ import annotations

import numpy as np

from v2x.links.arrivals import Arrivals
from v2x.links.base import I64, U64
from v2x.links.uu_presets import StallLaw
from v2x.rng import Stream


class Stalls:
    """Poisson episodes of each station, the same for both directions.

    Parameters
    ----------
    law
        How often and how long.
    seed
        Seed of the run.
    """

    def __init__(self, law: StallLaw, seed: int) -> None:
        self._law = law
        self._starts = Arrivals(Stream(seed, "uu.stall.start"), law.per_minute / 60.0)
        self._length = Stream(seed, "uu.stall.length")
        self._longest_ns = int(max(law.duration_ms) * 1e6)

    def end_ns(self, station: U64, t_ns: I64) -> I64:
        """End of the episode that holds each row's station at ``t_ns``; at most ``t_ns`` where none does.

        Episodes may overlap, and a long one may outlast a later short one: all that can still last are looked at.
        """
        end_ns = t_ns.copy()
        rows, look_ns = np.arange(len(t_ns)), t_ns
        while rows.size:
            name, start_ns = self._starts.latest(station[rows], look_ns)
            length_ns = self._law.durations_ns(self._length.uniform(station[rows], name)).astype(np.int64)
            end_ns[rows] = np.maximum(end_ns[rows], start_ns + length_ns)
            recent = start_ns > t_ns[rows] - self._longest_ns
            rows, look_ns = rows[recent], start_ns[recent] - 1
        return end_ns
