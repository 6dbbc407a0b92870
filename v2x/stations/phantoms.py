"""Objects that roadside sensors see where there are none: shadows, reflections, swaying branches."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from v2x.clock import to_ns
from v2x.rng import Stream
from v2x.scenario.model_perception import Perception
from v2x.stations.sightings import SEEN, Sightings

#: Length and width by kind, metres: typical ones.
_SIZE_M = np.array([[4.5, 1.8], [1.7, 0.7], [0.5, 0.5]])
#: A sensor is less sure of them. Assumed.
_CONFIDENCE = 0.6


class Phantoms:
    """False objects of all sensors: each stands at a place of its own, evenly spread over the view, for one period.

    Parameters
    ----------
    config
        How many there are, and the view.
    seed
        Seed of the run.
    """

    def __init__(self, config: Perception, seed: int) -> None:
        self._config, self._draws = config, Stream(seed, "perception.false")
        self._period_ns = to_ns(config.false_lasting_s)
        expected = config.false_per_minute * config.false_lasting_s / 60.0
        self._sources = np.arange(math.ceil(expected))  # independent, so that their number is about Poisson's
        self._chance = expected / max(len(self._sources), 1)

    def at(self, sensor: NDArray[np.uint64], t_ns: NDArray[np.int64]) -> tuple[Sightings, NDArray[np.intp]]:
        """False objects in pictures of ``sensor`` (k,) at ``t_ns`` (k,), and the picture of each."""
        period = t_ns // self._period_ns
        drawn = self._draws.uniform(sensor[:, np.newaxis], period[:, np.newaxis], self._sources)
        picture, source = np.nonzero(drawn < self._chance)
        of = sensor[picture], period[picture], self._sources[source]
        config, view = self._config, self._config.view
        spread, turn, kinds, facing = (self._draws.uniform(*of, what) for what in range(1, 5))
        range_m = np.sqrt(view.near_m**2 + spread * (view.far_m**2 - view.near_m**2))
        bearing = np.radians(view.bearing_deg + (turn - 0.5) * view.opening_deg)
        kind = (kinds * len(SEEN)).astype(np.int8)
        far = 1.0 + range_m / config.doubling_m
        objects = Sightings(
            number=self._draws.bits(*of, 5),
            east_m=range_m * np.sin(bearing),
            north_m=range_m * np.cos(bearing),
            speed_mps=np.zeros(len(kind)),
            heading_deg=360.0 * facing,
            length_m=_SIZE_M[kind, 0],
            width_m=_SIZE_M[kind, 1],
            kind=kind,
            kind_confidence=np.full(len(kind), _CONFIDENCE),
            position_sigma_m=config.position_sigma_m * far,
            speed_sigma_mps=config.speed_sigma_mps * far,
            heading_sigma_deg=config.heading_sigma_deg * far,
        )
        return objects, picture
