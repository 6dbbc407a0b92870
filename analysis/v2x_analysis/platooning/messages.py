"""Messages inside a platoon: how old what a controller knows is, how many messages arrive, and how late."""

from __future__ import annotations

import numpy as np
import pandas as pd

from v2x.clock import NS_PER_MS, NS_PER_S
from v2x_analysis.measurement import RATIO, Measured, absent, count, mean, quantiles
from v2x_analysis.observed import observed
from v2x_analysis.platooning.grid import NOTHING, Grid, grid, sampled
from v2x_analysis.run import Run

#: Message types with control content: SAE J2945/6, and the project's own. Where neither was sent it is the BSM.
_CONTROL_TYPES = ("CCM", "PCM")


def figures(run: Run) -> dict[str, Measured]:
    """``platoon.aoi_ms.*``, ``aoi_leader_ms.*``, ``message_rate_hz``, ``pdr``, ``latency_ms.*``."""
    whole = run.derived(grid)
    return {} if whole is None else {**_ages(whole), **_delivery(run)}


def control_types(run: Run) -> tuple[str, ...]:
    """Types of the messages that controllers were fed with."""
    sent = set(run.tx["type"].cat.categories)
    return tuple(sent & set(_CONTROL_TYPES)) or ("BSM",)


def inside(run: Run) -> pd.DataFrame:
    """Control messages tried between members of one platoon: rows of `observed` over the sidelink."""
    rows, whole = run.derived(observed), run.derived(grid)
    if whole is None:
        return rows.iloc[:0]
    rows = rows[rows["type"].isin(control_types(run)) & (rows["link"] == "pc5")]
    column = pd.Index(whole.stations)
    sender, receiver = (column.get_indexer(pd.Index(rows[end].astype(object))) for end in ("sender", "receiver"))
    step = np.maximum(np.searchsorted(whole.t_ns, rows["sent_ns"].to_numpy(), side="right") - 1, 0)
    own, other = (np.where(end >= 0, whole.platoon[step, end], NOTHING) for end in (sender, receiver))
    among: pd.DataFrame = rows[(own == other) & (own != NOTHING)]
    return among


def _ages(whole: Grid) -> dict[str, Measured]:
    result: dict[str, Measured] = {}
    for family, column in (("aoi", "aoi_ahead_ms"), ("aoi_leader", "aoi_leader_ms")):
        age_ms = np.where(whole.follower, whole.numbers(column), np.nan)
        heard = whole.follower & ~np.isnan(age_ms)
        for part, measurement in sampled(whole, age_ms, "ms", (50, 95)).items():
            result[f"platoon.{family}_ms.{part}"] = measurement
        n = int(heard.sum())
        longest = count(float(age_ms[heard].max()), "ms", n) if n else absent("ms", "nothing was heard")
        result[f"platoon.{family}_ms.max"] = longest
    age_ms, error_m = whole.numbers("aoi_ahead_ms"), np.abs(whole.numbers("spacing_error_m"))
    known = whole.follower & ~np.isnan(age_ms) & ~np.isnan(error_m)
    n, total = int(known.sum()), int(whole.follower.sum())
    unheard = float(np.isnan(age_ms[whole.follower]).mean()) if total else 0.0
    result["platoon.unheard_share"] = count(unheard, RATIO, total) if total else absent(RATIO)
    varies = n > 1 and np.ptp(age_ms[known]) > 0.0 and np.ptp(error_m[known]) > 0.0
    result["platoon.aoi_spacing_correlation"] = (
        count(float(np.corrcoef(age_ms[known], error_m[known])[0, 1]), n=n)
        if varies
        else absent("1", "age or spacing error did not vary")
    )
    return result


def _delivery(run: Run) -> dict[str, Measured]:
    """Control messages per second and member; share that arrives at another member, and when."""
    rows, whole = run.derived(inside), run.derived(grid)
    sent = run.tx[run.tx["type"].isin(control_types(run))]
    if whole is not None:
        sent = sent[sent["station"].isin(whole.stations)]
    sent = sent.drop_duplicates(["station", "t_ns"])  # over PC5 and Uu at once
    of_station = sent.groupby("station", observed=True)["t_ns"].agg(["min", "max", "size"])
    of_station = of_station[of_station["size"] > 1]
    rate_hz = (of_station["size"] - 1) * NS_PER_S / (of_station["max"] - of_station["min"])
    late = rows[rows["delivered"]]
    result: dict[str, Measured] = {
        "platoon.message_rate_hz": mean(rate_hz, "Hz", {"station": np.arange(len(rate_hz))}),
        "platoon.pdr": mean(rows["delivered"].to_numpy(), RATIO, {"link_block": rows["block"].to_numpy()}),
    }
    units = {"link_block": late["block"].to_numpy()}
    for part, measurement in quantiles(late["delay_ns"].to_numpy() / NS_PER_MS, "ms", units, (50, 95, 99)).items():
        result[f"platoon.latency_ms.{part}"] = measurement
    return result
