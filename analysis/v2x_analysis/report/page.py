"""Puts the report together: words, tables and drawings into one page."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from v2x.record.folder import REPORT, SCORECARD, write_atomic
from v2x_analysis.applications.episodes import episodes
from v2x_analysis.judging import Judgement
from v2x_analysis.report import (
    activity_plots,
    applications,
    fieldmap,
    link_plots,
    platoon_plots,
    platoon_stability,
    radio_plots,
    remote_plots,
    signal_plots,
)
from v2x_analysis.report.benefit import benefit
from v2x_analysis.report.remote_section import section as remote_section
from v2x_analysis.report.wording import bound_text, interval_text, value_text
from v2x_analysis.run import Run
from v2x_analysis.scorecard import Scorecard, score

#: Title, what to see in it, and the function that draws it.
PLOTS: tuple[tuple[str, str, Callable[[Run], str | None]], ...] = (
    (
        "Lead time of alerts",
        "From the alert to the conflict if nobody had done anything. Dots: median.",
        applications.leads,
    ),
    (
        "Delivery by distance",
        "PC5, every reception of the fleet in 25 m bins; what was not delivered, by cause.",
        link_plots.delivery,
    ),
    ("Latency", "From the radio to the arrival, delivered frames. Dots: 95 %; dashed: 100 ms.", link_plots.latency),
    (
        "Inter-reception time",
        "How often a neighbour within 300 m stays silent for longer than x.",
        link_plots.inter_reception,
    ),
    (
        "Blind spots",
        "How often a neighbour within 100 m goes unheard for longer than x. Dashed: 0.5 s and 1 s.",
        radio_plots.unheard,
    ),
    ("Age of information", "Of what the subjects know about their neighbours within 300 m.", link_plots.age),
    ("5G network", "Uu, one way, both directions: latency, and what was lost.", link_plots.network),
    (
        "Where the time over Uu goes",
        "Delivered frames, mean of all and of the slowest 5 %.",
        radio_plots.segments,
    ),
    ("Channel load", "PC5: share of the channel that stations found busy, and took.", radio_plots.channel_load),
    (
        "Predictions of the lights",
        "SPAT: how often a light ended more than x earlier or later than it was said. Dashed: what SPAT can express.",
        signal_plots.prediction_error,
    ),
    ("Messages on the air", "Frames per second and type, PC5 and Uu.", activity_plots.rates),
    ("Message size", "Median, 5th to 95th percentile, range.", activity_plots.sizes),
    ("Traffic", "Cars, buses and trucks: speed and number.", activity_plots.traffic),
)

#: The same for platoons.
PLATOON_PLOTS: tuple[tuple[str, str, Callable[[Run], str | None]], ...] = (
    (
        "String stability by frequency",
        "Bode plot of a follower's speed over that of the vehicle ahead. Dots: measured, side by side; dashed: one.",
        platoon_stability.bode,
    ),
    (
        "Along the string",
        "Gain and speed amplitude of each vehicle at the leader's frequency.",
        platoon_stability.by_vehicle,
    ),
    ("Speed and gap", "Every member, bumper to bumper.", platoon_plots.motion),
    (
        "Space and time",
        "Where the fronts were, seen from a vehicle at the leader's usual speed: waves run backwards.",
        platoon_plots.space_time,
    ),
    ("Age of information", "Oldest message of the vehicle ahead in use, by member and time.", platoon_plots.ages),
    ("Modes", "What drove each member; underlined where a safety layer overrode it.", platoon_plots.modes),
    (
        "Gaps and the smallest safe one",
        "Red: from there the reaction measured, and the brakes as stated, just end without contact.",
        platoon_plots.safe_gaps,
    ),
)

#: Figures at the head of the page, as far as the run has them.
TILES = (
    ("platoon.head_to_tail_gain", "Platoon, last speed over the leader's"),
    ("platoon.min_gap_m", "Smallest gap in a platoon"),
    ("platoon.minimal_safe_gap_m", "Smallest safe gap"),
    ("platoon.aoi_ms.p95", "Age of information in a platoon, p95"),
    ("platoon.collisions", "Contacts of platoon members"),
    ("remote.grade", "Remote driving, grade of 100"),
    ("remote.g2g_ms.p95", "Glass to glass, p95"),
    ("remote.loop_ms.p95", "Camera to vehicle's answer, p95"),
    ("remote.lateral_max_m", "Farthest from the course"),
    ("remote.min_ttc_s", "Least time to collision"),
    ("link.pdr_0_100m", "PC5 delivery within 100 m"),
    ("link.pdr_200_300m", "PC5 delivery at 200–300 m"),
    ("link.latency_ms.p95", "PC5 latency, p95"),
    ("link.irt_ms.p95", "Inter-reception time, p95"),
    ("link.blind_spot_s.p99", "Blind spots within 100 m, p99"),
    ("link.cbr.p95", "Channel busy, p95"),
    ("link.aoi_ms.p95", "Age of information, p95"),
    ("link.uu_latency_ms.p95", "Uu latency one way, p95"),
    ("spat.prediction_error_s.p95", "SPAT prediction error, p95"),
    ("message.count", "Frames sent"),
    ("message.constraint_violations", "Constraint violations"),
    ("message.accuracy_m.p95", "Position error sent, p95"),
    ("traffic.vehicles", "Vehicles"),
)


@dataclass(frozen=True)
class Card:
    """A plot and its words."""

    title: str
    hint: str
    svg: Markup


def write_report(folder: str | Path | Run, out: Path | None = None) -> Path:
    """Draw the report of a run into ``report.html``, or ``out``; scores the run first if nobody has.

    The file depends on the run folder alone: the same folder gives the same bytes.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    RunFolderError
        If the folder is no run, or the file cannot be written.
    """
    run = folder if isinstance(folder, Run) else Run(folder)
    card = Scorecard.read(run.folder) if (run.folder / SCORECARD).exists() else score(run)
    target = out if out is not None else run.folder / REPORT
    write_atomic(target, _render(run, card))
    return target


def _render(run: Run, card: Scorecard) -> str:
    environment = Environment(
        loader=PackageLoader("v2x_analysis.report", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"value": value_text, "bound": bound_text, "interval": interval_text, "bar": _interval_bar}
    return environment.get_template("page.html.j2").render(
        css=Markup(files("v2x_analysis.report").joinpath("page.css").read_text(encoding="utf-8")),
        card=card,
        run=run,
        manifest=run.manifest,
        scenario=run.scenario,
        tiles=[(label, card.metrics[key]) for key, label in TILES if key in card.metrics],
        platoon_plots=_drawn(run, PLATOON_PLOTS),
        remote=remote_section(run),
        remote_plots=_drawn(run, remote_plots.PLOTS),
        plots=_drawn(run, PLOTS),
        map=fieldmap.draw(run) if run.derived(episodes).empty else None,  # sites far apart in the middle of nothing
        applications=applications.rows(card),
        gains=applications.gains(card),
        benefit=benefit(run, card),
        comparison=applications.comparison(run, card),
        safe=Markup,
        happened=_happened(run),
        provenance=_provenance(run),
    )


def _drawn(run: Run, plots: Sequence[tuple[str, str, Callable[[Run], str | None]]]) -> list[Card]:
    """Those of the plots that the run has something for."""
    drawn = [(title, hint, draw(run)) for title, hint, draw in plots]
    return [Card(title, hint, Markup(svg)) for title, hint, svg in drawn if svg]


def _provenance(run: Run) -> list[tuple[str, str]]:
    """What one must know to repeat the run."""
    names = {
        "command": "Command",
        "seed": "Seed",
        "digest": "Digest",
        "engine": "Engine",
        "step_s": "Step, s",
        "start_utc": "Start, UTC",
        "cpu": "CPU",
        "platform": "Platform",
        "wall_time_s": "Wall time, s",
        "real_time_factor": "Real-time factor",
    }
    rows = [(label, str(run.manifest[key])) for key, label in names.items() if run.manifest.get(key) is not None]
    return rows + [(name, version) for name, version in _flat(run.about.versions or {})]


def _flat(versions: dict[str, Any]) -> list[tuple[str, str]]:
    """Versions, nested or not, as one list."""
    rows: list[tuple[str, str]] = []
    for name, version in versions.items():
        rows += _flat(version) if isinstance(version, dict) else [(str(name), str(version))]
    return rows


def _happened(run: Run) -> list[tuple[str, int, str]]:
    """Kinds of event, how many, and the first one's fields in words."""
    rows = []
    for kind, group in run.events.groupby("kind", observed=True, sort=True):
        first = group.iloc[0]
        try:
            fields = json.loads(first["fields"])
            words = ", ".join(f"{key} {value}" for key, value in fields.items())
        except (ValueError, AttributeError):
            words = str(first["fields"])
        rows.append((str(kind), len(group), f"{first['station']}: {words}" if words else str(first["station"])))
    return rows


def _interval_bar(judgement: Judgement) -> Markup:
    """The interval against the bound, drawn: the shaded side is the one that passes."""
    if judgement.value is None:
        return Markup("")
    ((side, bound),) = judgement.bound.items()
    low, high = judgement.interval or (judgement.value, judgement.value)
    ends = (low, high, bound, judgement.value)
    room = (max(ends) - min(ends)) or abs(bound) or 1.0
    start, width = min(ends) - 0.18 * room, 1.36 * room

    def at(value: float) -> float:
        return round(180.0 * (value - start) / width, 1)

    edge = at(bound)
    good = f'x="{edge}" width="{180 - edge:.1f}"' if side == "at_least" else f'x="0" width="{edge}"'
    words = f"value {value_text(judgement.value, judgement.value_unit)}, bound {bound_text(judgement)}"
    interval = (
        f'<path class="span" d="M{at(low)} 10H{max(at(high), at(low) + 0.1):.1f}"/>' if judgement.interval else ""
    )
    return Markup(
        f'<svg class="bar" viewBox="0 0 180 20" role="img" aria-label="{escape(words)}">'
        f'<rect class="rail" x="0" y="6" width="180" height="8" rx="4"/>'
        f'<rect class="allowed" {good} y="6" height="8" rx="4"/><path class="bound" d="M{edge} 2V18"/>{interval}'
        f'<circle class="dot" cx="{at(judgement.value)}" cy="10" r="4"/></svg>'
    )
