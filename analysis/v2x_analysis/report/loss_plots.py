"""Plots of what did not arrive, by cause: over distance, over time, over the network."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.ticker import PercentFormatter

from v2x.clock import NS_PER_S
from v2x.record.tables import BIN_M
from v2x_analysis.fates import CAUSES, DELIVERED, fates
from v2x_analysis.metrics.delivery import sidelink_bins
from v2x_analysis.observed import uu
from v2x_analysis.report.curves import legend_above
from v2x_analysis.report.style import GOOD, INK, MUTED, SERIES, axes, svg_of
from v2x_analysis.run import Run


def by_distance(run: Run) -> str | None:
    """Packet delivery ratio by distance, the losses stacked above it by cause."""
    bins = run.derived(sidelink_bins)
    if bins.empty:
        return None
    share, colours = fates(bins, "distance_m"), _colours(bins)
    with axes(3.3) as (figure, (plot,)):
        left, base = share.index.to_numpy(np.float64), np.zeros(len(share))
        for fate, height in share.items():
            words = str(fate).replace("_", " ")
            plot.bar(left, height, BIN_M * 0.92, base, align="edge", color=colours[str(fate)], label=words)
            base = base + height.to_numpy()
        plot.set(xlabel="distance, m", ylabel="share of tries", ylim=(0, 1), xlim=(0, left.max() + BIN_M))
        plot.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        plot.grid(False, axis="x")
        legend_above(plot)
        return svg_of(figure, "delivery", "Share of frames delivered over PC5 by distance, with causes of loss")


def over_time(run: Run) -> str | None:
    """Share of the fleet's tries that was lost in each second, stacked by cause."""
    bins = run.derived(sidelink_bins)
    bins = bins[bins["t_ns"] < run.duration_s * NS_PER_S]
    if bins["delivered"].all():
        return None
    share = fates(bins.assign(second=bins["t_ns"] // NS_PER_S), "second").drop(columns=DELIVERED, errors="ignore")
    colours = _colours(bins)
    with axes() as (figure, (plot,)):
        second = np.append(share.index.to_numpy(np.float64), share.index[-1] + 1.0)
        base = np.zeros(len(second))
        for cause, height in share.items():
            top = base + np.append(height.to_numpy(), height.iloc[-1])
            words = str(cause).replace("_", " ")
            plot.fill_between(second, base, top, step="post", color=colours[str(cause)], linewidth=0, label=words)
            base = top
        plot.set(xlabel="time, s", ylabel="share of tries", ylim=(0, min(1.0, 1.1 * float(base.max()))))
        plot.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        plot.margins(x=0)
        legend_above(plot)
        return svg_of(figure, "losses", "Share of frames lost over PC5 in each second, by cause")


def network(run: Run) -> str | None:
    """Share of the frames over Uu that was lost, by cause and direction."""
    rows = run.derived(uu)
    if rows.empty or rows["delivered"].all():
        return None
    share, colours = fates(rows.assign(count=1), "uplink"), _colours(rows)
    with axes(1.1 + 0.45 * len(share)) as (figure, (plot,)):
        for row, uplink in enumerate(sorted(share.index, reverse=True)):
            left = 0.0
            for cause, width in share.loc[uplink].drop(DELIVERED, errors="ignore").items():
                words = str(cause).replace("_", " ") if row == 0 else None
                plot.barh(row, width, 0.62, left, color=colours[str(cause)], label=words)
                left += width
            note = f"{100.0 * left:.3g} %"
            plot.annotate(note, (left, row), (4, 0), textcoords="offset points", va="center", fontsize=8.5)
        numbers = rows.groupby("uplink").size().sort_index(ascending=False)
        names = [f"{'up' if uplink else 'down'}, all {number:,}" for uplink, number in numbers.items()]
        plot.set_yticks(range(len(names)), names)
        plot.tick_params(axis="y", labelcolor=INK)
        plot.xaxis.set_major_formatter(PercentFormatter(1.0))
        plot.grid(False, axis="y")
        plot.invert_yaxis()
        plot.margins(x=0.12)
        plot.set(xlabel="share of frames lost", xlim=(0, None))
        legend_above(plot)
        return svg_of(figure, "network-losses", "Share of frames lost over the 5G network, by cause and direction")


def _colours(rows: pd.DataFrame) -> dict[str, str]:
    """Fate -> its colour; of more causes than there are colours, the last ones share a grey."""
    found = [cause for cause in CAUSES if (rows["cause"] == cause).any()]
    return {DELIVERED: GOOD} | {cause: (*SERIES[1:], *[MUTED] * len(found))[k] for k, cause in enumerate(found)}
