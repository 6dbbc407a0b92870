"""Plots of the links: latency, inter-reception time, age of information."""

from __future__ import annotations

import numpy as np
from matplotlib.ticker import PercentFormatter

from v2x.clock import NS_PER_S
from v2x_analysis.metrics.awareness import ages, gaps
from v2x_analysis.metrics.latency import delivered
from v2x_analysis.observed import uu
from v2x_analysis.report.curves import band, distribution, legend_above, log_time, share_longer
from v2x_analysis.report.style import MUTED, SERIES, axes, svg_of
from v2x_analysis.run import Run

#: PC5 latency allowed between vehicles and to the roadside, ms (3GPP TS 22.185 clause 5.1, from memory of the text).
_ALLOWED_MS = 100.0


def latency(run: Run) -> str | None:
    """Distribution of the latency of delivered frames, PC5 and Uu."""
    samples = {"PC5": delivered(run, "pc5"), "Uu": delivered(run, "uu")}
    curves = {name: rows["delay_ns"].to_numpy() / 1e6 for name, rows in samples.items() if len(rows)}
    if not curves:
        return None
    with axes() as (figure, (plot,)):
        for (name, delay_ms), colour in zip(curves.items(), SERIES, strict=False):
            x, y = distribution(np.maximum(delay_ms, 0.01))
            p95 = np.quantile(delay_ms, 0.95, method="inverted_cdf")
            plot.step(x, y, where="post", color=colour, label=f"{name}, p95 {p95:.1f} ms")
            plot.plot(max(p95, 0.01), 0.95, "o", color=colour, markersize=5)
        log_time(plot)
        plot.axvline(_ALLOWED_MS, color=MUTED, linewidth=1.0, linestyle=(0, (3, 3)))
        plot.set(xlabel="latency, ms", ylabel="share of delivered frames", ylim=(0, 1.02))
        plot.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        legend_above(plot)
        return svg_of(figure, "latency", "Cumulative distribution of latency over PC5 and Uu")


def inter_reception(run: Run) -> str | None:
    """How often the silence between two BSM of a neighbour is longer than x."""
    table = run.derived(gaps)
    if table.empty:
        return None
    gap_ms = np.maximum(table["gap_ms"].to_numpy(np.float64), 1.0)
    with axes() as (figure, (plot,)):
        lowest = share_longer(plot, gap_ms, SERIES[0])
        log_time(plot)
        plot.set(xlabel="inter-reception time, ms", ylabel="share longer", ylim=(lowest, 1.2))
        return svg_of(figure, "irt", "Complementary distribution of the time between received BSM of one neighbour")


def age(run: Run) -> str | None:
    """Age of what subjects know of their neighbours, over the run."""
    table = run.derived(ages)
    if table.empty:
        return None
    by_second = table.groupby(table["t_ns"] // NS_PER_S)["age_ms"].quantile(np.array([0.05, 0.5, 0.95])).unstack()
    with axes() as (figure, (plot,)):
        band(plot, by_second, SERIES[0], "median")
        plot.set(xlabel="time, s", ylabel="age of information, ms", ylim=(0, None))
        legend_above(plot)
        return svg_of(figure, "age", "Median and 5th to 95th percentile of the age of information over time")


def older(run: Run) -> str | None:
    """How often what subjects know of a neighbour is older than x."""
    table = run.derived(ages)
    if table.empty:
        return None
    age_ms = np.maximum(table["age_ms"].to_numpy(np.float64), 1.0)
    with axes() as (figure, (plot,)):
        lowest = share_longer(plot, age_ms, SERIES[0])
        log_time(plot)
        plot.set(xlabel="age of information, ms", ylabel="share older", ylim=(lowest, 1.2))
        return svg_of(figure, "older", "Complementary distribution of the age of information")


def network(run: Run) -> str | None:
    """Uu latency and losses over the run."""
    rows = run.derived(uu)
    if rows.empty:
        return None
    second = rows["sent_ns"] // NS_PER_S
    arrived = rows["delivered"]
    delay_ms = (
        (rows["delay_ns"] / 1e6)[arrived].groupby(second[arrived]).quantile(np.array([0.05, 0.5, 0.95])).unstack()
    )
    lost = (~arrived).groupby(second).mean()
    with axes(rows=2) as (figure, (upper, lower)):
        band(upper, delay_ms, SERIES[0], "median")
        upper.set(ylabel="latency, ms", ylim=(0, None))
        legend_above(upper)
        lower.bar(lost.index, lost, 1.0, align="edge", color=SERIES[1])
        lower.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        lower.margins(x=0)
        lower.set(xlabel="time, s", ylabel="lost", ylim=(0, max(0.05, 1.1 * lost.max())))
        return svg_of(figure, "network", "Latency of the 5G network over time, and the share of frames lost")
