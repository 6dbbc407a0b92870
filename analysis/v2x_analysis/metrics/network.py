"""Loss and outages of the 5G network (Uu)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from v2x.clock import NS_PER_S
from v2x_analysis.measurement import RATIO, Measurement, count, mean, quantiles
from v2x_analysis.observed import uu
from v2x_analysis.run import Run

#: Causes that make an outage, which only the network has; other losses are single frames.
OUTAGE_CAUSES = ("outage", "handover")


def loss(run: Run) -> dict[str, Measurement]:
    """``link.uu_loss``: share of frames lost, both directions; unit: one road user, 10 s."""
    rows = run.derived(uu)
    return {"link.uu_loss": mean(~rows["delivered"], RATIO, {"link_block": rows["block"].to_numpy()})}


def outages(run: Run) -> dict[str, Measurement]:
    """``link.uu_outage_count`` and their length ``link.uu_outage_s.p50`` (p95); unit: the outage."""
    episodes = outage_episodes(run)
    measured = quantiles(episodes["length_s"], "s", {"outage": np.arange(len(episodes))}, (50, 95))
    return {
        "link.uu_outage_count": count(len(episodes), n=len(run.derived(uu))),
        **{f"link.uu_outage_s.{name}": measurement for name, measurement in measured.items()},
    }


def outage_episodes(run: Run) -> pd.DataFrame:
    """Maximal runs of frames of one road user and direction that an outage swallowed.

    Returns
    -------
    DataFrame
        ``mobile``, ``start_ns`` (first lost frame), ``length_s`` (until the next frame that was not, or the last
        lost one where the run ends first).
    """
    rows = run.derived(uu)  # sorted by way and time
    way, sent = rows["way"].to_numpy(), rows["sent_ns"].to_numpy()
    out = rows["cause"].isin(OUTAGE_CAUSES).to_numpy()
    same = np.r_[False, way[1:] == way[:-1]]  # same way as the row before
    first = np.flatnonzero(out & ~(np.r_[False, out[:-1]] & same))
    last = np.flatnonzero(out & ~(np.r_[out[1:], False] & np.r_[same[1:], False]))
    after = np.minimum(last + 1, len(rows) - 1)
    ends = np.where((last + 1 < len(rows)) & (way[after] == way[last]), sent[after], sent[last])
    return pd.DataFrame(
        {
            "mobile": rows["mobile"].to_numpy()[first],
            "start_ns": sent[first],
            "length_s": (ends - sent[first]) / NS_PER_S,
        }
    )
