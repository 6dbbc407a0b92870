"""Loss bursts: a Gilbert-Elliott chain in continuous time for every directed pair of stations.

The chain turns bad at rate a and good at rate b. The same process: at each tick of a Poisson clock of rate a + b the
state is drawn anew, bad with probability a / (a + b). (It then turns bad at (a + b) * a / (a + b) = a, and good at b.)
So the state at any time is the draw of the last tick before it: exact over any gap, stationary from the start, P(bad)
relaxing with exp(-(a + b) dt), and nothing to remember.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from v2x.links.arrivals import Arrivals
from v2x.links.base import I64, U64
from v2x.rng import Stream
from v2x.scenario.model import GilbertElliott


class Bursts:
    """Gilbert-Elliott loss of many links, each named by a 64-bit key."""

    def __init__(self, config: GilbertElliott, seed: int) -> None:
        to_bad_hz, to_good_hz = 1.0 / config.mean_good_s, 1.0 / config.mean_bad_s
        self._bad_share = to_bad_hz / (to_bad_hz + to_good_hz)
        self._loss_good, self._loss_bad = config.loss_good, config.loss_bad
        self._ticks = Arrivals(Stream(seed, "pc5.burst.tick"), to_bad_hz + to_good_hz)
        self._state = Stream(seed, "pc5.burst.state")
        self._loss = Stream(seed, "pc5.burst.loss")

    @property
    def share(self) -> float:
        """Long-run share of frames lost."""
        return self._bad_share * self._loss_bad + (1.0 - self._bad_share) * self._loss_good

    def bad(self, link: U64, t_ns: I64) -> NDArray[np.bool_]:
        """Whether each link is in its bad state at each row's time."""
        tick, _ = self._ticks.latest(link, t_ns)
        return self._state.uniform(link, tick) < self._bad_share

    def lost(self, link: U64, t_ns: I64) -> NDArray[np.bool_]:
        """Whether a frame sent at ``t_ns`` over each link falls to a burst."""
        chance = np.where(self.bad(link, t_ns), self._loss_bad, self._loss_good)
        lost = chance >= 1.0
        open_rows = np.flatnonzero((chance > 0.0) & ~lost)  # mostly none: draw only where chance decides
        lost[open_rows] = self._loss.uniform(link[open_rows], t_ns[open_rows]) < chance[open_rows]
        return lost
