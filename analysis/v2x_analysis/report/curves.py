"""Parts of plots: a band around a median, a distribution function, an axis of times, a legend."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from v2x_analysis.measurement import F64
from v2x_analysis.report.style import INK

#: Points of a drawn distribution; more cannot be seen.
_POINTS = 400


def band(plot: Axes, quantiles: pd.DataFrame, colour: str, label: str) -> None:
    """A line with the band between the outer quantiles."""
    x = quantiles.index.to_numpy(np.float64)
    low, middle, high = (quantiles.iloc[:, k].to_numpy(np.float64) for k in range(3))
    outer = f"p{quantiles.columns[0] * 100:g} to p{quantiles.columns[2] * 100:g}"
    plot.fill_between(x, low, high, color=colour, alpha=0.22, linewidth=0, label=outer)
    plot.plot(x, middle, color=colour, label=label)
    plot.margins(x=0)


def distribution(values: F64) -> tuple[F64, F64]:
    """Points of the empirical distribution function, dense at both tails."""
    tail = np.geomspace(1.0 / max(len(values), 2), 0.5, _POINTS // 2)
    share = np.unique(np.r_[np.linspace(0.0, 1.0, _POINTS), tail, 1.0 - tail])
    return np.quantile(values, share, method="inverted_cdf"), share


def share_longer(plot: Axes, values: F64, colour: str, label: str | None = None) -> float:
    """How often a value is larger than x, on a logarithmic axis; returns the lowest share that is drawn."""
    x, y = distribution(values)
    lowest = 0.5 / len(values)
    plot.step(x, np.maximum(1.0 - y, lowest), where="post", color=colour, label=label)
    plot.set_yscale("log")
    plot.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value * 100:g} %"))
    plot.yaxis.set_minor_formatter(NullFormatter())
    return lowest


def log_time(plot: Axes) -> None:
    """A logarithmic axis of times with plain numbers."""
    plot.set_xscale("log")
    plot.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    plot.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    plot.xaxis.set_minor_formatter(NullFormatter())


def legend_above(plot: Axes, columns: int = 4) -> None:
    """The legend in rows above the plot, where it hides nothing."""
    plot.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=columns, borderaxespad=0.2, labelcolor=INK)
