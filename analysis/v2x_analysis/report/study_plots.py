"""A figure of a study over one of its axes: means over the seeds with their intervals, a line for each of another's."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from v2x.record.sweep import AXIS, SEED
from v2x_analysis.comparison.contrasts import value_words
from v2x_analysis.comparison.effects import paired
from v2x_analysis.report.curves import legend_above
from v2x_analysis.report.style import INK, MUTED, SERIES, axes, svg_of
from v2x_analysis.study import Study

#: Of the axis that makes the lines.
_MOST_LINES = len(SERIES) - 1


def over_axis(study: Study, rows: pd.DataFrame, figure: pd.Series[float], unit: str, name: str) -> str | None:
    """Draw a figure over the axis of numbers with most values, or where there is none, over that with most values.

    Lines are those of the first other axis with few values; all other axes are averaged. Baselines are dashed.

    Parameters
    ----------
    study, rows
        The study and its rows.
    figure, unit
        By id of the run.
    name
        For ids in the drawing.
    """
    own = rows["baseline"].isna()
    counts = {path: rows.loc[own, AXIS + path].nunique() for path in study.asked["axes"]}
    numbers = [path for path, kind in study.asked["axes"].items() if kind == "number" and counts[path] > 1]
    if not figure[own].notna().any() or not any(count > 1 for count in counts.values()):
        return None
    x = max(numbers or counts, key=lambda path: counts[path])
    lines = next((path for path in counts if path != x and 1 < counts[path] <= _MOST_LINES), None)
    values = rows[AXIS + x]
    named = (
        {} if numbers else {value_words(value): float(row) for row, value in enumerate(values[own].dropna().unique())}
    )
    places = values if numbers else values.map(value_words).map(named)
    drawn = pd.DataFrame({"x": places, "y": figure, "seed": rows[SEED.name]})
    with axes(3.3) as (canvas, (plot,)):
        if lines is None:
            _line(plot, drawn[own], SERIES[0], None)
        else:
            others = rows[AXIS + lines]
            for colour, value in zip(SERIES, others[own].dropna().unique(), strict=False):
                _line(plot, drawn[own & (others == value)], colour, f"{lines.rpartition('.')[2]} {value_words(value)}")
        for colour, baseline in zip((INK, MUTED, *SERIES[::-1]), study.asked["baselines"], strict=False):
            _baseline(plot, drawn[rows["baseline"] == baseline], colour, baseline)
        plot.set(xlabel=x, ylabel=unit if unit != "1" else "")
        if named:
            plot.set_xticks(list(named.values()), list(named))
        if plot.get_legend_handles_labels()[1]:
            legend_above(plot)
        return svg_of(canvas, name, f"Mean over the seeds by {x}, with 95 % intervals")


def _line(plot: Axes, drawn: pd.DataFrame, colour: str, label: str | None, style: str = "-") -> None:
    """Means by x, with intervals; joined where they have any or are few, since single luck is no course."""
    means = paired(drawn.groupby(["seed", "x"])["y"].mean().unstack("x"))
    means = means[means["n"] > 0]
    x, y = means.index.to_numpy(np.float64), means["difference"].to_numpy(np.float64)
    margin = (means["high"] - means["difference"]).fillna(0.0).to_numpy(np.float64)
    plot.errorbar(
        x, y, yerr=margin, color=colour, label=label, linestyle=style, linewidth=1.6, marker="o", markersize=4.0
    )


def _baseline(plot: Axes, drawn: pd.DataFrame, colour: str, name: str) -> None:
    """A dashed line: across, where the baseline decides the axis."""
    if drawn["x"].notna().any():
        _line(plot, drawn, colour, name, "--")
    elif drawn["y"].notna().any():
        plot.axhline(drawn["y"].mean(), color=colour, linestyle="--", linewidth=1.6, label=name)
