"""What a metric answers: a value, and the observations it came from, grouped into independent units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

#: Unit of a share.
RATIO = "ratio"

#: Length of a block: long against the loss bursts of a link (0.3 s), short against a run. Assumed.
BLOCK_NS = 10_000_000_000


@dataclass(frozen=True)
class Sample:
    """Observations and the units that they belong to.

    Attributes
    ----------
    values
        Observations, (n,).
    weights
        How often each was seen, (n,).
    units
        Kind of unit (``link_block``, ``encounter``, ``outage``, ``station``) -> label of each observation's unit, (n,).
        Observations of one unit depend on each other, units do not. The first kind is the natural one.
    """

    values: F64
    weights: F64
    units: Mapping[str, I64]


@dataclass(frozen=True)
class Measurement:
    """One number of a scorecard.

    Attributes
    ----------
    value
        None where nothing was measured.
    unit
        Of the value: ``ms``, ``m``, ``Hz``, ..., ``1`` for counts, ``ratio`` for shares (0 to 1).
    n
        Observations behind it.
    sample
        The observations; None for a count of the run, which is exact.
    quantile
        Which quantile of the sample the value is; None for its mean.
    exposure
        Of a rate: over how much of its unit the ``n`` events were counted; None for all else.
    remark
        Why there is no value, or what it holds for.
    """

    value: float | None
    unit: str
    n: int
    sample: Sample | None = field(default=None, repr=False)
    quantile: float | None = None
    exposure: float | None = None
    remark: str = ""

    @property
    def n_units(self) -> int:
        """Independent units of the natural kind; 1 for a count, whose only unit is the run."""
        if self.sample is None:
            return 1 if self.value is not None else 0
        return self.units_of(next(iter(self.sample.units)))

    def trials(self, kind: str) -> tuple[int, int] | None:
        """Successes and tries of a share whose tries are independent, each a unit of its own; None of all else."""
        if self.sample is None or self.unit != RATIO or self.quantile is not None:
            return None
        values, weights = self.sample.values, self.sample.weights
        if self.units_of(kind) < len(values) or (weights != 1.0).any() or not np.isin(values, (0.0, 1.0)).all():
            return None
        return int(values.sum()), len(values)

    def units_of(self, kind: str) -> int:
        """Independent units of one kind; a sample without it has none."""
        if self.sample is None or kind not in self.sample.units:
            return 0
        return len(np.unique(self.sample.units[kind]))


@dataclass(frozen=True)
class Series:
    """Figures of one kind under one key, in an order that the key's definition gives: one a vehicle, one a platoon.

    Attributes
    ----------
    entries
        May be none; then ``remark`` says why.
    unit
        Of all of them.
    remark
        Why there are none, or what they hold for.
    """

    entries: tuple[Measurement, ...]
    unit: str
    remark: str = ""

    @property
    def value(self) -> tuple[float | None, ...] | None:
        """The entries' values; None if there is no entry."""
        return tuple(entry.value for entry in self.entries) or None

    @property
    def n(self) -> int:
        """Observations behind all entries."""
        return sum(entry.n for entry in self.entries)

    @property
    def n_units(self) -> int:
        """Independent units of the entry that has the fewest."""
        return min((entry.n_units for entry in self.entries), default=0)


#: What stands behind a key of a scorecard.
Measured = Measurement | Series


def count(value: float, unit: str = "1", n: int = 1, remark: str = "") -> Measurement:
    """An exact figure of the run."""
    return Measurement(float(value), unit, n, remark=remark)


def counts(values: ArrayLike, unit: str = "1", n: int = 1, remark: str = "") -> Series:
    """Exact figures of the run, each of ``n`` observations; what is not finite is absent."""
    known = [float(value) if np.isfinite(value) else None for value in np.asarray(values, np.float64)]
    return Series(tuple(Measurement(value, unit, n if value is not None else 0) for value in known), unit, remark)


def absent(unit: str, remark: str = "") -> Measurement:
    """A figure that the run does not give."""
    return Measurement(None, unit, 0, remark=remark)


def rate(events: int, exposure: float, unit: str) -> Measurement:
    """Events over an exposure, e.g. hours with unit ``1/h``."""
    return Measurement(events / exposure, unit, events, exposure=exposure) if exposure else absent(unit)


def mean(values: ArrayLike, unit: str, units: Mapping[str, ArrayLike], weights: ArrayLike | None = None) -> Measurement:
    """Weighted mean; a share where the values are 0 and 1."""
    sample = _sample(values, weights, units)
    total = float(sample.weights.sum())
    if total == 0.0:
        return absent(unit)
    return Measurement(float(sample.values @ sample.weights) / total, unit, round(total), sample)


def quantiles(
    values: ArrayLike, unit: str, units: Mapping[str, ArrayLike], percents: tuple[int, ...]
) -> dict[str, Measurement]:
    """Percentiles ``p50``, ``p95``, ... of a sample: the smallest observation that at least p % do not exceed."""
    sample = _sample(values, None, units)
    if not len(sample.values):
        return {f"p{percent}": absent(unit) for percent in percents}
    cuts = np.quantile(sample.values, np.array(percents) / 100.0, method="inverted_cdf")
    return {
        f"p{percent}": Measurement(float(cut), unit, len(sample.values), sample, percent / 100.0)
        for percent, cut in zip(percents, cuts, strict=True)
    }


def _sample(values: ArrayLike, weights: ArrayLike | None, units: Mapping[str, ArrayLike]) -> Sample:
    column = np.asarray(values, np.float64)
    weight = np.ones(len(column)) if weights is None else np.asarray(weights, np.float64)
    return Sample(column, weight, {kind: np.asarray(labels, np.int64) for kind, labels in units.items()})
