"""Scripted encounters: what each was, when the subject was told, and how it ended."""

from __future__ import annotations

import numpy as np
import pandas as pd

from v2x.clock import NS_PER_S
from v2x.scenario.use_cases import use_case
from v2x_analysis.applications.alerts import alerts, events_of
from v2x_analysis.run import Run

#: Figures of ``encounter.start``, and how the table calls them.
_FIGURES = {
    "cue_t_ns": "cue_ns",
    "conflict_t_ns": "conflict_ns",
    "last_brake_t_ns": "last_brake_ns",
    "last_alert_t_ns": "last_alert_ns",
    "speed_mps": "speed_mps",
}
_WORDS = ("episode", "application", "variant", "subject")


def episodes(run: Run) -> pd.DataFrame:
    """Encounters that were played to their end.

    Returns
    -------
    DataFrame
        ``episode``, ``application``, ``variant``, ``subject``, ``hazard`` (whether it needs an alert), and times in ns,
        NaN where there is none: ``cue_ns`` (the danger begins to show), ``conflict_ns`` (if nobody reacts),
        ``last_brake_ns``, ``last_alert_ns`` (the same less the driver's reaction), ``told_ns`` (first alert, or advice,
        of that application). ``speed_mps`` of the subject; ``avoided`` is 1, 0 or, where braking is no answer, NaN.
    """
    avoided = {fields["episode"]: fields["avoided"] for _, _, _, fields in events_of(run, "encounter.end")}
    told = _first_told(run)
    rows = []
    for _, _, _, start in events_of(run, "encounter.start"):
        if start["episode"] not in avoided:
            continue
        row = {name: start[name] for name in _WORDS} | {"hazard": bool(start["hazard"])}
        row |= {name: _number(start[key]) for key, name in _FIGURES.items()}
        row["told_ns"] = told.get((start["subject"], start["application"]), np.nan)
        row["avoided"] = _number(avoided[start["episode"]])
        rows.append(row)
    columns = [*_WORDS, "hazard", *_FIGURES.values(), "told_ns", "avoided"]
    table = pd.DataFrame(rows, columns=columns)
    return table.astype(dict.fromkeys(columns[5:], np.float64) | {"hazard": bool})


def outcomes(table: pd.DataFrame) -> pd.DataFrame:
    """What became of encounters.

    Returns
    -------
    DataFrame
        The table with ``missed`` (a hazard without an alert while braking at once would still do), ``late`` (told, but
        too late for the driver's reaction time), ``false`` (told without a hazard), ``lead_s`` (NaN where not told
        by the deadline). Where braking is no answer, the conflict is the deadline; SLW tells of what has begun, and has
        a second for it.
    """
    told, hazard = table["told_ns"], table["hazard"]
    deadline = table["last_brake_ns"].fillna(table["conflict_ns"])
    begun = table["application"] == "slw"
    deadline = deadline.where(~begun, table["conflict_ns"] + use_case("slw").oracle["lasts_s"].value * NS_PER_S)
    missed = hazard & ~(told <= deadline)
    late = hazard & ~missed & ~begun & (told > table["last_alert_ns"].fillna(deadline))
    lead_s = ((table["conflict_ns"] - told) / NS_PER_S).where(
        hazard & (told <= np.maximum(deadline, table["conflict_ns"]))
    )
    return table.assign(missed=missed, late=late, false=~hazard & told.notna(), lead_s=lead_s)


def _number(value: float | None) -> float:
    return np.nan if value is None else float(value)


def _first_told(run: Run) -> dict[tuple[str, str], float]:
    """(Subject, application) -> when it first alerted or advised, ns."""
    table, told = run.derived(alerts), dict[tuple[str, str], float]()
    for who, what, t_ns in zip(table["station"], table["application"], table["start_ns"], strict=True):
        told.setdefault((who, what), float(t_ns))
    for t_ns, station, _, _ in events_of(run, "glosa.advice"):
        told.setdefault((station, "glosa"), float(t_ns))
    return told
