"""How well applications alert: misses, false alarms, lead times.

In scripted encounters the script knows what happens if nobody reacts; one encounter is one unit. In other traffic the
truth is what `v2x_analysis.applications.oracles` finds in the recorded states; the unit is one hazard, or one alert.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from v2x_analysis.applications.alerts import ALERTING
from v2x_analysis.applications.episodes import episodes, outcomes
from v2x_analysis.applications.findings import Findings, findings
from v2x_analysis.applications.leads import alerts_with_leads
from v2x_analysis.measurement import RATIO, Measurement, absent, count, mean, quantiles, rate
from v2x_analysis.run import Run

#: Percentiles of lead times; the low one is what safety asks for.
LEAD_PERCENTS = (5, 50, 95)
_S_PER_H = 3600.0


def scores(run: Run) -> dict[str, Measurement]:
    """``<application>.misses``, ``.false_alarms``, ``.lead_time_s.p50`` and so on, of all that the run gives."""
    played = run.derived(episodes)
    result: dict[str, Measurement] = {}
    for application, table in played.groupby("application", sort=True):
        if application in ALERTING:
            result |= _of_encounters(str(application), table, reacting=somebody_reacts(run))
    if played.empty:
        for found in run.derived(findings):
            result |= _of_traffic(found)
    return result


def lead_times(run: Run) -> dict[str, pd.Series[float]]:
    """Application -> lead times of its alerts that had one, s; advice of GLOSA counts in encounters."""
    played = run.derived(episodes)
    told = outcomes(played) if len(played) else alerts_with_leads(run)
    known = told.groupby("application")["lead_s"]
    return {str(name): lead_s.dropna().astype(np.float64) for name, lead_s in known if lead_s.notna().any()}


def _of_encounters(name: str, table: pd.DataFrame, *, reacting: bool) -> dict[str, Measurement]:
    table = outcomes(table).reset_index(drop=True)
    hazards, harmless = table[table["hazard"]], table[~table["hazard"]]
    result = _shares(name, hazards, harmless) | _lead_times(name, hazards["lead_s"])
    result[f"{name}.late"] = count(hazards["late"].sum(), n=len(hazards))
    answered = hazards[hazards["avoided"].notna()]
    if reacting and len(answered):
        result[f"{name}.avoided_share"] = mean(answered["avoided"], RATIO, {"encounter": answered.index})
    return result


def _shares(name: str, hazards: pd.DataFrame, harmless: pd.DataFrame) -> dict[str, Measurement]:
    return {
        f"{name}.misses": count(hazards["missed"].sum(), n=len(hazards)),
        f"{name}.miss_rate": mean(hazards["missed"], RATIO, {"encounter": hazards.index}),
        f"{name}.false_alarms": count(harmless["false"].sum(), n=len(harmless)),
        f"{name}.false_alarm_rate": mean(harmless["false"], RATIO, {"encounter": harmless.index}),
    }


def _of_traffic(found: Findings) -> dict[str, Measurement]:
    """Of one application in traffic without a script."""
    name, hours = found.application, found.exposure_s / _S_PER_H
    false = int((~found.alerts["true"]).sum())
    missed = found.hazards["missed"]
    return {
        f"{name}.alerts": count(len(found.alerts)),
        f"{name}.misses": count(missed.sum(), n=len(missed)),
        f"{name}.miss_rate": mean(missed, RATIO, {"encounter": np.arange(len(missed))}),
        f"{name}.false_alarms": count(false, n=len(found.alerts)),
        f"{name}.false_alarms_per_h": rate(false, hours, "1/h"),
        f"{name}.exposure_h": count(hours, "h") if hours else absent("h"),
    } | _lead_times(name, found.alerts["lead_s"])


def _lead_times(name: str, lead_s: pd.Series[float]) -> dict[str, Measurement]:
    known = lead_s.dropna()
    measured = quantiles(known, "s", {"encounter": np.arange(len(known))}, LEAD_PERCENTS)
    return {f"{name}.lead_time_s.{part}": measurement for part, measurement in measured.items()}


def somebody_reacts(run: Run) -> bool:
    """Whether any subject has a driver who minds what it tells."""
    return any(subject.driver is not None for subject in run.plan.stations.subjects)
