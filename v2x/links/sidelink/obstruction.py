"""What stands between the stations of each pair, and the decibels it costs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_MS
from v2x.links.base import F64, I32, U64, Scene
from v2x.links.propagation import tr37885
from v2x.links.sidelink.blockage import LOS, NLOSV, Sight
from v2x.links.sidelink.pairs import Pairs
from v2x.rng import Stream
from v2x.scenario.model_propagation import Propagation, Tr37885

#: Sight is looked at again after so long: at 20 m/s a car has gone twice its own length.
_LOOK_NS = 500 * NS_PER_MS


class LineOfSight(Protocol):
    """Whoever can say what stands between stations."""

    def __call__(self, scene: Scene, one: I32, other: I32) -> Sight:
        """What stands between the pairs of rows ``one`` and ``other`` (p,) of the scene's stations."""


class ProbableSight:
    """`LineOfSight` by distance: a pair keeps one uniform draw, and is in line of sight while the chance is above it.

    Vehicles are what stands in the way, never buildings: TR 37.885 gives these chances for one street.

    Parameters
    ----------
    config
        The model.
    seed
        Seed of the run.
    apart_m
        (x, y, other x, other y) -> distance between points.
    """

    def __init__(self, config: Tr37885, seed: int, apart_m: Callable[[F64, F64, F64, F64], F64]) -> None:
        self._chance = tr37885.highway_los if config.environment == "highway" else tr37885.urban_los
        self._height_m, self._apart_m = config.blocker_height_m, apart_m
        self._draw = Stream(seed, "pc5.line_of_sight")

    def __call__(self, scene: Scene, one: I32, other: I32) -> Sight:
        """What stands between each pair."""
        x_m, y_m = scene.stations.x_m, scene.stations.y_m
        chance = self._chance(self._apart_m(x_m[one], y_m[one], x_m[other], y_m[other]))
        hidden = self._draw.uniform(*_ends(scene.stations.key, one, other)) >= chance
        return Sight(np.where(hidden, NLOSV, LOS).astype(np.int8), hidden.astype(np.int16), self._height_m * hidden)


class Obstruction:
    """State of sight of each pair of a list, and loss by vehicles in its way.

    A pair is looked at when it comes into reach and then on a fixed grid of times, whoever else is there. The loss by
    vehicles is drawn once an episode: from the look that finds them in the way to the one that does not.

    Parameters
    ----------
    config
        The model.
    blockage
        What stands in the way; None for nothing.
    seed
        Seed of the run.

    Attributes
    ----------
    state
        `LOS`, `NLOSV` or `NLOS`, (p,) int8.
    loss_db
        Loss by vehicles in the way, (p,).
    """

    def __init__(self, config: Propagation, blockage: LineOfSight | None, seed: int) -> None:
        self._blockage = blockage
        self._kind = config.nlosv if isinstance(config, Tr37885) else None
        self._episode = Stream(seed, "pc5.nlosv")
        self._looked = -1
        self.state = np.zeros(0, np.int8)
        self.loss_db = np.zeros(0)
        self._normal = np.zeros(0)

    def carry(self, origin: I32) -> None:
        """Go over to another list, in which the pairs stood at ``origin`` in the one before."""
        if self._blockage is None:
            self.state, self.loss_db = np.zeros(len(origin), np.int8), np.zeros(len(origin))
            return
        self.state = np.append(self.state, np.int8(LOS))[origin]
        self.loss_db = np.append(self.loss_db, 0.0)[origin]
        self._normal = np.append(self._normal, 0.0)[origin]

    def look(
        self, scene: Scene, pairs: Pairs, near: NDArray[np.bool_], entering: NDArray[np.bool_], apart_m: F64
    ) -> None:
        """Bring ``state`` and ``loss_db`` up to date, for pairs that are ``near``; those ``entering`` were not."""
        if self._blockage is None:
            return
        due = scene.t_ns // _LOOK_NS
        rows = np.flatnonzero(near if due != self._looked else entering)
        self._looked = due
        if not len(rows):
            return
        one, other = pairs.one[rows], pairs.other[rows]
        sight = self._blockage(scene, one, other)
        began = (sight.state == NLOSV) & ((self.state[rows] != NLOSV) | entering[rows])
        self.state[rows] = sight.state
        ends = _ends(scene.stations.key, one[began], other[began])
        self._normal[rows[began]] = self._episode.normal(*ends, scene.t_ns)
        self.loss_db[rows] = self._vehicles_db(scene, rows, one, other, sight, apart_m[rows])

    def _vehicles_db(
        self, scene: Scene, rows: NDArray[np.intp], one: I32, other: I32, sight: Sight, apart_m: F64
    ) -> F64:
        loss_db = np.zeros(len(rows))
        hidden = np.flatnonzero(sight.state == NLOSV)
        if self._kind == "per_vehicle":
            loss_db[hidden] = tr37885.PER_VEHICLE_DB * sight.blockers[hidden]
        elif self._kind == "tr37885":
            antenna_m = scene.stations.antenna_m
            loss_db[hidden] = tr37885.nlosv_db(
                apart_m[hidden],
                antenna_m[one[hidden]],
                antenna_m[other[hidden]],
                sight.height_m[hidden],
                self._normal[rows[hidden]],
            )
        return loss_db


def _ends(key: U64, one: I32, other: I32) -> tuple[U64, U64]:
    """Both stations' keys, the lesser first: what names a pair from either side."""
    return np.minimum(key[one], key[other]), np.maximum(key[one], key[other])
