"""Plots of string stability: the gains that were measured on the theory's curve, by frequency and by vehicle."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, NullFormatter

from v2x_analysis.platooning.expected import setting
from v2x_analysis.platooning.stability import Gains, gains
from v2x_analysis.platooning.theory import response
from v2x_analysis.report.curves import legend_above
from v2x_analysis.report.platoon_plots import member_colours
from v2x_analysis.report.style import INK, MUTED, SERIES, axes, svg_of
from v2x_analysis.run import Run

#: Frequencies of the axis, Hz.
_FROM_HZ, _TO_HZ = 0.02, 2.0

#: Points of a curve.
_POINTS = 300

#: A follower leads the vehicle ahead by less than this, degrees; what seems to be more is a lag of nearly a turn.
_LEAD_DEG = 10.0

#: Variants whose messages are as old as the run's, give or take this, share its curve, s.
_SAME_S = 0.005

#: Points of one frequency stand side by side, each so much further on the logarithmic axis.
_ASIDE = 1.035


def bode(run: Run) -> str | None:
    """Size and phase of the gain from vehicle to vehicle, by frequency."""
    found = tried(run)
    if not found:
        return None
    count = len(found[0].mean)
    low_hz = min(_FROM_HZ, *(each.frequency_hz / 2.0 for each in found))
    high_hz = max(_TO_HZ, *(each.frequency_hz * 2.0 for each in found))
    with axes(4.6, rows=2) as (figure, (upper, lower)):
        for each in found:
            _draw_measured(each, upper, lower, labelled=each is found[0])
        highest = max(1.0, *(float(np.nanmax(each.high)) for each in found))
        highest = max(highest, _draw_theory(run, upper, lower, low_hz, high_hz, count))
        upper.axhline(1.0, color=MUTED, linewidth=1.0, linestyle=(0, (3, 3)))
        upper.set(ylabel="speed over that ahead", ylim=(0, 1.1 * highest))
        lower.set(ylabel="phase, degrees", xlabel="frequency, Hz", xlim=(low_hz, high_hz), xscale="log")
        lower.set_ylim(min(-90.0, lower.get_ylim()[0]), max(10.0, lower.get_ylim()[1]))
        lower.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        lower.xaxis.set_minor_formatter(NullFormatter())
        legend_above(upper)
        return svg_of(figure, "platoon-bode", "Gain and phase of each follower's speed over that of the vehicle ahead")


def tried(run: Run) -> list[Gains]:
    """Gains of the run, and of those of its variants that differ in nothing but the leader."""
    own, known = run.derived(gains), run.derived(setting)
    found = [] if own is None else [own]
    for other in run.variants.values():
        swung, its = other.derived(gains), other.derived(setting)
        if own is None or swung is None or known is None or its is None or len(swung.mean) != len(own.mean):
            continue
        if abs(its.delay_s - known.delay_s) < _SAME_S and replace(its, delay_s=known.delay_s) == known:
            found.append(swung)
    return found


def _draw_measured(found: Gains, upper: Axes, lower: Axes, *, labelled: bool) -> None:
    """Size and phase of the gain of each follower, side by side around their frequency."""
    count = len(found.mean)
    places = found.frequency_hz * _ASIDE ** (np.arange(count) - (count - 1) / 2.0)
    lag_deg = (np.degrees(found.phase_rad) - _LEAD_DEG) % 360.0 - 360.0 + _LEAD_DEG
    for k, colour in enumerate(member_colours(count + 1)[1:]):
        errors = [[found.mean[k] - found.low[k]], [found.high[k] - found.mean[k]]]
        label = f"follower {k + 1}" if labelled and k in (0, count - 1) else None
        upper.errorbar(places[k], found.mean[k], errors, fmt="o", color=colour, markersize=5, label=label)
        lower.plot(places[k], lag_deg[k], "o", color=colour, markersize=5)


def _draw_theory(run: Run, upper: Axes, lower: Axes, low_hz: float, high_hz: float, count: int) -> float:
    """Curves of the first and the last follower; returns the highest gain drawn, 0 if there is no theory."""
    known = run.derived(setting)
    if known is None:
        return 0.0
    frequency_hz = np.geomspace(low_hz, high_hz, _POINTS)
    speeds = response(known, frequency_hz, count)
    ratio = speeds[:, 1:] / speeds[:, :-1]
    phase_deg = np.degrees(np.unwrap(np.angle(ratio), axis=0))
    followers = {0: (SERIES[0], "theory, follower 1"), count - 1: (SERIES[1], f"theory, follower {count}")}
    same = bool(np.allclose(ratio[:, 0], ratio[:, -1]))
    for k, (colour, words) in followers.items():
        if k == 0 or not same:
            label = "theory" if same else words
            upper.plot(frequency_hz, np.abs(ratio[:, k]), color=colour, linewidth=1.3, label=label)
            lower.plot(frequency_hz, phase_deg[:, k], color=colour, linewidth=1.3)
    return float(np.abs(ratio[:, [0, -1]]).max())


def by_vehicle(run: Run) -> str | None:
    """Gain and speed amplitude along the string, at the frequency tried."""
    found = run.derived(gains)
    if found is None:
        return None
    place = np.arange(1, len(found.mean) + 1)
    with axes(4.2, rows=2) as (figure, (upper, lower)):
        errors = np.stack([found.mean - found.low, found.high - found.mean])
        upper.errorbar(place, found.mean, errors, fmt="o", color=SERIES[0], markersize=6, label=_words(found))
        known = run.derived(setting)
        if known is not None:
            speeds = np.abs(response(known, found.frequency_hz, len(place))[0])
            upper.plot(place, speeds[1:] / speeds[:-1], "_", color=INK, markersize=15, label="theory")
            lower.plot([0, *place], speeds * found.amplitude_mps[0], "_", color=INK, markersize=22)
        upper.axhline(1.0, color=MUTED, linewidth=1.0, linestyle=(0, (3, 3)))
        upper.set(ylabel="speed over that ahead")
        lower.bar(np.arange(len(found.mean) + 1), found.amplitude_mps, 0.62, color=SERIES[0], alpha=0.45)
        lower.set(ylabel="amplitude, m/s", xlabel="vehicle", ylim=(0, None))
        lower.set_xticks(range(len(found.mean) + 1), ["leader", *map(str, place)])
        lower.tick_params(axis="x", labelcolor=INK)
        legend_above(upper)
        return svg_of(figure, "platoon-gains", "Gain and speed amplitude along the platoon at the frequency tried")


def _words(found: Gains) -> str:
    return f"measured at {found.frequency_hz:g} Hz, interval at 95 %"
