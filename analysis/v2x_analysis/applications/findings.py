"""Alerts of subjects in traffic without a script, against the hazards that oracles find in the recorded truth."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from v2x.clock import NS_PER_S
from v2x.scenario.use_cases import use_case
from v2x_analysis.applications.alerts import ALERTING, alerts, subjects
from v2x_analysis.applications.oracles import ORACLES, Hazards, Oracle
from v2x_analysis.applications.surroundings import Surroundings
from v2x_analysis.measurement import I64
from v2x_analysis.run import Run


@dataclass(frozen=True)
class Findings:
    """What became of one application.

    Attributes
    ----------
    application
        Its abbreviation.
    exposure_s
        Time that it ran on subjects, all together.
    alerts
        Its alerts with ``true`` (there was a hazard while it was on) and ``lead_s``: time to the conflict at its begin
        if nobody had done anything; NaN where there is none.
    hazards
        What required an alert: ``start_ns``, ``end_ns``, ``missed``.
    """

    application: str
    exposure_s: float
    alerts: pd.DataFrame
    hazards: pd.DataFrame


@dataclass(frozen=True)
class _Matching:
    """How alerts and hazards are joined.

    Attributes
    ----------
    slack_s
        An alert is true also if the hazard was there so long before its begin or after its end.
    apart_s
        Hazards further apart are two.
    """

    slack_s: float
    apart_s: float


def findings(run: Run, applications: Collection[str] = ALERTING) -> list[Findings]:
    """Findings of each of some applications that ran on a subject and whose oracle has what it needs, by name."""
    told = run.derived(alerts)
    known: dict[str, list[tuple[float, pd.DataFrame, pd.DataFrame]]] = {}
    for subject in run.derived(subjects):
        around = Surroundings(run, subject)
        own = told[told["station"] == subject.station]
        for name in sorted({*subject.applications} & {*applications}):
            oracle: Oracle = ORACLES.load(name)
            hazards = oracle(around)
            if hazards is not None:
                exposure_s = (subject.until_ns - subject.from_ns) / NS_PER_S
                found = _found(around, hazards, own[own["application"] == name])
                known.setdefault(name, []).append((exposure_s, *found))
    return [_joined(name, parts) for name, parts in sorted(known.items())]


def _joined(name: str, parts: list[tuple[float, pd.DataFrame, pd.DataFrame]]) -> Findings:
    exposures_s, told, hazards = zip(*parts, strict=True)
    return Findings(name, sum(exposures_s), pd.concat(told, ignore_index=True), pd.concat(hazards, ignore_index=True))


def _found(around: Surroundings, hazards: Hazards, told: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    matching = use_case("shared").oracle_settings(_Matching)
    hazard_ns, slack_ns = around.t_ns[hazards.step], round(matching.slack_s * NS_PER_S)
    start_ns, end_ns = told["start_ns"].to_numpy(), told["end_ns"].to_numpy()
    true = _any_between(hazard_ns, start_ns - slack_ns, end_ns + slack_ns)
    first = np.minimum(np.searchsorted(hazard_ns, start_ns), max(len(hazard_ns) - 1, 0))
    lead_s = np.full(len(told), np.nan)
    if len(hazard_ns):
        waits_s = (hazard_ns[first] - start_ns) / NS_PER_S
        lead_s = np.where(true & (waits_s >= 0.0), waits_s + hazards.conflict_s[first], np.nan)
    return told.assign(true=true, lead_s=lead_s), _required(hazard_ns[hazards.required], matching, told)


def _required(hazard_ns: I64, matching: _Matching, told: pd.DataFrame) -> pd.DataFrame:
    """Hazards that required an alert, and which of them had none while they lasted."""
    cuts = np.flatnonzero(np.diff(hazard_ns) > matching.apart_s * NS_PER_S) + 1
    spans = [(part[0], part[-1]) for part in np.split(hazard_ns, cuts) if len(part)]
    begins, ends = np.array(spans, np.int64).reshape(-1, 2).T
    start_ns, end_ns = told["start_ns"].to_numpy(), told["end_ns"].to_numpy()
    missed = [not ((start_ns <= end) & (end_ns >= begin)).any() for begin, end in zip(begins, ends, strict=True)]
    return pd.DataFrame({"start_ns": begins, "end_ns": ends, "missed": np.array(missed, bool)})


def _any_between(times: I64, low: I64, high: I64) -> NDArray[np.bool_]:
    """Whether any of the ascending times is in each [low, high]."""
    return np.asarray(np.searchsorted(times, high, side="right") > np.searchsorted(times, low))
