"""Plots of the radio: how full the channel was, how long neighbours went unheard, where the time over Uu went."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.ticker import PercentFormatter

from v2x.clock import NS_PER_S
from v2x_analysis.metrics.blind_spots import LONG_MS, blind_spots
from v2x_analysis.metrics.segments import frame_segments, present
from v2x_analysis.report.curves import band, legend_above, log_time, share_longer
from v2x_analysis.report.style import INK, MUTED, SERIES, axes, svg_of
from v2x_analysis.run import Run

#: The slowest frames of a direction, drawn beside all: what makes the tail is seldom what makes the mean.
_SLOWEST = 0.05


def channel_load(run: Run) -> str | None:
    """Channel busy ratio over the run, and the stations' own shares."""
    rows = run.channel
    if rows.empty:
        return None
    second = rows["t_ns"] // NS_PER_S
    with axes(3.6, rows=2) as (figure, plots):
        for plot, column, words, colour in zip(
            plots, ("cbr", "cr"), ("channel busy", "own share"), (SERIES[0], SERIES[3]), strict=True
        ):
            by_second = rows.groupby(second)[column]
            band(plot, by_second.quantile(np.array([0.05, 0.5, 0.95])).unstack(), colour, "median of the stations")
            plot.plot(by_second.max(), color=MUTED, linewidth=1.0, label="largest")
            plot.yaxis.set_major_formatter(PercentFormatter(1.0))
            plot.set(ylabel=words, ylim=(0, None))
        legend_above(plots[0])
        plots[1].set(xlabel=f"time, s ({rows['station'].nunique():,} stations)")
        return svg_of(figure, "channel", "Channel busy ratio and channel occupancy ratio of the stations over time")


def unheard(run: Run) -> str | None:
    """How often a station that is near stays unheard for longer than x."""
    table = run.derived(blind_spots)
    if table.empty:
        return None
    length_s = np.maximum(table["length_s"].to_numpy(np.float64), 1e-3)
    with axes() as (figure, (plot,)):
        sample = f"{len(table):,} blind spots in {table['encounter'].nunique():,} encounters"
        lowest = share_longer(plot, length_s, SERIES[0], sample)
        log_time(plot)
        for limit in LONG_MS:
            plot.axvline(limit / 1e3, color=MUTED, linewidth=1.0, linestyle=(0, (3, 3)))
        plot.set(xlabel="length of the blind spot, s", ylabel="share longer", ylim=(lowest, 1.2))
        legend_above(plot)
        return svg_of(figure, "blind", "Complementary distribution of the time in which a station near by goes unheard")


def segments(run: Run) -> str | None:
    """What frames over Uu spent their time on: means of all and of the slowest, by direction."""
    rows = run.derived(frame_segments)
    if rows.empty:
        return None
    table = rows.pivot_table(
        index=["uplink", "tx_id"], columns="segment", values="duration_ms", aggfunc="sum", fill_value=0.0, observed=True
    )
    bars = _bars(table[present(rows)])
    with axes(1.3 + 0.45 * len(bars)) as (figure, (plot,)):
        for row, (_, means) in enumerate(bars):
            left = np.concatenate([[0.0], np.cumsum(means)])
            for k, (segment, width) in enumerate(means.items()):
                label = str(segment) if row == 0 else None
                plot.barh(row, width, 0.62, left[k], color=SERIES[k % len(SERIES)], label=label)
            plot.annotate(
                f"{left[-1]:.1f} ms", (left[-1], row), (4, 0), textcoords="offset points", va="center", fontsize=8.5
            )
        plot.set_yticks(range(len(bars)), [name for name, _ in bars])
        plot.tick_params(axis="y", labelcolor=INK)
        plot.grid(False, axis="y")
        plot.invert_yaxis()
        plot.margins(x=0.12)
        plot.set(xlabel="mean time, ms", xlim=(0, None))
        legend_above(plot, len(table.columns))
        return svg_of(figure, "segments", "Mean time of frames over Uu by segment, all and the slowest, by direction")


def _bars(frames: pd.DataFrame) -> list[tuple[str, pd.Series[float]]]:
    """Name and mean of each segment of the bars, from the segments of each frame."""
    bars = []
    for uplink, name in ((True, "up"), (False, "down")):
        some = frames[frames.index.get_level_values("uplink") == uplink]
        if some.empty:
            continue
        whole = some.sum(axis=1)
        slow = some[whole >= whole.quantile(1.0 - _SLOWEST)]
        bars += [
            (f"{name}, all {len(some):,}", some.mean()),
            (f"{name}, slowest {len(slow):,}", slow.mean()),
        ]
    return bars
