"""Plots of what went on: message rates and sizes, traffic speed and number."""

from __future__ import annotations

import numpy as np
from matplotlib.ticker import FuncFormatter, NullFormatter

from v2x.clock import NS_PER_S
from v2x_analysis.metrics.traffic import vehicle_states
from v2x_analysis.report.style import INK, MUTED, SERIES, axes, svg_of
from v2x_analysis.run import Run

#: Rates further apart than this factor are drawn on a logarithmic axis.
_WIDE = 20


def rates(run: Run) -> str | None:
    """Frames sent per second, by type."""
    tx = run.tx
    if tx.empty:
        return None
    table = tx.groupby([tx["t_ns"] // NS_PER_S, "type"], observed=True).size().unstack(fill_value=0)
    table = table.loc[table.index < run.duration_s - 0.5]  # a second cut short is no rate
    if table.empty:
        return None
    table = table[table.sum().sort_values(ascending=False).index]
    with axes() as (figure, (plot,)):
        for name, colour in zip(table, SERIES, strict=False):
            plot.step(table.index, table[name].where(table[name] > 0), where="post", color=colour, label=str(name))
        if table.max().max() > _WIDE * table[table > 0].min().min():
            plot.set_yscale("log")
            plot.yaxis.set_minor_formatter(NullFormatter())
        else:
            plot.set_ylim(bottom=0)
        plot.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
        plot.margins(x=0)
        plot.set(xlabel="time, s", ylabel="frames per second")
        plot.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=6, borderaxespad=0.2, labelcolor=INK)
        return svg_of(figure, "rates", "Frames sent per second by message type over time")


def sizes(run: Run) -> str | None:
    """Length of the encoded messages of each type: range, middle 90 %, median."""
    tx = run.tx
    if tx.empty:
        return None
    length = tx["bytes"].map(len).groupby(tx["type"], observed=True)
    table = length.quantile(np.array([0.0, 0.05, 0.5, 0.95, 1.0])).unstack()
    table = table.loc[table[0.5].sort_values().index]
    with axes(max(1.5, 0.75 + 0.42 * len(table))) as (figure, (plot,)):
        for row, (_, (low, p5, middle, p95, high)) in enumerate(table.iterrows()):
            plot.plot([low, high], [row, row], color=MUTED, linewidth=1.5)
            plot.plot([p5, p95], [row, row], color=SERIES[0], linewidth=7, alpha=0.45)
            plot.plot(middle, row, "o", color=SERIES[0], markersize=7)
            plot.annotate(
                f"{middle:,.0f} B", (middle, row), (0, 9), textcoords="offset points", ha="center", fontsize=8.5
            )
        plot.set_yticks(range(len(table)), [str(name) for name in table.index])
        plot.tick_params(axis="y", labelcolor=INK)
        plot.grid(False, axis="y")
        plot.set(xlabel="length of the MessageFrame, bytes", ylim=(-0.6, len(table) - 0.3), xlim=(0, None))
        return svg_of(figure, "sizes", "Length of encoded messages by type: range, 5th to 95th percentile, median")


def traffic(run: Run) -> str | None:
    """Speed of the vehicles and their number over the run."""
    states = run.derived(vehicle_states)
    if states.empty:
        return None
    second = states["t_ns"] // NS_PER_S
    speed = states.groupby(second)["speed_mps"].quantile(np.array([0.1, 0.5, 0.9])).unstack() * 3.6
    number = states.groupby(second)["id"].nunique()
    with axes(3.6, rows=2) as (figure, (upper, lower)):
        x = speed.index.to_numpy(np.float64)
        upper.fill_between(x, speed[0.1], speed[0.9], color=SERIES[0], alpha=0.22, linewidth=0, label="p10 to p90")
        upper.plot(x, speed[0.5], color=SERIES[0], label="median")
        upper.set(ylabel="speed, km/h", ylim=(0, None))
        upper.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2, borderaxespad=0.2, labelcolor=INK)
        lower.fill_between(number.index, number, step="post", color=SERIES[2], alpha=0.5, linewidth=0)
        lower.set(xlabel="time, s", ylabel="vehicles", ylim=(0, None))
        lower.margins(x=0)
        return svg_of(figure, "traffic", "Vehicle speed (median, 10th to 90th percentile) and number over time")
