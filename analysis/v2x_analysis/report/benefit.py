"""What the messages brought, in words: a line for each application and vehicle, a column for each run of the seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from v2x.record.folder import SCORECARD
from v2x.scenario.use_cases import use_cases
from v2x_analysis.applications.alerts import ALERTING, subjects
from v2x_analysis.applications.surroundings import Surroundings
from v2x_analysis.metrics.glosa import Drive, drive, passed_m
from v2x_analysis.report.wording import value_text
from v2x_analysis.run import Run
from v2x_analysis.scorecard import Scorecard

#: Figures of all traffic and of the network: key, and what a reader calls it.
_COMMON = (
    ("traffic.collisions", "contacts of road users"),
    ("link.uu_latency_ms.p95", "5G: one way, p95"),
    ("link.uu_loss", "5G: messages lost"),
)
_NOTHING = "–"


@dataclass(frozen=True)
class Line:
    """What one application did or how one vehicle fared: what it is called, its key or kind, and words for each run."""

    title: str
    key: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Benefit:
    """Runs side by side.

    Attributes
    ----------
    titles
        Of the other runs.
    told
        Applications: warnings, how far ahead, dangers that nobody was warned of.
    drives
        Subjects up to the last junction that they passed in all runs: time, stops, fuel.
    common
        Of all traffic and the network.
    """

    titles: list[str]
    told: list[Line]
    drives: list[Line]
    common: list[Line]


def benefit(run: Run, card: Scorecard) -> Benefit | None:
    """The run beside its scored variants; None if it has none."""
    others = {each: other for each, other in run.variants.items() if (other.folder / SCORECARD).exists()}
    if not others:
        return None
    cards = [card, *(Scorecard.read(other.folder) for other in others.values())]
    told = [Line(use_cases()[name].title, name, tuple(_told(each, name) for each in cards)) for name in ALERTING]
    common = [Line(title, key, tuple(_text(each, key) for each in cards)) for key, title in _COMMON]
    return Benefit(
        titles=[each.title or each.name for each in others],
        told=_with_words(told),
        drives=_drives([run, *others.values()]),
        common=_with_words(common),
    )


def _with_words(lines: list[Line]) -> list[Line]:
    return [line for line in lines if set(line.words) != {_NOTHING}]


def _told(card: Scorecard, name: str) -> str:
    """``2 warnings, 3.1 s ahead; 1 danger without``."""
    alerts, false, misses = (_number(card, f"{name}.{part}") for part in ("alerts", "false_alarms", "misses"))
    parts = []
    if alerts > false:
        lead = card.metrics.get(f"{name}.lead_time_s.p50")
        ahead = f", {value_text(round(lead.number, 1), 's')} ahead" if lead is not None and lead.number else ""
        parts.append(_counted(alerts - false, "warning") + ahead)
    if false:
        parts.append(_counted(false, "false alarm"))
    if misses:
        parts.append(f"{_counted(misses, 'danger')} without a warning")
    return "; ".join(parts) or _NOTHING


def _drives(runs: list[Run]) -> list[Line]:
    """How vehicles under test fared; those that only listen are left out, and who passed no junction in some run."""
    lines = []
    known = [{each.station: each for each in run.derived(subjects)} for run in runs]
    for station, subject in known[0].items():
        if set(subject.applications) <= {"awareness"} or not all(station in each for each in known):
            continue
        tracks = [Surroundings(run, each[station]) for run, each in zip(runs, known, strict=True)]
        ways_m = [passed_m(track) for track in tracks]
        last = min(len(each) for each in ways_m) - 1
        if last >= 0:
            drives = [drive(track, float(way_m[last])) for track, way_m in zip(tracks, ways_m, strict=True)]
            lines.append(Line(station, tracks[0].kind, tuple(map(_fared, drives))))
    return lines


def _fared(made: Drive) -> str:
    fuel = "" if np.isnan(made.fuel_ml) else f", {made.fuel_ml:.0f} ml"
    return f"{made.time_s:.0f} s, {_counted(made.stops, 'stop')}{fuel}"


def _counted(number: float, thing: str) -> str:
    return f"{number:.0f} {thing}{'' if number == 1 else 's'}"


def _number(card: Scorecard, key: str) -> float:
    figure = card.metrics.get(key)
    return (figure.number if figure else None) or 0.0


def _text(card: Scorecard, key: str) -> str:
    figure = card.metrics.get(key)
    return _NOTHING if figure is None else value_text(figure.value, figure.unit)
