"""What roadside sensors make of the road users in view: misses, errors, wrong kinds, exchanged numbers.

Every error is a pure function of seed, sensor, object and time, but for the numbers of objects, which last. So it does
not matter who else is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from v2x.clock import NS_PER_S
from v2x.geo import wrap_deg
from v2x.rng import Stream
from v2x.scenario.model_perception import Perception, SeenKind
from v2x.stations.correlated import GaussMarkov
from v2x.stations.mast_view import InView
from v2x.stations.object_numbers import ObjectNumbers
from v2x.stations.sightings import SEEN, Sightings
from v2x.traffic.base import KINDS, Snapshot

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]
Rows = NDArray[np.intp]

_SEEN_AS: dict[str, SeenKind] = {"ebike": "cyclist", "bicycle": "cyclist", "pedestrian": "pedestrian"}
_CODE = np.array([SEEN.index(_SEEN_AS.get(kind, "vehicle")) for kind in KINDS], np.int8)
#: What each kind is most easily taken for. Assumed.
_TAKEN_FOR = np.array([SEEN.index(kind) for kind in ("cyclist", "pedestrian", "cyclist")], np.int8)
#: Correlation time of the slow half of the position error, seconds. Assumed: calibration and shape vary along the way.
_POSITION_TIME_S = 1.0
#: How long a wrong kind and an error of the size last. Assumed.
_LASTING_NS = 2 * NS_PER_S
#: Nothing is smaller than this to a sensor, metres.
_SMALLEST_M = 0.1


class Blur:
    """The errors of all sensors.

    Parameters
    ----------
    config
        Their figures.
    seed
        Seed of the run.
    """

    def __init__(self, config: Perception, seed: int) -> None:
        self._config = config
        self._far_m = config.view.far_m
        self._near_miss, self._far_miss = _by_kind(config.misses.near), _by_kind(config.misses.far)
        self._pair = Stream(seed, "perception.pair")
        self._miss = GaussMarkov(seed, "perception.miss", config.misses.lasting_s)
        self._axes = [GaussMarkov(seed, f"perception.{axis}", _POSITION_TIME_S) for axis in ("east", "north")]
        self._motion, self._shape = Stream(seed, "perception.motion"), Stream(seed, "perception.shape")
        self._kind = Stream(seed, "perception.kind")
        self._numbers = ObjectNumbers(config, seed)

    def seen(self, snapshot: Snapshot, view: InView, sensor: U64, t_ns: I64) -> tuple[Sightings, Rows]:
        """What the sensors see of whom is in view.

        Parameters
        ----------
        snapshot, view
            The truth.
        sensor, t_ns
            Key of the sensor and time of each picture.

        Returns
        -------
        tuple
            The sightings and the picture of each, ascending.
        """
        pair = self._pair.bits(sensor[view.picture], snapshot.key[view.row])
        when_ns = t_ns[view.picture]
        code = _CODE[snapshot.type[view.row]]
        chance = self._near_miss[code] + (self._far_miss - self._near_miss)[code] * view.range_m / self._far_m
        rows = np.flatnonzero(self._miss.at(pair, when_ns) >= ndtri(chance))
        view, pair, when_ns, code = view.take(rows), pair[rows], when_ns[rows], code[rows]
        sightings = self._sightings(snapshot, view, pair, when_ns, code)
        apart = view.picture * len(SEEN) + code
        number = self._numbers.of(pair, when_ns, sightings.east_m, sightings.north_m, apart)
        return replace(sightings, number=number), view.picture

    def _sightings(self, snapshot: Snapshot, view: InView, pair: U64, t_ns: I64, code: NDArray[np.int8]) -> Sightings:
        """All but the numbers."""
        config = self._config
        growth = 1.0 + view.range_m / config.doubling_m
        sigma_m, speed_sigma = config.position_sigma_m * growth, config.speed_sigma_mps * growth
        heading_sigma = config.heading_sigma_deg * growth
        # half of the variance is slow, the other half from picture to picture
        east, north = (sigma_m * np.sqrt(0.5) * axis.at(pair, t_ns, 1.0) for axis in self._axes)
        speed, heading = self._motion.normal(pair[:, np.newaxis], t_ns[:, np.newaxis], np.arange(2)).T
        epoch = t_ns // _LASTING_NS
        length, width = self._shape.normal(pair[:, np.newaxis], epoch[:, np.newaxis], np.arange(2)).T
        doubt = np.minimum(config.misclassified * growth, 0.5)
        wrong = self._kind.uniform(pair, epoch) < doubt
        size_sigma_m = config.size_sigma_m * growth
        return Sightings(
            number=pair,
            east_m=view.east_m + east,
            north_m=view.north_m + north,
            speed_mps=np.maximum(view.speed_mps + speed_sigma * speed, 0.0),
            heading_deg=wrap_deg(view.heading_deg + heading_sigma * heading),
            length_m=np.maximum(snapshot.length_m[view.row] + size_sigma_m * length, _SMALLEST_M),
            width_m=np.maximum(snapshot.width_m[view.row] + size_sigma_m * width, _SMALLEST_M),
            kind=np.where(wrong, _TAKEN_FOR[code], code),
            kind_confidence=1.0 - doubt,
            position_sigma_m=sigma_m,
            speed_sigma_mps=speed_sigma,
            heading_sigma_deg=heading_sigma,
        )


def _by_kind(shares: Mapping[SeenKind, float]) -> F64:
    return np.array([shares.get(kind, 0.0) for kind in SEEN])
