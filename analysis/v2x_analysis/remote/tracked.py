"""Figures that know when: observations along a run, what is taken of them, and when a bound on that was lost.

A bound is lost at the moment from which nothing that follows in the run can win it back. A mean of N observations
bounded by L has a budget of N L, which is used up at some moment; a quantile a budget of (1 - q) N observations above
the limit; a greatest value none at all. So each figure that misses its bound has one such moment, and the requirement
that broke first is the one with the earliest.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from v2x.clock import NS_PER_S
from v2x.scenario.remote_profiles import RemoteRow
from v2x_analysis.measurement import BLOCK_NS, F64, I64, RATIO, Measurement, absent, count, mean, quantiles
from v2x_analysis.observed import labels

#: What is taken of observations. ``sum`` is over `Tracked.exposure`, ``spread`` the 95 % quantile less the median.
Kind = Literal["mean", "rms", "quantile", "max", "min", "sum", "spread"]

#: Upper quantile of a spread.
_UPPER = 0.95


@dataclass(frozen=True)
class Observed:
    """Observations of one kind.

    Attributes
    ----------
    t_ns
        When, (n,).
    values
        What, (n,).
    station
        Code of the vehicle, (n,).
    weights
        How much each counts, (n,); None: all alike.
    """

    t_ns: I64
    values: F64
    station: I64
    weights: F64 | None = None

    def of(self, rows: NDArray[np.bool_]) -> Observed:
        """Some of them."""
        weights = None if self.weights is None else self.weights[rows]
        return Observed(self.t_ns[rows], self.values[rows], self.station[rows], weights)

    @property
    def weight(self) -> F64:
        """How much each counts, (n,)."""
        return np.ones(len(self.values)) if self.weights is None else self.weights

    @property
    def block(self) -> I64:
        """Label of 10 s of a vehicle, (n,)."""
        return labels(self.station, self.t_ns // BLOCK_NS)

    @property
    def seconds(self) -> int:
        """Seconds of a vehicle that have any."""
        return len(np.unique(labels(self.station, self.t_ns // NS_PER_S))) if len(self.t_ns) else 0


@dataclass(frozen=True)
class Kept:
    """How many observations keep a bound, in each block of 10 s, and what share has to.

    Attributes
    ----------
    good, tries
        (u,); every block has tries.
    share
        What is asked.
    observations, seconds
        All of them, and the seconds of a vehicle that they lie in.
    """

    good: F64
    tries: F64
    share: float
    observations: int
    seconds: int


@dataclass(frozen=True)
class Tracked:
    """A figure and its observations.

    Attributes
    ----------
    observed
        They.
    kind
        What is taken of them.
    unit
        Of the figure.
    share
        Of a quantile: which.
    exposure
        What a sum is divided by; 0 where there was none.
    empty
        Why there is no figure if nothing was observed.
    bound
        What a ``min`` is at least, and a ``max`` at most, where nothing was observed.
    remark
        What the figure holds for.
    happened
        Whether there was what the figure is about; a run without an outage shows nothing of manoeuvres.
    """

    observed: Observed
    kind: Kind
    unit: str
    share: float = 0.0
    exposure: float = 1.0
    empty: str = field(default="nothing was measured in this run")
    bound: float | None = None
    remark: str = ""
    happened: bool = True

    @property
    def measurement(self) -> Measurement:
        """The figure."""
        values, n = self.observed.values, len(self.observed.values)
        if self.kind == "sum":
            total = float(values.sum())
            return count(total / self.exposure, self.unit, n, self.remark) if self.exposure else self._absent()
        if n == 0:
            bound = self.bound
            where = "below" if self.kind == "min" else "above"
            return (
                self._absent() if bound is None else count(bound, self.unit, 0, f"never {where} {bound:g} {self.unit}")
            )
        units = {"link_block": self.observed.block, "station": self.observed.station}
        if self.kind == "mean":
            return mean(values, self.unit, units, self.observed.weight)
        if self.kind == "quantile":
            percent = round(self.share * 100)
            return quantiles(values, self.unit, units, (percent,))[f"p{percent}"]
        return count(self._value(), self.unit, n, self.remark)

    def kept(self, row: RemoteRow) -> Kept | None:
        """What it says about a row, observation by observation; None where it is none of a share or a quantile."""
        values, weight = self.observed.values, self.observed.weight
        if not len(values):
            return None
        if self.kind == "quantile" and row.at_most is not None:
            good, share = (values <= row.at_most).astype(np.float64), self.share
        elif self.kind == "mean" and self.unit == RATIO:
            good, share = (1.0 - values, 1.0 - row.at_most) if row.at_most is not None else (values, row.limit)
        else:
            return None
        block = np.unique(self.observed.block, return_inverse=True)[1]
        tries: F64 = np.bincount(block, weight).astype(np.float64)
        won: F64 = np.bincount(block, good * weight).astype(np.float64)[tries > 0.0]
        return Kept(won, tries[tries > 0.0], share, len(values), self.observed.seconds)

    def lost_ns(self, row: RemoteRow) -> int | None:
        """When a row's bound was lost; None if it was not, or not at a moment."""
        if not len(self.observed.values):
            return None
        cost, budget = self._cost(row)
        order = np.argsort(self.observed.t_ns, kind="stable")
        spent = np.cumsum(cost[order])
        # the smallest part of the budget is forgiven: sums of floating point numbers round
        over = np.flatnonzero(spent > budget + 1e-9 * max(abs(budget), 1.0))
        return int(self.observed.t_ns[order[over[0]]]) if len(over) else None

    def _cost(self, row: RemoteRow) -> tuple[F64, float]:
        """What each observation takes of the budget, and the budget."""
        values, weight, limit = self.observed.values, self.observed.weight, row.limit
        total = float(weight.sum())
        if self.kind == "mean" and row.at_most is None:
            return (1.0 - values) * weight, (1.0 - limit) * total
        if self.kind == "mean":
            return values * weight, limit * total
        if self.kind == "rms":
            return values**2, limit**2 * len(values)
        if self.kind == "sum":
            return values, limit * self.exposure
        above = values < limit if row.at_most is None else values > limit
        if self.kind == "quantile":
            return above.astype(np.float64), (1.0 - self.share) * len(values)
        if self.kind == "spread":
            return (values > limit + np.median(values)).astype(np.float64), (1.0 - _UPPER) * len(values)
        return above.astype(np.float64), 0.0

    def _value(self) -> float:
        """Of a kind that is one number of all observations, of which there are some."""
        values = self.observed.values
        if self.kind == "rms":
            return float(np.sqrt((values**2).mean()))
        if self.kind == "spread":
            middle, upper = np.quantile(values, [0.5, _UPPER], method="inverted_cdf")
            return float(upper - middle)
        return float(values.max() if self.kind == "max" else values.min())

    def _absent(self) -> Measurement:
        return absent(self.unit, self.empty)


def percentiles(key: str, observed: Observed, unit: str, empty: str) -> dict[str, Tracked]:
    """``<key>.p50``, ``.p95``, ``.p99`` of observations."""
    return {
        f"{key}.p{percent}": Tracked(observed, "quantile", unit, percent / 100.0, empty=empty)
        for percent in (50, 95, 99)
    }
