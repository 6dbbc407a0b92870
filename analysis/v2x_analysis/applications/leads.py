"""What subjects were told, and how long before."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from v2x_analysis.applications.alerts import ALERTING, alerts
from v2x_analysis.applications.episodes import episodes, outcomes
from v2x_analysis.applications.findings import findings
from v2x_analysis.run import Run


def alerts_with_leads(run: Run, applications: Collection[str] = ALERTING) -> pd.DataFrame:
    """Alerts of subjects, whether they were true, and their lead times.

    Parameters
    ----------
    run
        The run.
    applications
        Whose alerts.

    Returns
    -------
    DataFrame
        ``station, application, about, start_ns, end_ns``, ``true`` (there was a hazard) and ``lead_s``: time from the
        begin of the alert to the conflict if nobody had reacted; NaN where there was none to come, or it had begun.
        By application and time. Alerts of which the run cannot tell, since it has no map or no lights, have no row.
        In scripted encounters, the first alert of each.
    """
    played = run.derived(episodes)
    told = run.derived(alerts)
    if len(played):
        first = told[told["application"].isin(applications)].drop_duplicates(["station", "application"])
        known = outcomes(played).rename(columns={"subject": "station", "hazard": "true"})
        found = first.merge(known[["station", "application", "true", "lead_s"]], on=["station", "application"])
    else:
        # scoring looks for all of them anyway
        parts = run.derived(findings) if applications is ALERTING else findings(run, applications)
        none = told.iloc[:0].assign(true=np.zeros(0, bool), lead_s=np.zeros(0))
        found = pd.concat([each.alerts for each in parts] or [none])
    return found.sort_values(["application", "start_ns", "station"], kind="stable", ignore_index=True)
