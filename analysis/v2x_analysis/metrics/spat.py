"""How well SPAT predicted the lights: when the present light was said to end, and when it did.

Source: the SPATs on the air and the table ``signals``, the truth. All predictions of one change of the lights stand or
fall together, and so do lights that change together: what ends at one intersection within 10 s is one unit.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from v2x.clock import NS_PER_S
from v2x_analysis.measurement import RATIO, Measurement, mean, quantiles
from v2x_analysis.run import Run
from v2x_analysis.spat import judged

#: Lead times, seconds: how long before it the end was predicted. GLOSA acts on tens of seconds, warnings on a few.
LEADS_S = ((0.0, 5.0), (5.0, 10.0), (10.0, 20.0), (20.0, np.inf))
#: Ends are told in tenths of a second.
_RESOLUTION_S = 0.05


def predictions(run: Run) -> dict[str, Measurement]:
    """Figures of all predictions, and by lead time (``_0_5s``, ``_5_10s``, ``_10_20s``, ``_over_20s``).

    ``spat.prediction_error_s.p50`` (p95): distance of the likely end from the true one. ``spat.bracketed``: share of
    the ends between the earliest and the latest that were told. ``spat.wrong_light``: share of the lights told that
    were not shown then. ``spat.without_end``: share of the lights told without a likely end.
    """
    rows = run.derived(judged)
    known = rows[(rows["shown"] != "") & (rows["light"] != "")]
    by_station = {"station": known["station"].astype("category").cat.codes}
    measured = {
        "spat.wrong_light": mean(known["light"] != known["shown"], RATIO, by_station),
        "spat.without_end": mean(known["likely_s"].isna(), RATIO, by_station),
    }
    rows = run.derived(predicted)
    measured |= _figures(rows, "")
    for low_s, high_s in LEADS_S:
        some = rows[(rows["lead_s"] >= low_s) & (rows["lead_s"] < high_s)]
        measured |= _figures(some, lead_name(low_s, high_s))
    return measured


def predicted(run: Run) -> pd.DataFrame:
    """Rows of `v2x_analysis.spat.judged` whose light has ended, with ``error_s`` (later is positive) and ``lead_s``."""
    rows = run.derived(judged)
    rows = rows[rows["ended_s"].notna() & rows["likely_s"].notna()]
    lead_s = np.maximum(rows["ended_s"] - rows["t_ns"] / NS_PER_S, 0.0)
    return rows.assign(error_s=(rows["likely_s"] - rows["ended_s"]).round(3), lead_s=lead_s)


def lead_name(low_s: float, high_s: float) -> str:
    """Ending of a key."""
    return f"_over_{low_s:g}s" if np.isinf(high_s) else f"_{low_s:g}_{high_s:g}s"


def _figures(rows: pd.DataFrame, which: str) -> dict[str, Measurement]:
    units = {"link_block": rows["block"]}
    errors = quantiles(rows["error_s"].abs(), "s", units, (50, 95))
    early = rows["min_s"].isna() | (rows["min_s"] <= rows["ended_s"] + _RESOLUTION_S + 1e-6)
    late = rows["max_s"].isna() | (rows["max_s"] >= rows["ended_s"] - _RESOLUTION_S - 1e-6)
    return {
        **{f"spat.prediction_error_s{which}.{name}": measurement for name, measurement in errors.items()},
        f"spat.bracketed{which}": mean(early & late, RATIO, units),
    }
