"""Plots of a platoon: speeds and gaps, way over time, ages of messages, modes, gaps against the smallest safe one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba

from v2x_analysis.measurement import F64, I64
from v2x_analysis.platooning.gaps import MOVING_MPS
from v2x_analysis.platooning.grid import I32, Grid, grid, platoons
from v2x_analysis.platooning.reaction import reactions
from v2x_analysis.report.curves import legend_above
from v2x_analysis.report.style import GOOD, INK, MUTED, SERIES, axes, svg_of
from v2x_analysis.run import Run

#: A line has so many points at most, a bar so many cells; more cannot be seen.
_POINTS, _CELLS = 1200, 240

#: Upper ends of the classes of ages, ms; the fallback of the scenario's defaults begins at 300 and 1000.
_AGES_MS = (100.0, 200.0, 300.0, 1000.0)

#: Length of a vehicle of which the run says none, m. Assumed.
_LENGTH_M = 4.6


@dataclass(frozen=True)
class Shown:
    """The platoon that is drawn: that of the smallest gap.

    ``members`` are columns of the grid, by their usual place; ``words`` say which one it is where there are several.
    """

    whole: Grid
    members: I64
    words: str

    @property
    def names(self) -> list[str]:
        """What each member is called."""
        return ["leader", *(f"follower {k}" for k in range(1, len(self.members)))]


def shown(run: Run) -> Shown | None:
    """The platoon to draw; None if nobody drove in one."""
    whole = run.derived(grid)
    if whole is None:
        return None
    gap_m = np.where(whole.follower, whole.numbers("gap_m"), np.nan)
    numbers = platoons(whole)
    lows = [np.min(gap_m, where=(whole.platoon == k) & ~np.isnan(gap_m), initial=np.inf) for k in numbers]
    number = numbers[int(np.argmin(lows))]
    own = whole.platoon == number
    columns = np.flatnonzero(own.any(axis=0))
    usual = [float(np.median(whole.position[own[:, column], column])) for column in columns]
    words = f"; platoon {number} of {len(numbers)}, that of the smallest gap" if len(numbers) > 1 else ""
    return Shown(whole, columns[np.argsort(usual, kind="stable")], words)


def motion(run: Run) -> str | None:
    """Speed and gap of every member over time."""
    found = run.derived(shown)
    if found is None:
        return None
    rows = slice(None, None, _stride(found.whole, _POINTS))
    t_s = found.whole.t_s[rows]
    with axes(5.2, rows=2) as (figure, (upper, lower)):
        for plot, column, words in ((upper, "speed_mps", "speed, m/s"), (lower, "gap_m", "gap, m")):
            values = found.whole.numbers(column)[rows, found.members]
            _lines(plot, t_s, values, found.names, first=int(column == "gap_m"))
            plot.set(ylabel=words)
            plot.margins(x=0)
        if np.nanmin(found.whole.numbers("gap_m")[:, found.members[1:]]) <= 0.0:
            lower.axhline(0.0, color=SERIES[1], linewidth=1.0)
        legend_above(upper)
        lower.set(xlabel=f"time, s{found.words}")
        return svg_of(figure, "platoon-motion", "Speed and gap of each member of the platoon over time")


def space_time(run: Run) -> str | None:
    """Way of every member over time, seen from a vehicle that drives at the leader's usual speed."""
    found = run.derived(shown)
    if found is None:
        return None
    whole, members = found.whole, found.members
    speed_mps = np.nan_to_num(whole.numbers("speed_mps")[:, members])
    present = whole.present[:, members]
    lengths = run.states.drop_duplicates("id").set_index("id")["length_m"]
    length_m = np.array([lengths.get(whole.stations[column], _LENGTH_M) for column in members])
    first = present.argmax(axis=0)
    begin_gap_m = np.nan_to_num(whole.numbers("gap_m")[first, members])
    start_m = -np.cumsum(np.r_[0.0, begin_gap_m[1:] + length_m[:-1]])
    way_m = np.cumsum(speed_mps, axis=0) * whole.step_s
    moving_mps = speed_mps[speed_mps[:, 0] > MOVING_MPS, 0]
    usual_mps = float(np.median(moving_mps)) if len(moving_mps) else 0.0
    seen_m = start_m + way_m - way_m[first, range(len(members))] - usual_mps * whole.t_s[:, None]
    seen_m = np.where(present, seen_m, np.nan)
    while_driving = seen_m[speed_mps[:, 0] >= 0.5 * usual_mps]  # who brakes to standstill would stretch the axis
    rows = slice(None, None, _stride(whole, _POINTS))
    with axes(3.6) as (figure, (plot,)):
        _lines(plot, whole.t_s[rows], seen_m[rows], found.names)
        plot.margins(x=0)
        low_m, high_m = np.nanmin(while_driving), np.nanmax(while_driving)
        plot.set_ylim(low_m - 0.05 * (high_m - low_m) - 5.0, high_m + 0.05 * (high_m - low_m) + 5.0)
        plot.set(xlabel=f"time, s{found.words}", ylabel=f"front, m, from one at {usual_mps:.1f} m/s")
        legend_above(plot)
        return svg_of(figure, "platoon-way", "Position of each member over time, from one at the leader's usual speed")


def ages(run: Run) -> str | None:
    """Age of what each follower knows of the vehicle ahead: member by time."""
    found = run.derived(shown)
    if found is None or np.isnan(found.whole.numbers("aoi_ahead_ms")).all():
        return None
    whole, members = found.whole, found.members[1:]
    age_ms = np.where(whole.follower, whole.numbers("aoi_ahead_ms"), np.nan)[:, members]
    begins = np.arange(0, len(age_ms), _stride(whole, _CELLS))
    oldest_ms = np.fmax.reduceat(age_ms, begins, axis=0)
    classes = np.where(np.isnan(oldest_ms), -1, np.searchsorted(_AGES_MS, oldest_ms, side="left"))
    labels = [f"≤ {age:g} ms" for age in _AGES_MS] + [f"> {_AGES_MS[-1]:g} ms"]
    shades = [*((SERIES[0], alpha) for alpha in (0.16, 0.38, 0.65)), (SERIES[2], 0.9), (SERIES[1], 1.0)]
    colours = dict(enumerate(to_rgba(colour, alpha) for colour, alpha in shades))
    return _bars(found, begins, classes, labels, colours, "platoon-age", "Oldest message in use, by follower and time")


def modes(run: Run) -> str | None:
    """Mode of every member over time, and where a safety layer overrode the law."""
    found = run.derived(shown)
    if found is None:
        return None
    whole, members = found.whole, found.members
    codes, names = whole.texts("mode")
    begins = np.arange(0, len(codes), _stride(whole, _CELLS))
    known = {"leader": (MUTED, 0.5), "cacc": (GOOD, 0.75), "degraded": (SERIES[2], 0.9), "acc": (SERIES[1], 0.85)}
    spare = iter([SERIES[3], SERIES[0], SERIES[5], SERIES[4], SERIES[6]] * len(names))
    shades = [known.get(name) or (next(spare), 0.8) for name in names]
    colours = dict(enumerate(to_rgba(colour, alpha) for colour, alpha in shades))
    overridden = whole.texts("override")[0][:, members] >= 0
    marks = np.logical_or.reduceat(overridden, begins, axis=0)
    words = "Mode of each member over time"
    return _bars(found, begins, codes[begins][:, members], names, colours, "platoon-modes", words, marks)


def safe_gaps(run: Run) -> str | None:
    """Gaps driven, by follower, against the smallest from which the measured reaction is safe."""
    found, known = run.derived(shown), run.derived(reactions)
    if found is None or known is None or len(found.members) < 2:
        return None
    whole, members = found.whole, found.members[1:]
    moving = whole.follower[:, members] & (whole.numbers("speed_mps")[:, members] > MOVING_MPS)
    gap_m = np.where(moving, whole.numbers("gap_m")[:, members], np.nan)
    with axes(1.2 + 0.26 * len(members)) as (figure, (plot,)):
        for row in range(len(members)):
            driven = gap_m[~np.isnan(gap_m[:, row]), row]
            if not len(driven):
                continue
            low, middle, high = np.quantile(driven, [0.05, 0.5, 0.95])
            label = ("smallest to largest", "5 % to 95 %", "median") if row == 0 else (None, None, None)
            plot.plot([driven.min(), driven.max()], [row, row], color=MUTED, linewidth=1.5, label=label[0])
            plot.plot([low, high], [row, row], color=SERIES[0], linewidth=7, alpha=0.45, label=label[1])
            plot.plot(middle, row, "o", color=SERIES[0], markersize=6, label=label[2])
        needed_m = known.gap_m[: len(members)]
        rows = np.arange(len(needed_m))
        plot.plot(needed_m, rows, "|", color=SERIES[1], markersize=15, mew=2.5, label="smallest safe")
        plot.set_yticks(range(len(members)), found.names[1:])
        plot.tick_params(axis="y", labelcolor=INK)
        plot.grid(False, axis="y")
        plot.invert_yaxis()
        plot.set(xlabel=f"gap while moving, m{found.words}")
        legend_above(plot)
        return svg_of(figure, "platoon-safe", "Gaps driven by each follower against the smallest safe gap")


def member_colours(number: int) -> list[tuple[float, float, float, float]]:
    """Leader in ink, followers ever fainter, the last one in a colour of its own."""
    fading = [to_rgba(SERIES[0], alpha) for alpha in np.linspace(1.0, 0.3, max(number - 2, 1))]
    return [to_rgba(INK), *fading[: max(number - 2, 0)], to_rgba(SERIES[1])][:number]


def _lines(plot: Axes, t_s: F64, values: F64, names: list[str], first: int = 0) -> None:
    """A line for each member; the first, the last and one between are named."""
    number = len(names)
    named = {0, 1, number - 1}
    for k, colour in enumerate(member_colours(number)):
        if k >= first:
            width = 1.8 if k in (0, number - 1) else 1.2
            plot.plot(t_s, values[:, k], color=colour, linewidth=width, label=names[k] if k in named else None)


def _bars(
    found: Shown, begins: I64, classes: I32 | I64, labels: list[str],
    colours: dict[int, tuple[float, float, float, float]], name: str, description: str,
    marks: np.ndarray | None = None,
) -> str:  # fmt: skip
    """A row a member (the last columns of the platoon), a bar for each run of one class; -1 is not drawn."""
    names = found.names[-classes.shape[1] :]
    edges_s = np.r_[found.whole.t_s[begins], found.whole.t_s[-1] + found.whole.step_s]
    with axes(1.2 + 0.24 * len(names)) as (figure, (plot,)):
        for row in range(len(names)):
            for code, spans in _runs(classes[:, row], edges_s):
                plot.broken_barh(spans, (row - 0.4, 0.8), facecolor=colours[code])
            for _, spans in _runs(marks[:, row].astype(np.int64) - 1, edges_s) if marks is not None else ():
                plot.broken_barh(spans, (row + 0.2, 0.2), facecolor=INK)
        used = [code for code in range(len(labels)) if (classes == code).any()]
        handles = [plot.broken_barh([], (0, 0), facecolor=colours[code]) for code in used]
        words = [labels[code] for code in used]
        if marks is not None and marks.any():
            handles.append(plot.broken_barh([], (0, 0), facecolor=INK))
            words.append("overridden")
        plot.set_yticks(range(len(names)), names)
        plot.tick_params(axis="y", labelcolor=INK)
        plot.grid(False)
        plot.invert_yaxis()
        plot.set(xlabel=f"time, s{found.words}", xlim=(edges_s[0], edges_s[-1]))
        plot.legend(
            handles, words, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=6, borderaxespad=0.2, labelcolor=INK
        )
        return svg_of(figure, name, description)


def _runs(codes: I32 | I64, edges_s: F64) -> Iterator[tuple[int, list[tuple[float, float]]]]:
    """Begin and width of the runs of each code that is not -1."""
    cuts = np.r_[0, np.flatnonzero(np.diff(codes)) + 1, len(codes)]
    spans: dict[int, list[tuple[float, float]]] = {}
    for begin, end in pairwise(cuts):
        spans.setdefault(int(codes[begin]), []).append((edges_s[begin], edges_s[end] - edges_s[begin]))
    return ((code, each) for code, each in spans.items() if code >= 0)


def _stride(whole: Grid, most: int) -> int:
    return max(1, -(-len(whole.t_ns) // most))
