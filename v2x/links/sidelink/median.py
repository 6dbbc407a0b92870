"""Median path loss between two stations, as the scenario's propagation model has it."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from v2x.jit import compiled
from v2x.links.base import F64
from v2x.links.propagation import tr37885, winner_b1
from v2x.links.sidelink.blockage import NLOS
from v2x.scenario.model_propagation import Propagation, WinnerB1

#: (distance between the antennas, height of either antenna, all m and (p,)) -> loss, dB.
_Formula = Callable[[F64, F64, F64], F64]


class MedianLoss:
    """Path loss without shadowing and without the loss by vehicles in the way.

    Parameters
    ----------
    config
        The model.
    carrier_ghz
        Carrier frequency.
    """

    def __init__(self, config: Propagation, carrier_ghz: float) -> None:
        self._open, self._behind_buildings = _formulas(config, carrier_ghz)

    def db(self, distance_m: F64, one_m: F64, other_m: F64, state: NDArray[np.int8] | None = None) -> F64:
        """Loss at distances between antennas of given heights; ``state`` as in `Sight`, None for line of sight."""
        loss_db = self._open(distance_m, one_m, other_m)
        if state is not None:
            rows = np.flatnonzero(state == NLOS)
            loss_db[rows] = self._behind_buildings(distance_m[rows], one_m[rows], other_m[rows])
        return loss_db

    def reach_m(self, budget_db: float, antenna_m: float, farthest_m: float = 5000.0) -> float:
        """Distance at which the loss in line of sight uses up a link budget, ``farthest_m`` if it is not used up there.

        Parameters
        ----------
        budget_db
            Transmitted power and gains of both antennas less the level at which a signal no longer matters.
        antenna_m
            Height of both antennas.
        farthest_m
            WINNER+ B1 holds up to 5 km.
        """

        def left_db(distance_m: float) -> float:
            height_m = np.array([antenna_m])
            return budget_db - float(self._open(np.array([distance_m]), height_m, height_m)[0])

        if left_db(farthest_m) >= 0.0:
            return farthest_m
        return float(brentq(left_db, 1.0, farthest_m)) if left_db(1.0) > 0.0 else 1.0


def _formulas(config: Propagation, carrier_ghz: float) -> tuple[_Formula, _Formula]:
    """Loss in line of sight, and behind buildings."""
    if isinstance(config, WinnerB1):
        environment_m = config.environment_height_m

        def open_street(distance_m: F64, one_m: F64, other_m: F64) -> F64:
            return _winner_los_db(distance_m, one_m, other_m, environment_m, carrier_ghz)

        def round_corner(distance_m: F64, one_m: F64, other_m: F64) -> F64:
            leg_m = np.multiply(distance_m, sqrt(0.5))  # right angle half way
            return np.asarray(winner_b1.nlos_db(leg_m, leg_m, one_m, other_m, environment_m, carrier_ghz))

        return open_street, round_corner
    street_db = tr37885.highway_db if config.environment == "highway" else tr37885.urban_db
    return (
        lambda distance_m, _one_m, _other_m: np.asarray(street_db(distance_m, carrier_ghz)),
        lambda distance_m, _one_m, _other_m: np.asarray(tr37885.nlos_db(distance_m, carrier_ghz)),
    )


@compiled
def _winner_los_db(distance_m: F64, one_m: F64, other_m: F64, environment_m: float, carrier_ghz: float) -> F64:
    """`winner_b1.los_db` of columns, in half the time: what depends on the carrier is computed once."""
    loss_db = np.empty(len(distance_m))
    for row in range(len(distance_m)):
        loss_db[row] = winner_b1.los_db(distance_m[row], one_m[row], other_m[row], environment_m, carrier_ghz)
    return loss_db
