"""Blind spots: for how long a station hears nothing of one that is near.

Unlike the inter-reception time, the silence before the first message of a neighbour and the one after its last are
counted, as far as they were seen: a neighbour that is never heard is one long blind spot. What counts is BSM, which
every vehicle says all the time; a roadside unit is silent by design between two of its messages.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from v2x.clock import NS_PER_S
from v2x_analysis.measurement import BLOCK_NS, RATIO, Measurement, mean, quantiles
from v2x_analysis.observed import bsm_within, labels
from v2x_analysis.run import Run

#: Near is within this distance, metres: a vehicle that brakes hard or crosses there concerns one. Assumed; it is the
#: first distance class of the delivery ratio.
NEAR_M = 100.0

#: Silences that are counted: half a second and a second, five and ten BSM at 10 Hz. Assumed.
LONG_MS = (500, 1000)


def durations(run: Run) -> dict[str, Measurement]:
    """``link.blind_spot_s.p95`` (p99), and the share of blind spots longer than a time.

    The shares are ``link.blind_spot_share.over_500ms`` and ``over_1000ms``.
    """
    table = run.derived(blind_spots)
    units = {
        "encounter": table["encounter"].to_numpy(),
        "link_block": labels(table["pair"].to_numpy(), table["t_ns"].to_numpy() // BLOCK_NS),
    }
    measured = quantiles(table["length_s"], "s", units, (95, 99))
    return {
        **{f"link.blind_spot_s.{name}": measurement for name, measurement in measured.items()},
        **{
            f"link.blind_spot_share.over_{limit}ms": mean(table["length_s"] > limit / 1e3, RATIO, units)
            for limit in LONG_MS
        },
    }


def blind_spots(run: Run) -> pd.DataFrame:
    """Times without a reception from a station within `NEAR_M`.

    Returns
    -------
    DataFrame
        ``t_ns`` (end), ``length_s``, ``encounter``, ``pair``. Each lies between two receptions one way, or between one
        and the begin or end of the encounter: the first or last frame that was tried in that range.
    """
    rows = bsm_within(run, NEAR_M).sort_values(["way", "encounter", "t_ns"], kind="stable")
    way, encounter = rows["way"].to_numpy(), rows["encounter"].to_numpy()
    begins = np.ones(len(rows), bool)
    begins[1:] = (np.diff(way) != 0) | (np.diff(encounter) != 0)
    ends = np.ones(len(rows), bool)
    ends[:-1] = begins[1:]
    # what is left of each way and encounter: its first row, its receptions, its last row
    marks = begins | ends | rows["delivered"].to_numpy()
    rows, begins = rows[marks], begins[marks]
    length_s = rows["t_ns"].diff() / NS_PER_S
    found: pd.DataFrame = rows.assign(length_s=length_s).loc[~begins, ["t_ns", "length_s", "encounter", "pair"]]
    return found
