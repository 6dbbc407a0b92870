"""Plots of a comparison: effects with their intervals, and how each pair changed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from v2x_analysis.comparison import Comparison
from v2x_analysis.report.style import INK, SERIES, axes, svg_of

#: So many figures are drawn; more cannot be read.
_DRAWN, _PAIRED = 20, 6


def forest(found: Comparison) -> str | None:
    """Effects of what moved, largest first; of two single runs, differences as a share of A."""
    return effects(found.figures[found.figures["moved"].fillna(False).astype(bool)], "forest", _DRAWN)


def effects(moved: pd.DataFrame, name: str, most: int) -> str | None:
    """The same of rows of a `Comparison`'s figures, the first ``most``; ``name`` is for ids in the drawing."""
    if moved["effect"].notna().any():
        drawn, label = moved[["effect", "effect_low", "effect_high"]], "effect d_z"
    else:  # a share of nothing is not drawn
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = moved[["difference", "low", "high"]].to_numpy() / moved[["a"]].abs().to_numpy()
        drawn, label = pd.DataFrame(shares, moved.index), "difference, share of A"
    drawn = drawn[np.isfinite(drawn.to_numpy(np.float64)).all(axis=1)].head(most)[::-1]
    if drawn.empty:
        return None
    with axes(0.8 + 0.26 * len(drawn)) as (figure, (plot,)):
        middle, low, high = drawn.to_numpy(np.float64).T
        colours = [SERIES[1] if moved.loc[key, "worse"] else SERIES[0] for key in drawn.index]
        rows = np.arange(len(drawn))
        plot.axvline(0.0, color=INK, linewidth=1.0)
        plot.hlines(rows, low, high, color=colours)
        plot.scatter(middle, rows, color=colours, s=26.0, zorder=3)
        plot.set_yticks(rows, [str(key) for key in drawn.index])
        plot.set(xlabel=label, ylim=(-0.7, len(drawn) - 0.3))
        plot.grid(axis="y", visible=False)
        return svg_of(figure, name, "Effects of what moved, with their intervals")


def paired_dots(found: Comparison) -> str | None:
    """Of the largest effects, A and B of each seed, joined."""
    keys = [str(key) for key in found.figures.index[found.figures["effect"].notna()][:_PAIRED]]
    if not keys:
        return None
    seeds = found.pairs.seeds.to_numpy()
    both = found.pairs.a[keys].notna() & found.pairs.b[keys].notna()
    a, b = (side[keys].where(both).groupby(seeds).mean() for side in (found.pairs.a, found.pairs.b))
    with axes(0.6 + 1.1 * len(keys), rows=len(keys)) as (figure, plots):
        for plot, key in zip(plots, keys, strict=True):
            colour = SERIES[1] if found.figures.loc[key, "worse"] else SERIES[0]
            plot.plot([0, 1], [a[key], b[key]], color=colour, marker="o", markersize=4.0, linewidth=1.2, alpha=0.7)
            plot.set_title(f"{key}, {found.pairs.units[key]}", loc="left", fontsize=9.5, color=INK)
            plot.set(xlim=(-0.1, 1.1))
            plot.set_xticks([0, 1], ["A", "B"])
        return svg_of(figure, "pairs", "A and B of each seed, joined by a line")
