"""The numbers that a sensor gives to objects: kept while it sees them, now and then exchanged."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from v2x.clock import NS_PER_S
from v2x.rng import Stream
from v2x.scenario.model_perception import Perception

F64 = NDArray[np.float64]
U64 = NDArray[np.uint64]

#: An object that has not been seen for so long gets a new number. Assumed, as sensors coast.
FORGOTTEN_NS = NS_PER_S
#: Distance on the axis that keeps the objects of different pictures and kinds apart.
_APART_M = 1e4


class ObjectNumbers:
    """Numbers of objects at all sensors.

    Parameters
    ----------
    config
        How often numbers are exchanged.
    seed
        Seed of the run.
    """

    def __init__(self, config: Perception, seed: int) -> None:
        self._within_m = config.swap_within_m
        self._chance = min(1.0, config.swap_per_s / config.rate_hz)
        self._fresh, self._swap = Stream(seed, "perception.number"), Stream(seed, "perception.swap")
        self._known: dict[int, tuple[int, int]] = {}  # pair of sensor and object -> number, when last seen
        self._swept_ns = 0

    def of(self, pair: U64, t_ns: NDArray[np.int64], east_m: F64, north_m: F64, apart: NDArray[np.int64]) -> U64:
        """Numbers of what is seen.

        Parameters
        ----------
        pair
            Key of sensor and object, (n,).
        t_ns
            Time of the picture.
        east_m, north_m
            Where the object is.
        apart
            Only objects for which this is equal can be exchanged: the same picture and kind.
        """
        fresh = self._fresh.bits(pair, t_ns).tolist()
        keys, times = pair.tolist(), t_ns.tolist()
        for key, now_ns, number in zip(keys, times, fresh, strict=True):
            kept, seen_ns = self._known.get(key, (number, now_ns))
            self._known[key] = (kept if now_ns - seen_ns <= FORGOTTEN_NS else number), now_ns
        for one, other in self._exchanged(pair, t_ns, east_m, north_m, apart):
            (first, when), (second, then) = self._known[one], self._known[other]
            self._known[one], self._known[other] = (second, when), (first, then)
        self._sweep(max(times, default=0))
        return np.array([self._known[key][0] for key in keys], np.uint64)

    def _exchanged(
        self, pair: U64, t_ns: NDArray[np.int64], east_m: F64, north_m: F64, apart: NDArray[np.int64]
    ) -> list[tuple[int, int]]:
        """Who exchange their numbers, in an order that is nobody's choice."""
        if len(pair) < 2 or self._chance == 0.0:
            return []
        places = np.column_stack([east_m, north_m, _APART_M * np.unique(apart, return_inverse=True)[1]])
        near = cKDTree(places).query_pairs(self._within_m, output_type="ndarray")
        one, other = np.minimum(*pair[near].T), np.maximum(*pair[near].T)
        draw = self._swap.uniform(one, other, t_ns[near[:, 0]])
        order = np.argsort(draw, kind="stable")[: np.count_nonzero(draw < self._chance)]
        return list(zip(one[order].tolist(), other[order].tolist(), strict=True))

    def _sweep(self, now_ns: int) -> None:
        """Forget whom nobody has seen for long; now and then is enough."""
        if now_ns - self._swept_ns > 10 * FORGOTTEN_NS:
            self._swept_ns = now_ns
            self._known = {key: kept for key, kept in self._known.items() if now_ns - kept[1] <= FORGOTTEN_NS}
