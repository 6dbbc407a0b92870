"""Plots of remote driving: path, latency by stage, course kept by the age of the picture, stops, lost requirements."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba

from v2x.clock import NS_PER_S
from v2x_analysis.ground import field_of
from v2x_analysis.measurement import F64
from v2x_analysis.remote.display import blank_steps, picture_age_ms
from v2x_analysis.remote.driven import Driven, driven
from v2x_analysis.remote.planned_way import planned_way
from v2x_analysis.remote.stages import stages
from v2x_analysis.remote.stops import Stop, stops
from v2x_analysis.remote.verdicts import judged
from v2x_analysis.report.curves import legend_above
from v2x_analysis.report.style import INK, MUTED, SERIES, axes, svg_of
from v2x_analysis.run import Run

#: A line has so many points at most; more cannot be seen.
_POINTS = 1500

#: Upper ends of the classes of a picture's age, ms. Operators are no worse up to 150 ms and lost beyond 300 to 500 ms.
_AGES_MS = (100.0, 150.0, 250.0, 400.0)
_AGE_COLOURS = (
    to_rgba(SERIES[0], 0.25), to_rgba(SERIES[0], 0.55), to_rgba(SERIES[0], 1.0), to_rgba(SERIES[2]), to_rgba(SERIES[1]),
)  # fmt: skip

#: Stage of the loop -> what it is called.
_STAGES = {
    "encode": "exposure, encoder",
    "network": "network, up",
    "playout": "play-out",
    "decode": "decoder",
    "display": "display",
    "operator": "operator",
    "command_network": "network, down",
    "control_step": "control step",
    "actuator": "steering, its lag",
}

#: Margin around the path on the map, m, and the widest shape that it may have.
_AROUND_M, _FLATTEST = 40.0, 4.0

#: Time that a stop is shown before and after, s.
_BEFORE_S, _AFTER_S = 1.5, 1.0


def path(run: Run) -> str | None:
    """The way that each vehicle took over the lanes of the field, and where it stopped."""
    whole = run.derived(driven)
    if whole is None:
        return None
    x_m, y_m = whole.numbers("x_m"), whole.numbers("y_m")
    low = np.array([x_m.min(), y_m.min()]) - _AROUND_M
    high = np.array([x_m.max(), y_m.max()]) + _AROUND_M
    wide, tall = high - low
    middle, tall = (low[1] + high[1]) / 2.0, max(tall, wide / _FLATTEST)
    with axes(min(max(6.0 * tall / wide, 1.8), 7.0)) as (figure, (plot,)):
        _lanes(run, plot, low, high)
        _course(run, plot)
        for station in range(len(whole.stations)):
            _track(plot, whole, station, x_m, y_m, labelled=station == 0)
        stood = [stop for stop in run.derived(stops) if stop.stopped_ns is not None]
        rows = [_row(whole, stop, stop.stopped_ns or 0) for stop in stood]
        if rows:
            plot.plot(x_m[rows], y_m[rows], "X", color=SERIES[1], markersize=9, label="stop")
        plot.set(xlim=(low[0], high[0]), ylim=(middle - tall / 2.0, middle + tall / 2.0), aspect="equal")
        plot.set(xlabel="east, m", ylabel="north, m")
        legend_above(plot)
        return svg_of(figure, "remote-path", "Way of the remotely driven vehicle over the lanes of the field")


def waterfall(run: Run) -> str | None:
    """Median of each stage of the loop, each where the one before ends, with its 95 % quantile."""
    found = run.derived(stages)
    if not any(len(stage.took.values) for stage in found[:-1]):
        return None
    begin_ms = 0.0
    with axes(0.9 + 0.3 * len(found)) as (figure, (plot,)):
        for row, stage in enumerate(found):
            middle_ms = stage.middle_ms
            upper_ms = float(np.quantile(stage.took.values, 0.95)) if len(stage.took.values) else 0.0
            colour = SERIES[3] if stage.name == "operator" else MUTED if stage.name == "actuator" else SERIES[0]
            plot.barh(row, max(middle_ms, 0.3), 0.62, left=begin_ms, color=colour)
            plot.plot([begin_ms + middle_ms, begin_ms + max(upper_ms, middle_ms)], [row, row], color=INK, linewidth=1.2)
            words = f"  {middle_ms:.0f}" + (f" … {upper_ms:.0f}" if round(upper_ms) > round(middle_ms) else "")
            plot.text(begin_ms + max(upper_ms, middle_ms, 0.3), row, words, va="center", fontsize=9)
            begin_ms += middle_ms
        plot.set_yticks(range(len(found)), [_STAGES[stage.name] for stage in found])
        plot.tick_params(axis="y", labelcolor=INK)
        plot.grid(False, axis="y")
        plot.invert_yaxis()
        plot.margins(x=0.08)
        plot.set(xlabel=f"time since the middle of the exposure, ms; {begin_ms:.0f} in all")
        return svg_of(
            figure, "remote-waterfall", "Median time of each stage from camera to wheels, one after the other"
        )


def course_kept(run: Run) -> str | None:
    """Distance from the course along it, coloured by the age of the picture that was driven by."""
    whole = run.derived(driven)
    if whole is None or not (whole.remote | whole.mrm).any():
        return None
    age_ms = np.where(run.derived(blank_steps), np.inf, run.derived(picture_age_ms))
    rows = np.flatnonzero(whole.remote | whole.mrm)
    rows = rows[:: max(1, -(-len(rows) // _POINTS))]
    station_m, offset_m = whole.numbers("station_m")[rows], whole.numbers("offset_m")[rows]
    classes = np.searchsorted(_AGES_MS, np.nan_to_num(age_ms[rows], nan=np.inf), side="left")
    joined = (np.diff(whole.station[rows]) == 0) & (np.abs(np.diff(station_m)) < 100.0)
    points = np.stack([station_m, offset_m], axis=1)
    segments = np.stack([points[:-1], points[1:]], axis=1)[joined]
    with axes(3.2) as (figure, (plot,)):
        begin = 0.0
        for k, colour in enumerate(_AGE_COLOURS):
            own = segments[classes[:-1][joined] == k]
            if len(own):
                words = f"≤ {_AGES_MS[k]:g} ms" if k < len(_AGES_MS) else f"> {_AGES_MS[-1]:g} ms, or blank"
                plot.add_collection(LineCollection(list(own), colors=[colour], linewidths=1.8, label=words))
            begin = max(begin, float(np.abs(own[:, :, 1]).max()) if len(own) else 0.0)
        in_manoeuvre = whole.mrm[rows]
        if in_manoeuvre.any():
            plot.plot(station_m[in_manoeuvre], offset_m[in_manoeuvre], ".", color=INK, markersize=3, label="manoeuvre")
        plot.axhline(0.0, color=MUTED, linewidth=0.8)
        plot.set_xlim(float(station_m.min()), max(float(station_m.max()), float(station_m.min()) + 1.0))
        plot.set_ylim(-1.15 * begin - 0.05, 1.15 * begin + 0.05)
        plot.set(xlabel="way along the course, m", ylabel="to the left of it, m")
        legend_above(plot, columns=3)
        return svg_of(figure, "remote-course", "Distance from the course along the route by the age of the picture")


def halts(run: Run) -> str | None:
    """Speed around each minimal-risk manoeuvre, from when the last command in force had come."""
    whole, found = run.derived(driven), run.derived(stops)
    if whole is None or not found:
        return None
    speed_mps = whole.numbers("speed_mps")
    with axes(3.0) as (figure, (plot,)):
        for k, stop in enumerate(found):
            rows = whole.rows_of(stop.station)
            t_s = (whole.t_ns[rows] - stop.from_ns) / NS_PER_S
            end_ns = stop.stopped_ns if stop.stopped_ns is not None else int(whole.t_ns[rows][-1])
            shown = (t_s >= -_BEFORE_S) & (t_s <= (end_ns - stop.from_ns) / NS_PER_S + _AFTER_S)
            colour = SERIES[k % len(SERIES)]
            plot.plot(t_s[shown], speed_mps[rows][shown], color=colour, label=_about(stop) if k < 6 else None)
            plot.plot(stop.noticed_s, stop.speed_mps, "o", color=colour, markersize=6)
        plot.axvline(0.0, color=MUTED, linewidth=0.8)
        plot.set(xlabel="time since the last command in force had come, s", ylabel="speed, m/s", ylim=(0, None))
        legend_above(plot, columns=3)
        return svg_of(figure, "remote-stops", "Speed in each minimal-risk manoeuvre, with when it was noticed")


def lost(run: Run) -> str | None:
    """When the bound of each requirement that failed was lost, but for those for information."""
    known = () if run.derived(driven) is None else run.derived(judged)
    rows = [one for one in known if one.broke_ns is not None and one.row.level != "info"]
    if not rows:
        return None
    rows.sort(key=lambda one: one.broke_ns or 0)
    colours = {"hard": SERIES[1], "soft": SERIES[2]}
    with axes(1.0 + 0.26 * len(rows)) as (figure, (plot,)):
        told: set[str] = set()
        for place, one in enumerate(rows):
            t_s = (one.broke_ns or 0) / NS_PER_S
            label = one.row.level if one.row.level not in told else None
            told.add(one.row.level)
            plot.plot([t_s, run.duration_s], [place, place], color=colours[one.row.level], linewidth=2.5, label=label)
            plot.plot(t_s, place, "o", color=colours[one.row.level], markersize=6)
        plot.set_yticks(range(len(rows)), [f"{one.row.id} {one.row.title}" for one in rows])
        plot.tick_params(axis="y", labelcolor=INK)
        plot.grid(False, axis="y")
        plot.invert_yaxis()
        plot.set(xlabel="time, s", xlim=(0.0, max(run.duration_s, 1.0)))
        legend_above(plot)
        return svg_of(figure, "remote-lost", "When each requirement that failed was lost")


#: Title, what to see in it, and the function that draws it.
PLOTS: tuple[tuple[str, str, Callable[[Run], str | None]], ...] = (
    (
        "Way",
        "Dashed: the course; blue: driven by the operator; red: in a minimal-risk manoeuvre; cross: where that ended.",
        path,
    ),
    ("Where the time goes", "Medians one after the other; thin line: to the 95 % quantile of the stage.", waterfall),
    ("Course kept", "Distance from the course, coloured by the age of the picture on the screen.", course_kept),
    ("Stops", "Minimal-risk manoeuvres. Dot: when the vehicle noticed that nobody drives.", halts),
    ("Requirements lost", "From when on nothing could win each of them back; the first one is on top.", lost),
)


def _lanes(run: Run, plot: Axes, low: F64, high: F64) -> None:
    """Lanes of the field that come near, as thin lines."""
    field = field_of(run)
    lines = [lane.points_m for lane in (field.lanes if field else ()) if lane.kind == "vehicle"]
    near = [line for line in lines if ((line > low) & (line < high)).all(axis=1).any()]
    plot.add_collection(LineCollection(near, colors=[to_rgba(MUTED, 0.35)], linewidths=0.8))


def _course(run: Run, plot: Axes) -> None:
    """Where it was to go, and the cones."""
    way = run.derived(planned_way)
    if way is None:
        return
    plot.plot(*way.course_m.T, color=INK, linewidth=0.8, linestyle=(0, (4, 3)), label="course", zorder=3)
    if len(way.cones_m):
        plot.plot(*way.cones_m.T, "^", color=SERIES[2], markersize=6, label="cone", zorder=3)


def _track(plot: Axes, whole: Driven, station: int, x_m: F64, y_m: F64, *, labelled: bool) -> None:
    """A vehicle's way, its manoeuvres on top, its beginning."""
    own = np.arange(len(whole.t_ns))[whole.rows_of(station)]
    thin = own[:: max(1, -(-len(own) // _POINTS))]
    plot.plot(x_m[thin], y_m[thin], color=SERIES[0], label="operator" if labelled else None)
    hit = own[whole.mrm[own]]
    for part in np.split(hit, np.flatnonzero(np.diff(hit) > 1) + 1) if len(hit) else ():
        plot.plot(x_m[part], y_m[part], color=SERIES[1], linewidth=4.0, solid_capstyle="butt")
    plot.plot(x_m[own[0]], y_m[own[0]], "o", color=INK, markersize=7, label="start" if labelled else None)


def _row(whole: Driven, stop: Stop, t_ns: int) -> int:
    """The vehicle's last control step up to a time."""
    rows = whole.rows_of(stop.station)
    return int(rows.start) + max(int(np.searchsorted(whole.t_ns[rows], t_ns, side="right")) - 1, 0)


def _about(stop: Stop) -> str:
    way = "" if stop.way_m is None else f", {stop.way_m:.1f} m"
    return f"{stop.cause} at {stop.noticed_ns / NS_PER_S:.1f} s{way}"
