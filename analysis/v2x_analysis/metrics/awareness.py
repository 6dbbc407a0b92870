"""How fresh the picture of the neighbours is: inter-reception time and age of information of BSM over PC5.

Both are taken within encounters (a pair of stations stays within 300 m). An encounter is one unit: its gaps share the
geometry, the burst losses and the blocking of the same two stations.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from v2x.clock import NS_PER_MS, NS_PER_S
from v2x_analysis.measurement import BLOCK_NS, I64, Measurement, quantiles
from v2x_analysis.metrics.delivery import CLASS_M, CLASSES_M
from v2x_analysis.observed import ENCOUNTER_M, bsm_encounters, labels
from v2x_analysis.run import Run

#: Age is sampled on this grid, ns (10 Hz).
SAMPLE_NS = 100 * NS_PER_MS

#: Room for generation times before the run's start (clock errors, warm-up), ns.
_BEFORE_NS = 10_000 * NS_PER_MS


def inter_reception(run: Run) -> dict[str, Measurement]:
    """``link.irt_ms.p50`` (p95): time between successive BSM received by one station from another.

    By distance at the later one: ``link.irt_ms_0_100m.p50`` and so on. The silence from the last reception to the end
    of the encounter has no end and is not counted.
    """
    return _family("link.irt_ms", run.derived(gaps), "gap_ms")


def age_of_information(run: Run) -> dict[str, Measurement]:
    """``link.aoi_ms.p50`` (p95): age, at 10 Hz, of what a subject's applications know of a sender within range.

    By distance when the sender last tried: ``link.aoi_ms_0_100m.p50`` and so on.
    """
    return _family("link.aoi_ms", run.derived(ages), "age_ms")


def gaps(run: Run) -> pd.DataFrame:
    """Inter-reception times: ``gap_ms``, ``encounter``, ``pair``; ``t_ns``, ``distance_m`` of the later reception."""
    rows = run.derived(bsm_encounters)
    rows = rows[rows["delivered"]].sort_values(["way", "encounter", "t_ns"], kind="stable")
    same = (rows["way"].diff() == 0) & (rows["encounter"].diff() == 0)
    gap_ms = rows["t_ns"].diff() / NS_PER_MS
    return rows.assign(gap_ms=gap_ms).loc[same, ["t_ns", "gap_ms", "distance_m", "encounter", "pair"]]


def ages(run: Run) -> pd.DataFrame:
    """Ages on a 10 Hz grid, from the first use of a message to the end of the encounter.

    Returns
    -------
    DataFrame
        ``t_ns``, ``age_ms``, ``distance_m``, ``encounter``, ``pair``. Only for receivers that use messages
        (``t_used_ns``): subjects.
    """
    rows = run.derived(bsm_encounters)
    used = rows[rows["t_used_ns"].notna()]
    # One meeting seen by one receiver; numbered, so that (number, time) sorts as one integer.
    rows = rows[rows["way"].isin(used["way"].unique())]
    seen = labels(rows["way"].to_numpy(), rows["encounter"].to_numpy())
    rows = rows.assign(seen=seen)
    meetings = rows.groupby("seen").agg(
        end_ns=("t_ns", "max"), encounter=("encounter", "first"), pair=("pair", "first")
    )
    used = used.assign(seen=rows["seen"])
    table = _sampled(used, rows.sort_values(["seen", "sent_ns"], kind="stable"), meetings)
    return table[table["t_ns"] < run.duration_s * NS_PER_S]  # what is under way at the end is never used


def _sampled(used: pd.DataFrame, tried: pd.DataFrame, meetings: pd.DataFrame) -> pd.DataFrame:
    """Age of the freshest message in use at each sampling instant of each meeting."""
    if used.empty:
        return pd.DataFrame({"t_ns": [], "age_ms": [], "distance_m": [], "encounter": [], "pair": []}).astype("int64")
    used = used.assign(used_ns=used["t_used_ns"].astype(np.int64)).sort_values(["seen", "used_ns"], kind="stable")
    seen, used_ns = used["seen"].to_numpy(), used["used_ns"].to_numpy()
    span = int(max(used_ns.max(), meetings["end_ns"].max())) + 2 * _BEFORE_NS
    key = seen * span + used_ns
    freshest = np.maximum.accumulate(seen * span + used["sent_ns"].to_numpy() + _BEFORE_NS) - seen * span - _BEFORE_NS
    begin = np.flatnonzero(np.r_[True, np.diff(seen) != 0])
    which = seen[begin]
    ends = meetings["end_ns"].to_numpy()[which]
    instant, meeting = _grid(used_ns[begin], ends)
    sampled = which[meeting] * span + instant
    row = np.searchsorted(key, sampled, side="right") - 1
    # before a sample lies at least the frame in use, so there is a last try
    last = np.searchsorted(tried["seen"].to_numpy() * span + tried["sent_ns"].to_numpy(), sampled, side="right") - 1
    return pd.DataFrame(
        {
            "t_ns": instant,
            "age_ms": (instant - freshest[row]) / NS_PER_MS,
            "distance_m": tried["distance_m"].to_numpy()[last],
            "encounter": meetings["encounter"].to_numpy()[which[meeting]],
            "pair": meetings["pair"].to_numpy()[which[meeting]],
        }
    )


def _grid(start_ns: I64, end_ns: I64) -> tuple[I64, I64]:
    """Multiples of `SAMPLE_NS` in each [start, end], and the number of the interval each belongs to."""
    first = -(-start_ns // SAMPLE_NS)
    number = np.maximum(end_ns // SAMPLE_NS - first + 1, 0)
    interval = np.repeat(np.arange(len(start_ns)), number)
    step = np.arange(number.sum()) - np.repeat(np.cumsum(number) - number, number)
    return (first[interval] + step) * SAMPLE_NS, interval


def _family(name: str, table: pd.DataFrame, column: str) -> dict[str, Measurement]:
    """Quantiles of all rows, and of those in each distance class of an encounter."""
    result = _quantiles(name, table, column)
    for low in (low for low in CLASSES_M if low < ENCOUNTER_M):
        inside = table[(table["distance_m"] >= low) & (table["distance_m"] < low + CLASS_M)]
        result |= _quantiles(f"{name}_{low}_{low + CLASS_M}m", inside, column)
    return result


def _quantiles(name: str, table: pd.DataFrame, column: str) -> dict[str, Measurement]:
    units = {
        "encounter": table["encounter"].to_numpy(),
        "link_block": labels(table["pair"].to_numpy(), table["t_ns"].to_numpy() // BLOCK_NS),
    }
    measured = quantiles(table[column], "ms", units, (50, 95))
    return {f"{name}.{part}": measurement for part, measurement in measured.items()}
