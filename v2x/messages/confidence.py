"""Confidences of both families: names for bounds within which a true value lies with 95 % probability.

A bound is sent as the smallest one of the table that is not below it, so that a sender never claims more than it knows;
it comes back as that. The names are those of SAE J2735, which T/CSAE 53 took over, and say the bounds themselves.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from v2x.errors import CodecError

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

_UNAVAILABLE = "unavailable"


class Confidence:
    """An enumeration of bounds.

    Parameters
    ----------
    unit
        Physical unit, for messages.
    bounds
        Name -> bound.
    """

    def __init__(self, unit: str, bounds: Mapping[str, float]) -> None:
        self._unit = unit
        self._bounds = {name: float(bounds[name]) for name in sorted(bounds, key=lambda name: bounds[name])}
        self._limits = np.array(list(self._bounds.values()))

    def name(self, path: str, bound: float) -> str:
        """Name of a bound, NaN being unavailable.

        Raises
        ------
        CodecError
            For a bound that is above the whole table, or negative.
        """
        if math.isnan(bound):
            return _UNAVAILABLE
        for name, limit in self._bounds.items():
            if 0 <= bound <= limit:
                return name
        raise CodecError(f"cannot express {bound!r} {self._unit}, range 0 to {limit:g}", path=path)

    def order(self, names: Sequence[str]) -> I64:
        """Index among ``names`` of each name of the table, the least bound first."""
        return np.array([names.index(name) for name in self._bounds], np.int64)

    def ranks(self, bounds: F64) -> NDArray[np.intp]:
        """Place in the table, the least bound first, of each bound (n,), which must be one that the table holds."""
        return np.searchsorted(self._limits, bounds)

    def bound(self, name: str) -> float:
        """The bound of a name, NaN for one without, such as ``unavailable``."""
        return self._bounds.get(name, math.nan)


#: DE_PositionConfidence.
POSITION = Confidence(
    "m",
    {
        **{"a500m": 500, "a200m": 200, "a100m": 100, "a50m": 50, "a20m": 20, "a10m": 10, "a5m": 5, "a2m": 2, "a1m": 1},
        **{"a50cm": 0.5, "a20cm": 0.2, "a10cm": 0.1, "a5cm": 0.05, "a2cm": 0.02, "a1cm": 0.01},
    },
)
#: DE_SpeedConfidence.
SPEED = Confidence(
    "m/s",
    {
        **{"prec100ms": 100, "prec10ms": 10, "prec5ms": 5, "prec1ms": 1},
        **{"prec0-1ms": 0.1, "prec0-05ms": 0.05, "prec0-01ms": 0.01},
    },
)
#: DE_HeadingConfidence.
HEADING = Confidence(
    "deg",
    {
        **{"prec10deg": 10, "prec05deg": 5, "prec01deg": 1, "prec0-1deg": 0.1},
        **{"prec0-05deg": 0.05, "prec0-01deg": 0.01, "prec0-0125deg": 0.0125},
    },
)
