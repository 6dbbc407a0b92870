"""Normal random numbers that belong to places: shadowing and line of sight that two visitors find the same.

A sequence drawn along one vehicle's way (TR 36.885 A.1.4) is another at the same place for the next vehicle, and none
at all for a map. Here the number is a function of the position: a sum of plane waves with keyed directions, phases and
wave numbers, whose spectrum is that of the autocorrelation exp(-d / decorrelation) of TR 38.901 clause 7.4.4. Nothing
is stored, and nothing depends on who asks first.
"""

from __future__ import annotations

from math import cos, sqrt

import numpy as np
from numpy.typing import NDArray

from v2x.jit import compiled
from v2x.links.base import F64, U64
from v2x.rng import Stream

#: Plane waves of a field. The sum is normal in the limit of many: with 64 its excess kurtosis is -1.5 / 64.
WAVES = 64


class RandomField:
    """Standard normal fields on the plane, one for each owner (a gNB's site).

    Parameters
    ----------
    stream
        Source of the draws, this field's own.
    owners
        Keys of the owners, (k,).
    decorrelation_m
        Distance at which the autocorrelation is 1/e.
    """

    def __init__(self, stream: Stream, owners: U64, decorrelation_m: float) -> None:
        wave = np.arange(WAVES)
        draws = [stream.uniform(owners[:, None], wave, part) for part in range(3)]
        # The plane's spectrum of exp(-d/D) falls as (1 + k^2 D^2)^(-3/2): its distribution function is
        # 1 - (1 + k^2 D^2)^(-1/2). One wave in each of equal shares, so that every field has the whole spectrum.
        beyond = 1.0 - (wave + draws[0]) / WAVES
        number = np.sqrt(beyond**-2 - 1.0) / decorrelation_m
        course = 2 * np.pi * draws[1]
        self._east, self._north = number * np.cos(course), number * np.sin(course)
        self._phase = 2 * np.pi * draws[2]

    def at(self, owner: NDArray[np.intp], x_m: F64, y_m: F64) -> F64:
        """Value of each row's owner (its number) at the row's place, (n,)."""
        return _sums(owner, x_m, y_m, self._east, self._north, self._phase)


@compiled
def _sums(owner: NDArray[np.intp], x_m: F64, y_m: F64, east: F64, north: F64, phase: F64) -> F64:
    """Sums of the owners' waves at places, scaled to variance 1."""
    value = np.empty(len(owner))
    for row in range(len(owner)):
        whose, total = owner[row], 0.0
        for wave in range(east.shape[1]):
            total += cos(x_m[row] * east[whose, wave] + y_m[row] * north[whose, wave] + phase[whose, wave])
        value[row] = total * sqrt(2.0 / east.shape[1])
    return value
