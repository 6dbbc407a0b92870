"""The report's part on applications: what is asked of each, how well it told, what other runs of the seed show."""

from __future__ import annotations

from dataclasses import dataclass

from v2x.record.folder import SCORECARD
from v2x.scenario.use_cases import Asked, use_cases
from v2x_analysis.applications.alerts import ALERTING
from v2x_analysis.measurement import RATIO
from v2x_analysis.metrics.alerts import lead_times
from v2x_analysis.report.style import INK, MUTED, SERIES, axes, svg_of
from v2x_analysis.report.wording import value_text
from v2x_analysis.run import Run
from v2x_analysis.scorecard import Figure, Scorecard

#: Applications that a report tells of.
NAMES = (*ALERTING, "glosa")
#: Figures of the traffic that runs are compared by, besides those of the applications.
_TRAFFIC = ("traffic.mean_speed_mps", "traffic.time_loss_share", "traffic.collisions")
#: Last parts of the keys of applications that are compared, too.
_COMPARED = ("misses", "false_alarms", "avoided_share", "lead_time_s.p50", "stops", "fuel_ml")


@dataclass(frozen=True)
class Row:
    """One application in words.

    Attributes
    ----------
    name, title
        Abbreviation and name.
    asked, source
        What is asked of its messages, and by whom.
    hazards, missed, lead, avoided
        Cells of the table.
    false, chances, within, per_hour
        False alarms: how many, of how many chances to raise one, the interval of that share, and how many an hour.
    """

    name: str
    title: str
    asked: str
    source: str
    hazards: str
    missed: str
    false: str
    chances: str
    within: str
    per_hour: str
    lead: str
    avoided: str


def rows(card: Scorecard) -> list[Row]:
    """Applications that the scorecard has figures of."""
    known = use_cases()
    return [
        _row(name, known[name].title, known[name].asked, card) for name in NAMES if f"{name}.misses" in card.metrics
    ]


@dataclass(frozen=True)
class Comparison:
    """Figures of a run beside those of its variants: ``rows`` are (key, value here, value in each)."""

    titles: list[str]
    rows: list[tuple[str, ...]]


def comparison(run: Run, card: Scorecard) -> Comparison:
    """What is compared and differs; no rows without a scored variant."""
    scored = {each: other for each, other in run.variants.items() if (other.folder / SCORECARD).exists()}
    cards = [card, *(Scorecard.read(other.folder) for other in scored.values())]
    keys = [key for key in card.metrics if key in _TRAFFIC or _is_compared(key)]
    found = [(key, *(_text(each.metrics.get(key)) for each in cards)) for key in keys]
    return Comparison([each.title or each.name for each in scored], [row for row in found if len(set(row[1:])) > 1])


def gains(card: Scorecard) -> list[tuple[str, str]]:
    """What the run saves against its baseline: label and value."""
    labels = {"stops_saved": "stops", "delay_saved_s": "of delay", "fuel_saved_share": "of the fuel"}
    found = [(label, card.metrics.get(f"glosa.{part}")) for part, label in labels.items()]
    known = [(label, figure) for label, figure in found if figure is not None and figure.value is not None]
    return [("stop" if (label, figure.value) == ("stops", 1.0) else label, _text(figure)) for label, figure in known]


def leads(run: Run) -> str | None:
    """Lead times of alerts, by application: each alert, and the median."""
    known = lead_times(run)
    if not known:
        return None
    with axes(max(1.5, 0.75 + 0.42 * len(known))) as (figure, (plot,)):
        for row, lead_s in enumerate(known.values()):
            plot.plot(lead_s, [row] * len(lead_s), "|", color=MUTED, markersize=9)
            middle = float(lead_s.quantile(0.5, interpolation="lower"))
            plot.plot(middle, row, "o", color=SERIES[0], markersize=7)
            note = f"{middle:.1f} s"
            plot.annotate(note, (middle, row), (0, 9), textcoords="offset points", ha="center", fontsize=8.5)
        plot.set_yticks(range(len(known)), [f"{name} ({len(lead_s):,})" for name, lead_s in known.items()])
        plot.tick_params(axis="y", labelcolor=INK)
        plot.grid(False, axis="y")
        plot.set(xlabel="time from the alert to the conflict, s", ylim=(-0.6, len(known) - 0.3))
        return svg_of(figure, "leads", "Lead times of alerts by application, with their medians")


def _row(name: str, title: str, asked: Asked | None, card: Scorecard) -> Row:
    def figure(part: str) -> Figure | None:
        return card.metrics.get(f"{name}.{part}")

    misses, false, lead = figure("misses"), figure("false_alarms"), figure("lead_time_s.p50")
    per_hour, rate = figure("false_alarms_per_h"), figure("false_alarm_rate")
    spread = [value_text(_value(figure(f"lead_time_s.{part}")), "s") for part in ("p5", "p95")]
    return Row(
        name=name,
        title=title,
        asked=_asked(asked) if asked else "",
        source=f"{asked.source}, {asked.edition} ({asked.status})" if asked else "",
        hazards=f"{misses.n:,}" if misses else "",
        missed=f"{_text(misses)}{_within(figure('miss_rate'))}",
        false=_text(false),
        chances=f"{false.n:,}" if false else "",
        within=_within(rate),
        per_hour="" if _within(rate) else _hourly(per_hour),
        lead="–" if lead is None or lead.value is None else f"{_text(lead)} ({spread[0]} … {spread[1]})",
        avoided=_text(figure("avoided_share")) + _within(figure("avoided_share")),
    )


def _asked(asked: Asked) -> str:
    figures = (
        (asked.rate_hz, "Hz"),
        (asked.latency_ms, "ms"),
        (asked.range_m, "m"),
    )
    parts = [f"{value:g} {unit}" for value, unit in figures if value is not None]
    return ", ".join([*parts, *([f"±{asked.accuracy_m:g} m"] if asked.accuracy_m is not None else [])])


def _within(figure: Figure | None) -> str:
    """The exact interval, in brackets."""
    if figure is None or figure.interval is None:
        return ""
    low, high = (value_text(end, figure.unit if figure.unit == RATIO else "") for end in figure.interval)
    return f" ({low} … {high})"


def _hourly(figure: Figure | None) -> str:
    """A rate an hour with its interval."""
    return "" if figure is None or figure.value is None else f"{value_text(figure.value, '')}{_within(figure)}"


def _is_compared(key: str) -> bool:
    name, _, part = key.partition(".")
    return name in NAMES and part in _COMPARED


def _value(figure: Figure | None) -> float | None:
    return None if figure is None else figure.number


def _text(figure: Figure | None) -> str:
    return "–" if figure is None else value_text(figure.value, figure.unit)
