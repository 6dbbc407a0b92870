"""Packet delivery ratio of the sidelink and what the rest was lost to, over the whole fleet.

Source: ``link_bins``, where every reception of every equipped station is counted. PDR is deliveries over tries
(TR 36.885 clause 9.1.1 counts in the same way, by distance). The receptions of one second share the traffic and its
geometry, so the independent unit is a block of 10 s of the whole fleet, not a single reception.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from v2x.record.tables import BIN_M
from v2x_analysis.fates import CAUSES
from v2x_analysis.measurement import BLOCK_NS, RATIO, Measurement, mean
from v2x_analysis.metrics.network import OUTAGE_CAUSES
from v2x_analysis.run import Run

#: Distance classes of the scorecard, metres: lower edges, and their width.
CLASSES_M, CLASS_M = range(0, 500, 100), 100


def sidelink_bins(run: Run) -> pd.DataFrame:
    """The sidelink's rows of ``link_bins``, with ``delivered`` and ``block``."""
    bins = run.link_bins
    bins = bins[bins["link"] == "pc5"].copy()
    bins["delivered"] = bins["cause"].isna()
    bins["block"] = bins["t_ns"] // BLOCK_NS
    return bins


def pdr(run: Run) -> dict[str, Measurement]:
    """``link.pdr`` over all tries within the link's reach, and by distance: ``link.pdr_0_100m`` and so on."""
    bins = run.derived(sidelink_bins)
    result = {"link.pdr": _share(bins, bins["delivered"])}
    for name, inside in _classes(bins):
        result[f"link.pdr_{name}"] = _share(inside, inside["delivered"])
    return result


def loss(run: Run) -> dict[str, Measurement]:
    """``link.loss.<cause>``: share of all tries that was lost to each cause.

    By distance, ``link.loss_0_100m.<cause>`` and so on: the causes that the sidelink can have.
    """
    bins = run.derived(sidelink_bins)
    result = {f"link.loss.{cause}": _share(bins, bins["cause"] == cause) for cause in CAUSES}
    for name, inside in _classes(bins):
        for cause in CAUSES:
            if cause not in OUTAGE_CAUSES:
                result[f"link.loss_{name}.{cause}"] = _share(inside, inside["cause"] == cause)
    return result


def _classes(bins: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """The distance classes of the scorecard: name and bins."""
    for low in CLASSES_M:
        inside = (bins["distance_m"] >= low) & (bins["distance_m"] + BIN_M <= low + CLASS_M)
        yield f"{low}_{low + CLASS_M}m", bins[inside]


def _share(bins: pd.DataFrame, counted: pd.Series[bool]) -> Measurement:
    return mean(
        counted.to_numpy(np.float64),
        RATIO,
        {"link_block": bins["block"].to_numpy()},
        weights=bins["count"].to_numpy(),
    )
