"""Receptions seen one by one (``rx`` joined with ``tx``), and the encounters they form."""

from __future__ import annotations

import numpy as np
import pandas as pd

from v2x_analysis.joins import receptions
from v2x_analysis.measurement import BLOCK_NS, I64
from v2x_analysis.run import Run

#: Two stations meet while they are this close, metres: the range in which receptions are counted for awareness.
ENCOUNTER_M = 300.0

#: An encounter ends after so long without a frame tried within range, ns: three of the slowest (600 ms) BSM
#: intervals of SAE J3161/1 congestion control. Assumed.
ENCOUNTER_GAP_NS = 1_800_000_000


def observed(run: Run) -> pd.DataFrame:
    """All rows of ``rx`` with what was sent.

    Returns
    -------
    DataFrame
        `v2x_analysis.joins.receptions` plus ``delivered``, ``pair`` (label of the unordered pair), ``way`` (label of
        the ordered pair) and ``block`` (label of pair and 10 s), sorted by ``way`` and ``sent_ns``.
    """
    rows = receptions(run)
    rows["delivered"] = rows["cause"].isna()
    names = pd.Index(rows["sender"].cat.categories).union(rows["receiver"].cat.categories)
    sender = names.get_indexer(rows["sender"].cat.categories)[rows["sender"].cat.codes]
    receiver = names.get_indexer(rows["receiver"].cat.categories)[rows["receiver"].cat.codes]
    rows["way"] = sender.astype(np.int64) * len(names) + receiver
    rows["pair"] = np.minimum(sender, receiver).astype(np.int64) * len(names) + np.maximum(sender, receiver)
    rows["block"] = labels(rows["pair"].to_numpy(), rows["sent_ns"].to_numpy() // BLOCK_NS)
    return rows.sort_values(["way", "sent_ns"], kind="stable", ignore_index=True)


def pc5(run: Run) -> pd.DataFrame:
    """The sidelink's rows of `observed`."""
    rows = run.derived(observed)
    return rows[rows["link"] == "pc5"]


def uu(run: Run) -> pd.DataFrame:
    """The network's rows of `observed`, with ``uplink`` and ``mobile``: the name of the end that is a road user."""
    rows = run.derived(observed)
    rows = rows[rows["link"] == "uu"].copy()
    rows["uplink"] = rows["sender"].isin(run.states["id"].cat.categories)
    rows["mobile"] = np.where(rows["uplink"], rows["sender"].astype(object), rows["receiver"].astype(object))
    return rows


def bsm_encounters(run: Run) -> pd.DataFrame:
    """BSM tried over the sidelink between stations that meet: `bsm_within` `ENCOUNTER_M`."""
    return bsm_within(run, ENCOUNTER_M)


def bsm_within(run: Run, range_m: float) -> pd.DataFrame:
    """BSM tried over the sidelink between stations at most ``range_m`` apart.

    Returns
    -------
    DataFrame
        Rows of `pc5`, plus ``encounter``: label of the maximal period in which the pair stays in that range.
    """
    rows = run.derived(pc5)
    rows = rows[(rows["type"] == "BSM") & (rows["distance_m"] <= range_m)]
    rows = rows.sort_values(["pair", "sent_ns"], kind="stable")
    pair, sent = rows["pair"].to_numpy(), rows["sent_ns"].to_numpy()
    begins = np.ones(len(rows), bool)
    begins[1:] = (np.diff(pair) != 0) | (np.diff(sent) > ENCOUNTER_GAP_NS)
    rows = rows.assign(encounter=np.cumsum(begins))
    return rows.sort_values(["way", "sent_ns"], kind="stable", ignore_index=True)


def labels(*columns: I64) -> I64:
    """One label for each different row of integer columns."""
    combined = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        values, codes = np.unique(column, return_inverse=True)
        # re-numbering after each column keeps the product far from overflow
        combined = np.unique(combined * max(len(values), 1) + codes, return_inverse=True)[1]
    return combined
