"""How fresh the picture of the neighbours is: inter-reception time and age of information of BSM over PC5.

Both are taken within encounters (a pair of stations stays within 300 m). An encounter is one unit: its gaps share the
geometry, the burst losses and the blocking of the same two stations.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from v2x.clock import NS_PER_MS, NS_PER_S
from v2x_analysis.known import newest, sampled
from v2x_analysis.measurement import BLOCK_NS, Measurement, quantiles
from v2x_analysis.metrics.delivery import CLASS_M, CLASSES_M
from v2x_analysis.observed import ENCOUNTER_M, bsm_encounters, labels
from v2x_analysis.run import Run

#: Age is sampled on this grid, ns (10 Hz).
SAMPLE_NS = 100 * NS_PER_MS


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
    used = used.assign(seen=rows["seen"], used_ns=used["t_used_ns"].astype(np.int64))
    table = _aged(used, rows.sort_values(["seen", "sent_ns"], kind="stable"), meetings)
    return table[table["t_ns"] < run.duration_s * NS_PER_S]  # what is under way at the end is never used


def _aged(used: pd.DataFrame, tried: pd.DataFrame, meetings: pd.DataFrame) -> pd.DataFrame:
    """Age of the newest message in use at each sampling instant of each meeting."""
    known = newest(used, "seen")
    known["until_ns"] = known["until_ns"].fillna(known["seen"].map(meetings["end_ns"]) + 1).astype(np.int64)
    t_ns, row = sampled(known, SAMPLE_NS)
    held = known.iloc[row].reset_index(drop=True)
    seen = held["seen"].to_numpy(np.int64)
    # before a sample lies at least the frame in use, so there is a last try
    span = int(max(t_ns.max(initial=0), tried["sent_ns"].max())) + 1 if len(tried) else 1
    keys = tried["seen"].to_numpy() * span + tried["sent_ns"].to_numpy()
    last = np.searchsorted(keys, seen * span + t_ns, side="right") - 1
    return pd.DataFrame(
        {
            "t_ns": t_ns,
            "age_ms": (t_ns - held["sent_ns"].to_numpy()) / NS_PER_MS,
            "distance_m": tried["distance_m"].to_numpy()[last],
            "encounter": meetings["encounter"].to_numpy()[seen],
            "pair": meetings["pair"].to_numpy()[seen],
        }
    )


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
