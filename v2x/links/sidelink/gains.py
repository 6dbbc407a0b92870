"""Who hears whom, and how well: power gains between all stations in reach of each other."""

from __future__ import annotations

from math import log, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from v2x.errors import InputError
from v2x.jit import compiled
from v2x.links.base import F32, F64, I32, I64, Scene, Stations, rows_of
from v2x.links.sidelink.median import MedianLoss
from v2x.links.sidelink.obstruction import LineOfSight, Obstruction, ProbableSight
from v2x.links.sidelink.pairs import PairList, nobody
from v2x.links.sidelink.shadowing import Shadowing
from v2x.scenario.model_propagation import Propagation, Tr37885, WinnerB1

_PER_DB = log(10.0) / 10.0


class Gains(NamedTuple):
    """Neighbours of each station, as compressed rows; a tuple, so that compiled loops take it as it is.

    Attributes
    ----------
    start
        The neighbours of station i are those from ``start[i]`` to ``start[i + 1]``, (n + 1,).
    other
        Row of the neighbour, ascending for each station, (k,).
    distance_m
        On the ground, (k,).
    gain
        Received over transmitted power, linear: antennas, path loss, shadowing, vehicles in the way, (k,).
        The same in both directions.
    """

    start: I64
    other: I32
    distance_m: F32
    gain: F64


class PairGains:
    """Gains between stations that move.

    What happens to a pair depends on its own two stations, on what stands between them and on the times of the updates.

    Parameters
    ----------
    config
        Propagation model.
    antenna_gain_dbi
        Of every station's antenna.
    carrier_ghz
        Carrier frequency.
    seed
        Seed of the run.
    reach_m
        Pairs farther apart do not hear each other at all; see `MedianLoss.reach_m`.
    period_m
        Length of a ring road along x; None for the open plane.
    blockage
        What stands in the way; used where the model takes line of sight from geometry, None for open ground.
    """

    def __init__(
        self,
        config: Propagation,
        antenna_gain_dbi: float,
        carrier_ghz: float,
        seed: int,
        reach_m: float,
        period_m: float | None = None,
        blockage: LineOfSight | None = None,
    ) -> None:
        self._list = PairList(reach_m, period_m)
        self._reach_m, self._period_m = reach_m, period_m or 0.0
        self._median = MedianLoss(config, carrier_ghz)
        self._antennas_db = 2.0 * antenna_gain_dbi
        if config.line_of_sight != "geometry":
            blockage = None
        if isinstance(config, Tr37885) and config.line_of_sight == "probability":
            blockage = ProbableSight(config, seed, self._list.apart_m)
        self._obstruction = Obstruction(config, blockage, seed)
        los_m = config.decorrelation_m
        nlos_m = config.decorrelation_nlos_m if isinstance(config, Tr37885) else los_m
        self._shadowing = Shadowing(np.array([los_m, nlos_m, nlos_m]), seed)
        self._sigma_db = np.array([config.shadowing_db, config.shadowing_db, config.shadowing_nlos_db])
        self._floor_m = config.environment_height_m if isinstance(config, WinnerB1) else 0.0
        self._antenna_m = np.zeros(0), np.zeros(0)
        self._last = nobody()
        self._found: tuple[Scene, Gains] | None = None

    def update(self, scene: Scene) -> Gains:
        """Gains at the start of a step; called with ascending times. Those of one scene are worked out once.

        Raises
        ------
        InputError
            If an antenna is not above the model's effective environment height.
        """
        stations = scene.stations
        if self._found is not None and self._found[0].stations is stations and self._found[0].bodies is scene.bodies:
            return self._found[1]
        moved_m = self._follow(stations)
        pairs = self._list.pairs
        ground_m, slant_m = _distances(
            pairs.one, pairs.other, stations.x_m, stations.y_m, stations.antenna_m, self._period_m
        )
        near = ground_m <= np.float64(self._reach_m)  # as rounded, so that no distance handed out is above it
        self._obstruction.look(scene, pairs, near, near & np.isnan(self._shadowing.value), slant_m)
        state = self._obstruction.state
        shadow = self._shadowing.advance(scene.t_ns, pairs, near, moved_m, state)
        gain = self._median.db(slant_m, *self._antenna_m, state)
        _add_up(gain, self._antennas_db, self._obstruction.loss_db, shadow, self._sigma_db, state)
        np.exp(gain, out=gain)  # a fifth of the time it takes in the loops
        gains = Gains(*_both_ways(*self._list.entries, near, ground_m, gain))
        self._found = scene, gains
        return gains

    def _follow(self, stations: Stations) -> F64:
        """Bring the list of pairs up to date, and say how far each station has moved."""
        if len(stations) and stations.antenna_m.min() <= self._floor_m:
            raise InputError(
                f"an antenna {stations.antenna_m.min():g} m high is not above the environment ({self._floor_m:g} m)",
                path="propagation.environment_height_m",
            )
        origin = self._list.follow(stations)
        if origin is not None:
            pairs = self._list.pairs
            self._obstruction.carry(origin)
            self._shadowing.carry(pairs, stations.key, origin)
            self._antenna_m = stations.antenna_m[pairs.one], stations.antenna_m[pairs.other]
        moved_m = self._moved_m(stations)
        self._last = stations
        return moved_m

    def _moved_m(self, stations: Stations) -> F64:
        """Way of each station since the last update; 0 for one that was not there."""
        row = rows_of(stations.key, self._last.key)
        here = np.flatnonzero(row >= 0)
        before = self._last.take(row[here])
        moved_m = np.zeros(len(stations))
        moved_m[here] = self._list.apart_m(stations.x_m[here], stations.y_m[here], before.x_m, before.y_m)
        return moved_m


@compiled
def _distances(ones: I32, others: I32, x_m: F64, y_m: F64, antenna_m: F64, period_m: float) -> tuple[F32, F64]:
    """Of each pair: on the ground, the short way round a ring of ``period_m`` (0: none), and between the antennas."""
    ground_m, slant_m = np.empty(len(ones), np.float32), np.empty(len(ones))
    for pair in range(len(ones)):
        one, other = ones[pair], others[pair]
        east_m, north_m, up_m = x_m[one] - x_m[other], y_m[one] - y_m[other], antenna_m[one] - antenna_m[other]
        if period_m > 0.0:
            east_m -= period_m * np.rint(east_m / period_m)
        square = east_m * east_m + north_m * north_m
        ground_m[pair], slant_m[pair] = sqrt(square), sqrt(square + up_m * up_m)
    return ground_m, slant_m


@compiled
def _add_up(
    loss_db: F64, antennas_db: float, vehicles_db: F64, shadow: F64, sigma_db: F64, state: NDArray[np.int8]
) -> None:
    """Turn the median loss in its place into the gain in nepers (of power)."""
    for pair in range(len(loss_db)):
        gain_db = antennas_db - loss_db[pair] - vehicles_db[pair] + sigma_db[state[pair]] * shadow[pair]
        loss_db[pair] = gain_db * _PER_DB


@compiled
def _both_ways(
    start: I64, whom: I32, pair_of: I32, near: NDArray[np.bool_], ground_m: F32, pair_gain: F64
) -> tuple[I64, I32, F32, F64]:
    """Rows of all stations from those of the pairs, without pairs that are not near."""
    ends = np.zeros(len(start), np.int64)
    other, distance_m, gain = np.empty(len(whom), np.int32), np.empty(len(whom), np.float32), np.empty(len(whom))
    place = 0
    for station in range(len(start) - 1):
        for entry in range(start[station], start[station + 1]):
            pair = pair_of[entry]
            if near[pair]:
                other[place], distance_m[place], gain[place] = whom[entry], ground_m[pair], pair_gain[pair]
                place += 1
        ends[station + 1] = place
    return ends, other[:place], distance_m[:place], gain[:place]
