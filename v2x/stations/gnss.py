"""Satellite positioning: how far a station's position is from the truth, and how far the receiver thinks it is.

Per horizontal axis the error is ``bias + noise``: a first-order Gauss-Markov bias (what orbits, atmosphere and
multipath leave, slowly varying) and white noise from fix to fix, the usual receiver model (Groves, *Principles of
GNSS, Inertial and Multisensor Integrated Navigation Systems*, 2nd ed., ch. 9). In an outage the vehicle counts on from
its last fix: the error of that fix stays and a random walk adds to it.

The receiver reports the standard deviation of this very model, so its estimate is honest: the squared error over the
reported variance follows chi-square with two degrees of freedom, in and out of outages.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from v2x.clock import NS_PER_S, to_ns
from v2x.draws import Draws, for_each, no_errors
from v2x.errors import InputError
from v2x.scenario.model import Gnss
from v2x.stations.correlated import GaussMarkov, RandomWalk

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]

#: Each has processes of its own, with the same figures.
_AXES = ("east", "north")


@dataclass(frozen=True)
class GnssPreset:
    """Parameters per horizontal axis, one sigma, and outages as (start_s, end_s)."""

    bias_sigma_m: float
    bias_time_s: float
    noise_sigma_m: float
    outages: tuple[tuple[float, float], ...] = ()


#: The one table of presets; docs/sensors.md discusses it. All figures are assumed, chosen inside these bounds:
#: open sky: error below 1.5 m for 68 % of the time (the accuracy class that T/CSAE 53 gives the lane-level use cases);
#: here 0.94 m at 68 %, 1.5 m at 95 %, as single-frequency receivers with SBAS show.
#: urban: 5.0 m at 95 %, the 5 m class of T/CSAE 53; UN R144 allows a receiver 40 m (95 %) in street canyons.
#: Correlation times: minutes for atmosphere, the time to drive past a building for multipath.
#: outage: urban, and one tunnel or underpass of 30 s unless the scenario names its own outages.
PRESETS: dict[str, GnssPreset] = {
    "ideal": GnssPreset(0.0, 1.0, 0.0),
    "open_sky": GnssPreset(0.6, 60.0, 0.15),
    "urban": GnssPreset(2.0, 20.0, 0.4),
    "outage": GnssPreset(2.0, 20.0, 0.4, outages=((10.0, 40.0),)),
}

#: Growth of the dead-reckoned error, m per root second and axis. Assumed: 7.7 m per axis after a minute, which at
#: 10 m/s is 2 % of the way at 68 %, the order that makers of odometer-aided receivers state.
DEAD_RECKONING_M_PER_ROOT_S = 1.0


@dataclass(frozen=True)
class PositionErrors:
    """Errors of n fixes and the receiver's own estimate of them.

    Attributes
    ----------
    east_m, north_m
        Measured minus true position.
    semi_major_m, semi_minor_m
        One-sigma error ellipse as the receiver reports it; the model is isotropic, so both are equal.
    orientation_deg
        Of the major axis from north; 0 for a circle.
    """

    east_m: F64
    north_m: F64
    semi_major_m: F64
    semi_minor_m: F64
    orientation_deg: F64


class GnssModel:
    """Position errors of any number of stations.

    The error is a pure function of seed, station key and time: it does not matter who asks, how often, in which order,
    or which other stations exist, and there is no state to forget when a station leaves.

    Parameters
    ----------
    config
        Preset and the figures that replace its own.
    seed
        Seed of the run.
    """

    def __init__(self, config: Gnss, seed: int) -> None:
        preset = PRESETS[config.kind]
        given = (config.bias_sigma_m, config.bias_time_s, config.noise_sigma_m)
        if config.kind == "ideal" and (config.outages or any(figure is not None for figure in given)):
            raise InputError("an ideal receiver has no error figures and no outages", path="sensors.gnss")
        self._bias_m = preset.bias_sigma_m if config.bias_sigma_m is None else config.bias_sigma_m
        self._noise_m = preset.noise_sigma_m if config.noise_sigma_m is None else config.noise_sigma_m
        tau_s = preset.bias_time_s if config.bias_time_s is None else config.bias_time_s
        self._outages = _merged(config.outages or preset.outages)
        self._bias = GaussMarkov(seed, [f"gnss.bias.{axis}" for axis in _AXES], tau_s)
        self._noise = Draws(seed, [f"gnss.noise.{axis}" for axis in _AXES])
        self._walks = [
            RandomWalk(seed, [f"gnss.walk.{axis}.{start_ns}" for axis in _AXES], (end_ns - start_ns) / NS_PER_S)
            for start_ns, end_ns in self._outages
        ]

    def measure(self, keys: U64, t_ns: ArrayLike) -> PositionErrors:
        """Errors of the fixes that stations take.

        Parameters
        ----------
        keys
            Station keys, (n,).
        t_ns
            Time of each fix, simulated nanoseconds, (n,) or one for all.
        """
        if not (self._outages or self._bias_m > 0.0 or self._noise_m > 0.0):
            none = no_errors(len(keys))
            return PositionErrors(none, none, none, none, none)
        t = for_each(t_ns, keys)
        variance = np.full(keys.shape, self._bias_m**2 + self._noise_m**2)
        outage, fix_ns = self._last_fix(t) if self._outages else (None, t)
        east, north = error = self._error(keys, fix_ns)
        if outage is not None:
            walked_ns = t - fix_ns
            variance += DEAD_RECKONING_M_PER_ROOT_S**2 * (walked_ns / NS_PER_S)
            for number, walk in enumerate(self._walks):
                rows = np.flatnonzero(outage == number)
                if len(rows):
                    error[:, rows] += DEAD_RECKONING_M_PER_ROOT_S * walk.all_at(keys[rows], walked_ns[rows])
        sigma = np.sqrt(variance)
        return PositionErrors(east, north, sigma, sigma.copy(), np.zeros(keys.shape))

    def _last_fix(self, t_ns: I64) -> tuple[I64, I64]:
        """Number of the outage that each time lies in (-1 for none), and when the last fix was."""
        start, end = np.array(self._outages).T
        row = np.searchsorted(start, t_ns, side="right") - 1
        inside = (row >= 0) & (t_ns < end[row])
        return np.where(inside, row, -1), np.where(inside, start[row], t_ns)

    def _error(self, keys: U64, fix_ns: I64) -> F64:
        """Errors of fixes, (axes, n)."""
        if self._bias_m > 0.0:
            return self._bias_m * self._bias.all_at(keys, fix_ns, self._noise_m / self._bias_m)
        if self._noise_m > 0.0:
            return self._noise_m * self._noise.normal(keys, fix_ns)
        return np.zeros((len(_AXES), len(keys)))


def _merged(outages: tuple[tuple[float, float], ...]) -> list[tuple[int, int]]:
    """Outages in nanoseconds, ascending; those that touch or overlap are one."""
    merged: list[tuple[int, int]] = []
    for start_s, end_s in sorted(outages):
        start_ns, end_ns = to_ns(start_s), to_ns(end_s)
        if merged and start_ns <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end_ns))
        else:
            merged.append((start_ns, end_ns))
    return merged
